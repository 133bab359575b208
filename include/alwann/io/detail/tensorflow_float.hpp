// SPDX-License-Identifier: MIT
/// @file
/// Imports the operators of float TensorFlow graphs.
#pragma once

#include <alwann/io/detail/tensorflow_float_state.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The operators of an import.
class tensorflow_float_import : private tensorflow_float_state {
public:
    tensorflow_float_import(const graph_def& file, const std::string& output)
        : tensorflow_float_state(file, output) {}

    unfrozen_graph run() {
        for (std::size_t i = 0; i < order_.size(); ++i) {
            const auto& node = order_[i];
            for (const auto& input : node.inputs) {
                if (input.output != 0) {
                    node.unsupported("it takes a second result of node '" + order_[input.node].name + "'");
                }
            }
            values_[i] = import(node);
        }
        const auto& last = order_.back();
        auto* found = std::get_if<tensorflow_activation>(&values_.back());
        if (found == nullptr) {
            throw format_error(result_.network.source(), "result '" + last.name + "'",
                               "a tensor computed from the input", "a constant");
        }
        // Every node leads to the result, so this removes none and the norms keep their numbers.
        result_.network.set_output(settled(*found, last.name));
        return std::move(result_);
    }

private:
    using handler = value (tensorflow_float_import::*)(const tensorflow_node&);

    value import(const tensorflow_node& node) {
        using self = tensorflow_float_import;
        static const std::map<std::string_view, handler> handlers{
            {"Add", &self::add},
            {"AddV2", &self::add},
            {"AvgPool", &self::pool},
            {"BiasAdd", &self::arithmetic},
            {"Const", &self::constant},
            {"Conv2D", &self::convolution},
            {"FusedBatchNorm", &self::batch_normalise},
            {"FusedBatchNormV2", &self::batch_normalise},
            {"FusedBatchNormV3", &self::batch_normalise},
            {"Identity", &self::forward},
            {"MatMul", &self::dense},
            {"MaxPool", &self::pool},
            {"Mean", &self::mean},
            {"Mul", &self::arithmetic},
            {"Pad", &self::pad},
            {"Placeholder", &self::placeholder},
            {"RealDiv", &self::arithmetic},
            {"Relu", &self::clip},
            {"Relu6", &self::clip},
            {"Reshape", &self::reshape},
            {"Softmax", &self::softmax},
            {"Sub", &self::arithmetic}};
        const auto found = handlers.find(node.operation);
        if (found == handlers.end()) {
            node.unsupported();
        }
        return (this->*found->second)(node);
    }

    value constant(const tensorflow_node& node) { return &node.tensor("value"); }
    value placeholder(const tensorflow_node&) { return tensorflow_activation{0}; }
    value forward(const tensorflow_node& node) { return input(node, 0); }

    value softmax(const tensorflow_node& node) { // does not change which class wins
        result_.network.metadata["softmax"] = "dropped";
        if (&node != &order_.back()) {
            node.unsupported("it is not the last one");
        }
        return input(node, 0);
    }

    value add(const tensorflow_node& node) {
        node.require_inputs(2);
        for (std::size_t i = 0; i < 2; ++i) {
            if (std::holds_alternative<const graph_def_tensor*>(input(node, i))) {
                return arithmetic(node);
            }
        }
        const std::size_t left = image(node, 0), right = image(node, 1);
        return append(node, op::add{}, {left, right});
    }

    /// An activation and one constant for all channels or each of them.
    value arithmetic(const tensorflow_node& node) {
        node.require_inputs(2);
        const bool second = std::holds_alternative<const graph_def_tensor*>(input(node, 1));
        const auto& tensor = constant_input(node, second ? 1 : 0);
        auto& from = activation(node, second ? 0 : 1);
        const auto& values = floats_of(tensor, node, "constant");
        const auto channels = shape(from.node).channels;
        const bool of_channels = values.size() == channels && !tensor.dims.empty() &&
                                 tensor.dims.back() != 1 &&
                                 (from.is_image || shape(from.node).size() == channels);
        if (values.empty() || (values.size() != 1 && !of_channels)) {
            node.unsupported("a constant of shape " + bracketed(tensor.dims) + " beside " +
                             std::to_string(channels) + " channels");
        }
        if (from.node == 0) {
            result_.network.metadata["normalize"] = "raw"; // the graph itself scales its input
        }
        budget_.take(node, 2 * channels);
        auto changed = from;
        auto& [scale, offset] = changed.scaling ? *changed.scaling : changed.scaling.emplace();
        scale.resize(channels, 1.0f);
        offset.resize(channels, 0.0f);
        for (std::size_t c = 0; c < channels; ++c) {
            const float number = values[values.size() == 1 ? 0 : c];
            if (node.operation == "Mul" || (node.operation == "RealDiv" && second)) {
                const bool divides = node.operation == "RealDiv";
                scale[c] = divides ? scale[c] / number : scale[c] * number;
                offset[c] = divides ? offset[c] / number : offset[c] * number;
            } else if (node.operation == "Sub") {
                scale[c] = second ? scale[c] : -scale[c];
                offset[c] = second ? offset[c] - number : number - offset[c];
            } else if (node.operation == "RealDiv") {
                node.unsupported("division by a tensor that is not constant");
            } else {
                offset[c] += number;
            }
        }
        return changed;
    }

    value convolution(const tensorflow_node& node) {
        node.require_inputs(2);
        const auto from = image(node, 0);
        const auto& tensor = constant_input(node, 1);
        const tensorflow_kernel kernel(node, tensor.dims, shape(from));
        budget_.take(node, floats_of(tensor, node, "weights").size());
        op::conv2d conv;
        conv.geometry = read_tensorflow_window(node, shape(from), kernel.height, kernel.width);
        conv.outputs = kernel.outputs;
        conv.weights = kernel.reordered(floats_of(tensor, node, "weights"));
        conv.bias.assign(kernel.outputs, 0.0f);
        return append(node, std::move(conv), {from});
    }

    value batch_normalise(const tensorflow_node& node) {
        require_channels_last(node);
        node.require_inputs(5);
        const auto from = image(node, 0);
        const std::size_t channels = shape(from).channels;
        const auto read = [&](std::size_t i, const std::string& field) {
            const auto& values = floats_of(constant_input(node, i), node, field);
            if (values.size() != channels) {
                node.malformed(field, std::to_string(channels) + " values", std::to_string(values.size()));
            }
            return values;
        };
        budget_.take(node, 4 * channels);
        const batch_norm norm{read(1, "scale"), read(2, "offset"), node.real("epsilon", 1e-4f)};
        if (!(norm.epsilon >= 0)) {
            node.malformed("epsilon", "0 or more", std::to_string(norm.epsilon));
        }
        channel_moments moments{std::vector<float>(channels, 0.0f), std::vector<float>(channels, 1.0f)};
        const bool frozen = !node.flag("is_training", true);
        if (frozen) {
            moments = {read(3, "mean"), read(4, "variance")};
        } else {
            (void)constant_input(node, 3); // empty, as a rule; never part of the network
            (void)constant_input(node, 4);
        }
        const auto added = append(node, frozen_norm(norm, moments), {from});
        if (!frozen) {
            result_.norms.emplace(std::get<tensorflow_activation>(added).node, norm);
        }
        return added;
    }

    value clip(const tensorflow_node& node) {
        node.require_inputs(1);
        const float high = node.operation == "Relu6" ? 6.0f : std::numeric_limits<float>::infinity();
        auto& from = activation(node, 0);
        const auto before = settled(from, order_[node.inputs[0].node].name);
        return append(node, op::clip{0, high}, {before}, from.is_image);
    }

    value pool(const tensorflow_node& node) {
        node.require_inputs(1);
        const auto from = image(node, 0);
        const auto geometry = read_tensorflow_pooling(node, shape(from));
        if (node.operation == "MaxPool") {
            return append(node, op::max_pool{geometry}, {from});
        }
        return append(node, op::average_pool{geometry, false}, {from});
    }

    value pad(const tensorflow_node& node) {
        node.require_inputs(2);
        const auto from = image(node, 0);
        return append(node, read_tensorflow_pad(node, constant_input(node, 1)), {from});
    }

    value mean(const tensorflow_node& node) {
        node.require_inputs(2);
        const auto from = image(node, 0);
        if (!is_image_mean(node, constant_input(node, 1))) {
            node.unsupported("only the mean over rows and columns is");
        }
        return append(node, op::global_average_pool{}, {from}, node.flag("keep_dims", false));
    }

    /// To one row of values for each image: our memory has them in TensorFlow's order already.
    value reshape(const tensorflow_node& node) {
        node.require_inputs(2);
        auto from = activation(node, 0);
        const auto dims = integers_of(constant_input(node, 1), node, "shape");
        const auto size = static_cast<std::int64_t>(shape(from.node).size());
        if (dims.size() != 2 || (dims[1] != size && !(dims[1] == -1 && dims[0] == 1))) {
            node.unsupported("only one row of values for each image is, and the shape is " + bracketed(dims));
        }
        from.is_image = false;
        return from;
    }

    value dense(const tensorflow_node& node) {
        node.require_inputs(2);
        auto& from = activation(node, 0);
        if (from.is_image || node.flag("transpose_a", false)) {
            node.unsupported("input 0 is not one row of values for each image");
        }
        const auto before = settled(from, order_[node.inputs[0].node].name);
        const auto& tensor = constant_input(node, 1);
        const auto& values = floats_of(tensor, node, "weights");
        const bool transposed = node.flag("transpose_b", false);
        const std::size_t inputs = shape(before).size();
        if (tensor.dims.size() != 2 || values.empty() ||
            static_cast<std::size_t>(tensor.dims[transposed ? 1 : 0]) != inputs) {
            node.malformed("weights", std::to_string(inputs) + " inputs", bracketed(tensor.dims));
        }
        budget_.take(node, values.size());
        op::dense layer;
        layer.outputs = values.size() / inputs;
        layer.bias.assign(layer.outputs, 0.0f);
        layer.weights = values;
        for (std::size_t k = 0; k < inputs && !transposed; ++k) {
            for (std::size_t f = 0; f < layer.outputs; ++f) {
                layer.weights[f * inputs + k] = values[k * layer.outputs + f];
            }
        }
        return append(node, std::move(layer), {before}, false);
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
