// SPDX-License-Identifier: MIT
/// @file
/// Dimensions of ONNX tensors that are parts of ours: tokens, heads and their channels.
#pragma once

#include <alwann/io/detail/onnx_import.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

using onnx_layout = std::vector<onnx_parts>;

/// Parts that follow each other in memory as one; none of extent 1, apart from the images.
[[nodiscard]] inline onnx_parts simplify(const onnx_parts& parts) {
    onnx_parts result;
    for (const auto& part : parts) {
        if (part.extent == 1 && !part.is_batch) {
            continue;
        }
        if (!result.empty() && !part.is_batch && !result.back().is_batch &&
            result.back().stride == part.stride * part.extent) {
            result.back() = {result.back().extent * part.extent, part.stride};
        } else {
            result.push_back(part);
        }
    }
    return result;
}

/// The number of places along a dimension.
[[nodiscard]] inline std::size_t extent_of(const onnx_parts& parts) {
    std::size_t extent = 1;
    for (const auto& part : parts) {
        extent *= part.extent;
    }
    return extent;
}

/// The dimensions of a tensor as parts of its memory.
[[nodiscard]] inline onnx_layout layout_of(const onnx_import& state, const onnx_activation& a) {
    if (!a.parts.empty()) {
        return a.parts;
    }
    const auto& shape = state.shape(a);
    onnx_layout result;
    for (const auto axis : a.axes) {
        const std::size_t extent = state.extent(a, axis);
        switch (axis) {
        case onnx_axis::batch:
            result.push_back({{static_cast<std::size_t>(state.images()), 0, true}});
            break;
        case onnx_axis::height:
            result.push_back(simplify({{extent, shape.width * shape.channels}}));
            break;
        case onnx_axis::width:
        case onnx_axis::positions:
            result.push_back(simplify({{extent, shape.channels}}));
            break;
        default:
            result.push_back(simplify({{extent, 1}}));
        }
    }
    return result;
}

/// The tensor of these dimensions that node `added` of the graph is in memory.
[[nodiscard]] inline onnx_activation make_onnx_activation(const onnx_import& state, std::size_t added,
                                                          onnx_layout layout) {
    onnx_activation result{added, {}};
    const auto& shape = state.network.nodes()[added].shape;
    const std::size_t area = shape.height * shape.width;
    const auto axis_of = [&](const onnx_parts& parts) {
        if (parts.empty()) {
            return onnx_axis::unit;
        }
        const auto& only = parts.front();
        return only.is_batch                                                   ? onnx_axis::batch
               : only == onnx_part{shape.channels, 1}                          ? onnx_axis::channel
               : only == onnx_part{shape.width, shape.channels}                ? onnx_axis::width
               : only == onnx_part{shape.height, shape.size() / shape.height}  ? onnx_axis::height
               : only == onnx_part{area, shape.channels} && shape.channels > 1 ? onnx_axis::positions
                                                                               : onnx_axis::values;
    };
    bool named = true;
    for (auto& parts : layout) {
        parts = simplify(parts);
        result.axes.push_back(axis_of(parts));
        named = named && parts.size() <= 1 &&
                (result.axes.back() != onnx_axis::values || parts.front() == onnx_part{shape.size(), 1});
    }
    if (!named) {
        result.axes.clear();
        result.parts = std::move(layout);
    }
    return result;
}

/// The same memory with other dimensions. Codes stay codes.
inline void define_onnx_layout(onnx_import& state, const onnx_node& node, const onnx_activation& in,
                               onnx_layout layout, std::size_t output = 0) {
    auto result = make_onnx_activation(state, in.node, std::move(layout));
    result.codes = in.codes;
    state.define(node, std::move(result), output);
}

/// A result whose images have `channels` in place of those of `in`, and the same pixels. The dimension `last`
/// was that of all channels and is now that of all new ones.
[[nodiscard]] inline onnx_layout with_channels(onnx_layout layout, std::size_t last, std::size_t before,
                                               std::size_t channels) {
    for (auto& parts : layout) {
        for (auto& part : parts) {
            part.stride = part.stride / before * channels;
        }
    }
    layout[last] = {{channels, 1}};
    return layout;
}

/// Whether a dimension is that of all channels, one after the other.
[[nodiscard]] inline bool is_channels(const image_shape& shape, const onnx_parts& parts) {
    return simplify(parts) == simplify({{shape.channels, 1}});
}

/// Whether a dimension is that of all pixels.
[[nodiscard]] inline bool is_pixels(const image_shape& shape, const onnx_parts& parts) {
    return simplify(parts) == simplify({{shape.height * shape.width, shape.channels}});
}

/// Takes the parts of a layout for the dimensions of a target, in order, and splits them where they are
/// larger. Throws unsupported_error where the target's dimensions do not consist of whole parts.
[[nodiscard]] inline onnx_layout reshape_onnx_layout(const onnx_import& state, const onnx_node& node,
                                                     const onnx_activation& in,
                                                     const std::vector<std::int64_t>& target) {
    onnx_parts left;
    for (const auto& parts : layout_of(state, in)) {
        left.insert(left.end(), parts.begin(), parts.end());
    }
    const auto refuse = [&] {
        node.unsupported("to " + to_string(target) + " from images of " + to_string(state.shape(in)));
    };
    onnx_layout result;
    std::size_t next = 0;
    for (const auto size : target) {
        auto& parts = result.emplace_back();
        auto rest = static_cast<std::size_t>(size);
        while (next < left.size() && (rest > 1 || (parts.empty() && left[next].is_batch))) {
            auto& part = left[next];
            if (rest % part.extent == 0) {
                parts.push_back(part);
                rest /= part.extent;
                ++next;
            } else if (!part.is_batch && part.extent % rest == 0) {
                part.extent /= rest;
                parts.push_back({rest, part.stride * part.extent});
                rest = 1;
            } else {
                break;
            }
        }
        if (rest != 1) {
            refuse();
        }
    }
    if (next < left.size()) {
        refuse();
    }
    return result;
}

/// The sizes that a Reshape asks for, with 0 (as before) and -1 (the rest) resolved; images() for the images.
[[nodiscard]] inline std::vector<std::int64_t>
read_onnx_sizes_of(const onnx_import& state, const onnx_node& node, const onnx_activation& in) {
    const auto layout = layout_of(state, in);
    std::int64_t all = state.images() * static_cast<std::int64_t>(state.shape(in).size()); // at most 2^62
    std::vector<std::int64_t> sizes;
    std::size_t open = 0, opened = 0;
    for (const auto& entry : state.marked_integers(node, 1)) {
        std::int64_t size = entry.value;
        if (size == 0 && node.integer("allowzero", 0) == 0 && sizes.size() < layout.size()) {
            size = static_cast<std::int64_t>(extent_of(layout[sizes.size()]));
        } else if (size == -1 && !entry.is_batch) {
            open = sizes.size();
            ++opened;
            size = 1;
        } else if (size < 1 || size > onnx_largest_extent) {
            node.malformed("shape", "sizes from 1 to 2^24, or -1", std::to_string(size));
        } else if (entry.is_batch) {
            size *= state.images();
        }
        if (all % size != 0) {
            node.malformed("shape", std::to_string(state.shape(in).size()) + " values for each image");
        }
        all /= size;
        sizes.push_back(size);
    }
    if (opened > 1 || (opened == 0 && all != 1)) {
        node.malformed("shape",
                       std::to_string(state.shape(in).size()) +
                           " values for each image and at most one size left open",
                       to_string(sizes));
    }
    if (opened == 1) {
        sizes[open] = all;
    }
    return sizes;
}

/// Places [first, first + count) of one dimension. Throws unsupported_error where these are not whole rows,
/// columns, channels or single pixels.
[[nodiscard]] inline onnx_activation take_onnx_range(onnx_import& state, const onnx_node& node,
                                                     const onnx_activation& in, std::size_t dimension,
                                                     std::size_t first, std::size_t count,
                                                     const std::string& suffix = {}) {
    auto layout = layout_of(state, in);
    const auto shape = state.shape(in);
    const auto parts = simplify(layout[dimension]);
    if (count == extent_of(parts)) {
        return in;
    }
    op::slice kept{.count = {shape.height, shape.width, shape.channels}};
    const auto take = [&](std::size_t d, std::size_t start, std::size_t number) {
        kept.start[d] = start;
        kept.count[d] = number;
    };
    const auto part = parts.size() == 1 ? parts.front() : onnx_part{};
    std::size_t stride = part.stride; // of the dimension in the result
    if (parts.size() == 1 && !part.is_batch && part.stride * part.extent == shape.channels) {
        take(2, first * part.stride, count * part.stride);
    } else if (part == onnx_part{shape.width, shape.channels}) {
        take(1, first, count);
    } else if (part == onnx_part{shape.height, shape.width * shape.channels}) {
        take(0, first, count);
    } else if (is_pixels(shape, parts) && (shape.height == 1 || count == 1)) {
        take(0, first / shape.width, 1);
        take(1, first % shape.width, count);
    } else {
        node.unsupported("of parts of dimension " + std::to_string(dimension));
    }
    // The strides of what is left: parts of channels keep theirs, others follow from the new shape.
    const std::size_t channels = kept.count[2], row = kept.count[1] * channels;
    for (std::size_t d = 0; d < layout.size(); ++d) {
        if (d == dimension) {
            continue;
        }
        for (auto& other : layout[d]) {
            if (other.is_batch || other.stride < shape.channels) {
                continue;
            }
            const bool rows = shape.height > 1 && other.stride % (shape.width * shape.channels) == 0;
            if (!rows && kept.count[1] != shape.width) {
                node.unsupported("of parts of dimension " + std::to_string(dimension));
            }
            other.stride = rows ? other.stride / (shape.width * shape.channels) * row
                                : other.stride / shape.channels * channels;
        }
    }
    if (stride >= shape.channels) {
        stride = part == onnx_part{shape.height, shape.width * shape.channels} ? row : channels;
    }
    layout[dimension] = {{count, stride}};
    auto result = make_onnx_activation(state, state.add(node, kept, {in.node}, suffix), std::move(layout));
    result.codes = in.codes;
    return result;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
