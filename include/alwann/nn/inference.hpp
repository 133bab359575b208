// SPDX-License-Identifier: MIT
/// @file
/// Runs a quantised network, each convolution on the multiplier a design gives it.
#pragma once

#include <alwann/core/executor.hpp>
#include <alwann/nn/detail/code_operators.hpp>
#include <alwann/nn/network.hpp>
#include <alwann/nn/setting.hpp>
#include <alwann/tensor/view.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Images as codes of a network's input, [image][row][column][channel].
struct coded_images {
    image_shape shape;
    std::size_t count = 0;
    aligned_vector<std::uint8_t> codes;

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
    [[nodiscard]] std::size_t images() const noexcept { return images_; }

    /// Codes that node `node` reads.
    [[nodiscard]] const std::uint8_t* input_of(std::size_t node) const {
        return results_[network_.nodes()[node].inputs.front()].codes.data();
    }

    /// Runs the next node; `setting` is that of the convolution if it is one a design decides about.
    void step(const layer_setting* setting) {
        const auto& node = network_.nodes()[next_];
        auto& result = results_[next_];
        if (const auto* layer = std::get_if<quantized_convolution>(&node.what)) {
            const bool chosen = setting != nullptr;
            const std::vector<channel_correction> neutral(chosen ? 0 : layer->outputs);
            detail::run_convolution(
                *layer, network_.shape_of(next_, images_), chosen ? setting->multiplier : exact_table(),
                chosen ? setting->weights.data() : layer->weights.data(),
                chosen ? setting->corrections : neutral, input_of(next_), request_, result);
        } else {
            std::vector<const detail::batch_codes*> inputs;
            for (const auto input : node.inputs) {
                inputs.push_back(&results_[input]);
            }
            std::visit(detail::code_operators{images_, node.shape, inputs, result.codes}, node.what);
        }
        for (const auto input : node.inputs) {
            if (last_use_[input] == next_) {
                results_[input] = {};
            }
        }
        ++next_;
    }

    /// After the last node: the network's results as real numbers, [image][class].
    [[nodiscard]] std::vector<float> reals() const {
        const auto& last = results_.back();
        if (!last.reals.empty()) {
            return last.reals;
        }
        std::vector<float> values;
        for (const auto code : last.codes) {
            values.push_back(static_cast<float>(network_.nodes().back().scale.decode(code)));
        }
        return values;
    }

private:
    const network& network_;
    engine request_;
    std::size_t images_;
    std::vector<detail::batch_codes> results_;
    std::vector<std::size_t> last_use_;
    std::size_t next_ = 1;
};

/// Images that go through the network together: enough for engines that pay per call, few enough for memory.
inline constexpr std::size_t images_per_pass = 125;

/// The network's results on all images, as real numbers [image][class]. The same for any executor.
template <executor Executor = serial_executor>
[[nodiscard]] std::vector<float> run(const network& network, const design_setting& design,
                                     const coded_images& images, const Executor& executor = {},
                                     engine request = requested_engine()) {
    check(network, design);
    std::vector<float> result(images.count * network.classes());
    const std::size_t passes = (images.count + images_per_pass - 1) / images_per_pass;
    executor.for_each(passes, [&](std::size_t pass) {
        const std::size_t first = pass * images_per_pass;
        forward_pass forward(network, images, first, std::min(images_per_pass, images.count - first),
                             request);
        std::size_t layer = 0;
        while (forward.next() < network.nodes().size()) {
            const bool chosen = layer < design.size() && network.convolutions()[layer] == forward.next();
            forward.step(chosen ? &design[layer++] : nullptr);
        }
        const auto values = forward.reals();
        std::copy(values.begin(), values.end(),
                  result.begin() + static_cast<std::ptrdiff_t>(first * network.classes()));
    });
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
