// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/unfrozen_graph.hpp.
#pragma once

#include <alwann/nn/last_uses.hpp>
#include <alwann/nn/unfrozen_graph.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Images (NHWC) as the dense values of a batch. Throws shape_error for another shape than `in`, or none.
[[nodiscard]] inline batch_values<float> dense_images(const graph& network,
                                                      tensor_view<const float, 4> images) {
    const auto& in = network.input_shape();
    const image_shape found{images.extent(1), images.extent(2), images.extent(3)};
    if (found != in || images.extent(0) == 0) {
        throw shape_error(network.source() + ": input: expected images of " + to_string(in) + ", found " +
                          std::to_string(images.extent(0)) + " of " + to_string(found));
    }
    batch_values<float> result{in, {}};
    result.values.reserve(images.size());
    for (std::size_t n = 0; n < images.extent(0); ++n) {
        for (std::size_t y = 0; y < in.height; ++y) {
            for (std::size_t x = 0; x < in.width; ++x) {
                for (std::size_t c = 0; c < in.channels; ++c) {
                    result.values.push_back(images(n, y, x, c));
                }
            }
        }
    }
    return result;
}

} // namespace detail

ALWANN_SEPARABLE graph freeze(const unfrozen_graph& trained, tensor_view<const float, 4> images,
                              summation how) {
    const auto& nodes = trained.network.nodes();
    graph result(trained.network.input_shape(), trained.network.source());
    result.metadata = trained.network.metadata;
    const auto last = last_uses(nodes);
    const std::size_t last_norm = trained.norms.empty() ? 0 : trained.norms.rbegin()->first;
    std::vector<batch_values<float>> values(nodes.size());
    values[0] = detail::dense_images(trained.network, images);
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        const auto& node = nodes[i];
        operation what = node.what;
        if (const auto norm = trained.norms.find(i); norm != trained.norms.end()) {
            const auto& before = values[node.inputs.front()].values;
            what = detail::frozen_norm(
                norm->second,
                moments_of(before.data(), before.size() / node.shape.channels, node.shape.channels, how));
        }
        if (i < last_norm) { // beyond, nothing depends on the images
            std::vector<const batch_values<float>*> inputs;
            for (const auto input : node.inputs) {
                inputs.push_back(&values[input]);
            }
            values[i].shape = node.shape;
            const float_batch batch{images.extent(0), node.shape, inputs, values[i].values};
            std::visit([&batch](const auto& layer) { detail::evaluate(layer, batch); }, what);
            for (const auto input : node.inputs) {
                if (last[input] == i) {
                    values[input].values = {};
                }
            }
        }
        result.add(node.name, std::move(what), node.inputs);
    }
    return result;
}

} // namespace alwann::inline ALWANN_ABI
