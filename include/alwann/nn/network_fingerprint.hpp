// SPDX-License-Identifier: MIT
/// @file
/// What tells one quantised network from another.
#pragma once

#include <alwann/core/fingerprint.hpp>
#include <alwann/nn/inference.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

namespace alwann::inline ALWANN_ABI {

/// A hash of coded images in their order.
[[nodiscard]] inline std::uint64_t hash_of(const coded_images& images) {
    fingerprint found;
    found.add(images.shape.height).add(images.shape.width).add(images.shape.channels).add(images.count);
    return found.add(std::span<const std::uint8_t>(images.codes)).value();
}

/// A hash of a network's structure, weights, scales and biases. The file it came from does not count.
[[nodiscard]] inline std::uint64_t hash_of(const network& network) {
    fingerprint found;
    for (const auto& node : network.nodes()) {
        found.add(node.what.index()).add(node.shape.height).add(node.shape.width).add(node.shape.channels);
        found.add(node.scale.scale).add(node.scale.zero).add(node.inputs.size());
        for (const auto input : node.inputs) {
            found.add(input);
        }
        if (const auto* layer = std::get_if<quantized_convolution>(&node.what)) {
            const auto& g = layer->geometry;
            for (const auto value : {g.kernel_height, g.kernel_width, g.stride_height, g.stride_width,
                                     g.pad_top, g.pad_left, g.pad_bottom, g.pad_right, g.dilation_height,
                                     g.dilation_width, layer->outputs, layer->groups}) {
                found.add(value);
            }
            found.add(std::span<const std::uint8_t>(layer->weights));
            for (const auto& scale : layer->weight_scale) {
                found.add(scale.scale).add(scale.zero);
            }
            for (const double bias : layer->bias) {
                found.add(bias);
            }
            found.add(layer->input.scale).add(layer->input.zero);
            found.add(layer->output.scale).add(layer->output.zero);
            found.add(layer->codes.zero).add(layer->codes.low).add(layer->codes.high);
            found.add(layer->approximable).add(layer->real_output);
            if (layer->is_product()) {
                found.add(static_cast<std::size_t>(layer->source));
            }
        } else if (const auto* norm = std::get_if<code_op::layer_norm>(&node.what)) {
            found.add(double{norm->epsilon}).add(norm->from).add(norm->to);
            for (std::size_t c = 0; c < norm->gamma.size(); ++c) {
                found.add(double{norm->gamma[c]}).add(double{norm->beta[c]});
            }
        } else if (const auto* constant = std::get_if<code_op::constant>(&node.what)) {
            found.add(std::span<const std::uint8_t>(constant->codes));
        } else if (const auto* share = std::get_if<code_op::softmax>(&node.what)) {
            found.add(share->groups);
        }
    }
    return found.value();
}

} // namespace alwann::inline ALWANN_ABI
