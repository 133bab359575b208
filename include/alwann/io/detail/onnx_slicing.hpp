// SPDX-License-Identifier: MIT
/// @file
/// Parameters of ONNX's Slice, for constants and images alike.
#pragma once

#include <alwann/io/detail/onnx_import.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// One dimension's part, as the file has it: positions may be negative or far outside.
struct onnx_slice_part {
    std::size_t axis = 0;
    std::int64_t start = 0, end = 0, step = 1;
};

/// One dimension's part, resolved.
struct onnx_slice_range {
    std::int64_t start = 0, count = 0, step = 1;
};

/// Attributes (until operator set 9) or inputs: starts, ends, axes, steps.
[[nodiscard]] inline std::vector<onnx_slice_part> read_onnx_slice(const onnx_import& state,
                                                                  const onnx_node& node, std::size_t rank) {
    const auto starts = state.integers(node, "starts", 1);
    const auto ends = state.integers(node, "ends", 2);
    auto axes = state.integers(node, "axes", 3);
    auto steps = state.integers(node, "steps", 4);
    if (axes.empty()) {
        for (std::size_t i = 0; i < starts.size(); ++i) {
            axes.push_back(static_cast<std::int64_t>(i));
        }
    }
    if (steps.empty()) {
        steps.assign(starts.size(), 1);
    }
    if (starts.empty() || ends.size() != starts.size() || axes.size() != starts.size() ||
        steps.size() != starts.size()) {
        node.malformed("starts, ends, axes, steps", "lists of one length");
    }
    static_cast<void>(onnx_dimensions(node, axes, rank)); // each once
    std::vector<onnx_slice_part> parts;
    for (std::size_t i = 0; i < starts.size(); ++i) {
        if (steps[i] == 0) {
            node.malformed("steps", "no zero", "0");
        }
        parts.push_back({onnx_dimension(node, axes[i], rank), starts[i], ends[i], steps[i]});
    }
    return parts;
}

/// ONNX's rules: negative positions count from the end, then everything is limited to the dimension.
[[nodiscard]] inline onnx_slice_range resolve_onnx_slice(const onnx_slice_part& part, std::int64_t extent) {
    const auto limit = [extent](std::int64_t position, std::int64_t low, std::int64_t high) {
        return std::clamp(position < 0 ? position + extent : position, low, high);
    };
    if (extent == 0) {
        return {0, 0, 1};
    }
    const std::int64_t step = std::clamp(part.step, -extent, extent); // longer steps reach no further
    const bool forward = step > 0;
    const auto start = limit(part.start, 0, forward ? extent : extent - 1);
    const auto end = forward ? limit(part.end, 0, extent) : limit(part.end, -1, extent - 1);
    const auto distance = forward ? end - start : start - end;
    const auto stride = forward ? step : -step;
    return {start, distance <= 0 ? 0 : (distance + stride - 1) / stride, step};
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
