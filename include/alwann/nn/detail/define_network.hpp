// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/network.hpp.
#pragma once

#include <alwann/nn/detail/define_graph.hpp>
#include <alwann/nn/layers/matrix_product.hpp>
#include <alwann/nn/network.hpp>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE network::network(std::vector<network_node> nodes, std::string source)
    : nodes_(std::move(nodes)), source_(std::move(source)) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const auto* layer = std::get_if<quantized_convolution>(&nodes_[i].what);
        if (layer == nullptr) {
            continue;
        }
        check_product(i, *layer);
        check(shape_of(i, 1));
        if (layer->approximable) {
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

ALWANN_SEPARABLE void network::check_product(std::size_t i, const quantized_convolution& layer) const {
    const auto& inputs = nodes_[i].inputs;
    const std::size_t wanted = layer.is_product() ? 2 : 1;
    bool fits = inputs.size() == wanted &&
                std::all_of(inputs.begin(), inputs.end(), [i](std::size_t from) { return from < i; });
    if (fits && layer.is_product()) {
        std::vector<image_shape> shapes{nodes_[inputs[0]].shape, nodes_[inputs[1]].shape};
        const op::matrix_product what{layer.groups, layer.source, layer.factor};
        fits = layer.geometry == window{} && layer.weights.empty() && what.shape(shapes) == nodes_[i].shape;
    }
    if (!fits) {
        throw shape_error(source_ + ": node '" + nodes_[i].name + "': expected " + std::to_string(wanted) +
                          " inputs that fit, found " + std::to_string(inputs.size()));
    }
}

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
