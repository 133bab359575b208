// SPDX-License-Identifier: MIT
/// @file
/// Weight tuning under the activations that occur.
#pragma once

#include <alwann/compensation/concept.hpp>
#include <alwann/compensation/product_errors.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// One map per layer: map(w) = the u that minimises
///
///     E_h[ (x * w - M[x][u])^2 ]
///
/// h the histogram of all the layer's activation codes. The weight tuning of the ALWANN paper with the codes
/// weighted by how often they occur, and squares for absolute values, because the errors of a kernel's
/// products add up. Of several best codes the nearest to w is taken.
struct histogram_map {
    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "histogram-map"; }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return true; }

    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        code_histogram whole{};
        for (const auto& histogram : channel_histograms(context.layer, *context.samples)) {
            for (std::size_t x = 0; x < whole.size(); ++x) {
                whole[x] += histogram[x];
            }
        }
        const product_errors errors(setting.multiplier, whole);
        std::array<std::optional<std::uint8_t>, 256> map;
        for (auto& weight : setting.weights) {
            auto& best = map[weight];
            if (!best) {
                best = product_errors::best(
                    weight, [&](std::uint8_t w, std::uint8_t u) { return errors.squares(w, u); });
            }
            weight = *best;
        }
    }
};
static_assert(compensation<histogram_map>);

/// One map per input channel: map(w) = the u that minimises
///
///     Var_h[ x * w - M[x][u] ]
///
/// h the histogram of the channel's activation codes. Only the spread of an error counts, because its mean is
/// a constant that a bias can absorb: follow it with one (closed_bias, channel_bias, channel_affine,
/// channel_ls3). Of several best codes the nearest to w is taken.
struct centred_map {
    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "centred-map"; }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return true; }

    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        const auto& layer = context.layer;
        const auto histograms = channel_histograms(layer, *context.samples);
        const std::size_t depth = setting.weights.size() / layer.outputs;
        const std::size_t group_inputs = histograms.size() / layer.groups;
        const std::size_t group_outputs = layer.outputs / layer.groups;
        context.workers.for_each(histograms.size(), [&](std::size_t channel) {
            const product_errors errors(setting.multiplier, histograms[channel]);
            std::array<std::optional<std::uint8_t>, 256> map;
            const std::size_t group = channel / group_inputs;
            for (std::size_t f = group * group_outputs; f < (group + 1) * group_outputs; ++f) {
                for (std::size_t k = channel % group_inputs; k < depth; k += group_inputs) {
                    auto& weight = setting.weights[f * depth + k];
                    auto& best = map[weight];
                    if (!best) {
                        best = errors.least_spread(weight);
                    }
                    weight = *best;
                }
            }
        });
    }
};
static_assert(compensation<centred_map>);

} // namespace alwann::inline ALWANN_ABI
