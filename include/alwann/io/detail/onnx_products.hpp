// SPDX-License-Identifier: MIT
/// @file
/// ONNX operators of transformers: MatMul of two activations, LayerNormalization.
#pragma once

#include <alwann/io/detail/onnx_parts.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

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

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
