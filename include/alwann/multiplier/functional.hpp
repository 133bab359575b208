// SPDX-License-Identifier: MIT
/// @file
/// Any callable as a multiplier.
#pragma once

#include <alwann/multiplier/concept.hpp>

#include <xsimd/xsimd.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// A name as a template argument.
template <std::size_t Size>
struct fixed_string {
    char text[Size]{}; ///< with the final zero
    /// Of a literal.
    consteval fixed_string(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }
    /// Without the final zero.
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size - 1}; }
};

/// The vector type that generic callables are run on: unsigned 32-bit lanes, as many as the unit's flags
/// give.
using operand_batch = xsimd::batch<std::uint32_t>;

/// A callable whose parameters take operand_batch as well as std::uint32_t.
///
/// A lambda with `auto` parameters promises this: its body must compile for a batch (no branches, no
/// comparisons used as bool). One with concrete parameter types is called on scalars only.
template <class F>
concept batch_callable =
    std::is_invocable_r_v<operand_batch, const F&, const operand_batch&, const operand_batch&>;

/// A multiplier model made of a name and a callable f(x, w).
///
/// A generic callable gets std::uint32_t operands, so that scalars and batches wrap alike.
template <fixed_string Name, class F>
class functional_model {
public:
    /// Whether whole batches of operands go through the callable at once.
    static constexpr bool vectorised = batch_callable<F>;

    /// Holds a copy of the function.
    constexpr explicit functional_model(F callable) : callable_(std::move(callable)) {}

    /// The name in listings and messages.
    [[nodiscard]] static constexpr std::string_view name() noexcept { return Name.view(); }

    /// The function's product.
    constexpr std::uint32_t operator()(std::uint8_t x, std::uint8_t w) const {
        if constexpr (vectorised) {
            return detail::product_of(callable_(std::uint32_t{x}, std::uint32_t{w}));
        } else {
            return detail::product_of(callable_(x, w));
        }
    }

    /// The function's product.
    operand_batch operator()(const operand_batch& x, const operand_batch& w) const requires vectorised {
        return callable_(x, w);
    }

private:
    [[no_unique_address]] F callable_;
};

/// Makes a multiplier of a callable: `functional<"drop3">([](auto x, auto w) { return (x & 0xF8) * w; })`.
template <fixed_string Name, class F>
    requires std::invocable<const F&, std::uint8_t, std::uint8_t>
[[nodiscard]] constexpr functional_model<Name, F> functional(F callable) {
    return functional_model<Name, F>(std::move(callable));
}

} // namespace alwann::inline ALWANN_ABI
