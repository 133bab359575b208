// SPDX-License-Identifier: MIT
/// @file
/// Layers as types, for networks composed of them (sequential.hpp).
#pragma once

#include <alwann/nn/graph.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Hands out the weights of a network in order.
class weight_reader {
public:
    /// From `values`, which must outlive this object.
    explicit weight_reader(std::span<const float> values) : values_(values) {}

    /// The next `count` values. The caller has checked that there are as many.
    [[nodiscard]] std::vector<float> take(std::size_t count) {
        const auto part = values_.subspan(at_, count);
        at_ += count;
        return {part.begin(), part.end()};
    }

private:
    std::span<const float> values_;
    std::size_t at_ = 0;
};

/// A layer as a type, on an input of shape In.
///
/// - `L::template output<In>()`: the shape of the result; a constant. Where the layer does not fit the input,
///   a static_assert says why.
/// - `L::template weights<In>()`: how many numbers it needs; a constant.
/// - `L::template add<In>(network, input, values)`: appends its nodes behind node `input`, returns the last.
template <class L, image_shape In>
concept static_layer = requires(graph& network, std::size_t input, weight_reader& values) {
    { L::template output<In>() } -> std::same_as<image_shape>;
    { L::template weights<In>() } -> std::same_as<std::size_t>;
    { L::template add<In>(network, input, values) } -> std::same_as<std::size_t>;
};

namespace detail {

/// What layers without weights have in common. `Derived` has shape_after<In>(), make() and name().
template <class Derived>
struct weightless {
    template <image_shape In>
    static constexpr image_shape output() {
        return Derived::template shape_after<In>();
    }
    template <image_shape In>
    static constexpr std::size_t weights() {
        return 0;
    }
    template <image_shape In>
    static std::size_t add(graph& network, std::size_t input, weight_reader&) {
        return network.add(Derived::name() + std::to_string(network.nodes().size()), Derived::make(),
                           {input});
    }
};

/// A square window with the same stride and padding in both directions.
[[nodiscard]] constexpr window square_window(std::size_t kernel, std::size_t stride, std::size_t padding) {
    window w;
    w.kernel_height = w.kernel_width = kernel;
    w.stride_height = w.stride_width = stride;
    w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = padding;
    return w;
}

template <image_shape In>
inline constexpr bool window_fits(const window& w) {
    return w.kernel_height <= In.height + w.pad_top + w.pad_bottom &&
           w.kernel_width <= In.width + w.pad_left + w.pad_right;
}

} // namespace detail

namespace layer {

/// Convolution with a square kernel and a bias. Weights [output][kernel row][kernel column][input channel /
/// groups], then one bias for each output.
template <std::size_t Outputs, std::size_t Kernel = 3, std::size_t Stride = 1,
          std::size_t Padding = Kernel / 2, std::size_t Groups = 1>
struct conv2d {
    static_assert(Outputs > 0 && Kernel > 0 && Stride > 0 && Groups > 0,
                  "conv2d: outputs, kernel, stride and groups are at least 1");
    /// Kernel, steps and padding.
    static constexpr window geometry = detail::square_window(Kernel, Stride, Padding);

    /// The shape of the result for inputs of shape In.
    template <image_shape In>
    static constexpr image_shape output() {
        static_assert(detail::window_fits<In>(geometry),
                      "conv2d: the kernel is larger than its padded input");
        static_assert(In.channels % Groups == 0 && Outputs % Groups == 0,
                      "conv2d: input channels and outputs have to be multiples of the groups");
        auto shape = window_positions(In, geometry);
        shape.channels = Outputs;
        return shape;
    }
    /// [output][kernel row][kernel column][channel of the group].
    template <image_shape In>
    static constexpr std::size_t weights() {
        return Outputs * (Kernel * Kernel * (In.channels / Groups) + 1);
    }
    /// Appends its nodes behind node `input`; returns the last.
    template <image_shape In>
    static std::size_t add(graph& network, std::size_t input, weight_reader& values) {
        auto kernel = values.take(weights<In>() - Outputs);
        return network.add("conv2d" + std::to_string(network.nodes().size()),
                           op::conv2d{geometry, Outputs, Groups, std::move(kernel), values.take(Outputs)},
                           {input});
    }
};

/// Matrix product with all values of the image. Weights [output][input in memory order: row, column,
/// channel], then one bias for each output.
template <std::size_t Outputs>
struct dense {
    static_assert(Outputs > 0, "dense: there is at least 1 output");

    /// The shape of the result for inputs of shape In.
    template <image_shape In>
    static constexpr image_shape output() {
        return {1, 1, Outputs};
    }
    /// [output][input].
    template <image_shape In>
    static constexpr std::size_t weights() {
        return Outputs * (In.size() + 1);
    }
    /// Appends its nodes behind node `input`; returns the last.
    template <image_shape In>
    static std::size_t add(graph& network, std::size_t input, weight_reader& values) {
        auto matrix = values.take(weights<In>() - Outputs);
        return network.add("dense" + std::to_string(network.nodes().size()),
                           op::dense{Outputs, std::move(matrix), values.take(Outputs)}, {input});
    }
};

/// max(x, 0).
struct relu : detail::weightless<relu> {
    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "relu"; }
    /// The shape of the result for inputs of shape In.
    template <image_shape In>
    static constexpr image_shape shape_after() {
        return In;
    }
    /// The operation of its node.
    [[nodiscard]] static op::clip make() { return {}; }
};

/// Greatest value of each window of Size x Size.
template <std::size_t Size, std::size_t Stride = Size>
struct max_pool : detail::weightless<max_pool<Size, Stride>> {
    /// Kernel, steps and padding.
    static constexpr window geometry = detail::square_window(Size, Stride, 0);

    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "max_pool"; }
    /// The shape of the result for inputs of shape In.
    template <image_shape In>
    static constexpr image_shape shape_after() {
        static_assert(Size > 0 && Stride > 0, "max_pool: size and stride are at least 1");
        static_assert(detail::window_fits<In>(geometry), "max_pool: the window is larger than its input");
        return window_positions(In, geometry);
    }
    /// The operation of its node.
    [[nodiscard]] static op::max_pool make() { return {geometry}; }
};

/// Mean of each window of Size x Size.
template <std::size_t Size, std::size_t Stride = Size>
struct average_pool : detail::weightless<average_pool<Size, Stride>> {
    /// Kernel, steps and padding.
    static constexpr window geometry = detail::square_window(Size, Stride, 0);

    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "average_pool"; }
    /// The shape of the result for inputs of shape In.
    template <image_shape In>
    static constexpr image_shape shape_after() {
        static_assert(Size > 0 && Stride > 0, "average_pool: size and stride are at least 1");
        static_assert(detail::window_fits<In>(geometry), "average_pool: the window is larger than its input");
        return window_positions(In, geometry);
    }
    /// The operation of its node.
    [[nodiscard]] static op::average_pool make() { return {geometry}; }
};

/// Mean of each channel.
struct global_average_pool : detail::weightless<global_average_pool> {
    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "global_average_pool"; }
    /// The shape of the result for inputs of shape In.
    template <image_shape In>
    static constexpr image_shape shape_after() {
        return {1, 1, In.channels};
    }
    /// The operation of its node.
    [[nodiscard]] static op::global_average_pool make() { return {}; }
};

} // namespace layer

} // namespace alwann::inline ALWANN_ABI
