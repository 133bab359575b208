// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/fold.hpp.
#pragma once

#include <alwann/nn/fold.hpp>

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE graph fold_batch_norm(const graph& network) {
    const auto& nodes = network.nodes();
    std::vector<std::size_t> uses(nodes.size(), 0);
    for (const auto& node : nodes) {
        for (const auto input : node.inputs) {
            ++uses[input];
        }
    }
    std::vector<std::size_t> merged_into(nodes.size());
    std::vector<operation> what;
    std::vector<bool> dropped(nodes.size(), false);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        what.push_back(nodes[i].what);
        merged_into[i] = i;
        const auto* norm = std::get_if<op::scale_channels>(&nodes[i].what);
        if (norm == nullptr || uses[nodes[i].inputs.front()] != 1) {
            continue;
        }
        const std::size_t target = merged_into[nodes[i].inputs.front()];
        const auto fold = [&](auto& layer) {
            const std::size_t depth = layer.weights.size() / layer.outputs;
            for (std::size_t f = 0; f < layer.outputs; ++f) {
                for (std::size_t k = 0; k < depth; ++k) {
                    layer.weights[f * depth + k] *= norm->scale[f];
                }
                layer.bias[f] = layer.bias[f] * norm->scale[f] + norm->offset[f];
            }
            merged_into[i] = target;
            dropped[i] = true;
        };
        if (auto* convolution = std::get_if<op::conv2d>(&what[target])) {
            fold(*convolution);
        } else if (auto* layer = std::get_if<op::dense>(&what[target])) {
            fold(*layer);
        }
    }
    graph result(network.input_shape(), network.source());
    result.metadata = network.metadata;
    std::vector<std::size_t> moved(nodes.size(), 0);
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        if (dropped[i]) {
            moved[i] = moved[merged_into[i]];
            continue;
        }
        std::vector<std::size_t> inputs;
        for (const auto input : nodes[i].inputs) {
            inputs.push_back(moved[input]);
        }
        moved[i] = result.add(nodes[i].name, std::move(what[i]), std::move(inputs));
    }
    result.set_output(moved.back());
    return result;
}

namespace detail {

ALWANN_SEPARABLE std::vector<std::size_t> drop_softmax(graph& network) {
    const auto& last = network.nodes().back();
    const auto* layer = std::get_if<op::softmax>(&last.what);
    if (layer == nullptr || layer->groups != 1 || last.shape.size() != last.shape.channels) {
        return {};
    }
    network.metadata["softmax"] = "dropped";
    return network.set_output(last.inputs.front());
}

} // namespace detail

ALWANN_SEPARABLE graph drop_final_softmax(graph network) {
    detail::drop_softmax(network);
    return network;
}

} // namespace alwann::inline ALWANN_ABI
