// SPDX-License-Identifier: MIT
/// @file
/// Compensates whole designs, layer by layer.
#pragma once

#include <alwann/compensation/concept.hpp>
#include <alwann/core/random.hpp>
#include <alwann/nn/inference.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Calibration images of a quantised network with what the exact network makes of them.
///
/// Per convolution, a fixed random sample of output positions over all images, and the exact accumulators
/// there. Made once, used for every design.
class compensation_data {
public:
    /// The network and the images must outlive this object. Throws value_error for no images.
    compensation_data(const network& network, const coded_images& images,
                      std::size_t samples_per_layer = 8192, std::uint64_t seed = 1)
        : network_(network), images_(images), layers_(network.convolutions().size()) {
        if (images.count == 0 || samples_per_layer == 0) {
            throw value_error(network.source() +
                              ": compensation: expected at least one calibration image and sample");
        }
        random_generator random(seed);
        sequence(exact_setting(network), [&](std::size_t l, const forward_pass& forward, layer_setting&) {
            const auto shape = network_.shape_of(forward.next(), images_.count);
            choose_positions(shape.positions(), samples_per_layer, random, layers_[l].positions);
            const auto samples = gather(l, forward);
            const auto& layer = network_.convolution(l);
            layers_[l].targets = accumulators(layer, samples, exact_table(), layer.weights);
        });
    }

    /// The settings of a design: one table per convolution, compensated in network order.
    template <compensation Compensation>
    [[nodiscard]] design_setting compensate(std::span<const table> multipliers,
                                            const Compensation& how) const {
        auto design = uncompensated(network_, multipliers);
        if (!how.needs_samples()) {
            for (std::size_t l = 0; l < design.size(); ++l) {
                how.compensate({network_.convolution(l), nullptr}, design[l]);
            }
            return design;
        }
        return sequence(std::move(design),
                        [&](std::size_t l, const forward_pass& forward, layer_setting& setting) {
                            const auto samples = gather(l, forward);
                            how.compensate({network_.convolution(l), &samples}, setting);
                        });
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
    };

    /// Runs the images up to each convolution, lets `visit` change its setting, and goes on with it.
    template <class Visit>
    design_setting sequence(design_setting design, Visit&& visit) const {
        forward_pass forward(network_, images_, 0, images_.count);
        for (std::size_t l = 0; l < design.size(); ++l) {
            while (forward.next() != network_.convolutions()[l]) {
                forward.step(nullptr);
            }
            visit(l, forward, design[l]);
            if (l + 1 < design.size()) { // nothing after the last convolution is of interest
                forward.step(&design[l]);
            }
        }
        return design;
    }

    [[nodiscard]] layer_samples gather(std::size_t l, const forward_pass& forward) const {
        const auto padding = static_cast<std::uint8_t>(network_.convolution(l).input.zero);
        return gather_samples(network_.shape_of(forward.next(), images_.count),
                              forward.input_of(forward.next()), padding, layers_[l].positions,
                              layers_[l].targets);
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
    std::vector<layer_data> layers_;
};

} // namespace alwann::inline ALWANN_ABI
