// SPDX-License-Identifier: MIT
/// @file
/// Quantised networks whose ranges and normalisation come from the batch they run on.
///
/// So are the graphs that TensorFlow 1's quantisation tool made from networks frozen in training mode. Only
/// weights have fixed ranges; every image changes the results of all others in its batch.
#pragma once

#include <alwann/kernel/convolution.hpp>
#include <alwann/nn/batch_operators.hpp>
#include <alwann/nn/detail/batch_shapes.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A network of batch_op operators: nodes in an order in which each comes after its inputs; the last one is
/// the result.
class batch_network {
public:
    /// Starts a network with its input. `source` is the file it came from, for messages.
    explicit batch_network(image_shape input, std::string source = "network") : source_(std::move(source)) {
        if (input.size() == 0) {
            throw shape_error(source_ + ": input: expected a shape without zeros, found " + to_string(input));
        }
        nodes_.push_back({"input", batch_op::input{}, {}, input, value_kind::reals});
    }

    /// Appends a node and returns its index. Throws shape_error naming node and file when shapes, kinds of
    /// values or numbers of constants do not fit.
    std::size_t add(std::string name, batch_operation what, std::vector<std::size_t> inputs) {
        std::vector<const batch_node*> from;
        const std::string where = source_ + ": node '" + name + "': ";
        for (const auto input : inputs) {
            if (input >= nodes_.size()) {
                throw shape_error(where + "input " + std::to_string(input) + " does not exist");
            }
            from.push_back(&nodes_[input]);
        }
        batch_node node{std::move(name), std::move(what), std::move(inputs), {}, value_kind::reals};
        try {
            node.shape = std::visit(detail::batch_shapes{from, node.kind}, node.what);
        } catch (const shape_error& problem) {
            throw shape_error(where + problem.what());
        }
        if (const auto* layer = std::get_if<batch_op::convolution>(&node.what)) {
            if (layer->approximable) {
                convolutions_.push_back(nodes_.size());
            }
        }
        nodes_.push_back(std::move(node));
        return nodes_.size() - 1;
    }

    /// All of them, inputs before those that read them; the first is the input.
    [[nodiscard]] const std::vector<batch_node>& nodes() const noexcept { return nodes_; }
    /// Where it comes from, for messages: mostly a file.
    [[nodiscard]] const std::string& source() const noexcept { return source_; }
    /// Of one image.
    [[nodiscard]] const image_shape& input_shape() const noexcept { return nodes_.front().shape; }
    /// How many results an image has.
    [[nodiscard]] std::size_t classes() const noexcept { return nodes_.back().shape.size(); }

    /// Nodes of the convolutions that a design decides about, in order.
    [[nodiscard]] const std::vector<std::size_t>& convolutions() const noexcept { return convolutions_; }
    /// Layer `layer` of convolutions().
    [[nodiscard]] const batch_op::convolution& convolution(std::size_t layer) const {
        return std::get<batch_op::convolution>(nodes_[convolutions_.at(layer)].what);
    }
    /// The work of a convolution node on so many images.
    [[nodiscard]] convolution_shape shape_of(std::size_t node, std::size_t images) const {
        const auto& layer = std::get<batch_op::convolution>(nodes_[node].what);
        return {images, nodes_[nodes_[node].inputs.front()].shape, layer.geometry, layer.outputs, 1};
    }

private:
    std::vector<batch_node> nodes_;
    std::vector<std::size_t> convolutions_;
    std::string source_;
};

} // namespace alwann::inline ALWANN_ABI
