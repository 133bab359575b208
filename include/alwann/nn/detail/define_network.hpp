// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/network.hpp.
#pragma once

#include <alwann/nn/detail/define_graph.hpp>
#include <alwann/nn/detail/network_check.hpp>
#include <alwann/nn/network.hpp>

#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Throws shape_error that names `source` and the node unless every node reads earlier ones that fit it.
inline void check_nodes(const std::vector<network_node>& nodes, const std::string& source) {
    if (nodes.empty() || !std::holds_alternative<code_op::input>(nodes.front().what)) {
        throw shape_error(source + ": a network begins with its input");
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const network_node& node = nodes[i];
        try {
            check(node.shape);
            require(node.shape.size() > 0, "expected a shape without zeros, found " + to_string(node.shape));
            require(i == 0 || !std::holds_alternative<code_op::input>(node.what), "a network has one input");
            std::vector<image_shape> inputs;
            for (const std::size_t input : node.inputs) {
                require(input < i, "input " + std::to_string(input) + " is no earlier node");
                inputs.push_back(nodes[input].shape);
            }
            std::visit(operation_check(inputs, node.shape), node.what);
        } catch (const shape_error& problem) {
            throw shape_error(source + ": node '" + node.name + "': " + problem.what());
        }
    }
}

} // namespace detail

ALWANN_SEPARABLE network::network(std::vector<network_node> nodes, std::string source)
    : nodes_(std::move(nodes)), source_(std::move(source)) {
    detail::check_nodes(nodes_, source_);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const auto* layer = std::get_if<quantized_convolution>(&nodes_[i].what);
        if (layer != nullptr && layer->approximable) {
            convolutions_.push_back(i);
        }
    }
}

// Here, not in the class: they instantiate those of every layer type; and so does assigning nodes, which
// nobody needs.
ALWANN_SEPARABLE network::network(const network&) = default;
ALWANN_SEPARABLE network::network(network&&) noexcept = default;
ALWANN_SEPARABLE network& network::operator=(network other) noexcept {
    nodes_.swap(other.nodes_);
    convolutions_.swap(other.convolutions_);
    source_.swap(other.source_);
    metadata.swap(other.metadata);
    return *this;
}
ALWANN_SEPARABLE network::~network() = default;

ALWANN_SEPARABLE bool operator==(const network& a, const network& b) {
    return a.nodes_ == b.nodes_ && a.metadata == b.metadata;
}

ALWANN_SEPARABLE std::ostream& operator<<(std::ostream& out, const network& what) {
    for (std::size_t i = 0; i < what.nodes().size(); ++i) {
        const auto& node = what.nodes()[i];
        out << detail::node_line(i, node.name, detail::describe(node.what), node.inputs, node.shape)
            << ", scale " << node.scale.scale << ", zero " << node.scale.zero << '\n';
    }
    return out;
}

} // namespace alwann::inline ALWANN_ABI
