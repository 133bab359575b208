// SPDX-License-Identifier: MIT
/// @file
/// What a compensation is: it lessens the harm of a layer's multiplier, offline and without labels.
#pragma once

#include <alwann/compensation/samples.hpp>
#include <alwann/core/executor.hpp>
#include <alwann/nn/setting.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

namespace alwann::inline ALWANN_ABI {

namespace detail {

inline constexpr serial_executor one_thread{};

} // namespace detail

/// What a compensation knows of a layer.
struct layer_context {
    const quantized_convolution& layer;        ///< the layer as quantised
    const layer_samples* samples = nullptr;    ///< null unless the compensation needs them
    executor_ref workers = detail::one_thread; ///< for work on this layer; results are the same with any
    std::size_t network_weights = 0;           ///< of all convolutions that are compensated; 0: not known
    std::size_t network_samples = 0;           ///< of the layer that has most of them; 0: not known
};

/// A compensation changes a setting's weight codes and corrections; inference is as fast with as without.
///
/// - `c.name()`: how the user calls it; with what differs from another one that has another result: archives
///   know it by its name;
/// - `c.needs_samples()`: whether layer_context::samples must be there. Layers are then compensated in
///   network order, with the layers before in their compensated, approximate form.
/// - `c.compensate(context, setting)`: refines what is in `setting`, which a compensation before may have
///   changed already. Const, and may be called by several threads at once.
template <class C>
concept compensation = std::copy_constructible<C> &&
    requires(const C& c, const layer_context& context, layer_setting& setting) {
    { c.name() } -> std::convertible_to<std::string>;
    { c.needs_samples() } -> std::convertible_to<bool>;
    c.compensate(context, setting);
};

/// Nothing is changed.
struct no_compensation {
    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "none"; }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return false; }
    /// Refines the setting of a layer; see the concept `compensation`.
    static void compensate(const layer_context&, layer_setting&) noexcept {}
};
static_assert(compensation<no_compensation>);

/// One compensation after the other: `weight_tuning{} + channel_affine{}`.
template <compensation First, compensation Second>
struct composed_compensation {
    First first;   ///< comes first
    Second second; ///< refines what the first has left

    /// Both names, joined by +.
    [[nodiscard]] std::string name() const { return first.name() + "+" + second.name(); }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] bool needs_samples() const { return first.needs_samples() || second.needs_samples(); }
    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        first.compensate(context, setting);
        second.compensate(context, setting);
    }
};

/// Composes two compensations, whatever namespace they come from.
template <compensation First, compensation Second>
[[nodiscard]] composed_compensation<First, Second> compose(First first, Second second) {
    return {std::move(first), std::move(second)};
}

/// compose() as an operator, found where one side is a compensation of this library.
template <compensation First, compensation Second>
[[nodiscard]] composed_compensation<First, Second> operator+(First first, Second second) {
    return compose(std::move(first), std::move(second));
}

} // namespace alwann::inline ALWANN_ABI
