// SPDX-License-Identifier: MIT
/// @file
/// Runs a batch_network, each convolution on the multiplier a design gives it.
///
/// Two modes: ranges and moments of every batch, as the network means it; or those of an earlier batch,
/// frozen, so that each image has a result of its own.
#pragma once

#include <alwann/core/executor.hpp>
#include <alwann/kernel/engine.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/tabulate.hpp>
#include <alwann/nn/batch_network.hpp>
#include <alwann/nn/detail/batch_evaluation.hpp>
#include <alwann/nn/last_uses.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// One convolution of a design: its multiplier and the codes that this is given in place of the weights.
struct batch_layer_setting {
    table multiplier;                  ///< of unsigned codes
    std::vector<std::uint8_t> weights; ///< laid out like the layer's own, which the corrections keep to

    /// The layer as trained, on this multiplier.
    batch_layer_setting(table products, const batch_op::convolution& layer)
        : multiplier(std::move(products)), weights(layer.weights) {}
};

/// All convolutions of a design, in the order of batch_network::convolutions().
using batch_design = std::vector<batch_layer_setting>;

/// The same multiplier everywhere, weights as they are.
[[nodiscard]] inline batch_design uniform_design(const batch_network& network, const table& multiplier) {
    batch_design design;
    for (std::size_t layer = 0; layer < network.convolutions().size(); ++layer) {
        design.emplace_back(multiplier, network.convolution(layer));
    }
    return design;
}

/// What was taken from a batch: one entry for each node, empty for most.
using batch_statistics = std::vector<node_statistics>;

/// How a batch_network runs.
struct batch_options {
    std::size_t batch = 1000;                     ///< images that share statistics
    summation sums = summation::sequential_float; ///< how means are added up
    const batch_statistics* frozen = nullptr;     ///< use these instead; they must outlive the run
    engine request = requested_engine();          ///< the engine, where not the library chooses
};

/// A forward pass in steps, one node at a time. A copy goes on from where the original stands: designs that
/// agree in their first layers can share them.
class batch_pass {
public:
    /// Starts with all of the images: bytes [image][row][column][channel]. Throws shape_error for another
    /// number than whole images, or none, and for statistics of another network.
    batch_pass(const batch_network& network, std::span<const std::uint8_t> pixels,
               const batch_options& options = {})
        : network_(&network),
          options_(options),
          results_(network.nodes().size()),
          statistics_(network.nodes().size()),
          last_uses_(last_uses(network.nodes())) {
        const std::size_t size = network.input_shape().size();
        if (pixels.empty() || pixels.size() % size != 0) {
            throw shape_error(network.source() + ": input: expected bytes of whole images of " +
                              to_string(network.input_shape()) + ", found " + std::to_string(pixels.size()));
        }
        images_ = pixels.size() / size;
        if (options.frozen != nullptr && options.frozen->size() != statistics_.size()) {
            throw shape_error(network.source() + ": frozen statistics: expected " +
                              std::to_string(statistics_.size()) + " nodes, found " +
                              std::to_string(options.frozen->size()));
        }
        results_[0] = detail::batch_input(pixels, network.input_shape());
    }

    /// The node that comes next; the number of nodes at the end.
    [[nodiscard]] std::size_t next() const noexcept { return next_; }
    /// How many there are.
    [[nodiscard]] std::size_t images() const noexcept { return images_; }

    /// Runs the next node; `setting` is that of the convolution if it is one a design decides about. Throws
    /// value_error naming the node for values or statistics that are not finite.
    void step(const batch_layer_setting* setting, executor_ref executor = serial_executor{}) {
        const auto& node = network_->nodes()[next_];
        std::vector<const batch_result*> inputs;
        for (const auto input : node.inputs) {
            inputs.push_back(&results_[input]);
        }
        const detail::batch_evaluation evaluation{images_,
                                                  node.shape,
                                                  inputs,
                                                  options_.frozen == nullptr ? nullptr
                                                                             : &(*options_.frozen)[next_],
                                                  options_.sums,
                                                  setting == nullptr ? nullptr : &setting->multiplier,
                                                  setting == nullptr ? nullptr : setting->weights.data(),
                                                  options_.request,
                                                  executor,
                                                  statistics_[next_]};
        try {
            results_[next_] = std::visit(evaluation, node.what);
        } catch (const value_error& problem) {
            throw value_error(network_->source() + ": node '" + node.name + "': " + problem.what());
        }
        for (const auto input : node.inputs) {
            if (last_uses_[input] == next_) {
                results_[input] = {};
            }
        }
        ++next_;
    }

    /// Result of a node that has run, empty once all that read it have run, too.
    [[nodiscard]] const batch_result& result(std::size_t node) const { return results_.at(node); }
    /// What was taken from the batch so far.
    [[nodiscard]] const batch_statistics& statistics() const noexcept { return statistics_; }

private:
    const batch_network* network_;
    batch_options options_;
    std::vector<batch_result> results_;
    batch_statistics statistics_;
    std::vector<std::size_t> last_uses_;
    std::size_t images_ = 0, next_ = 1;
};

/// Throws shape_error unless a design has one setting with the right number of weights per convolution, and
/// value_error for multipliers of signed operands, which these networks have no codes for.
inline void check(const batch_network& network, const batch_design& design) {
    if (design.size() != network.convolutions().size()) {
        throw shape_error(network.source() + ": expected a multiplier for each of " +
                          std::to_string(network.convolutions().size()) + " convolutions, found " +
                          std::to_string(design.size()));
    }
    for (std::size_t l = 0; l < design.size(); ++l) {
        const std::string where = network.source() + ": convolution " + std::to_string(l) + ": ";
        if (design[l].weights.size() != network.convolution(l).weights.size()) {
            throw shape_error(where + "the design's weights are those of another layer");
        }
        if (design[l].multiplier.form() != multiplier_form{}) {
            throw value_error(where + "expected a multiplier of unsigned 8-bit operands, found '" +
                              design[l].multiplier.name() + "'");
        }
    }
}

/// Runs one batch and calls visit(node index, batch_result) for every node in order. Returns what was taken
/// from the batch. Throws as check() and batch_pass do.
template <class Visit>
batch_statistics run_batch(const batch_network& network, const batch_design& design,
                           std::span<const std::uint8_t> pixels, const batch_options& options, Visit&& visit,
                           executor_ref executor = serial_executor{}) {
    check(network, design);
    batch_pass pass(network, pixels, options);
    visit(std::size_t{0}, pass.result(0));
    std::size_t layer = 0;
    while (pass.next() < network.nodes().size()) {
        const std::size_t node = pass.next();
        const bool designed = layer < network.convolutions().size() && network.convolutions()[layer] == node;
        pass.step(designed ? &design[layer++] : nullptr, executor);
        visit(node, pass.result(node));
    }
    return pass.statistics();
}

/// The logits [image][class] of any number of images; every options.batch of them share statistics.
[[nodiscard]] inline std::vector<float> run(const batch_network& network, const batch_design& design,
                                            std::span<const std::uint8_t> pixels,
                                            const batch_options& options = {},
                                            executor_ref executor = serial_executor{}) {
    std::vector<float> logits;
    const std::size_t most = std::max<std::size_t>(options.batch, 1) * network.input_shape().size();
    for (std::size_t first = 0; first < pixels.size(); first += most) {
        const auto part = pixels.subspan(first, std::min(most, pixels.size() - first));
        (void)run_batch(
            network, design, part, options,
            [&](std::size_t node, const batch_result& values) {
                if (node + 1 == network.nodes().size()) {
                    const auto reals = values.reals();
                    logits.insert(logits.end(), reals.begin(), reals.end());
                }
            },
            executor);
    }
    return logits;
}

} // namespace alwann::inline ALWANN_ABI
