// SPDX-License-Identifier: MIT
/// @file
/// ONNX operators that take or join places of one dimension, such as tokens and heads: Split, Gather, Concat;
/// and constants with a value for each place.
#pragma once

#include <alwann/io/detail/onnx_parts.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Split: ranges of one dimension.
inline void import_split(onnx_import& state, const onnx_node& node) {
    const auto in = state.activation(node, 0);
    const auto layout = layout_of(state, in);
    const auto axis = onnx_dimension(node, node.integer("axis", 0), layout.size());
    auto sizes = state.integers(node, "split", 1);
    const auto extent = static_cast<std::int64_t>(extent_of(layout[axis]));
    const auto count = static_cast<std::int64_t>(node.outputs.size());
    if (sizes.empty() && count > 0) {
        const std::int64_t each = (extent + count - 1) / count;
        for (std::int64_t i = 0; i < count; ++i) {
            sizes.push_back(std::min(each, extent - i * each));
        }
    }
    std::int64_t first = 0;
    if (sizes.size() != node.outputs.size()) {
        node.malformed("split", std::to_string(count) + " sizes", to_string(sizes));
    }
    for (std::size_t i = 0; i < sizes.size(); first += sizes[i++]) {
        if (sizes[i] < 1 || sizes[i] > extent - first) {
            node.malformed("split", "sizes above 0 of " + std::to_string(extent) + " in all",
                           to_string(sizes));
        }
        if (node.has_output(i) && state.uses.contains(node.outputs[i])) {
            state.define(node,
                         take_onnx_range(state, node, in, axis, static_cast<std::size_t>(first),
                                         static_cast<std::size_t>(sizes[i]), "/" + std::to_string(i)),
                         i);
        }
    }
    if (first != extent) {
        node.malformed("split", "sizes above 0 of " + std::to_string(extent) + " in all", to_string(sizes));
    }
}

/// Gather of an activation: one place of a dimension, which is dropped, or several that follow each other.
inline void import_gather(onnx_import& state, const onnx_node& node) {
    const auto in = state.activation(node, 0);
    const auto rank = in.rank();
    const auto axis = onnx_dimension(node, node.integer("axis", 0), rank);
    const auto& dims = state.constant(node, 1).dims;
    auto places = state.integers(node, 1);
    const auto extent = static_cast<std::int64_t>(extent_of(layout_of(state, in)[axis]));
    for (auto& place : places) {
        if (place < -extent || place >= extent) {
            node.malformed("indices", "a position in " + std::to_string(extent), std::to_string(place));
        }
        place += place < 0 ? extent : 0;
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i] != places.front() + static_cast<std::int64_t>(i)) {
            node.unsupported("of positions that do not follow each other");
        }
    }
    if (dims.size() > 1 || places.empty()) {
        node.unsupported("of several rows of positions, or none");
    }
    const auto taken =
        take_onnx_range(state, node, in, axis, static_cast<std::size_t>(places.front()), places.size());
    auto layout = layout_of(state, taken);
    if (dims.empty()) {
        if (!simplify(layout[axis]).empty()) {
            node.unsupported("of an image");
        }
        layout.erase(layout.begin() + static_cast<std::ptrdiff_t>(axis));
    }
    define_onnx_layout(state, node, taken, std::move(layout));
}

/// A constant as a node of the graph: values of an image, with the codes they came from.
[[nodiscard]] inline std::size_t add_onnx_values(onnx_import& state, const onnx_node& node, std::size_t i,
                                                 const image_shape& shape, std::vector<float> values,
                                                 const std::string& suffix) {
    std::optional<coded_weights> coded;
    const auto& coding = state.constant(node, i).coding;
    if (coding && coding->bytes && coding->scale.size() == 1) {
        coded.emplace();
        coded->scale.push_back({double{coding->scale.front()}, coding->zero.front()});
        for (const float value : values) {
            coded->codes.push_back(encode_even(coded->scale.front(), value));
        }
    }
    state.account(node, values.size());
    const auto added = state.add(node, op::constant{shape, std::move(values)}, {}, suffix);
    if (coded) {
        state.weights[added] = std::move(*coded);
    }
    return added;
}

/// The values of a constant for each value of an image, as broadcasting has it; nothing where it does not fit
/// or differs between images.
[[nodiscard]] inline std::optional<std::vector<float>>
spread_onnx_constant(onnx_import& state, const onnx_node& node, std::size_t i, const onnx_activation& with) {
    const auto& values = state.reals(node, i);
    const auto& dims = state.constant(node, i).dims;
    const auto layout = layout_of(state, with);
    if (dims.size() > layout.size() || values.empty()) {
        return std::nullopt;
    }
    struct step {
        std::size_t extent, stride, from;
    };
    std::vector<step> steps; // fastest first
    std::size_t from = 1;
    for (std::size_t d = layout.size(); d-- > 0;) {
        const std::size_t missing = layout.size() - dims.size();
        const auto size = d < missing ? std::size_t{1} : static_cast<std::size_t>(dims[d - missing]);
        std::size_t inner = from;
        if (size != 1 && size != extent_of(layout[d])) {
            return std::nullopt;
        }
        for (std::size_t k = layout[d].size(); k-- > 0;) {
            const auto& part = layout[d][k];
            if (part.is_batch && size != 1) {
                return std::nullopt;
            }
            if (!part.is_batch) {
                steps.push_back({part.extent, part.stride, size == 1 ? 0 : inner});
                inner *= part.extent;
            }
        }
        from *= size;
    }
    state.account(node, state.shape(with).size());
    std::vector<float> result(state.shape(with).size());
    std::vector<std::size_t> index(steps.size(), 0);
    for (std::size_t n = 0, to = 0, at = 0; n < result.size(); ++n) {
        result[to] = values[at];
        for (std::size_t k = 0; k < steps.size(); ++k) {
            to += steps[k].stride;
            at += steps[k].from;
            if (++index[k] < steps[k].extent) {
                break;
            }
            to -= steps[k].stride * steps[k].extent;
            at -= steps[k].from * steps[k].extent;
            index[k] = 0;
        }
    }
    return result;
}

/// Concat of pixels: tokens of several tensors, or a constant token before the others.
inline void import_pixel_concat(onnx_import& state, const onnx_node& node) {
    std::vector<std::size_t> inputs;
    const onnx_activation* first = nullptr;
    for (std::size_t i = 0; i < node.inputs.size() && first == nullptr; ++i) {
        first = state.is_constant(node, i) ? nullptr : &state.activation(node, i);
    }
    if (first == nullptr) {
        node.malformed("inputs", "a tensor that depends on the input", "constants");
    }
    const onnx_activation like = *first;
    const std::size_t rank = like.rank(), channels = state.shape(like).channels;
    const auto axis = onnx_dimension(node, node.integer("axis", 1), rank);
    const auto refuse = [&] { node.unsupported("along other dimensions than the channels or all pixels"); };
    std::size_t last = rank; // the dimension of the channels
    const auto check_image = [&](const onnx_activation& a) {
        const auto layout = layout_of(state, a);
        const auto& shape = state.shape(a);
        if (layout.size() != rank || shape.channels != channels || !is_pixels(shape, layout[axis])) {
            refuse();
        }
        for (std::size_t d = 0; d < rank; ++d) {
            const auto parts = simplify(layout[d]);
            const bool images = parts.size() == 1 && parts.front().is_batch;
            if (d == axis || parts.empty() || images) {
                continue;
            }
            if (!is_channels(shape, parts) || (last != rank && last != d)) {
                refuse();
            }
            last = d;
        }
    };
    check_image(like);
    std::size_t pixels = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (!state.is_constant(node, i)) {
            check_image(state.activation(node, i));
            inputs.push_back(state.activation(node, i).node);
        } else {
            const auto& constant = state.constant(node, i);
            const auto& values = state.reals(node, i);
            bool fits = constant.dims.size() == rank && values.size() % channels == 0 && !values.empty();
            for (std::size_t d = 0; fits && d < rank; ++d) {
                fits = d == axis || constant.dims[d] == (d == last ? static_cast<std::int64_t>(channels) : 1);
            }
            if (!fits) {
                node.unsupported("of a constant of shape " + to_string(constant.dims) + ", which has not " +
                                 std::to_string(channels) + " channels in each place");
            }
            const std::size_t count = values.size() / channels;
            std::vector<float> arranged(values.size());
            for (std::size_t p = 0; p < count; ++p) {
                for (std::size_t c = 0; c < channels; ++c) {
                    arranged[p * channels + c] = values[last > axis ? p * channels + c : c * count + p];
                }
            }
            inputs.push_back(add_onnx_values(state, node, i, {1, count, channels}, std::move(arranged),
                                             "/constant" + std::to_string(i)));
        }
        const auto& shape = state.network.nodes()[inputs.back()].shape;
        pixels += shape.height * shape.width;
    }
    auto layout = layout_of(state, like);
    layout[axis] = {{pixels, channels}};
    const auto added = state.add(node, op::concat{true}, std::move(inputs));
    state.define(node, make_onnx_activation(state, added, std::move(layout)));
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
