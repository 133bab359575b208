// SPDX-License-Identifier: MIT
/// @file
/// ONNX operators of transformers: products of activations, and dense layers on patches and tokens.
#pragma once

#include <alwann/io/detail/onnx_parts.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>
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
        std::size_t columns =
            part.extent; // and, where they follow each other, rows before and channels after
        const bool with_channels = part.stride == 1 && shape.channels > 1;
        fits = fits && (with_channels ? part.extent % shape.channels == 0 : part.stride == strides[column]);
        columns = with_channels ? std::max<std::size_t>(part.extent / shape.channels, 1) : part.extent;
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

/// The factor by which a node of the graph scales all channels, and only that.
[[nodiscard]] inline std::optional<float> uniform_factor(const operation& what) {
    const auto* change = std::get_if<op::scale_channels>(&what);
    if (change == nullptr ||
        std::any_of(change->offset.begin(), change->offset.end(), [](float v) { return v != 0; }) ||
        std::any_of(change->scale.begin(), change->scale.end(),
                    [&](float v) { return v != change->scale.front(); })) {
        return std::nullopt;
    }
    return change->scale.front();
}

/// MatMul of two activations: matrices for each image and group of channels.
inline void import_matrix_product(onnx_import& state, const onnx_node& node) {
    const onnx_activation* inputs[2] = {&state.activation(node, 0), &state.activation(node, 1)};
    op::matrix_product what;
    std::vector<std::size_t> from;
    for (const auto* input : inputs) { // a scaling before is a scaling after
        const auto& producer = state.network.nodes()[input->node];
        const auto factor = uniform_factor(producer.what);
        const bool absorbed = factor && *factor > 0 && !input->codes;
        what.factor *= absorbed ? *factor : 1;
        from.push_back(absorbed ? producer.inputs.front() : input->node);
    }
    const auto a = layout_of(state, *inputs[0]), b = layout_of(state, *inputs[1]);
    const auto &in = state.shape(*inputs[0]), &other = state.shape(*inputs[1]);
    const auto refuse = [&] {
        node.unsupported("of " + to_string(in) + " and " + to_string(other) +
                         ": only of rows and columns of the same groups of channels, pixel by pixel");
    };
    if (a.size() < 3 || a.size() != b.size()) {
        refuse();
    }
    const auto joined = [](const onnx_layout& layout) {
        onnx_parts all;
        for (std::size_t d = 0; d + 2 < layout.size(); ++d) {
            all.insert(all.end(), layout[d].begin(), layout[d].end());
        }
        return simplify(all);
    };
    const onnx_part images{static_cast<std::size_t>(state.images()), 0, true};
    const auto fits = [&](const onnx_layout& layout, std::size_t groups, std::size_t stride,
                          const onnx_part& rows, const onnx_part& columns) {
        return joined(layout) == simplify({images, {groups, stride}}) &&
               simplify(layout[layout.size() - 2]) == simplify({rows}) &&
               simplify(layout.back()) == simplify({columns});
    };
    const std::size_t depth = extent_of(a.back()), pixels = other.height * other.width;
    if (depth == 0 || in.channels % depth != 0) {
        refuse();
    }
    what.groups = in.channels / depth;
    if (!fits(a, what.groups, depth, {in.height * in.width, in.channels}, {depth, 1})) {
        refuse();
    }
    const std::size_t width = other.channels / what.groups;
    std::size_t outputs = width; // of a group
    if (fits(b, what.groups, width, {pixels, other.channels}, {width, 1}) && pixels == depth) {
        what.second = weight_source::columns;
    } else if (fits(b, what.groups, depth, {depth, 1}, {pixels, other.channels})) {
        outputs = pixels;
    } else {
        refuse();
    }
    onnx_layout layout = a;
    for (auto& parts : layout) {
        for (auto& part : parts) {
            part.stride = part.stride >= in.channels ? part.stride / in.channels * what.groups * outputs
                                                     : part.stride / depth * outputs;
        }
    }
    layout.back() = {{outputs, 1}};
    const auto added = state.add(node, what, std::move(from));
    state.define(node, make_onnx_activation(state, added, std::move(layout)));
}

/// LayerNormalization: of all channels, which are the dimensions from `axis` on, or (`axes`) one.
inline void import_layer_normalization(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    const auto layout = layout_of(state, in);
    const auto one = node.integers("axes");
    const auto first =
        onnx_dimension(node, one.empty() ? node.integer("axis", -1) : one.front(), layout.size());
    onnx_parts normalised;
    for (std::size_t d = first; d < (one.empty() ? layout.size() : first + 1); ++d) {
        normalised.insert(normalised.end(), layout[d].begin(), layout[d].end());
    }
    const auto& shape = state.shape(in);
    if (!is_channels(shape, normalised) || first == 0) {
        node.unsupported("other than of all channels of a pixel");
    }
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
        if (node.has_output(i) && state.uses.contains(node.outputs[i])) {
            node.unsupported("its statistics are used");
        }
    }
    state.account(node, 2 * shape.channels);
    op::layer_norm norm{std::vector<float>(shape.channels, 1), std::vector<float>(shape.channels, 0),
                        node.real("epsilon", 1e-5F)};
    for (const std::size_t i : {1U, 2U}) {
        if (node.has_input(i)) {
            const auto& values = state.reals(node, i);
            if (values.size() != shape.channels) {
                node.malformed(i == 1 ? "Scale" : "B", std::to_string(shape.channels) + " values",
                               std::to_string(values.size()));
            }
            (i == 1 ? norm.gamma : norm.beta) = values;
        }
    }
    auto result = in;
    result.node = state.add(node, std::move(norm), {in.node});
    state.define(node, std::move(result));
}

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
