// SPDX-License-Identifier: MIT
/// @file
/// ONNX operators that only rename the dimensions of activations: Flatten, Reshape, Transpose, Squeeze,
/// Unsqueeze.
#pragma once

#include <alwann/io/detail/onnx_arithmetic.hpp>
#include <alwann/io/detail/onnx_parts.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The dimensions as far as they are known: the number of images carries its mark.
inline void import_shape(onnx_import& state, const onnx_node& node) {
    std::vector<onnx_integer> sizes;
    if (const auto* constant = std::get_if<onnx_constant>(&state.value(node, 0))) {
        for (const auto extent : constant->dims) {
            sizes.push_back({extent});
        }
    } else {
        for (const auto& parts : layout_of(state, state.activation(node, 0))) {
            onnx_integer size{1};
            for (const auto& part : parts) {
                size.value *= part.is_batch ? 1 : static_cast<std::int64_t>(part.extent);
                size.is_batch = size.is_batch || part.is_batch;
            }
            sizes.push_back(size);
        }
    }
    const auto rank = static_cast<std::int64_t>(sizes.size());
    const auto range = resolve_onnx_slice({0, node.integer("start", 0), node.integer("end", rank), 1}, rank);
    const auto begin = sizes.begin() + range.start;
    std::vector<onnx_integer> part(begin, begin + range.count);
    state.define(node, onnx_constant{{range.count}, std::move(part), {}, {}});
}

/// One row of values for each image, in the order that the file's dimensions have.
[[nodiscard]] inline onnx_activation flatten_onnx(onnx_import& state, const onnx_node& node,
                                                  const onnx_activation& in) {
    if (in.axes.empty() || in.axes.front() != onnx_axis::batch) {
        node.unsupported("images are not the first dimension");
    }
    onnx_axes longer; // dimensions of one do not matter for the order
    for (std::size_t i = 1; i < in.axes.size(); ++i) {
        if (state.extent(in, in.axes[i]) > 1) {
            longer.push_back(in.axes[i]);
        }
    }
    const auto ordered = [&](const onnx_axes& order) {
        std::size_t next = 0;
        for (const auto axis : longer) {
            while (next < order.size() && order[next] != axis) {
                ++next;
            }
        }
        return next < order.size() || longer.empty();
    };
    const auto& shape = state.shape(in);
    if (shape.height == 1 && shape.width == 1) {
        return {in.node, onnx_rows};
    }
    if (ordered(onnx_nchw)) {
        return {state.add(node, op::flatten{}, {in.node}), onnx_rows};
    }
    if (ordered(onnx_nhwc) || longer == onnx_axes{onnx_axis::values}) {
        return {in.node, {onnx_axis::batch, onnx_axis::values}}; // the order in memory: nothing moves
    }
    node.unsupported("of dimensions in this order");
}

inline void import_flatten(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    const auto axis = node.integer("axis", 1);
    if (axis != 1 && axis != 1 - static_cast<std::int64_t>(in.axes.size())) {
        node.unsupported("axis " + std::to_string(axis));
    }
    state.define(node, flatten_onnx(state, node, in));
}

/// The sizes of one image that a Reshape asks for, with 0 (as before) and -1 (the rest) resolved.
[[nodiscard]] inline onnx_dims read_onnx_target(onnx_import& state, const onnx_node& node,
                                                const onnx_activation& in) {
    const auto& target = state.marked_integers(node, 1);
    if (target.empty() || in.axes.empty() || in.axes.front() != onnx_axis::batch) {
        node.unsupported("images are not the first dimension");
    }
    const bool copies = node.integer("allowzero", 0) == 0;
    const auto images = target.front();
    const bool fixed = state.batch && images.value == *state.batch;
    bool open_batch = false;
    if (!images.is_batch && !(copies && images.value == 0) && !fixed) {
        open_batch = images.value == -1;
        if (!open_batch) {
            node.unsupported("to a fixed number of images, " + std::to_string(images.value));
        }
    }
    onnx_dims sizes;
    std::size_t known = 1;
    std::int64_t* open = nullptr;
    for (std::size_t i = 1; i < target.size(); ++i) {
        if (target[i].is_batch) {
            node.unsupported("with the number of images as another dimension than the first");
        }
        auto size = target[i].value;
        if (size == 0 && copies && i < in.axes.size()) {
            size = static_cast<std::int64_t>(state.extent(in, in.axes[i]));
        }
        if (size < -1 || size == 0 || size > onnx_largest_extent || known > onnx_most_values) {
            node.malformed("shape", "sizes from 1 to 2^24, or -1", std::to_string(size));
        }
        known *= size == -1 ? 1 : static_cast<std::size_t>(size);
        sizes.push_back(size);
    }
    for (auto& size : sizes) {
        if (size == -1) {
            if (open != nullptr || open_batch) {
                node.unsupported("with more than one size left open");
            }
            open = &size;
        }
    }
    const std::size_t values = state.shape(in).size();
    if (open != nullptr) {
        *open = static_cast<std::int64_t>(values / known);
        known *= values / known;
    }
    if (known != values) {
        node.malformed("shape", std::to_string(values) + " values for each image", to_string(sizes));
    }
    return sizes;
}

inline void import_reshape(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    const auto reshape = [&] {
        const auto sizes = read_onnx_sizes_of(state, node, in);
        define_onnx_layout(state, node, in, reshape_onnx_layout(state, node, in, sizes));
    };
    const auto& asked = state.marked_integers(node, 1);
    if (in.axes.empty() || in.axes.front() != onnx_axis::batch ||
        (!asked.empty() && asked.front().is_batch && asked.front().value != 1)) {
        return reshape();
    }
    const auto target = read_onnx_target(state, node, in);
    if (target.size() == 1) {
        return state.define(node, flatten_onnx(state, node, in));
    }
    // Apart from dimensions of one, which may come and go, everything has to stay.
    onnx_activation result{in.node, {onnx_axis::batch}};
    std::size_t next = 1;
    const auto skip_ones = [&] {
        while (next < in.axes.size() && state.extent(in, in.axes[next]) == 1) {
            ++next;
        }
    };
    for (const auto size : target) {
        if (size == 1) {
            result.axes.push_back(onnx_axis::unit);
            continue;
        }
        skip_ones();
        if (next == in.axes.size() || static_cast<std::size_t>(size) != state.extent(in, in.axes[next])) {
            return reshape();
        }
        result.axes.push_back(in.axes[next++]);
    }
    state.define(node, std::move(result));
}

inline void import_transpose(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    onnx_activation result{in.node, {}};
    for (const auto axis : read_onnx_permutation(node, in.rank())) {
        if (in.parts.empty()) {
            result.axes.push_back(in.axes[axis]);
        } else {
            result.parts.push_back(in.parts[axis]);
        }
    }
    if (!result.parts.empty()) {
        return define_onnx_layout(state, node, in, std::move(result.parts));
    }
    state.define(node, std::move(result));
}

inline void import_squeeze(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    const auto numbers = state.integers(node, "axes", 1);
    const auto axes = onnx_dimensions(node, numbers, in.rank());
    onnx_activation result{in.node, {}};
    for (std::size_t i = 0; i < in.rank(); ++i) {
        const bool one = in.parts.empty()
                             ? in.axes[i] != onnx_axis::batch && state.extent(in, in.axes[i]) == 1
                             : simplify(in.parts[i]).empty();
        const bool dropped = numbers.empty() ? one : std::binary_search(axes.begin(), axes.end(), i);
        if (dropped && !one) {
            node.unsupported("of dimension " + std::to_string(i) + ", which is not known to be 1");
        }
        if (!dropped && in.parts.empty()) {
            result.axes.push_back(in.axes[i]);
        } else if (!dropped) {
            result.parts.push_back(in.parts[i]);
        }
    }
    if (!result.parts.empty()) {
        return define_onnx_layout(state, node, in, std::move(result.parts));
    }
    state.define(node, std::move(result));
}

inline void import_unsqueeze(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    const auto axes = state.integers(node, "axes", 1);
    onnx_activation result = in;
    for (const auto axis : onnx_dimensions(node, axes, in.rank() + axes.size())) {
        if (in.parts.empty()) {
            result.axes.insert(result.axes.begin() + static_cast<std::ptrdiff_t>(axis), onnx_axis::unit);
        } else {
            result.parts.insert(result.parts.begin() + static_cast<std::ptrdiff_t>(axis), onnx_parts{});
        }
    }
    state.define(node, std::move(result));
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
