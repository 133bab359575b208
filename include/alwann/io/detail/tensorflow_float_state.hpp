// SPDX-License-Identifier: MIT
/// @file
/// What the import of a float TensorFlow graph knows between two nodes.
#pragma once

#include <alwann/io/detail/tensorflow_order.hpp>
#include <alwann/io/detail/tensorflow_windows.hpp>
#include <alwann/nn/unfrozen_graph.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A tensor that depends on the input.
struct tensorflow_activation {
    std::size_t node = 0; ///< of the graph
    bool is_image = true; ///< [image,row,column,channel]; else [image,value]
    /// What a chain of constants does to the node's result; written as a node of its own when it ends.
    std::optional<op::scale_channels> scaling = {};
};

/// The network so far, and the ways in which operators take their inputs.
class tensorflow_float_state {
protected:
    using value = std::variant<tensorflow_activation, const graph_def_tensor*>;

    tensorflow_float_state(const graph_def& file, const std::string& output)
        : order_(tensorflow_orderer(file).order(output)),
          values_(order_.size()),
          result_{graph(read_tensorflow_input(only_placeholder(order_, file.file)), file.file), {}} {}

    value& input(const tensorflow_node& node, std::size_t i) {
        if (i >= node.inputs.size()) {
            node.malformed("inputs", "at least " + std::to_string(i + 1), std::to_string(node.inputs.size()));
        }
        return values_[node.inputs[i].node];
    }
    const graph_def_tensor& constant_input(const tensorflow_node& node, std::size_t i) {
        const auto* found = std::get_if<const graph_def_tensor*>(&input(node, i));
        if (found == nullptr) {
            node.unsupported("input " + std::to_string(i) + " is not constant");
        }
        return **found;
    }
    tensorflow_activation& activation(const tensorflow_node& node, std::size_t i) {
        auto* found = std::get_if<tensorflow_activation>(&input(node, i));
        if (found == nullptr) {
            node.unsupported("input " + std::to_string(i) + " does not depend on the network's input");
        }
        return *found;
    }
    /// The node of an activation, its scaling written.
    std::size_t settled(tensorflow_activation& from, const std::string& name) {
        if (from.scaling) {
            from.node = result_.network.add(name + "/scaling", std::move(*from.scaling), {from.node});
            from.scaling.reset();
        }
        return from.node;
    }
    std::size_t image(const tensorflow_node& node, std::size_t i) {
        auto& from = activation(node, i);
        if (!from.is_image) {
            node.unsupported("input " + std::to_string(i) + " is not an image");
        }
        return settled(from, order_[node.inputs[i].node].name);
    }
    const image_shape& shape(std::size_t node) const { return result_.network.nodes()[node].shape; }

    value append(const tensorflow_node& node, operation what, std::vector<std::size_t> inputs,
                 bool is_image = true) {
        const auto added = result_.network.add(node.name, std::move(what), std::move(inputs));
        const auto& of_image = shape(added);
        if (of_image.channels > tensorflow_most_values / (of_image.height * of_image.width)) {
            node.malformed("result", "at most 2^31 values", to_string(of_image));
        }
        return tensorflow_activation{added, is_image};
    }

    std::vector<tensorflow_node> order_;
    std::vector<value> values_;
    unfrozen_graph result_;
    tensorflow_budget budget_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
