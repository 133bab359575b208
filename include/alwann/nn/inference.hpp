// SPDX-License-Identifier: MIT
/// @file
/// Runs a quantised network, each convolution on the multiplier a design gives it.
#pragma once

#include <alwann/core/executor.hpp>
#include <alwann/nn/layer_plan.hpp>
#include <alwann/nn/network.hpp>
#include <alwann/nn/setting.hpp>
#include <alwann/tensor/view.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Images as codes of a network's input, [image][row][column][channel].
struct coded_images {
    image_shape shape;                  ///< of one image
    std::size_t count = 0;              ///< how many images
    aligned_vector<std::uint8_t> codes; ///< [image][row][column][channel]

    /// The codes of image `i`.
    [[nodiscard]] const std::uint8_t* image(std::size_t i) const { return codes.data() + i * shape.size(); }
};

/// Quantises images (NHWC). Throws shape_error for another shape than the network's input, value_error for a
/// pixel that is not finite.
[[nodiscard]] inline coded_images encode_images(const network& network, tensor_view<const float, 4> images) {
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

/// Throws shape_error unless a design has one setting with the right number of weights per convolution.
inline void check(const network& network, const design_setting& design) {
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

/// A forward pass in steps, one node at a time: what sequential compensation needs.
class forward_pass {
public:
    /// Starts with the images [first, first + count) of `images`. Throws shape_error if there are fewer, or
    /// if they are not of the network's input shape.
    forward_pass(const network& network, const coded_images& images, std::size_t first, std::size_t count,
                 engine request = requested_engine())
        : network_(network),
          request_(request),
          images_(count),
          results_(network.nodes().size()),
          last_use_(network.nodes().size(), 0) {
        if (images.shape != network.input_shape() ||
            images.codes.size() < (first + count) * images.shape.size()) {
            throw shape_error(
                network.source() + ": input: expected codes of at least " + std::to_string(first + count) +
                " images of " + to_string(network.input_shape()) + ", found " +
                std::to_string(images.codes.size()) + " codes of images of " + to_string(images.shape));
        }
        const auto& nodes = network.nodes();
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            results_[i].shape = nodes[i].shape;
            for (const auto input : nodes[i].inputs) {
                last_use_[input] = i;
            }
        }
        results_[0].codes.assign(images.image(first), images.image(first) + count * images.shape.size());
    }

    /// The node that comes next; network::nodes().size() at the end.
    [[nodiscard]] std::size_t next() const noexcept { return next_; }
    /// How many go through.
    [[nodiscard]] std::size_t images() const noexcept { return images_; }

    /// Codes that node `node` reads, of its input `which`; null if it has no such.
    [[nodiscard]] const std::uint8_t* input_of(std::size_t node, std::size_t which = 0) const {
        const auto& inputs = network_.nodes()[node].inputs;
        return which < inputs.size() ? results_[inputs[which]].codes.data() : nullptr;
    }

    /// Runs the next node; `setting` is that of the convolution if it is one a design decides about.
    void step(const layer_setting* setting) {
        if (std::holds_alternative<quantized_convolution>(network_.nodes()[next_].what)) {
            step(layer_plan(network_, next_, images_, setting, request_));
        } else {
            other_step();
        }
    }

    /// Runs the next node, a convolution that has been prepared.
    void step(const layer_plan& plan, executor_ref executor = serial_executor{}) {
        plan.run(input_of(next_), images_, results_[next_], executor, input_of(next_, 1));
        finish();
    }

    /// Runs the next node, a convolution that has been prepared, and node `sum_node`, which adds its codes to
    /// those of node `other`, at once. Nothing else may read the convolution's codes.
    void step_and_add(const layer_plan& plan, std::size_t sum_node, std::size_t other,
                      const prepared_sum& sum, executor_ref executor = serial_executor{}) {
        plan.run_and_add(input_of(next_), images_, sum, results_[other].codes.data(), results_[sum_node],
                         executor);
        finish();
    }

    /// Runs the next node, which is no convolution.
    void other_step() {
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

    /// After the last node: the network's results as real numbers, [image][class].
    [[nodiscard]] std::vector<float> reals() const { return reals(results_.size() - 1); }

    /// The results of a node that has run, as real numbers; empty once all that read it have run, too.
    [[nodiscard]] std::vector<float> reals(std::size_t node) const {
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

private:
    /// Frees what no later node reads.
    void finish() {
        for (const auto input : network_.nodes()[next_].inputs) {
            if (last_use_[input] == next_) {
                results_[input] = {};
            }
        }
        ++next_;
    }

    const network& network_;
    engine request_;
    std::size_t images_;
    std::vector<detail::batch_codes> results_;
    std::vector<std::size_t> last_use_;
    std::size_t next_ = 1;
};

/// Images that go through the network together: enough for engines that pay per call, few enough for memory.
inline constexpr std::size_t images_per_pass = 125;

/// A network with all convolutions of a design prepared: weights are laid out once, for any number of passes.
/// Immutable; threads share it.
class network_plan {
public:
    /// For passes of `images` images. The network must outlive the plan. Throws what check() and
    /// convolution_plan do.
    network_plan(const network& network, const design_setting& design, std::size_t images = images_per_pass,
                 engine request = requested_engine())
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

    /// The plan of node `node`; null if it is no convolution.
    [[nodiscard]] const layer_plan* layer(std::size_t node) const { return layers_.at(node).get(); }

    /// Bytes that one thread needs beside the activations: that of the most demanding convolution.
    [[nodiscard]] std::size_t scratch_bytes() const {
        std::size_t most = 0;
        for (const auto& layer : layers_) {
            most = std::max(most, layer == nullptr ? 0 : layer->scratch_bytes());
        }
        return most;
    }

    /// The results of the images [first, first + count), as real numbers [image][class].
    [[nodiscard]] std::vector<float> run(const coded_images& images, std::size_t first, std::size_t count,
                                         executor_ref executor = serial_executor{}) const {
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

private:
    /// A residual sum that is computed with one of its operands.
    struct residual {
        std::size_t node = 0;
        std::size_t other = 0;
        prepared_sum sum;
    };

    /// Finds convolutions whose codes only go into a sum with what is there before they run.
    void find_sums() {
        const auto& nodes = network_.nodes();
        std::vector<std::size_t> readers(nodes.size(), 0);
        for (const auto& node : nodes) {
            for (const auto input : node.inputs) {
                ++readers[input];
            }
        }
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const auto* sum = std::get_if<code_op::add>(&nodes[i].what);
            if (sum == nullptr) {
                continue;
            }
            const std::size_t late = nodes[i].inputs[0] > nodes[i].inputs[1] ? 0 : 1;
            const std::size_t convolution = nodes[i].inputs[late];
            if (layers_[convolution] != nullptr && !layers_[convolution]->makes_reals() &&
                !layers_[convolution]->is_product() && readers[convolution] == 1) {
                sums_.emplace(
                    convolution,
                    residual{i, nodes[i].inputs[1 - late],
                             prepared_sum(late == 0 ? static_cast<const code_sum&>(*sum) : sum->swapped())});
            }
        }
    }

    const network& network_;
    std::vector<std::unique_ptr<const layer_plan>> layers_;
    std::map<std::size_t, residual> sums_; ///< by convolution
};

/// The network's results on all images, as real numbers [image][class]. The same for any executor.
///
/// Images go through in passes of images_per_pass. Threads take passes, or parts of layers where there are
/// fewer passes than threads.
template <executor Executor = serial_executor>
[[nodiscard]] std::vector<float> run(const network& network, const design_setting& design,
                                     const coded_images& images, const Executor& executor = {},
                                     engine request = requested_engine()) {
    std::vector<float> result(images.count * network.classes());
    const std::size_t passes = (images.count + images_per_pass - 1) / images_per_pass;
    const network_plan plan(network, design, std::min(images_per_pass, images.count), request);
    const auto pass = [&](std::size_t i, executor_ref within) {
        const std::size_t first = i * images_per_pass;
        const auto values = plan.run(images, first, std::min(images_per_pass, images.count - first), within);
        std::copy(values.begin(), values.end(),
                  result.begin() + static_cast<std::ptrdiff_t>(first * network.classes()));
    };
    if (passes < executor.concurrency()) {
        for (std::size_t i = 0; i < passes; ++i) {
            pass(i, executor);
        }
    } else {
        executor.for_each(passes, [&](std::size_t i) { pass(i, serial_executor{}); });
    }
    return result;
}

/// The class of the largest value per image; the lowest index wins a tie.
[[nodiscard]] inline std::vector<std::size_t> top_classes(const std::vector<float>& results,
                                                          std::size_t classes) {
    std::vector<std::size_t> best;
    for (std::size_t i = 0; i + classes <= results.size(); i += classes) {
        const auto first = results.begin() + static_cast<std::ptrdiff_t>(i);
        best.push_back(static_cast<std::size_t>(
            std::max_element(first, first + static_cast<std::ptrdiff_t>(classes)) - first));
    }
    return best;
}

} // namespace alwann::inline ALWANN_ABI
