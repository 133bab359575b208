// SPDX-License-Identifier: MIT
/// @file
/// Which operands the multipliers of a network see.
#pragma once

#include <alwann/circuit/operand_weights.hpp>
#include <alwann/nn/inference.hpp>
#include <alwann/nn/setting.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// How many positions of a kernel that slides along a row look at each place of the row.
[[nodiscard]] inline std::vector<std::uint64_t> uses_along(std::size_t extent, std::size_t positions,
                                                           std::size_t kernel, std::size_t stride,
                                                           std::size_t dilation, std::size_t pad) {
    std::vector<std::uint64_t> uses(extent, 0);
    for (std::size_t p = 0; p < positions; ++p) {
        for (std::size_t k = 0; k < kernel; ++k) {
            const std::size_t place = p * stride + k * dilation - pad; // wraps around before the row
            if (place < extent) {
                ++uses[place];
            }
        }
    }
    return uses;
}

/// Adds one layer's products to the counts, for activation codes [image][row][column][channel]; `second` are
/// those of a product's second operand.
inline void count_operands(const quantized_convolution& layer, const convolution_shape& shape,
                           const std::uint8_t* activations, operand_weights& counts,
                           const std::uint8_t* second = nullptr) {
    const auto& g = layer.geometry;
    const auto& in = shape.input;
    const image_shape out = shape.output();
    const auto rows =
        uses_along(in.height, out.height, g.kernel_height, g.stride_height, g.dilation_height, g.pad_top);
    const auto columns =
        uses_along(in.width, out.width, g.kernel_width, g.stride_width, g.dilation_width, g.pad_left);
    std::array<std::uint64_t, operand_codes> looks{};
    std::uint64_t inside = 0;
    for (std::size_t n = 0; n < shape.images; ++n) {
        for (std::size_t y = 0; y < in.height; ++y) {
            for (std::size_t x = 0; x < in.width; ++x) {
                const std::uint64_t uses = rows[y] * columns[x];
                for (std::size_t c = 0; c < in.channels; ++c) {
                    looks[*activations++] += uses;
                }
                inside += uses * in.channels;
            }
        }
    }
    const std::uint64_t positions = std::uint64_t{shape.images} * out.height * out.width;
    looks[static_cast<std::uint8_t>(layer.input.zero)] +=
        positions * g.kernel_height * g.kernel_width * in.channels - inside; // padding
    for (std::size_t code = 0; code < operand_codes; ++code) {               // each meets the group's outputs
        counts.activations[code] += static_cast<double>(looks[code] * shape.group_outputs());
    }
    for (const std::uint8_t weight : layer.weights) {
        counts.weights[weight] += static_cast<double>(positions);
    }
    if (layer.is_product()) { // each image has weights of its own
        std::for_each(second, second + shape.images * shape.outputs * shape.depth(), [&](std::uint8_t code) {
            counts.weights[code] += static_cast<double>(positions / shape.images);
        });
    }
}

} // namespace detail

/// How often the products of some convolutions have each activation code and each weight code, on images that
/// the exact 8-bit network computes; layer l is network.convolutions()[l], none means all.
///
/// A product counts once in either list, so layers count by their multiplications, and positions outside of
/// the image count as the zero point, which goes through the multipliers. Weights are those of the network,
/// before any compensation. Throws value_error for a layer that is not there, and shape_error for images of
/// another shape. Takes one pass of the exact network.
[[nodiscard]] inline operand_weights operand_histogram(const network& network, const coded_images& images,
                                                       std::span<const std::size_t> layers = {},
                                                       engine request = requested_engine()) {
    if (images.count == 0) {
        throw value_error(network.source() + ": no images to count operands of");
    }
    const auto& convolutions = network.convolutions();
    std::vector<std::uint8_t> wanted(network.nodes().size(), 0);
    for (const std::size_t layer : layers) {
        if (layer >= convolutions.size()) {
            throw value_error(network.source() + ": convolution " + std::to_string(layer) + " of " +
                              std::to_string(convolutions.size()));
        }
        wanted[convolutions[layer]] = 1;
    }
    std::size_t last = 0;
    for (const std::size_t node : convolutions) {
        wanted[node] = layers.empty() ? 1 : wanted[node];
        last = wanted[node] != 0 ? node : last;
    }
    operand_weights counts;
    for (std::size_t first = 0; first < images.count; first += images_per_pass) {
        forward_pass forward(network, images, first, std::min(images_per_pass, images.count - first),
                             request);
        while (forward.next() <= last) {
            const std::size_t node = forward.next();
            if (wanted[node] != 0) {
                detail::count_operands(std::get<quantized_convolution>(network.nodes()[node].what),
                                       network.shape_of(node, forward.images()), forward.input_of(node),
                                       counts, forward.input_of(node, 1));
            }
            if (node == last) {
                break;
            }
            forward.step(nullptr);
        }
    }
    return counts;
}

} // namespace alwann::inline ALWANN_ABI
