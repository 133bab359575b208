// SPDX-License-Identifier: MIT
/// @file
/// What tells one quantised network from another.
#pragma once

#include <alwann/core/fingerprint.hpp>
#include <alwann/nn/inference.hpp>

#include <cstdint>
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
        }
    }
    return found.value();
}

} // namespace alwann::inline ALWANN_ABI
