// SPDX-License-Identifier: MIT
/// @file
/// What several ONNX nodes are together: layers with what follows them, GELU.
#pragma once

#include <alwann/io/detail/onnx_products.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The bias of a layer whose weights are codes: codes, too, or real numbers.
inline void add_coded_bias(coded_weights& weights, const onnx_constant& bias,
                           const std::vector<float>& reals) {
    const std::size_t outputs = weights.scale.size();
    if (bias.coding && !bias.coding->bytes && bias.coding->codes.size() == outputs) {
        weights.bias_codes = bias.coding->codes;
        const auto& scale = bias.coding->scale;
        weights.bias_scale.clear();
        for (std::size_t f = 0; f < outputs; ++f) {
            weights.bias_scale.push_back(double{scale[scale.size() == 1 ? 0 : f]});
        }
        weights.bias.clear();
    } else {
        weights.bias.assign(reals.begin(), reals.end());
    }
}

/// What becomes of a layer that a change of its results follows, if nothing else sees them without: the bias
/// of a dense layer, factors and offsets of a normalisation, the factor of a product or function.
[[nodiscard]] inline std::optional<operation> fuse_onnx_change(const onnx_import& state,
                                                               const onnx_node& node, std::size_t in,
                                                               const op::scale_channels& change) {
    const auto producer = state.activation(node, in).node;
    const auto& layer = state.network.nodes()[producer].what;
    const auto coded = state.weights.find(producer);
    const bool biased =
        coded != state.weights.end() && (!coded->second.bias_codes.empty() ||
                                         std::any_of(coded->second.bias.begin(), coded->second.bias.end(),
                                                     [](double value) { return value != 0; }));
    const bool takes_bias =
        node.operation == "Add" && !biased &&
        (std::holds_alternative<op::dense>(layer) || state.pixel_layers.contains(producer));
    const bool takes_all = std::holds_alternative<op::layer_norm>(layer) ||
                           std::holds_alternative<op::matrix_product>(layer) ||
                           std::holds_alternative<op::gelu>(layer);
    if ((!takes_bias && !takes_all) || state.activation(node, in).codes ||
        !state.only_use(node, in, producer)) {
        return std::nullopt;
    }
    operation what = layer;
    const auto add_bias = [&](auto& to) {
        for (std::size_t o = 0; o < to.outputs; ++o) {
            to.bias[o] += change.offset[o];
        }
    };
    const auto factor = uniform_factor(change);
    auto* dense = std::get_if<op::dense>(&what);
    auto* conv = std::get_if<op::conv2d>(&what);
    auto* norm = std::get_if<op::layer_norm>(&what);
    auto* product = std::get_if<op::matrix_product>(&what);
    auto* gelu = std::get_if<op::gelu>(&what);
    if (dense != nullptr) {
        add_bias(*dense);
    } else if (conv != nullptr) {
        add_bias(*conv);
    } else if (norm != nullptr) {
        for (std::size_t c = 0; c < norm->gamma.size(); ++c) {
            norm->gamma[c] *= change.scale[c];
            norm->beta[c] = norm->beta[c] * change.scale[c] + change.offset[c];
        }
    } else if (product != nullptr && factor && *factor > 0 && std::isfinite(product->factor * *factor)) {
        product->factor *= *factor;
    } else if (gelu != nullptr && factor) {
        gelu->scale *= *factor;
    } else {
        return std::nullopt;
    }
    return what;
}

/// The function x * s * (1 + erf(x / sqrt(2))) of x, times another factor where x comes with one: what node
/// `factor` of the graph times node `other` is, and x; or nothing.
[[nodiscard]] inline std::optional<std::pair<op::gelu, std::size_t>>
find_onnx_gelu(const graph& network, std::size_t factor, std::size_t other) {
    const auto& nodes = network.nodes();
    const auto* sum = std::get_if<op::scale_channels>(&nodes[factor].what);
    const auto same = [](const std::vector<float>& values) {
        return std::all_of(values.begin(), values.end(), [&](float v) { return v == values.front(); });
    };
    if (sum == nullptr || !same(sum->scale) || !same(sum->offset) ||
        std::abs(sum->scale.front() - sum->offset.front()) > 1e-6F * std::abs(sum->scale.front())) {
        return std::nullopt;
    }
    const auto& error = nodes[nodes[factor].inputs.front()];
    if (!std::holds_alternative<op::erf>(error.what)) {
        return std::nullopt;
    }
    const auto& scaled = nodes[error.inputs.front()];
    const auto inner = uniform_factor(scaled.what);
    if (!inner || std::abs(*inner - 0.70710678F) > 1e-6F) {
        return std::nullopt;
    }
    const std::size_t x = scaled.inputs.front();
    const auto outer = uniform_factor(nodes[other].what);
    if (other != x && !(outer && nodes[other].inputs.front() == x)) {
        return std::nullopt;
    }
    return std::pair(op::gelu{sum->scale.front() * (other == x ? 1.0F : *outer)}, x);
}

/// Whether two tensors have the same dimensions in the same places.
[[nodiscard]] inline bool same_dimensions(const onnx_import& state, const onnx_activation& a,
                                          const onnx_activation& b) {
    if (state.matches(a, b.axes)) {
        return true;
    }
    auto left = layout_of(state, a), right = layout_of(state, b);
    for (auto* layout : {&left, &right}) {
        std::transform(layout->begin(), layout->end(), layout->begin(), simplify);
    }
    return left == right && state.shape(a) == state.shape(b);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
