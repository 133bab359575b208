// SPDX-License-Identifier: MIT
/// @file
/// Shapes of activations and the geometry of windows that slide over them.
#pragma once

#include <alwann/core/error.hpp>

#include <cstddef>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// Shape of one image's activations. In memory the channel varies fastest (NHWC), in ONNX files the column.
struct image_shape {
    std::size_t height = 1;   ///< rows
    std::size_t width = 1;    ///< columns
    std::size_t channels = 1; ///< values of a pixel

    /// Values of an image.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return height * width * channels; }
    friend constexpr bool operator==(const image_shape&, const image_shape&) = default;
};

/// "28x28x1": height, width, channels.
[[nodiscard]] inline std::string to_string(const image_shape& shape) {
    return std::to_string(shape.height) + "x" + std::to_string(shape.width) + "x" +
           std::to_string(shape.channels);
}

/// Kernel, stride, padding and dilation of a convolution or pooling.
struct window {
    std::size_t kernel_height = 1;   ///< in positions of the kernel
    std::size_t kernel_width = 1;    ///< in positions of the kernel
    std::size_t stride_height = 1;   ///< rows from one position to the next
    std::size_t stride_width = 1;    ///< columns from one position to the next
    std::size_t pad_top = 0;         ///< rows added above
    std::size_t pad_left = 0;        ///< columns added on the left
    std::size_t pad_bottom = 0;      ///< rows added below
    std::size_t pad_right = 0;       ///< columns added on the right
    std::size_t dilation_height = 1; ///< rows from one kernel position to the next
    std::size_t dilation_width = 1;  ///< columns from one kernel position to the next

    friend constexpr bool operator==(const window&, const window&) = default;
};

/// Positions of the window along both dimensions of the input; channels are those of the input.
///
/// Throws shape_error for a zero kernel, stride or dilation, and for a kernel larger than the padded input.
[[nodiscard]] constexpr image_shape window_positions(const image_shape& input, const window& w) {
    const auto along = [](std::size_t extent, std::size_t before, std::size_t after, std::size_t kernel,
                          std::size_t dilation, std::size_t stride) {
        if (kernel == 0 || stride == 0 || dilation == 0) {
            throw shape_error("window: kernel, stride and dilation must be at least 1");
        }
        const std::size_t reach = (kernel - 1) * dilation + 1;
        const std::size_t padded = extent + before + after;
        if (reach > padded) {
            throw shape_error("window: a kernel that reaches over " + std::to_string(reach) +
                              " positions does not fit an input of " + std::to_string(padded) +
                              " (padding included)");
        }
        return (padded - reach) / stride + 1;
    };
    return {along(input.height, w.pad_top, w.pad_bottom, w.kernel_height, w.dilation_height, w.stride_height),
            along(input.width, w.pad_left, w.pad_right, w.kernel_width, w.dilation_width, w.stride_width),
            input.channels};
}

} // namespace alwann::inline ALWANN_ABI
