// SPDX-License-Identifier: MIT
/// @file
/// Compensates whole designs, layer by layer.
#pragma once

#include <alwann/compensation/concept.hpp>
#include <alwann/compensation/detail/image_stream.hpp>
#include <alwann/compensation/detail/sum_targets.hpp>
#include <alwann/core/random.hpp>
#include <alwann/nn/detail/block_sum.hpp>
#include <alwann/nn/inference.hpp>
#include <alwann/nn/network_fingerprint.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Bytes of codes that calibration images may take up at a time, unless told otherwise.
inline constexpr std::size_t calibration_memory = std::size_t{1} << 30;

/// Is told of progress and does nothing.
struct no_layer_observer {
    /// Does nothing.
    void operator()(std::size_t /*done*/, std::size_t /*all*/) const noexcept {}
};

/// Calibration images of a quantised network with what the exact network makes of them.
///
/// Per convolution, a fixed random sample of output positions over all images, and the exact accumulators
/// there. Made once, used for every design. A convolution whose result is added to something that was
/// computed before has, in the place of its exact accumulators, those that make the sum right.
///
/// Memory: here 5 bytes for each sample and output channel of the network. While a design is compensated, one
/// layer's samples (a byte for each product, a few bytes for each output channel) and the codes of all images
/// between two layers; where those exceed a limit, of 125 images at a time.
class compensation_data {
public:
    /// Most samples of a layer: sums over them fit the integers that compensations count in.
    static constexpr std::size_t most_samples = std::size_t{1} << 20;

    /// The network and the images must outlive this object. Throws value_error for no images, for no samples
    /// or more than most_samples, and for 2^32 positions or more.
    compensation_data(const network& network, const coded_images& images,
                      std::size_t samples_per_layer = 8192, std::uint64_t seed = 1,
                      executor_ref workers = serial_executor{}, std::size_t memory = calibration_memory)
        : network_(network), images_(images), memory_(memory), layers_(network.convolutions().size()) {
        if (images.count == 0 || samples_per_layer == 0 || samples_per_layer > most_samples) {
            throw value_error(network.source() +
                              ": compensation: expected at least one calibration image and 1 to " +
                              std::to_string(most_samples) + " samples of a layer, found " +
                              std::to_string(images.count) + " and " + std::to_string(samples_per_layer));
        }
        random_generator random(seed);
        for (std::size_t l = 0; l < layers_.size(); ++l) {
            const auto shape = network_.shape_of(network_.convolutions()[l], images_.count);
            if (network_.convolution(l).is_product()) { // no weights or constants to change, no samples
                continue;
            }
            if (shape.positions() > std::numeric_limits<std::uint32_t>::max()) {
                throw value_error(network.source() + ": compensation: convolution " + std::to_string(l) +
                                  " has " + std::to_string(shape.positions()) + " positions on " +
                                  std::to_string(images_.count) + " images, expected fewer than 2^32");
            }
            choose_positions(shape.positions(), samples_per_layer, random, layers_[l].positions);
            samples_ = std::max(samples_, layers_[l].positions.size());
            weights_ += network_.convolution(l).weights.size();
        }
        sequence(exact_setting(network), workers, [&](std::size_t l, auto& samples, auto& addends, auto&) {
            const auto& layer = network_.convolution(l);
            if (layer.is_product()) {
                return;
            }
            layers_[l].targets =
                accumulators(layer, samples, exact_table(), layer.weights, requested_engine(), workers);
            if (!addends.empty()) {
                layers_[l].addends = std::move(addends);
                layers_[l].addend_scale = addend_scale(l);
            }
        });
    }

    /// Aims at what another quantisation of the same network, its layers exact, makes of the same images:
    /// what a design loses by ranges of its own is compensated like the errors of its multipliers. `other`
    /// has as many samples a layer, of the same seed. Throws shape_error where it does not fit.
    void aim_at(const compensation_data& other) {
        if (other.layers_.size() != layers_.size()) {
            throw shape_error(network_.source() + ": compensation: expected the same network, found " +
                              std::to_string(other.layers_.size()) + " convolutions instead of " +
                              std::to_string(layers_.size()));
        }
        for (std::size_t l = 0; l < layers_.size(); ++l) { // before anything is changed
            const auto& mine = layers_[l];
            const auto& given = other.layers_[l];
            if (given.positions != mine.positions || given.targets.size() != mine.targets.size() ||
                given.addends.size() != mine.addends.size()) {
                throw shape_error(
                    network_.source() +
                    ": compensation: expected the same images, samples and shapes, convolution " +
                    std::to_string(l) + " has others");
            }
        }
        for (std::size_t l = 0; l < layers_.size(); ++l) {
            const auto& layer = network_.convolution(l);
            const auto& theirs = other.network_.convolution(l);
            auto& mine = layers_[l];
            for (std::size_t i = 0; i < mine.targets.size(); ++i) {
                const std::size_t f = i % layer.outputs;
                mine.targets[i] = detail::nearest_sum(
                    other.layers_[l].targets[i] * accumulator_scale(theirs, f) / accumulator_scale(layer, f));
            }
            if (!mine.addends.empty()) {
                mine.other_addends = other.layers_[l].addends != mine.addends ||
                                     !(other.layers_[l].addend_scale == mine.addend_scale);
                mine.addends = other.layers_[l].addends;
                mine.addend_scale = other.layers_[l].addend_scale;
            }
        }
        exact_->samples.clear();
        exact_->targets.clear();
    }

    /// The settings of a design: one table per convolution, compensated in network order. The same for any
    /// executor. Calls observe(layers done, layers) on this thread after each layer.
    template <compensation Compensation, class Observer = no_layer_observer>
    [[nodiscard]] design_setting compensate(std::span<const table> multipliers, const Compensation& how,
                                            executor_ref workers = serial_executor{},
                                            Observer&& observe = {}) const {
        auto design = uncompensated(network_, multipliers);
        if (!how.needs_samples()) {
            for (std::size_t l = 0; l < design.size(); ++l) {
                apply(how, l, nullptr, workers, design[l]);
                observe(l + 1, design.size());
            }
            return design;
        }
        return sequence(std::move(design), workers,
                        [&](std::size_t l, layer_samples& samples, auto& addends, layer_setting& setting) {
                            const auto targets = targets_behind(l, addends);
                            if (!targets.empty()) {
                                samples.targets = targets;
                            }
                            apply(how, l, &samples, workers, setting);
                            observe(l + 1, layers_.size());
                        });
    }

    /// The settings of each convolution with each candidate, [convolution][candidate], compensated alone: on
    /// the activations of the exact network, as if all other convolutions were exact. What a search needs to
    /// know of a candidate, once; designs are to be compensated again in network order with compensate().
    ///
    /// Candidates are shared out among the workers. Calls observe(layers done, layers) on this thread.
    template <compensation Compensation, class Observer = no_layer_observer>
    [[nodiscard]] std::vector<design_setting>
    compensate_alone(std::span<const table> candidates, const Compensation& how,
                     executor_ref workers = serial_executor{}, Observer&& observe = {}) const {
        std::vector<design_setting> result(layers_.size());
        sequence(exact_setting(network_), workers, [&](std::size_t l, auto& samples, auto& addends, auto&) {
            std::vector<std::int32_t> targets;
            if (layers_[l].other_addends) {
                samples.targets = targets = targets_behind(l, addends);
            }
            for (const auto& candidate : candidates) {
                result[l].emplace_back(candidate, network_.convolution(l));
            }
            workers.for_each(candidates.size(), [&](std::size_t i) {
                apply(how, l, &samples, detail::one_thread, result[l][i]);
            });
            observe(l + 1, layers_.size());
        });
        return result;
    }

    /// The setting of one convolution whose table is the only one that is not exact: compensated on the
    /// activations of the exact network. Designs put together from such settings need no calibration run of
    /// their own; their errors add up over the layers, which compensate() prevents.
    ///
    /// The activations of a layer are gathered on first use and kept: samples times the products of an
    /// output, in bytes. May be called by several threads at once.
    template <compensation Compensation>
    [[nodiscard]] layer_setting compensate_alone(std::size_t layer, const table& multiplier,
                                                 const Compensation& how) const {
        layer_setting setting(multiplier, network_.convolution(layer));
        if (!network_.convolution(layer).is_product()) {
            apply(how, layer, how.needs_samples() ? &exact_samples(layer) : nullptr, detail::one_thread,
                  setting);
        }
        return setting;
    }

    /// A hash of images and sampled positions: what a compensation depends on beside its own settings.
    [[nodiscard]] std::uint64_t hash() const {
        fingerprint found;
        found.add(hash_of(images_));
        for (const auto& layer : layers_) {
            found.add(layer.positions.size());
            for (const auto position : layer.positions) {
                found.add(position);
            }
            for (const auto target : layer.targets) { // the exact network, as far as it matters here
                found.add(target);
            }
            if (layer.other_addends) {
                for (const auto addend : layer.addends) {
                    found.add(layer.addend_scale.decode(addend));
                }
            }
        }
        return found.value();
    }

    /// The settings of a design as trained. Throws shape_error for a wrong number of tables.
    [[nodiscard]] static design_setting uncompensated(const network& network,
                                                      std::span<const table> multipliers) {
        if (multipliers.size() != network.convolutions().size()) {
            throw shape_error(network.source() + ": expected a multiplier for each of " +
                              std::to_string(network.convolutions().size()) + " convolutions, found " +
                              std::to_string(multipliers.size()));
        }
        design_setting design;
        for (std::size_t l = 0; l < multipliers.size(); ++l) {
            design.emplace_back(multipliers[l], network.convolution(l));
        }
        return design;
    }

private:
    struct layer_data {
        std::vector<std::uint32_t> positions; ///< sorted
        std::vector<std::int32_t> targets;    ///< [sample][output]
        std::vector<std::uint8_t> addends;    ///< of the exact network, [sample][output], if a sum follows
        quantisation addend_scale = {};       ///< of their codes
        bool other_addends = false;           ///< whether they are another network's, see aim_at()
    };

    /// The scale of what is added to convolution `l`.
    [[nodiscard]] quantisation addend_scale(std::size_t l) const {
        const auto sum = detail::sum_behind(network_, network_.convolutions()[l]).value();
        return network_.nodes()[network_.nodes()[sum.node].inputs[sum.other]].scale;
    }

    /// What convolution `l` should give where what is added to it came out as `addends`; empty, for its own
    /// targets, if nothing is added.
    [[nodiscard]] std::vector<std::int32_t> targets_behind(std::size_t l,
                                                           std::span<const std::uint8_t> addends) const {
        const auto& layer = layers_[l];
        return addends.empty()
                   ? std::vector<std::int32_t>{}
                   : detail::targets_for_sum(network_.convolution(l), layer.targets,
                                             {layer.addends, layer.addend_scale}, {addends, addend_scale(l)});
    }

    /// Products of activations stay what they are.
    template <compensation Compensation>
    void apply(const Compensation& how, std::size_t l, const layer_samples* samples, executor_ref workers,
               layer_setting& setting) const {
        if (!network_.convolution(l).is_product()) {
            how.compensate(layer_context{network_.convolution(l), samples, workers, weights_, samples_},
                           setting);
        }
    }

    [[nodiscard]] const layer_samples& exact_samples(std::size_t layer) const {
        const std::lock_guard lock(exact_->access);
        if (exact_->samples.empty()) {
            std::vector<layer_samples> all; // kept only if nothing goes wrong on the way
            std::deque<std::vector<std::int32_t>> targets;
            sequence(exact_setting(network_), serial_executor{},
                     [&](std::size_t l, auto& samples, auto& addends, auto&) {
                         if (layers_[l].other_addends) {
                             targets.push_back(targets_behind(l, addends));
                             samples.targets = targets.back();
                         }
                         all.push_back(std::move(samples));
                     });
            exact_->targets = std::move(targets);
            exact_->samples = std::move(all);
        }
        return exact_->samples.at(layer);
    }

    /// Takes the images to each convolution in turn and lets visit(layer, samples, addends, setting) change
    /// its setting before they go on with it. Addends: what a sum behind the convolution adds to it.
    template <class Visit>
    design_setting sequence(design_setting design, executor_ref workers, Visit&& visit) const {
        detail::image_stream stream(network_, images_, design, memory_, workers);
        for (std::size_t l = 0; l < design.size(); ++l) {
            const auto& positions = layers_[l].positions;
            const auto shape = network_.shape_of(network_.convolutions()[l], images_.count);
            const auto padding = static_cast<std::uint8_t>(network_.convolution(l).input.zero);
            const std::size_t area = shape.positions() / images_.count;
            auto samples = make_samples(shape, positions.size(), layers_[l].targets);
            const auto sum = detail::sum_behind(network_, network_.convolutions()[l]);
            std::vector<std::uint8_t> addends(sum ? positions.size() * shape.outputs : 0);
            stream.visit(l, [&](std::size_t first, std::size_t count, const forward_pass& pass) {
                const auto begin = std::lower_bound(positions.begin(), positions.end(), first * area);
                const auto end = std::lower_bound(begin, positions.end(), (first + count) * area);
                const auto before = static_cast<std::size_t>(begin - positions.begin());
                const std::uint8_t* codes = pass.input_of(network_.convolutions()[l]);
                detail::copy_patches(shape, codes, padding, {begin, end}, first * area,
                                     samples.patches.data() + before * samples.shape.input.channels);
                if (sum) {
                    detail::copy_addends(shape.outputs, pass.input_of(sum->node, sum->other), {begin, end},
                                         first * area, addends.data() + before * shape.outputs);
                }
            });
            visit(l, samples, addends, design[l]);
        }
        return design;
    }

    /// A sorted random subset of [0, all), each subset as likely as any other (Floyd's algorithm needs a set;
    /// selection sampling keeps the order by itself).
    static void choose_positions(std::size_t all, std::size_t wanted, random_generator& random,
                                 std::vector<std::uint32_t>& positions) {
        std::size_t left = std::min(all, wanted);
        for (std::size_t i = 0; i < all && left > 0; ++i) {
            if (uniform_below(random, all - i) < left) {
                positions.push_back(static_cast<std::uint32_t>(i));
                --left;
            }
        }
    }

    const network& network_;
    const coded_images& images_;
    std::size_t memory_;
    std::size_t weights_ = 0; ///< of all convolutions
    std::size_t samples_ = 0; ///< of the layer that has most of them
    std::vector<layer_data> layers_;

    struct exact_activations {
        std::mutex access;
        std::vector<layer_samples> samples;            // all of them once one was asked for
        std::deque<std::vector<std::int32_t>> targets; // which samples behind other addends refer to
    };
    std::unique_ptr<exact_activations> exact_ = std::make_unique<exact_activations>();
};

} // namespace alwann::inline ALWANN_ABI
