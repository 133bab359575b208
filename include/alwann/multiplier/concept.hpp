// SPDX-License-Identifier: MIT
/// @file
/// What an approximate multiplier is to the library.
#pragma once

#include <alwann/core/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace alwann::inline ALWANN_ABI {

/// Codes an operand can take, and products a multiplier is defined by.
inline constexpr std::size_t operand_codes = 256;
/// Pairs of codes, each with a product.
inline constexpr std::size_t operand_pairs = operand_codes * operand_codes;

/// A model of an 8x8 multiplier: m(x, w) is the product of the activation code x and the weight code w.
///
/// Semantics: pure, 0 <= m(x, w) < 2^16. The operands are not interchangeable: most approximate circuits
/// are not commutative, and the first operand is always the activation.
template <class M>
concept multiplier = std::copy_constructible<M> && requires(const M& m, std::uint8_t x, std::uint8_t w) {
    { m(x, w) } -> std::convertible_to<std::uint32_t>;
    { m.name() } -> std::convertible_to<std::string_view>;
};

namespace detail {

/// What a model's function returns as an integer; what fits none becomes one that is no product either.
template <class T>
[[nodiscard]] constexpr std::uint32_t product_of(const T& value) {
    if constexpr (std::is_floating_point_v<T> ||
                  (std::is_integral_v<T> && sizeof(T) > sizeof(std::uint32_t))) {
        constexpr std::uint32_t none = 0xFFFFFFFFu;
        const bool negative = std::is_signed_v<T> && value <= static_cast<T>(-1);
        return !negative && value < static_cast<T>(0x10000) ? static_cast<std::uint32_t>(value) : none;
    } else {
        return static_cast<std::uint32_t>(value);
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
