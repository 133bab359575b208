// SPDX-License-Identifier: MIT
/// @file
/// A per-channel offset from calibration images.
#pragma once

#include <alwann/compensation/concept.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// Per output channel, offset = mean(t - a): t the exact network's accumulators on the samples, a the
/// design's, with the approximate layers before in place. After the empirical bias correction of Nagel et
/// al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019.
struct channel_bias {
    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "channel-bias"; }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return true; }

    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        const auto& samples = *context.samples;
        const auto sums = accumulators(context.layer, samples, setting.multiplier, setting.weights,
                                       requested_engine(), context.workers);
        const std::size_t outputs = context.layer.outputs;
        for (std::size_t f = 0; f < outputs; ++f) {
            std::int64_t difference = 0;
            for (std::size_t i = f; i < sums.size(); i += outputs) {
                difference += std::int64_t{samples.targets[i]} - sums[i];
            }
            setting.corrections[f] = {
                1, static_cast<double>(difference) / static_cast<double>(samples.count()), 0};
        }
    }
};
static_assert(compensation<channel_bias>);

} // namespace alwann::inline ALWANN_ABI
