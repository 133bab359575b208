// SPDX-License-Identifier: MIT
/// @file
/// Dense layers of ONNX files on each pixel or patch: which window of an image a dimension is.
#pragma once

#include <alwann/io/detail/onnx_parts.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A window without overlaps, for dense layers on the last dimension: each pixel, or patches of pixels.
struct onnx_patches {
    window geometry;
    std::vector<std::size_t> order; ///< where each value of the last dimension is in a window of ours
    onnx_layout layout;             ///< of the result, whose channels are `outputs`
};

/// The window that the last dimension of a tensor covers, if it is one: all channels, and perhaps rows and
/// columns, in any order, and of no more than `most` values.
[[nodiscard]] inline std::optional<onnx_patches> find_onnx_patches(const onnx_import& state,
                                                                   const onnx_activation& in,
                                                                   std::size_t outputs, std::size_t most) {
    const auto shape = state.shape(in);
    auto layout = layout_of(state, in);
    if (layout.empty()) {
        return std::nullopt;
    }
    enum role { row, column, channel };
    std::size_t extents[3] = {1, 1, 1};
    std::vector<role> order; // the one that varies slowest first
    bool fits = true;
    const auto add = [&](role what, std::size_t extent) {
        if (extent > 1) {
            fits = fits && extents[what] == 1;
            extents[what] = extent;
            order.push_back(what);
        }
    };
    const std::size_t strides[3] = {shape.width * shape.channels, shape.channels, 1};
    for (const auto& part : simplify(layout.back())) {
        if (part.is_batch) {
            return std::nullopt;
        }
        if (shape.height > 1 && part.stride == strides[row]) {
            add(row, part.extent);
            continue;
        }
        const bool with_channels = part.stride == 1 && shape.channels > 1;
        fits = fits && (with_channels ? part.extent % shape.channels == 0 : part.stride == strides[column]);
        // And, where they follow each other, rows before and channels after.
        const std::size_t columns =
            with_channels ? std::max<std::size_t>(part.extent / shape.channels, 1) : part.extent;
        fits = fits && (columns <= shape.width || columns % shape.width == 0);
        add(row, std::max<std::size_t>(columns / shape.width, 1));
        add(column, std::min(columns, shape.width));
        add(channel, with_channels ? shape.channels : 1);
    }
    fits = fits && extents[channel] == shape.channels && shape.height % extents[row] == 0 &&
           shape.width % extents[column] == 0;
    const std::size_t count = extents[row] * extents[column] * extents[channel];
    if (!fits || count > most) {
        return std::nullopt;
    }
    onnx_patches result;
    auto& g = result.geometry;
    g.kernel_height = g.stride_height = extents[row];
    g.kernel_width = g.stride_width = extents[column];
    const std::size_t wide = shape.width / extents[column];
    layout.pop_back();
    for (auto& parts : layout) {
        for (auto& part : parts) {
            if (part.is_batch) {
                continue;
            }
            const bool rows = shape.height > 1 && part.stride == extents[row] * strides[row] && wide > 0;
            if (!rows && part.stride % (extents[column] * strides[column]) != 0) {
                return std::nullopt;
            }
            part.stride = rows ? wide * outputs : part.stride / (extents[column] * strides[column]) * outputs;
        }
    }
    layout.push_back({{outputs, 1}});
    result.layout = std::move(layout);
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t at[3] = {0, 0, 0}, rest = i;
        for (std::size_t k = order.size(); k-- > 0;) {
            at[order[k]] = rest % extents[order[k]];
            rest /= extents[order[k]];
        }
        result.order.push_back((at[row] * extents[column] + at[column]) * extents[channel] + at[channel]);
    }
    return result;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
