// SPDX-License-Identifier: MIT
/// @file
/// The work of an engine: one convolution with one multiplier over a batch of images.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/multiplier/table.hpp>
#include <alwann/tensor/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// Geometry of a quantised convolution over a batch.
///
/// Activation codes are [image][row][column][channel], weight codes
/// [output][kernel row][kernel column][input channel / groups], results [image][row][column][output].
struct convolution_shape {
    std::size_t images = 1;  ///< how many at a time
    image_shape input = {};  ///< of one image
    window geometry = {};    ///< kernel, steps and padding
    std::size_t outputs = 1; ///< how many output channels
    std::size_t groups = 1;  ///< into how many parts the channels are divided; 1: none

    /// One image's result.
    [[nodiscard]] image_shape output() const {
        auto shape = window_positions(input, geometry);
        shape.channels = outputs;
        return shape;
    }
    /// Results per output channel: images * rows * columns ("pixels").
    [[nodiscard]] std::size_t positions() const {
        const auto shape = output();
        return images * shape.height * shape.width;
    }
    /// Input channels of a group.
    [[nodiscard]] std::size_t group_inputs() const noexcept { return input.channels / groups; }
    /// Output channels of a group.
    [[nodiscard]] std::size_t group_outputs() const noexcept { return outputs / groups; }
    /// Products in one result.
    [[nodiscard]] std::size_t depth() const noexcept {
        return geometry.kernel_height * geometry.kernel_width * group_inputs();
    }
};

/// Largest depth whose sum of 16-bit products is certain to fit 32 bits: 32767 * 65535 < 2^31.
inline constexpr std::size_t largest_depth = 32767;

/// Throws shape_error if channels and groups do not fit, the depth is 0 or exceeds largest_depth, and as
/// check(image_shape) and window_positions() do.
inline void check(const convolution_shape& shape) {
    check(shape.input);
    if (shape.groups == 0 || shape.input.channels % shape.groups != 0 || shape.outputs % shape.groups != 0) {
        throw shape_error("convolution: " + std::to_string(shape.input.channels) + " input and " +
                          std::to_string(shape.outputs) + " output channels cannot be split into " +
                          std::to_string(shape.groups) + " groups");
    }
    check(shape.output());
    if (shape.depth() == 0 || shape.depth() > largest_depth) {
        throw shape_error("convolution: " + std::to_string(shape.depth()) +
                          " products per result, expected 1 to 32767: the sum of more might not fit 32 bits");
    }
}

/// One call of an engine.
struct convolution_task {
    convolution_shape shape;                   ///< of everything below
    const table* multiplier = nullptr;         ///< its truth table
    const std::uint8_t* activations = nullptr; ///< codes [image][row][column][channel]
    /// Codes [output][kernel row][kernel column][channel of the group].
    const std::uint8_t* weights = nullptr;
    std::uint8_t padding = 0;     ///< code at positions outside the image; it goes through the multiplier
    std::int32_t* sums = nullptr; ///< results: sum over k of M[x_k][w_k]
};

/// Throws value_error for a task without multiplier or arrays, and shape_error as for its shape.
inline void check(const convolution_task& task) {
    check(task.shape);
    if (task.multiplier == nullptr ||
        (task.shape.outputs > 0 && task.shape.images > 0 &&
         (task.activations == nullptr || task.weights == nullptr || task.sums == nullptr))) {
        throw value_error(
            "convolution task: expected a multiplier, activations, weights and sums, one is null");
    }
}

} // namespace alwann::inline ALWANN_ABI
