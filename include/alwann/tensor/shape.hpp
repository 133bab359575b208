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

/// Largest extent of an image, and largest stride, padding or dilation of a window.
inline constexpr std::size_t largest_extent = std::size_t{1} << 24;
/// Most positions of a kernel: sums of as many codes fit 32 bits.
inline constexpr std::size_t largest_kernel = std::size_t{1} << 23;
/// Most values of an image.
inline constexpr std::size_t largest_image = std::size_t{1} << 40;

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

/// Throws shape_error for an image that is too large; extents of 0 are no concern of it.
inline void check(const image_shape& shape) {
    const bool extents =
        shape.height <= largest_extent && shape.width <= largest_extent && shape.channels <= largest_extent;
    if (!extents || (shape.channels > 0 && shape.height * shape.width > largest_image / shape.channels)) {
        throw shape_error(
            "expected an image of at most 2^24 rows, columns and channels and 2^40 values, found " +
            to_string(shape));
    }
}

/// Positions of the window along both dimensions of the input; channels are those of the input.
///
/// Throws shape_error for a zero kernel, stride or dilation, for figures above largest_extent, a kernel of
/// more than largest_kernel positions, and for a kernel larger than the padded input.
[[nodiscard]] constexpr image_shape window_positions(const image_shape& input, const window& w) {
    const auto along = [](std::size_t extent, std::size_t before, std::size_t after, std::size_t kernel,
                          std::size_t dilation, std::size_t stride) {
        if (kernel == 0 || stride == 0 || dilation == 0) {
            throw shape_error("window: kernel, stride and dilation must be at least 1");
        }
        for (const std::size_t figure : {extent, before, after, kernel, dilation, stride}) {
            if (figure > largest_extent) {
                throw shape_error("window: expected figures of at most 2^24, found " +
                                  std::to_string(figure));
            }
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
    if (w.kernel_height <= largest_extent && w.kernel_width <= largest_extent &&
        w.kernel_height * w.kernel_width > largest_kernel) {
        throw shape_error("window: expected a kernel of at most 2^23 positions, found " +
                          std::to_string(w.kernel_height) + "x" + std::to_string(w.kernel_width));
    }
    return {along(input.height, w.pad_top, w.pad_bottom, w.kernel_height, w.dilation_height, w.stride_height),
            along(input.width, w.pad_left, w.pad_right, w.kernel_width, w.dilation_width, w.stride_width),
            input.channels};
}

} // namespace alwann::inline ALWANN_ABI
