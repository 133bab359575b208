// SPDX-License-Identifier: MIT
/// @file
/// A trained network in float: what readers of network files produce and quantisation starts from.
#pragma once

#include <alwann/nn/operators.hpp>

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// One step of a network.
struct graph_node {
    std::string name;                ///< in the file
    operation what;                  ///< its operation
    std::vector<std::size_t> inputs; ///< earlier nodes
    image_shape shape;               ///< of one image's result

    friend bool operator==(const graph_node&, const graph_node&) = default;
};

/// A network: nodes in an order in which each comes after its inputs; the last one is the result.
///
/// Built through add(), which infers shapes and rejects what does not fit. A plain value.
class graph {
public:
    /// Starts a network with its input. `source` is the file it came from, for messages.
    ALWANN_SEPARABLE explicit graph(image_shape input, std::string source = "network");

    ALWANN_SEPARABLE graph(const graph&);              ///< Copies all nodes.
    ALWANN_SEPARABLE graph(graph&&) noexcept;          ///< Leaves the other without nodes.
    ALWANN_SEPARABLE graph& operator=(graph) noexcept; ///< Takes the nodes of a copy, or of what is moved.
    ALWANN_SEPARABLE ~graph();

    /// Appends a node and returns its index. Throws shape_error naming node and file when shapes or the
    /// number of weights do not fit, and value_error for a weight that is NaN or infinite.
    ALWANN_SEPARABLE std::size_t add(std::string name, operation what, std::vector<std::size_t> inputs);

    /// Makes `node` the result: everything that does not lead to it is removed. Returns where each node up
    /// to `node` is now; meaningless for those that are gone.
    ALWANN_SEPARABLE std::vector<std::size_t> set_output(std::size_t node);

    /// All of them, inputs before those that read them; the first is the input.
    [[nodiscard]] const std::vector<graph_node>& nodes() const noexcept { return nodes_; }
    /// Where it comes from, for messages: mostly a file.
    [[nodiscard]] const std::string& source() const noexcept { return source_; }
    /// Of one image.
    [[nodiscard]] const image_shape& input_shape() const noexcept { return nodes_.front().shape; }
    /// Of the result of one image.
    [[nodiscard]] const image_shape& output_shape() const noexcept { return nodes_.back().shape; }

    /// Free-form notes of the network file, for example "normalize".
    std::map<std::string, std::string> metadata;

    /// Same nodes and metadata; where they came from does not matter.
    friend ALWANN_SEPARABLE bool operator==(const graph& a, const graph& b);

private:
    std::vector<graph_node> nodes_;
    std::string source_;
};

/// One line for each node: index, name, layer, inputs, shape.
ALWANN_SEPARABLE std::ostream& operator<<(std::ostream& out, const graph& what);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_graph.hpp>
#endif
