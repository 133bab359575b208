// SPDX-License-Identifier: MIT
/// @file
/// Per-channel gain and offset from calibration images: the harm of a folded batch norm undone.
#pragma once

#include <alwann/compensation/concept.hpp>
#include <alwann/core/format.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// Least squares per output channel: t ~ gain * a + offset, t the exact network's accumulators and a those of
/// the design, with the approximate layers before in place. No labels.
///
/// An approximate product has a mean error; summed over a kernel it shifts whole channels, and a network
/// whose batch norm is folded cannot re-centre them. Gain and offset go into the requantisation constants, so
/// they are free in hardware.
struct channel_affine {
    double smallest_gain = 0.5; ///< gains are limited to where a fit on samples can be trusted
    double largest_gain = 2.0;  ///< the upper limit

    /// The name in listings and messages, with gains that are not limited as usual.
    [[nodiscard]] std::string name() const {
        const channel_affine usual;
        return smallest_gain == usual.smallest_gain && largest_gain == usual.largest_gain
                   ? "channel-affine"
                   : "channel-affine, gains " + format_number(smallest_gain) + " to " +
                         format_number(largest_gain);
    }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return true; }

    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        const auto& layer = context.layer;
        const auto& samples = *context.samples;
        const auto sums = accumulators(layer, samples, setting.multiplier, setting.weights,
                                       requested_engine(), context.workers);
        const std::size_t outputs = layer.outputs;
        const auto count = static_cast<std::int64_t>(samples.count());
        for (std::size_t f = 0; f < outputs; ++f) {
            double mean_a = 0, mean_t = 0;
            for (std::size_t n = 0; n < samples.count(); ++n) {
                mean_a += sums[n * outputs + f];
                mean_t += samples.targets[n * outputs + f];
            }
            mean_a /= static_cast<double>(count);
            mean_t /= static_cast<double>(count);
            double variance = 0, covariance = 0;
            for (std::size_t n = 0; n < samples.count(); ++n) {
                const double a = sums[n * outputs + f] - mean_a;
                variance += a * a;
                covariance += a * (samples.targets[n * outputs + f] - mean_t);
            }
            // A channel that never varies says nothing about its gain.
            const double gain =
                variance > 0 ? std::clamp(covariance / variance, smallest_gain, largest_gain) : 1.0;
            setting.corrections[f] = {gain, mean_t - gain * mean_a, 0};
        }
    }
};
static_assert(compensation<channel_affine>);

} // namespace alwann::inline ALWANN_ABI
