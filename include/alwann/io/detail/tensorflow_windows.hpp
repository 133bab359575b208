// SPDX-License-Identifier: MIT
/// @file
/// Inputs, windows and paddings of TensorFlow's operators on images, ordered as image, row, column, channel.
#pragma once

#include <alwann/io/detail/tensorflow_node.hpp>
#include <alwann/nn/operators.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Largest extent, kernel, stride, padding: products of a few of them stay far from overflow.
inline constexpr std::int64_t tensorflow_largest_extent = std::int64_t{1} << 16;
/// Most values of one image.
inline constexpr std::size_t tensorflow_most_values = std::size_t{1} << 31;

/// The shape of one image of a Placeholder.
[[nodiscard]] inline image_shape read_tensorflow_input(const tensorflow_node& node) {
    if (node.type("dtype", graph_def_type::float32) != graph_def_type::float32) {
        node.unsupported("its type is not float");
    }
    const auto shape = node.shape("shape");
    const auto& dims = shape.dims;
    const bool images =
        shape.known_rank && dims.size() == 4 && std::all_of(dims.begin() + 1, dims.end(), [](auto extent) {
            return extent > 0 && extent <= tensorflow_largest_extent;
        });
    if (!images) {
        node.malformed("attribute 'shape'", "[images,rows,columns,channels], all but the first up to 65536",
                       shape.known_rank ? bracketed(dims) : "none");
    }
    const image_shape result{static_cast<std::size_t>(dims[1]), static_cast<std::size_t>(dims[2]),
                             static_cast<std::size_t>(dims[3])};
    if (result.size() > tensorflow_most_values) {
        node.malformed("attribute 'shape'", "at most 2^31 values", bracketed(dims));
    }
    return result;
}

/// The graph's input. Throws format_error unless there is exactly one that the result depends on.
[[nodiscard]] inline const tensorflow_node& only_placeholder(const std::vector<tensorflow_node>& order,
                                                             const std::string& file) {
    const tensorflow_node* input = nullptr;
    for (const auto& node : order) {
        if (node.operation == "Placeholder") {
            if (input != nullptr) {
                node.malformed("graph", "one Placeholder", "a second one beside '" + input->name + "'");
            }
            input = &node;
        }
    }
    if (input == nullptr) {
        throw format_error(file, "graph", "a Placeholder that the result depends on", "none");
    }
    return *input;
}

inline void require_channels_last(const tensorflow_node& node) {
    const auto format = node.text("data_format", "NHWC");
    if (format != "NHWC") {
        node.unsupported("data format " + format);
    }
}

/// Two numbers for rows and columns out of four, of which the others are 1.
[[nodiscard]] inline std::vector<std::size_t> read_tensorflow_sizes(const tensorflow_node& node,
                                                                    const std::string& attribute) {
    const auto numbers = node.integers(attribute, {1, 1, 1, 1});
    const auto fits = [](std::int64_t n) { return n > 0 && n <= tensorflow_largest_extent; };
    if (numbers.size() != 4 || numbers[0] != 1 || numbers[3] != 1 || !fits(numbers[1]) || !fits(numbers[2])) {
        node.malformed("attribute '" + attribute + "'", "[1,rows,columns,1] up to 65536", bracketed(numbers));
    }
    return {static_cast<std::size_t>(numbers[1]), static_cast<std::size_t>(numbers[2])};
}

/// Reads the geometry of a window whose kernel is known, over an image of shape `in`.
[[nodiscard]] inline window read_tensorflow_window(const tensorflow_node& node, const image_shape& in,
                                                   std::size_t kernel_height, std::size_t kernel_width) {
    require_channels_last(node);
    const auto strides = read_tensorflow_sizes(node, "strides");
    const auto dilations = read_tensorflow_sizes(node, "dilations");
    window w{.kernel_height = kernel_height,
             .kernel_width = kernel_width,
             .stride_height = strides[0],
             .stride_width = strides[1],
             .dilation_height = dilations[0],
             .dilation_width = dilations[1]};
    const auto padding = node.text("padding", "");
    if (padding == "SAME") { // ceil(extent / stride) positions; what is odd goes to the end
        const auto total = [](std::size_t extent, std::size_t kernel, std::size_t dilation,
                              std::size_t stride) {
            const std::size_t end = (extent - 1) / stride * stride + (kernel - 1) * dilation + 1;
            return end > extent ? end - extent : 0;
        };
        const auto rows = total(in.height, kernel_height, dilations[0], strides[0]);
        const auto columns = total(in.width, kernel_width, dilations[1], strides[1]);
        w.pad_top = rows / 2;
        w.pad_bottom = rows - w.pad_top;
        w.pad_left = columns / 2;
        w.pad_right = columns - w.pad_left;
    } else if (padding != "VALID") {
        node.malformed("attribute 'padding'", "SAME or VALID", "'" + padding + "'");
    }
    return w;
}

/// Reads the geometry of a pooling.
[[nodiscard]] inline window read_tensorflow_pooling(const tensorflow_node& node, const image_shape& in) {
    const auto kernel = read_tensorflow_sizes(node, "ksize");
    return read_tensorflow_window(node, in, kernel[0], kernel[1]);
}

/// Kernel height, kernel width, inputs, outputs of a convolution's weights, which must fit their input.
struct tensorflow_kernel {
    std::size_t height = 0, width = 0, inputs = 0, outputs = 0;

    tensorflow_kernel(const tensorflow_node& node, const std::vector<std::int64_t>& dims,
                      const image_shape& in) {
        const bool positive = std::all_of(dims.begin(), dims.end(), [](auto extent) {
            return extent > 0 && extent <= tensorflow_largest_extent;
        });
        if (dims.size() != 4 || !positive || static_cast<std::size_t>(dims[2]) != in.channels) {
            node.malformed("weights", "[rows,columns," + std::to_string(in.channels) + ",outputs]",
                           bracketed(dims));
        }
        height = static_cast<std::size_t>(dims[0]);
        width = static_cast<std::size_t>(dims[1]);
        inputs = static_cast<std::size_t>(dims[2]);
        outputs = static_cast<std::size_t>(dims[3]);
    }

    /// From the file's order, in which the output varies fastest, to ours, in which it varies slowest.
    template <class Number>
    [[nodiscard]] std::vector<Number> reordered(const std::vector<Number>& values) const {
        std::vector<Number> result(values.size());
        const std::size_t depth = height * width * inputs;
        for (std::size_t k = 0; k < depth; ++k) {
            for (std::size_t f = 0; f < outputs; ++f) {
                result[f * depth + k] = values[k * outputs + f];
            }
        }
        return result;
    }
};

/// Reads the amounts of a Pad from its constant [4,2]. Nothing can be added before or after the images.
[[nodiscard]] inline op::pad read_tensorflow_pad(const tensorflow_node& node,
                                                 const graph_def_tensor& amounts) {
    const auto& numbers = integers_of(amounts, node, "paddings");
    const bool fits = std::all_of(numbers.begin(), numbers.end(), [](auto number) {
        return number >= 0 && number <= tensorflow_largest_extent;
    });
    if (amounts.dims != std::vector<std::int64_t>{4, 2} || !fits || numbers[0] != 0 || numbers[1] != 0) {
        node.malformed("paddings", "[4,2] numbers up to 65536, the first two 0",
                       numbers.size() <= 8 ? bracketed(numbers) : bracketed(amounts.dims));
    }
    op::pad result;
    for (std::size_t d = 0; d < 3; ++d) {
        result.before[d] = static_cast<std::size_t>(numbers[2 * d + 2]);
        result.after[d] = static_cast<std::size_t>(numbers[2 * d + 3]);
    }
    return result;
}

/// Whether a Mean goes over rows and columns.
[[nodiscard]] inline bool is_image_mean(const tensorflow_node& node, const graph_def_tensor& axes) {
    auto numbers = integers_of(axes, node, "reduction_indices");
    for (auto& number : numbers) {
        number += number < 0 ? 4 : 0;
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers == std::vector<std::int64_t>{1, 2};
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
