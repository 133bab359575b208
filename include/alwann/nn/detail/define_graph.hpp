// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/graph.hpp.
#pragma once

#include <alwann/nn/graph.hpp>

#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

[[nodiscard]] inline std::string node_line(std::size_t index, const std::string& name,
                                           const std::string& what, const std::vector<std::size_t>& inputs,
                                           const image_shape& shape) {
    std::string from;
    for (const auto input : inputs) {
        from += (from.empty() ? "" : ", ") + std::to_string(input);
    }
    return std::to_string(index) + " " + name + ": " + what + (from.empty() ? "" : " of " + from) + " -> " +
           to_string(shape);
}

} // namespace detail

ALWANN_SEPARABLE graph::graph(image_shape input, std::string source) : source_(std::move(source)) {
    try {
        check(input);
    } catch (const shape_error& problem) {
        throw shape_error(source_ + ": input: " + problem.what());
    }
    if (input.size() == 0) {
        throw shape_error(source_ + ": input: expected a shape without zeros, found " + to_string(input));
    }
    nodes_.push_back({"input", op::input{input}, {}, input});
}

// Here, not in the class: they instantiate those of every layer type; and so does assigning nodes, which
// nobody needs.
ALWANN_SEPARABLE graph::graph(const graph&) = default;
ALWANN_SEPARABLE graph::graph(graph&&) noexcept = default;
ALWANN_SEPARABLE graph& graph::operator=(graph other) noexcept {
    nodes_.swap(other.nodes_);
    source_.swap(other.source_);
    metadata.swap(other.metadata);
    return *this;
}
ALWANN_SEPARABLE graph::~graph() = default;

ALWANN_SEPARABLE std::size_t graph::add(std::string name, operation what, std::vector<std::size_t> inputs) {
    const std::string where = source_ + ": node '" + name + "': ";
    std::vector<image_shape> shapes;
    for (const auto input : inputs) {
        if (input >= nodes_.size()) {
            throw shape_error(where + "input " + std::to_string(input) + " does not exist");
        }
        shapes.push_back(nodes_[input].shape);
    }
    image_shape shape;
    try {
        shape = std::visit([&](const auto& layer) { return detail::infer_shape(layer, shapes); }, what);
        check(shape);
    } catch (const shape_error& problem) {
        throw shape_error(where + problem.what());
    } catch (const value_error& problem) {
        throw value_error(where + problem.what());
    }
    nodes_.push_back({std::move(name), std::move(what), std::move(inputs), shape});
    return nodes_.size() - 1;
}

ALWANN_SEPARABLE std::vector<std::size_t> graph::set_output(std::size_t node) {
    if (node >= nodes_.size()) {
        throw shape_error(source_ + ": output: node " + std::to_string(node) + " does not exist");
    }
    std::vector<bool> needed(node + 1, false);
    needed[0] = needed[node] = true;
    for (std::size_t i = node + 1; i-- > 0;) {
        for (const auto input : nodes_[i].inputs) {
            needed[input] = needed[input] || needed[i];
        }
    }
    std::vector<std::size_t> moved(node + 1, 0);
    std::vector<graph_node> kept;
    for (std::size_t i = 0; i <= node; ++i) {
        if (!needed[i]) {
            continue;
        }
        for (auto& input : nodes_[i].inputs) {
            input = moved[input];
        }
        moved[i] = kept.size();
        kept.push_back(std::move(nodes_[i]));
    }
    nodes_ = std::move(kept);
    return moved;
}

ALWANN_SEPARABLE bool operator==(const graph& a, const graph& b) {
    return a.nodes_ == b.nodes_ && a.metadata == b.metadata;
}

ALWANN_SEPARABLE std::ostream& operator<<(std::ostream& out, const graph& what) {
    for (std::size_t i = 0; i < what.nodes().size(); ++i) {
        const auto& node = what.nodes()[i];
        out << detail::node_line(i, node.name, detail::describe(node.what), node.inputs, node.shape) << '\n';
    }
    return out;
}

} // namespace alwann::inline ALWANN_ABI
