// SPDX-License-Identifier: MIT
/// @file
/// A quantised network: 8-bit weights and activations, ranges frozen.
#pragma once

#include <alwann/kernel/code_sum.hpp>
#include <alwann/kernel/convolution.hpp>
#include <alwann/kernel/requantisation.hpp>
#include <alwann/nn/graph.hpp>
#include <alwann/nn/quantisation.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A convolution or dense layer in integers.
///
/// A dense layer is a convolution whose kernel covers its whole input. Per output channel c
///
///     accumulator = sum_k M[x_k][w_k] - zero_w[c] * sum_k x_k - zero_x * sum_k w_k + K * zero_x * zero_w[c]
///     real result = scale_x * scale_w[c] * accumulator + bias[c]
///
/// Only products go through a multiplier; the sums of the corrections use the original weight codes.
struct quantized_convolution {
    window geometry;
    std::size_t outputs = 0;
    std::size_t groups = 1;
    std::vector<std::uint8_t> weights; ///< codes [output][kernel row][kernel column][input channel / groups]
    std::vector<quantisation> weight_scale; ///< per output channel
    std::vector<double> bias;               ///< real, per output channel
    quantisation input;
    quantisation output;
    code_range codes;         ///< of the result
    bool approximable = true; ///< false: exact products, whatever the design (dense layers, stray scalings)
    bool real_output = false; ///< the network's result: real numbers instead of codes
};

/// Operators of a quantised network, beside quantized_convolution.
namespace code_op {

struct input {};

/// Any function of one code: clip, or a change of scale.
struct lookup {
    std::array<std::uint8_t, 256> codes{};
};

struct max_pool {
    window geometry;
};

/// Mean over a window, into codes of another scale. factor[n - 1] belongs to a window of n positions inside
/// the image.
struct average_pool {
    window geometry;
    std::int32_t input_zero = 0;
    std::vector<fixed_factor> factor;
    code_range codes;
};

/// Sum of two inputs.
using add = code_sum;

/// Joins channels, each input through a table of its own.
struct concat {
    std::vector<std::array<std::uint8_t, 256>> codes;
};

struct flatten {};

struct pad {
    op::pad amounts;
    std::uint8_t code = 0;
};

struct slice {
    op::slice part;
};

} // namespace code_op

using code_operation = std::variant<code_op::input, quantized_convolution, code_op::lookup, code_op::max_pool,
                                    code_op::average_pool, code_op::add, code_op::concat, code_op::flatten,
                                    code_op::pad, code_op::slice>;

/// One step of a quantised network.
struct network_node {
    std::string name;
    code_operation what;
    std::vector<std::size_t> inputs;
    image_shape shape;
    quantisation scale; ///< of the resulting codes
};

/// A quantised network; made by quantize().
class network {
public:
    network(std::vector<network_node> nodes, std::string source)
        : nodes_(std::move(nodes)), source_(std::move(source)) {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const auto* layer = std::get_if<quantized_convolution>(&nodes_[i].what);
            if (layer == nullptr) {
                continue;
            }
            check(shape_of(i, 1));
            if (layer->approximable) {
                convolutions_.push_back(i);
            }
        }
    }

    [[nodiscard]] const std::vector<network_node>& nodes() const noexcept { return nodes_; }
    [[nodiscard]] const std::string& source() const noexcept { return source_; }
    [[nodiscard]] const image_shape& input_shape() const noexcept { return nodes_.front().shape; }
    [[nodiscard]] std::size_t classes() const noexcept { return nodes_.back().shape.size(); }

    /// Nodes of the convolutions that a design gives a multiplier, in order: layer l of a design is
    /// nodes()[convolutions()[l]].
    [[nodiscard]] const std::vector<std::size_t>& convolutions() const noexcept { return convolutions_; }

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

private:
    std::vector<network_node> nodes_;
    std::vector<std::size_t> convolutions_;
    std::string source_;
};

} // namespace alwann::inline ALWANN_ABI
