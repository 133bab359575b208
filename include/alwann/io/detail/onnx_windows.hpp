// SPDX-License-Identifier: MIT
/// @file
/// Kernels, strides and padding of ONNX's Conv and pooling operators.
#pragma once

#include <alwann/io/detail/onnx_import.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// What to do where the stride does not divide the way: the last positions are left out, or added.
enum class onnx_rounding { down, up };

/// A list of `count` sizes, or all `otherwise` where the attribute is missing.
[[nodiscard]] inline std::vector<std::size_t> read_onnx_sizes(const onnx_node& node, const char* attribute,
                                                              std::size_t count, std::int64_t least) {
    auto numbers = node.integers(attribute);
    if (!node.has(attribute)) {
        numbers.assign(count, least);
    }
    if (numbers.size() != count) {
        const auto field = "attribute '" + std::string(attribute) + "'";
        if (numbers.size() == count / 2 || numbers.size() == count / 2 * 3) {
            node.unsupported("only windows of two dimensions are, and " + field + " has " +
                             to_string(numbers));
        }
        node.malformed(field, std::to_string(count) + " integers", to_string(numbers));
    }
    std::vector<std::size_t> sizes;
    for (const auto number : numbers) {
        if (number < least || number > onnx_largest_extent) {
            node.malformed("attribute '" + std::string(attribute) + "'",
                           "integers from " + std::to_string(least) + " to 2^24", to_string(numbers));
        }
        sizes.push_back(static_cast<std::size_t>(number));
    }
    return sizes;
}

/// Padding of one dimension such that the result has ceil(extent / stride) positions.
struct onnx_same_padding {
    std::size_t before = 0, after = 0;

    onnx_same_padding(std::size_t extent, std::size_t reach, std::size_t stride, bool more_after) {
        const std::size_t last = (extent + stride - 1) / stride * stride - stride;
        const std::size_t total = last + reach > extent ? last + reach - extent : 0;
        before = more_after ? total / 2 : total - total / 2;
        after = total - before;
    }
};

/// Reads the geometry of a window whose kernel is known, over an image of shape `in`.
[[nodiscard]] inline window read_onnx_window(const onnx_node& node, const image_shape& in,
                                             std::size_t kernel_height, std::size_t kernel_width,
                                             onnx_rounding rounding = onnx_rounding::down) {
    const auto strides = read_onnx_sizes(node, "strides", 2, 1);
    const auto dilations = read_onnx_sizes(node, "dilations", 2, 1);
    window w{.kernel_height = kernel_height,
             .kernel_width = kernel_width,
             .stride_height = strides[0],
             .stride_width = strides[1],
             .dilation_height = dilations[0],
             .dilation_width = dilations[1]};
    const std::size_t reach_height = (kernel_height - 1) * dilations[0] + 1;
    const std::size_t reach_width = (kernel_width - 1) * dilations[1] + 1;
    const auto mode = node.text("auto_pad", "NOTSET");
    if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
        const onnx_same_padding rows(in.height, reach_height, strides[0], mode == "SAME_UPPER");
        const onnx_same_padding columns(in.width, reach_width, strides[1], mode == "SAME_UPPER");
        w.pad_top = rows.before;
        w.pad_bottom = rows.after;
        w.pad_left = columns.before;
        w.pad_right = columns.after;
        return w; // covers the input, so nothing is left to round
    }
    if (mode == "NOTSET") {
        const auto negative = node.integers("pads");
        if (std::any_of(negative.begin(), negative.end(), [](auto pad) { return pad < 0; })) {
            node.unsupported("negative padding " + to_string(negative));
        }
        const auto pads = read_onnx_sizes(node, "pads", 4, 0);
        w.pad_top = pads[0];
        w.pad_left = pads[1];
        w.pad_bottom = pads[2];
        w.pad_right = pads[3];
    } else if (mode != "VALID") {
        node.malformed("attribute 'auto_pad'", "NOTSET, VALID, SAME_UPPER or SAME_LOWER", "'" + mode + "'");
    }
    if (rounding == onnx_rounding::up) {
        // A last, incomplete position is the same as more padding at the end, if it starts on the image.
        const auto complete = [&](std::size_t extent, std::size_t before, std::size_t& after,
                                  std::size_t reach, std::size_t stride) {
            const std::size_t padded = extent + before + after;
            const std::size_t beyond = padded < reach ? 0 : (padded - reach) % stride;
            if (beyond == 0) {
                return;
            }
            const std::size_t start = padded - reach - beyond + stride;
            if (node.integer("count_include_pad", 0) != 0 || start >= extent + before) {
                node.unsupported("ceil_mode adds a position that lies in the padding");
            }
            after = start + reach - extent - before;
        };
        complete(in.height, w.pad_top, w.pad_bottom, reach_height, w.stride_height);
        complete(in.width, w.pad_left, w.pad_right, reach_width, w.stride_width);
    }
    return w;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
