// SPDX-License-Identifier: MIT
/// @file
/// ONNX operators that take parts of images or put images together: Pad, Slice, Concat.
#pragma once

#include <alwann/io/detail/onnx_slicing.hpp>
#include <alwann/io/detail/onnx_tokens.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The place of a dimension in op::pad and op::slice, or 3 for those that cannot be changed.
[[nodiscard]] inline std::size_t onnx_region_dimension(onnx_axis axis) {
    return axis == onnx_axis::height ? 0 : axis == onnx_axis::width ? 1 : axis == onnx_axis::channel ? 2 : 3;
}

/// The slice that keeps everything.
[[nodiscard]] inline op::slice whole_slice(const image_shape& shape) {
    return {.count = {shape.height, shape.width, shape.channels}};
}

inline void import_pad(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    const auto mode = node.text("mode", "constant");
    if (mode != "constant") {
        node.unsupported("mode " + mode);
    }
    const auto pads = state.integers(node, "pads", 1);
    auto axes = node.has_input(3) ? state.integers(node, 3) : std::vector<std::int64_t>(in.axes.size());
    if (!node.has_input(3)) {
        std::iota(axes.begin(), axes.end(), 0);
    }
    static_cast<void>(onnx_dimensions(node, axes, in.axes.size())); // each once
    if (pads.size() != 2 * axes.size()) {
        node.malformed("pads", std::to_string(2 * axes.size()) + " integers", to_string(pads));
    }
    op::pad pad;
    pad.value = node.real("value", 0);
    if (node.has_input(2)) {
        const auto& value = state.reals(node, 2);
        if (value.size() != 1) {
            node.malformed("constant_value", "one value", std::to_string(value.size()));
        }
        pad.value = value.front();
    }
    auto kept = whole_slice(state.shape(in)); // negative padding cuts off
    bool cuts = false, grows = false;
    for (std::size_t i = 0; i < pads.size(); ++i) {
        const bool after = i >= axes.size();
        const auto axis = in.axes[onnx_dimension(node, axes[i % axes.size()], in.axes.size())];
        const auto d = onnx_region_dimension(axis);
        if (pads[i] == 0) {
            continue;
        }
        if (d == 3) {
            node.unsupported("of other dimensions than channel, row and column");
        }
        if (pads[i] > onnx_largest_extent || pads[i] < -onnx_largest_extent) {
            node.malformed("pads", "integers up to 2^24", to_string(pads));
        }
        const auto amount = static_cast<std::size_t>(pads[i] < 0 ? -pads[i] : pads[i]);
        if (pads[i] > 0) {
            (after ? pad.after : pad.before)[d] = amount;
            grows = true;
        } else if (amount >= kept.count[d]) {
            node.unsupported("that cuts off all of an image");
        } else {
            kept.start[d] += after ? 0 : amount;
            kept.count[d] -= amount;
            cuts = true;
        }
    }
    onnx_activation result = in;
    if (cuts) {
        result.node = state.add(node, kept, {result.node}, grows ? "/slice" : "");
    }
    if (grows) {
        result.node = state.add(node, pad, {result.node});
    }
    state.define(node, std::move(result));
}

/// A part of dimensions that are parts of ours.
inline void import_part_slice(onnx_import& state, const onnx_node& node) {
    auto in = state.activation(node, 0);
    std::size_t number = 0;
    for (const auto& part : read_onnx_slice(state, node, in.rank())) {
        const auto layout = layout_of(state, in);
        const auto extent = static_cast<std::int64_t>(extent_of(layout[part.axis]));
        const auto range = resolve_onnx_slice(part, extent);
        if (range.count == 0 || (range.step != 1 && range.count > 1)) {
            node.unsupported("with steps, or with an empty result, of parts of a dimension");
        }
        in = take_onnx_range(state, node, in, part.axis, static_cast<std::size_t>(range.start),
                             static_cast<std::size_t>(range.count),
                             number == 0 ? "" : "/" + std::to_string(number));
        ++number;
    }
    state.define(node, std::move(in));
}

inline void import_slice(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    if (!in.parts.empty() || std::any_of(in.axes.begin(), in.axes.end(),
                                         [](onnx_axis axis) { return axis == onnx_axis::positions; })) {
        return import_part_slice(state, node);
    }
    auto kept = whole_slice(state.shape(in));
    for (const auto& part : read_onnx_slice(state, node, in.axes.size())) {
        const auto axis = in.axes[part.axis];
        const auto extent = static_cast<std::int64_t>(state.extent(in, axis));
        const auto range =
            resolve_onnx_slice(part, axis == onnx_axis::batch ? state.batch.value_or(1) : extent);
        if (axis == onnx_axis::batch) {
            const bool all = state.batch ? range.count == *state.batch && range.step > 0
                                         : part.start == 0 && part.step == 1 &&
                                               part.end >= std::numeric_limits<std::int32_t>::max();
            if (!all) {
                node.unsupported("of the images");
            }
            continue;
        }
        if (range.count == 0) {
            node.unsupported("with an empty result");
        }
        const auto d = onnx_region_dimension(axis);
        if (d < 3) {
            kept.start[d] = static_cast<std::size_t>(range.start);
            kept.count[d] = static_cast<std::size_t>(range.count);
            kept.step[d] = range.step;
        } else if (range.count != extent || (range.step < 0 && extent > 1)) {
            node.unsupported("of flattened images");
        }
    }
    const auto all = whole_slice(state.shape(in));
    const bool nothing = std::equal(kept.count, kept.count + 3, all.count) &&
                         std::all_of(kept.step, kept.step + 3, [](auto step) { return step > 0; });
    onnx_activation result = in;
    if (!nothing) {
        result.node = state.add(node, kept, {in.node});
    }
    state.define(node, std::move(result));
}

/// Joins images, or rows of values, along the channels; or pixels.
inline void import_concat(onnx_import& state, const onnx_node& node) {
    if (!node.has("axis")) {
        node.malformed("attribute 'axis'", "an integer", "nothing");
    }
    std::vector<std::size_t> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (state.is_constant(node, i)) {
            return import_pixel_concat(state, node);
        }
    }
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        inputs.push_back(state.activation(node, i).node);
    }
    for (const auto* order : {&onnx_nchw, &onnx_nhwc, &onnx_rows}) {
        bool fits = true;
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            fits = fits && state.matches(state.activation(node, i), *order);
        }
        if (fits &&
            (*order)[onnx_dimension(node, node.integer("axis", 1), order->size())] == onnx_axis::channel) {
            return state.define(node, onnx_activation{state.add(node, op::concat{}, inputs), *order});
        }
    }
    import_pixel_concat(state, node);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
