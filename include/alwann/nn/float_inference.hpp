// SPDX-License-Identifier: MIT
/// @file
/// Runs a float network: for its own accuracy, and to see the ranges that calibration freezes.
#pragma once

#include <alwann/nn/graph.hpp>
#include <alwann/nn/last_uses.hpp>
#include <alwann/tensor/view.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// The results of a node on a batch.
ALWANN_SEPARABLE void evaluate_node(const graph_node& node, const float_batch& batch);

} // namespace detail

/// Runs a batch of images (NHWC) and calls visit(node index, values of the whole batch) for every node in
/// order. Returns the values of the last one. Throws shape_error if the images have another shape.
template <class Visit>
std::vector<float> run_float(const graph& network, tensor_view<const float, 4> images, Visit&& visit) {
    const auto& in = network.input_shape();
    if (images.extent(1) != in.height || images.extent(2) != in.width || images.extent(3) != in.channels) {
        throw shape_error(network.source() + ": input: expected images of " + to_string(in) + ", found " +
                          to_string(image_shape{images.extent(1), images.extent(2), images.extent(3)}));
    }
    const std::size_t count = images.extent(0);
    const auto& nodes = network.nodes();
    const auto last = last_uses(nodes);
    std::vector<batch_values<float>> results(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        results[i].shape = nodes[i].shape;
        if (i == 0) {
            auto& values = results[0].values;
            values.reserve(images.size());
            for (std::size_t n = 0; n < count; ++n) {
                for (std::size_t y = 0; y < in.height; ++y) {
                    for (std::size_t x = 0; x < in.width; ++x) {
                        for (std::size_t c = 0; c < in.channels; ++c) {
                            values.push_back(images(n, y, x, c));
                        }
                    }
                }
            }
        } else {
            std::vector<const batch_values<float>*> inputs;
            for (const auto input : nodes[i].inputs) {
                inputs.push_back(&results[input]);
            }
            const float_batch batch{count, nodes[i].shape, inputs, results[i].values};
            detail::evaluate_node(nodes[i], batch);
        }
        visit(i, std::span<const float>(results[i].values));
        for (const auto input : nodes[i].inputs) {
            if (last[input] == i) {
                results[input].values = {};
            }
        }
    }
    const auto& final = results.back().values;
    return {final.begin(), final.end()};
}

/// The same without a visitor: the logits [image][class].
[[nodiscard]] inline std::vector<float> run_float(const graph& network, tensor_view<const float, 4> images) {
    return run_float(network, images, [](std::size_t, std::span<const float>) {});
}

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_float_inference.hpp>
#endif
