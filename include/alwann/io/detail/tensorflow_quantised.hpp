// SPDX-License-Identifier: MIT
/// @file
/// Imports the operators of graphs that TensorFlow 1's quantisation tool made.
#pragma once

#include <alwann/io/detail/tensorflow_coded.hpp>
#include <alwann/io/detail/tensorflow_windows.hpp>
#include <alwann/nn/batch_network.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// State of an import and its operators. Nodes that merely compute ranges become part of the node that takes
/// them.
class tensorflow_quantised_import {
public:
    tensorflow_quantised_import(const graph_def& file, const std::string& output)
        : order_(tensorflow_orderer(file).order(output)),
          values_(order_),
          network_(read_tensorflow_input(only_placeholder(order_, file.file)), file.file) {}

    batch_network run() {
        for (std::size_t i = 0; i < order_.size(); ++i) {
            for (const auto& input : order_[i].inputs) {
                if (input.output > (has_interval(values_[input.node]) ? 2u : 0u)) {
                    order_[i].unsupported("it takes result " + std::to_string(input.output) + " of node '" +
                                          order_[input.node].name + "'");
                }
            }
            values_.define(i, import(order_[i]));
        }
        const auto* last = std::get_if<coded_result>(&values_[order_.size() - 1]);
        if (last == nullptr || last->node + 1 != network_.nodes().size() ||
            network_.nodes().back().kind != value_kind::reals) {
            throw format_error(network_.source(), "result '" + order_.back().name + "'",
                               "floats that depend on the input", "something else");
        }
        return std::move(network_);
    }

private:
    using handler = coded_value (tensorflow_quantised_import::*)(const tensorflow_node&);

    coded_value import(const tensorflow_node& node) {
        using self = tensorflow_quantised_import;
        static const std::map<std::string_view, handler> handlers{{"Add", &self::arithmetic},
                                                                  {"AxConv2D", &self::convolution},
                                                                  {"Const", &self::constant},
                                                                  {"Dequantize", &self::decode},
                                                                  {"FusedBatchNorm", &self::batch_normalise},
                                                                  {"Identity", &self::forward},
                                                                  {"Max", &self::extreme},
                                                                  {"Mean", &self::mean},
                                                                  {"Min", &self::extreme},
                                                                  {"Mul", &self::arithmetic},
                                                                  {"Pad", &self::pad},
                                                                  {"Placeholder", &self::placeholder},
                                                                  {"QuantizeV2", &self::encode},
                                                                  {"QuantizedAdd", &self::add},
                                                                  {"QuantizedAvgPool", &self::pool},
                                                                  {"QuantizedBiasAdd", &self::add_bias},
                                                                  {"QuantizedConv2D", &self::convolution},
                                                                  {"QuantizedMatMul", &self::dense},
                                                                  {"QuantizedRelu", &self::relu},
                                                                  {"RealDiv", &self::arithmetic},
                                                                  {"RequantizationRange", &self::range},
                                                                  {"Requantize", &self::requantise},
                                                                  {"Reshape", &self::reshape},
                                                                  {"Sub", &self::arithmetic}};
        const auto found = handlers.find(node.operation);
        if (found == handlers.end()) {
            node.unsupported();
        }
        return (this->*found->second)(node);
    }

    /// Whether a node has an interval as its results 1 and 2, or, of RequantizationRange, 0 and 1.
    bool has_interval(const coded_value& of) const {
        const auto* result = std::get_if<coded_result>(&of);
        return std::holds_alternative<coded_constant>(of) || std::holds_alternative<sums_range>(of) ||
               (result != nullptr && network_.nodes()[result->node].kind != value_kind::reals);
    }
    const image_shape& shape(std::size_t node) const { return network_.nodes()[node].shape; }

    coded_value append(const tensorflow_node& node, batch_operation what, std::vector<std::size_t> inputs) {
        const auto added = network_.add(node.name, std::move(what), std::move(inputs));
        const auto& of_image = shape(added);
        if (of_image.channels > tensorflow_most_values / (of_image.height * of_image.width)) {
            node.malformed("result", "at most 2^31 values", to_string(of_image));
        }
        return coded_result{added};
    }

    // --- Floats -------------------------------------------------------------------------------------

    coded_value constant(const tensorflow_node& node) { return &node.tensor("value"); }
    coded_value placeholder(const tensorflow_node&) { return coded_result{0}; }
    coded_value forward(const tensorflow_node& node) {
        node.require_inputs(1);
        if (has_interval(values_.at(node, 0))) {
            node.unsupported("codes without their range");
        }
        return values_.at(node, 0);
    }

    coded_value arithmetic(const tensorflow_node& node) {
        using kind = batch_op::arithmetic::kind;
        node.require_inputs(2);
        const auto what = node.operation == "Add"   ? kind::add
                          : node.operation == "Sub" ? kind::subtract
                          : node.operation == "Mul" ? kind::multiply
                                                    : kind::divide;
        const auto from = values_.result(node, 0);
        return append(node, batch_op::arithmetic{what, float_of(values_.tensor(node, 1), node, "constant")},
                      {from});
    }

    coded_value batch_normalise(const tensorflow_node& node) {
        require_channels_last(node);
        node.require_inputs(5);
        if (!node.flag("is_training", true)) {
            node.unsupported("statistics in the file beside ranges of the batch");
        }
        (void)values_.tensor(node, 3); // empty, as a rule; never part of the network
        (void)values_.tensor(node, 4);
        const auto from = values_.result(node, 0);
        budget_.take(node, 2 * shape(from).channels);
        batch_op::normalise what{{floats_of(values_.tensor(node, 1), node, "scale"),
                                  floats_of(values_.tensor(node, 2), node, "offset"),
                                  node.real("epsilon", 1e-4f)}};
        return append(node, std::move(what), {from});
    }

    coded_value pad(const tensorflow_node& node) {
        node.require_inputs(2);
        const auto from = values_.result(node, 0);
        return append(node, batch_op::pad{read_tensorflow_pad(node, values_.tensor(node, 1))}, {from});
    }

    coded_value mean(const tensorflow_node& node) {
        node.require_inputs(2);
        const auto from = values_.result(node, 0);
        if (!is_image_mean(node, values_.tensor(node, 1))) {
            node.unsupported("only the mean over rows and columns is");
        }
        return append(node, batch_op::mean{}, {from});
    }

    // --- Ranges -------------------------------------------------------------------------------------

    /// To one row of all values: what the tool puts before Min and Max.
    coded_value reshape(const tensorflow_node& node) {
        node.require_inputs(2);
        if (integers_of(values_.tensor(node, 1), node, "shape") != std::vector<std::int64_t>{-1}) {
            node.unsupported("only all values in one row are");
        }
        return all_values{node.inputs[0].node};
    }

    coded_value extreme(const tensorflow_node& node) {
        node.require_inputs(2);
        const auto* all = std::get_if<all_values>(&values_.at(node, 0));
        const auto& axes = integers_of(values_.tensor(node, 1), node, "reduction_indices");
        if (all == nullptr || axes != std::vector<std::int64_t>{0}) {
            node.unsupported("only that of all values is");
        }
        return extreme_value{all->of, node.operation == "Max"};
    }

    coded_value range(const tensorflow_node& node) {
        node.require_inputs(3);
        (void)values_.codes(node, 0, 1);
        return sums_range{node.inputs[0].node};
    }

    // --- Codes --------------------------------------------------------------------------------------

    coded_value encode(const tensorflow_node& node) {
        node.require_inputs(3);
        require_min_first(node);
        for (std::size_t i = 1; i < 3; ++i) {
            const auto* bound = std::get_if<extreme_value>(&values_.at(node, i));
            if (bound == nullptr || bound->largest != (i == 2) || bound->of != node.inputs[0].node) {
                node.unsupported("input " + std::to_string(i) + " is not the " + (i == 1 ? "Min" : "Max") +
                                 " of what is quantised");
            }
        }
        if (const auto* tensor = std::get_if<const graph_def_tensor*>(&values_.at(node, 0))) {
            budget_.take(node, floats_of(**tensor, node, "constant").size());
            return encode_constant(floats_of(**tensor, node, "constant"), (*tensor)->dims, node);
        }
        return append(node, batch_op::encode{}, {values_.result(node, 0)});
    }

    coded_value decode(const tensorflow_node& node) {
        node.require_inputs(3);
        require_min_first(node);
        return append(node, batch_op::decode{}, {values_.codes(node, 0, 1)});
    }

    coded_value requantise(const tensorflow_node& node) {
        node.require_inputs(5);
        const auto from = values_.codes(node, 0, 1);
        for (std::size_t i = 3; i < 5; ++i) {
            const auto* found = std::get_if<sums_range>(&values_.at(node, i));
            if (found == nullptr || found->of != node.inputs[0].node || node.inputs[i].output != i - 3) {
                node.unsupported("input " + std::to_string(i) + " is not the RequantizationRange of input 0");
            }
        }
        return append(node, batch_op::requantise{}, {from});
    }

    coded_value relu(const tensorflow_node& node) {
        node.require_inputs(3);
        return append(node, batch_op::relu{}, {values_.codes(node, 0, 1)});
    }

    coded_value pool(const tensorflow_node& node) {
        node.require_inputs(3);
        const auto from = values_.codes(node, 0, 1);
        return append(node, batch_op::average_pool{read_tensorflow_pooling(node, shape(from))}, {from});
    }

    // Inputs: two tensors, then the interval of each.

    coded_value add(const tensorflow_node& node) {
        node.require_inputs(6);
        const auto left = values_.codes(node, 0, 2), right = values_.codes(node, 1, 4);
        return append(node, batch_op::add{}, {left, right});
    }

    coded_value add_bias(const tensorflow_node& node) {
        node.require_inputs(6);
        const auto from = values_.codes(node, 0, 2);
        auto bias = values_.coded(node, 1, 4);
        budget_.take(node, bias.codes.size());
        return append(node, batch_op::add_bias{std::move(bias.codes), bias.range}, {from});
    }

    coded_value convolution(const tensorflow_node& node) {
        node.require_inputs(6);
        const auto from = values_.codes(node, 0, 2);
        const auto weights = values_.coded(node, 1, 4);
        const tensorflow_kernel kernel(node, weights.dims, shape(from));
        budget_.take(node, weights.codes.size());
        return append(
            node,
            batch_op::convolution{read_tensorflow_window(node, shape(from), kernel.height, kernel.width),
                                  kernel.outputs, kernel.reordered(weights.codes), weights.range},
            {from});
    }

    coded_value dense(const tensorflow_node& node) {
        node.require_inputs(6);
        const auto from = values_.codes(node, 0, 2);
        const auto weights = values_.coded(node, 1, 4);
        if (node.flag("transpose_a", false) || node.flag("transpose_b", false)) {
            node.unsupported("transposed matrices");
        }
        const auto& in = shape(from);
        const auto& dims = weights.dims;
        budget_.take(node, weights.codes.size());
        if (dims.size() != 2 || in.height != 1 || in.width != 1) {
            node.unsupported("only a row of values for each image and a matrix are");
        }
        const tensorflow_kernel kernel(node, {1, 1, dims[0], dims[1]}, in);
        return append(node,
                      batch_op::convolution{window{}, kernel.outputs, kernel.reordered(weights.codes),
                                            weights.range, false},
                      {from});
    }

    static void require_min_first(const tensorflow_node& node) {
        if (const auto mode = node.text("mode", "MIN_COMBINED"); mode != "MIN_FIRST") {
            node.unsupported("mode " + mode + "; MIN_FIRST is");
        }
        if (const auto type = node.type("T", graph_def_type::quint8); type != graph_def_type::quint8) {
            node.unsupported("codes of type " + std::to_string(static_cast<int>(type)) + "; quint8 is");
        }
    }

    std::vector<tensorflow_node> order_;
    coded_values_of_nodes values_;
    batch_network network_;
    tensorflow_budget budget_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
