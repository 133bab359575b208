// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/inference.hpp.
#pragma once

#include <alwann/nn/detail/block_sum.hpp>
#include <alwann/nn/inference.hpp>
#include <alwann/nn/last_uses.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE coded_images encode_images(const network& network, tensor_view<const float, 4> images) {
    const auto& shape = network.input_shape();
    const image_shape found{images.extent(1), images.extent(2), images.extent(3)};
    if (found != shape) {
        throw shape_error(network.source() + ": input: expected images of " + to_string(shape) + ", found " +
                          to_string(found));
    }
    coded_images result{shape, images.extent(0), {}};
    result.codes.reserve(images.size());
    const auto& scale = network.nodes().front().scale;
    for (std::size_t n = 0; n < images.extent(0); ++n) {
        for (std::size_t y = 0; y < shape.height; ++y) {
            for (std::size_t x = 0; x < shape.width; ++x) {
                for (std::size_t c = 0; c < shape.channels; ++c) {
                    const float value = images(n, y, x, c);
                    if (!std::isfinite(value)) {
                        throw value_error("image " + std::to_string(n) + ": expected finite pixels, found " +
                                          std::to_string(value));
                    }
                    result.codes.push_back(scale.encode(value));
                }
            }
        }
    }
    return result;
}

ALWANN_SEPARABLE void check(const network& network, const design_setting& design) {
    if (design.size() != network.convolutions().size()) {
        throw shape_error(network.source() + ": expected a multiplier for each of " +
                          std::to_string(network.convolutions().size()) + " convolutions, found " +
                          std::to_string(design.size()));
    }
    for (std::size_t l = 0; l < design.size(); ++l) {
        const auto& layer = network.convolution(l);
        if (design[l].weights.size() != layer.weights.size() ||
            design[l].corrections.size() != layer.outputs) {
            throw shape_error(network.source() + ": convolution " + std::to_string(l) +
                              ": the design's weights or corrections are those of another layer");
        }
    }
}

ALWANN_SEPARABLE std::vector<std::size_t> top_classes(const std::vector<float>& results,
                                                      std::size_t classes) {
    if (classes == 0) {
        throw value_error("classes: expected at least one");
    }
    std::vector<std::size_t> best;
    for (std::size_t i = 0; i + classes <= results.size(); i += classes) {
        const auto first = results.begin() + static_cast<std::ptrdiff_t>(i);
        best.push_back(static_cast<std::size_t>(
            std::max_element(first, first + static_cast<std::ptrdiff_t>(classes)) - first));
    }
    return best;
}

ALWANN_SEPARABLE forward_pass::forward_pass(const network& network, const coded_images& images,
                                            std::size_t first, std::size_t count, engine request)
    : network_(network),
      request_(request),
      images_(count),
      results_(network.nodes().size()),
      last_uses_(last_uses(network.nodes())) {
    const std::size_t present = images.codes.size() / std::max<std::size_t>(images.shape.size(), 1);
    if (images.shape != network.input_shape() || first > present || count > present - first) {
        throw shape_error(network.source() + ": input: expected codes of " + std::to_string(count) +
                          " images of " + to_string(network.input_shape()) + " from number " +
                          std::to_string(first) + " on, found " + std::to_string(images.codes.size()) +
                          " codes of images of " + to_string(images.shape));
    }
    const auto& nodes = network.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        results_[i].shape = nodes[i].shape;
    }
    results_[0].codes.assign(images.image(first), images.image(first) + count * images.shape.size());
}

ALWANN_SEPARABLE void forward_pass::step(const layer_setting* setting) {
    if (std::holds_alternative<quantized_convolution>(network_.nodes()[next_].what)) {
        step(layer_plan(network_, next_, images_, setting, request_));
    } else {
        other_step();
    }
}

ALWANN_SEPARABLE void forward_pass::step(const layer_plan& plan, executor_ref executor) {
    plan.run(input_of(next_), images_, results_[next_], executor, input_of(next_, 1));
    finish();
}

ALWANN_SEPARABLE void forward_pass::step_and_add(const layer_plan& plan, std::size_t sum_node,
                                                 std::size_t other, const prepared_sum& sum,
                                                 executor_ref executor) {
    plan.run_and_add(input_of(next_), images_, sum, results_[other].codes.data(), results_[sum_node],
                     executor);
    finish();
}

ALWANN_SEPARABLE void forward_pass::other_step() {
    if (!results_[next_].codes.empty()) { // a sum that is there already
        return finish();
    }
    const auto& node = network_.nodes()[next_];
    std::vector<const detail::batch_codes*> inputs;
    for (const auto input : node.inputs) {
        inputs.push_back(&results_[input]);
    }
    const code_batch batch{images_, node.shape, inputs, results_[next_].codes};
    std::visit([&batch](const auto& layer) { layer.run(batch); }, node.what);
    finish();
}

ALWANN_SEPARABLE std::vector<float> forward_pass::reals() const {
    return reals(results_.size() - 1);
}

ALWANN_SEPARABLE std::vector<float> forward_pass::reals(std::size_t node) const {
    const auto& result = results_.at(node);
    if (!result.reals.empty()) {
        return result.reals;
    }
    std::vector<float> values;
    values.reserve(result.codes.size());
    for (const auto code : result.codes) {
        values.push_back(static_cast<float>(network_.nodes()[node].scale.decode(code)));
    }
    return values;
}

ALWANN_SEPARABLE void forward_pass::finish() {
    for (const auto input : network_.nodes()[next_].inputs) {
        if (last_uses_[input] == next_) {
            results_[input] = {};
        }
    }
    ++next_;
}

ALWANN_SEPARABLE network_plan::network_plan(const network& network, const design_setting& design,
                                            std::size_t images, engine request)
    : network_(network), layers_(network.nodes().size()) {
    check(network, design);
    std::size_t layer = 0;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        if (std::holds_alternative<quantized_convolution>(network.nodes()[i].what)) {
            const bool chosen = layer < design.size() && network.convolutions()[layer] == i;
            layers_[i] = std::make_unique<const layer_plan>(network, i, images,
                                                            chosen ? &design[layer++] : nullptr, request);
        }
    }
    find_sums();
}

ALWANN_SEPARABLE std::size_t network_plan::scratch_bytes() const {
    std::size_t most = 0;
    for (const auto& layer : layers_) {
        most = std::max(most, layer == nullptr ? 0 : layer->scratch_bytes());
    }
    return most;
}

ALWANN_SEPARABLE std::vector<float> network_plan::run(const coded_images& images, std::size_t first,
                                                      std::size_t count, executor_ref executor) const {
    forward_pass forward(network_, images, first, count);
    while (forward.next() < layers_.size()) {
        const auto& layer = layers_[forward.next()];
        const auto sum = sums_.find(forward.next());
        if (sum != sums_.end()) {
            forward.step_and_add(*layer, sum->second.node, sum->second.other, sum->second.sum, executor);
        } else if (layer != nullptr) {
            forward.step(*layer, executor);
        } else {
            forward.other_step();
        }
    }
    return forward.reals();
}

ALWANN_SEPARABLE void network_plan::find_sums() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const auto& layer = layers_[i];
        const auto behind = layer == nullptr || layer->makes_reals() || layer->is_product()
                                ? std::nullopt
                                : detail::sum_behind(network_, i);
        if (behind) {
            const auto& node = network_.nodes()[behind->node];
            const auto& sum = std::get<code_op::add>(node.what);
            sums_.emplace(i, residual{behind->node, node.inputs[behind->other],
                                      prepared_sum(behind->other == 1 ? static_cast<const code_sum&>(sum)
                                                                      : sum.swapped())});
        }
    }
}

} // namespace alwann::inline ALWANN_ABI
