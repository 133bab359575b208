// SPDX-License-Identifier: MIT
/// @file
/// A quantised network: 8-bit weights and activations, ranges frozen.
#pragma once

#include <alwann/kernel/convolution.hpp>
#include <alwann/nn/graph.hpp>
#include <alwann/nn/operators.hpp>
#include <alwann/nn/quantisation.hpp>

#include <cstddef>
#include <map>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// One step of a quantised network.
struct network_node {
    std::string name;                ///< in the file
    code_operation what;             ///< its operation
    std::vector<std::size_t> inputs; ///< nodes it reads
    image_shape shape;               ///< of its result for one image
    quantisation scale;              ///< of the resulting codes

    friend bool operator==(const network_node&, const network_node&) = default;
};

/// A quantised network; made by quantize(). A plain value.
class network {
public:
    /// Of nodes, the network's input first, inputs before those that read them; `source` is for messages.
    /// Throws shape_error that names the first node which does not fit what it reads, or a length in it.
    ALWANN_SEPARABLE network(std::vector<network_node> nodes, std::string source);

    ALWANN_SEPARABLE network(const network&);     ///< Copies all nodes.
    ALWANN_SEPARABLE network(network&&) noexcept; ///< Leaves the other without nodes.
    ALWANN_SEPARABLE network&
    operator=(network) noexcept; ///< Takes the nodes of a copy, or of what is moved.
    ALWANN_SEPARABLE ~network();

    /// All of them, inputs before those that read them; the first is the input.
    [[nodiscard]] const std::vector<network_node>& nodes() const noexcept { return nodes_; }
    /// Where it comes from, for messages: mostly a file.
    [[nodiscard]] const std::string& source() const noexcept { return source_; }
    /// Of one image.
    [[nodiscard]] const image_shape& input_shape() const noexcept { return nodes_.front().shape; }
    /// How many results an image has.
    [[nodiscard]] std::size_t classes() const noexcept { return nodes_.back().shape.size(); }

    /// Nodes of the convolutions that a design gives a multiplier, products of activations among them, in
    /// order: layer l of a design is nodes()[convolutions()[l]].
    [[nodiscard]] const std::vector<std::size_t>& convolutions() const noexcept { return convolutions_; }

    /// Layer `layer` of convolutions().
    [[nodiscard]] const quantized_convolution& convolution(std::size_t layer) const {
        return std::get<quantized_convolution>(nodes_[convolutions_.at(layer)].what);
    }

    /// The work of node `node`, which must be a quantized_convolution, for a number of images.
    [[nodiscard]] convolution_shape shape_of(std::size_t node, std::size_t images) const {
        const auto& layer = std::get<quantized_convolution>(nodes_[node].what);
        return {images, nodes_[nodes_[node].inputs.front()].shape, layer.geometry, layer.outputs,
                layer.groups};
    }

    std::map<std::string, std::string> metadata; ///< as in the float network

    /// Same nodes and metadata; where they came from does not matter.
    friend ALWANN_SEPARABLE bool operator==(const network& a, const network& b);

private:
    std::vector<network_node> nodes_;
    std::vector<std::size_t> convolutions_;
    std::string source_;
};

/// One line for each node: index, name, layer, inputs, shape and scale.
ALWANN_SEPARABLE std::ostream& operator<<(std::ostream& out, const network& what);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_network.hpp>
#endif
