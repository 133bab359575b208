// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/quantized_graph.hpp.
#pragma once

#include <alwann/nn/detail/coded_weights.hpp>
#include <alwann/nn/detail/define_network.hpp>
#include <alwann/nn/detail/function_lookup.hpp>
#include <alwann/nn/quantized_graph.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Makes the integer network of a quantized_graph, node by node.
///
/// Values are codes or wait for the op::requantise that makes codes of them: the result of a layer, functions
/// of single values after it, and layers that only move codes and may as well work behind the rounding.
class lowering {
public:
    explicit lowering(const quantized_graph& from) : from_(from), graph_(from.network) {}

    network build() {
        for (current_ = 0; current_ < graph_.nodes().size(); ++current_) {
            values_.push_back(
                std::visit([this](const auto& layer) { return take(layer); }, graph_.nodes()[current_].what));
        }
        end();
        network result(std::move(result_), graph_.source());
        result.metadata = graph_.metadata;
        return result;
    }

private:
    /// A result of the graph: codes, or something that waits.
    struct codes_of {
        std::size_t node; ///< of the network
    };
    struct layer_of {
        std::size_t node = 0;                      ///< of the graph
        std::optional<coded_weights> weights = {}; ///< of a convolution or dense layer
    };
    struct value {
        std::variant<layer_of, codes_of> from; ///< codes without functions are finished
        std::vector<std::size_t> functions;    ///< of single values, then: nodes of the graph
        std::vector<std::size_t> moves;        ///< layers that move codes, then
        std::map<std::pair<double, std::int32_t>, std::size_t> made; ///< codes by scale and zero

        /// The node of the network with its codes; null if it waits.
        const std::size_t* finished() const {
            const auto* codes = std::get_if<codes_of>(&from);
            return codes != nullptr && functions.empty() ? &codes->node : nullptr;
        }
        layer_of* layer() { return std::get_if<layer_of>(&from); }
        const layer_of* layer() const { return std::get_if<layer_of>(&from); }
        /// Nothing comes behind its layer.
        bool is_plain() const { return functions.empty() && moves.empty(); }
    };

    const graph_node& node(std::size_t i) const { return graph_.nodes()[i]; }
    value& input(std::size_t which = 0) { return values_[node(current_).inputs[which]]; }

    [[noreturn]] void refuse(std::size_t i, const std::string& detail) const {
        throw unsupported_error(graph_.source(), node(i).name, describe(node(i).what), detail);
    }
    /// The node of the network with the codes of an input; anything else is an error.
    std::size_t codes(std::size_t which = 0) {
        const auto* found = input(which).finished();
        if (found == nullptr) {
            refuse(current_, "its input, the result of '" + node(node(current_).inputs[which]).name +
                                 "', is not quantised: expected QuantizeLinear and DequantizeLinear between");
        }
        return *found;
    }
    /// Something that waits for its scale, of codes.
    value waiting() {
        for (std::size_t i = 0; i < node(current_).inputs.size(); ++i) {
            (void)codes(i);
        }
        return {layer_of{current_}, {}, {}, {}};
    }
    static value coded(std::size_t i) { return {codes_of{i}, {}, {}, {}}; }
    std::size_t append(std::size_t i, code_operation what, std::vector<std::size_t> inputs,
                       const quantisation& scale) {
        result_.push_back({node(i).name, std::move(what), std::move(inputs), node(i).shape, scale});
        return result_.size() - 1;
    }

    value take(const op::input&) { return {layer_of{current_}, {}, {}, {}}; }
    value take(const op::conv2d&) { return take_weights(); }
    value take(const op::dense&) { return take_weights(); }
    value take_weights() {
        auto result = waiting();
        const auto weights = from_.weights.find(current_);
        if (weights == from_.weights.end()) {
            refuse(current_, "its weights are not quantised: expected DequantizeLinear of 8-bit codes");
        }
        result.layer()->weights = weights->second;
        return result;
    }
    /// On codes a function of them; after a layer with weights a part of its scales.
    value take(const op::scale_channels& layer) {
        auto result = input();
        auto* before = result.layer();
        if (before == nullptr) {
            return extend();
        }
        if (!before->weights || !result.is_plain()) {
            refuse(current_, "expected QuantizeLinear and DequantizeLinear before it");
        }
        auto& weights = *before->weights;
        make_bias_real(weights, weighted_input(before->node).scale);
        if (std::find(layer.scale.begin(), layer.scale.end(), 0.0f) != layer.scale.end()) {
            refuse(current_, "a channel is scaled by 0");
        }
        scale_outputs(weights, layer);
        result.made.clear();
        return result;
    }
    template <elementwise_layer Layer>
    value take(const Layer&) {
        return extend();
    }
    value take(const op::requantise& layer) { return coded(make_codes(input(), layer.scale)); }
    value take(const op::constant&) {
        const auto values = from_.weights.find(current_);
        if (values == from_.weights.end()) {
            refuse(current_, "its values are not quantised: expected DequantizeLinear of 8-bit codes");
        }
        return coded(
            append(current_, code_op::constant{values->second.codes}, {}, values->second.scale.front()));
    }
    value take(const op::max_pool&) { return move(); }
    value take(const op::flatten&) { return move(); }
    value take(const op::slice&) { return move(); }
    template <class Layer>
    value take(const Layer& layer) {
        auto result = waiting();
        if constexpr (std::is_same_v<Layer, op::pad>) { // the codes stay what they are
            return coded(append(current_, quantise(layer, current_, {}), {codes()}, result_[codes()].scale));
        }
        return result;
    }

    static bool is_clip(const graph_node& what) { return std::holds_alternative<op::clip>(what.what); }

    /// One more function of single values.
    value extend() {
        value result = input();
        if (!result.moves.empty() && !is_clip(node(current_))) {
            refuse(current_, "expected QuantizeLinear and DequantizeLinear before it");
        }
        if (result.layer() != nullptr && !is_clip(node(current_))) {
            refuse(current_, "expected QuantizeLinear and DequantizeLinear between '" +
                                 node(result.layer()->node).name + "' and it");
        }
        result.functions.push_back(current_);
        result.made.clear();
        return result;
    }

    /// A layer that takes codes to the same codes elsewhere.
    value move() {
        if (input().finished() != nullptr) {
            const auto from = codes();
            return coded(append(current_, quantised_move(current_), {from}, result_[from].scale));
        }
        auto result = input();
        const bool monotone = std::all_of(result.functions.begin(), result.functions.end(),
                                          [this](std::size_t i) { return is_clip(node(i)); });
        if (!monotone) {
            refuse(current_, "expected QuantizeLinear and DequantizeLinear before it");
        }
        result.moves.push_back(current_);
        result.made.clear();
        return result;
    }
    code_operation quantised_move(std::size_t i) const {
        if (const auto* pool = std::get_if<op::max_pool>(&node(i).what)) {
            return code_op::max_pool{pool->geometry};
        }
        if (const auto* part = std::get_if<op::slice>(&node(i).what)) {
            return code_op::slice{*part};
        }
        return code_op::flatten{};
    }

    template <class Layer>
    code_operation quantise(const Layer& layer, std::size_t i, const quantisation& scale) {
        if constexpr (requires(layer_quantisation & how) { layer.quantise(how); }) {
            layer_quantisation how{{}, {}, scale};
            for (const auto from : node(i).inputs) {
                how.shapes.push_back(node(from).shape);
                how.inputs.push_back(result_[*values_[from].finished()].scale);
            }
            try {
                return layer.quantise(how);
            } catch (const value_error& problem) {
                refuse(i, problem.what());
            }
        }
        refuse(i, "it has no integer form");
    }

    /// The codes of `from` in a scale; made once.
    std::size_t make_codes(value& from, const quantisation& scale) {
        if (const auto* codes = from.finished()) {
            const auto& own = result_[*codes].scale;
            if (own.scale == scale.scale && own.zero == scale.zero) {
                return *codes;
            }
            return append(current_, code_op::lookup{make_lookup(own, scale, [](float x) { return x; })},
                          {*codes}, scale);
        }
        const auto key = std::pair(scale.scale, scale.zero);
        if (const auto made = from.made.find(key); made != from.made.end()) {
            return made->second;
        }
        std::size_t result = compute(from, scale);
        for (const auto i : from.moves) {
            result = append(i, quantised_move(i), {result}, scale);
        }
        from.made.emplace(key, result);
        return result;
    }

    std::size_t compute(const value& from, const quantisation& scale) {
        const auto* layer = from.layer();
        return layer == nullptr ? compute_functions(from, std::get<codes_of>(from.from).node, scale)
                                : compute_layer(*layer, limits_of(from.functions, scale), scale);
    }

    std::size_t compute_functions(const value& from, std::size_t base, const quantisation& scale) {
        std::vector<const operation*> functions;
        for (const auto i : from.functions) {
            functions.push_back(&node(i).what);
        }
        const auto shape = result_[base].shape;
        // Before the moves, though the last function may be a clip behind them.
        const std::size_t made =
            append(from.functions.back(),
                   function_lookup(functions, result_[base].scale, scale, shape.channels), {base}, scale);
        result_[made].shape = shape;
        return made;
    }

    /// The codes that a layer may give so that clips behind it have nothing to do.
    code_range limits_of(const std::vector<std::size_t>& clips, const quantisation& scale) const {
        code_range limits = all_codes(scale);
        for (const auto i : clips) {
            const auto& clip = std::get<op::clip>(node(i).what);
            const auto low = encode_even(scale, clip.low), high = encode_even(scale, clip.high);
            limits.low = std::clamp(limits.low, low, high);
            limits.high = std::clamp(limits.high, low, high);
        }
        return limits;
    }

    std::size_t compute_layer(const layer_of& from, const code_range& limits, const quantisation& scale) {
        std::vector<std::size_t> inputs;
        for (const auto i : node(from.node).inputs) {
            inputs.push_back(*values_[i].finished());
        }
        auto limited = scale; // layers make codes of this range
        limited.lowest = limits.low;
        limited.highest = limits.high;
        if (from.node == 0) {
            if (!result_.empty()) {
                refuse(current_, "the network's input is quantised in two ways");
            }
            return append(0, code_op::input{}, {}, limited);
        }
        if (from.weights) {
            return append(from.node, convolution(from, scale, limits), inputs, scale);
        }
        auto what = std::visit([&](const auto& layer) { return quantise(layer, from.node, limited); },
                               node(from.node).what);
        if (auto* product = std::get_if<quantized_convolution>(&what)) {
            product->output = scale;
        }
        return append(from.node, std::move(what), inputs, scale);
    }

    /// What a layer with weights reads.
    const quantisation& weighted_input(std::size_t layer) const {
        return result_[*values_[node(layer).inputs.front()].finished()].scale;
    }
    quantized_convolution convolution(const layer_of& from, const quantisation& scale,
                                      const code_range& limits) const {
        auto result = convolution_of(*from.weights, weighted_input(from.node));
        if (const auto* layer = std::get_if<op::conv2d>(&node(from.node).what)) {
            result.geometry = layer->geometry;
            result.groups = layer->groups;
        } else {
            const auto& in = node(node(from.node).inputs.front()).shape;
            result.geometry.kernel_height = in.height;
            result.geometry.kernel_width = in.width;
            result.approximable = false;
        }
        result.output = scale;
        result.codes = limits;
        return result;
    }

    /// What the last node says has to be the network's result.
    void end() {
        const auto& last = values_.back();
        const std::size_t result = graph_.nodes().size() - 1;
        if (const auto* codes = last.finished()) {
            if (*codes + 1 != result_.size()) {
                refuse(result, "its codes are not the last that are computed");
            }
            return;
        }
        const auto* from = last.layer();
        if (from == nullptr || !from->weights || !last.is_plain()) {
            refuse(result, "expected QuantizeLinear and DequantizeLinear after it");
        }
        auto layer = convolution(*from, {}, {});
        layer.real_output = true;
        append(from->node, std::move(layer), {*values_[node(from->node).inputs.front()].finished()}, {});
    }

    const quantized_graph& from_;
    const graph& graph_;
    std::vector<value> values_; ///< by node of the graph
    std::vector<network_node> result_;
    std::size_t current_ = 0;
};

} // namespace detail

ALWANN_SEPARABLE bool has_codes(const graph& network) {
    return std::any_of(network.nodes().begin(), network.nodes().end(), [](const graph_node& node) {
        return std::holds_alternative<op::requantise>(node.what);
    });
}

ALWANN_SEPARABLE network to_network(const quantized_graph& from) {
    return detail::lowering(from).build();
}

} // namespace alwann::inline ALWANN_ABI
