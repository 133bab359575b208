// SPDX-License-Identifier: MIT
/// @file
/// ONNX operators that take the largest or the mean of several positions.
#pragma once

#include <alwann/io/detail/onnx_windows.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

inline void import_pool(onnx_import& state, const onnx_node& node) {
    const auto& image = state.image(node, 0);
    if (node.has_output(1)) {
        node.unsupported("positions of the largest values");
    }
    if (node.integer("storage_order", 0) != 0) {
        node.unsupported("storage_order");
    }
    if (!node.has("kernel_shape")) {
        node.malformed("attribute 'kernel_shape'", "2 integers", "nothing");
    }
    const auto kernel = read_onnx_sizes(node, "kernel_shape", 2, 1);
    const auto rounding = node.integer("ceil_mode", 0) != 0 ? onnx_rounding::up : onnx_rounding::down;
    const auto geometry = read_onnx_window(node, state.shape(image), kernel[0], kernel[1], rounding);
    const operation what =
        node.operation == "MaxPool"
            ? operation(op::max_pool{geometry})
            : operation(op::average_pool{geometry, node.integer("count_include_pad", 0) != 0});
    state.define_image(node, state.add(node, what, {image.node}));
}

inline void import_global_pool(onnx_import& state, const onnx_node& node) {
    const auto& image = state.image(node, 0);
    const auto& in = state.shape(image);
    const operation what =
        node.operation == "GlobalAveragePool"
            ? operation(op::global_average_pool{})
            : operation(op::max_pool{{.kernel_height = in.height, .kernel_width = in.width}});
    state.define_image(node, state.add(node, what, {image.node}));
}

/// The mean over all rows and columns, whatever their place among the dimensions.
inline void import_reduce_mean(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    const auto numbers = state.integers(node, "axes", 1);
    const auto reduced = onnx_dimensions(node, numbers, in.axes.size());
    onnx_activation result;
    bool fits = !numbers.empty();
    for (std::size_t i = 0; i < in.axes.size(); ++i) {
        const auto axis = in.axes[i];
        const bool spatial =
            axis == onnx_axis::height || axis == onnx_axis::width || axis == onnx_axis::positions;
        const bool selected = std::binary_search(reduced.begin(), reduced.end(), i);
        fits = fits && axis != onnx_axis::values &&
               (selected ? spatial || axis == onnx_axis::unit : !spatial || state.extent(in, axis) == 1);
        if (!selected || node.integer("keepdims", 1) != 0) {
            result.axes.push_back(axis);
        }
    }
    if (!fits) {
        node.unsupported("other than over all rows and columns");
    }
    result.node = state.add(node, op::global_average_pool{}, {in.node});
    state.define(node, std::move(result));
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
