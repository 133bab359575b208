// SPDX-License-Identifier: MIT
/// @file
/// Per-channel gain, slope in the sum of activations, and offset from calibration images.
#pragma once

#include <alwann/compensation/concept.hpp>
#include <alwann/core/format.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Least squares per output channel:
///
///     t ~ gain * a + slope * sum_k x_k + offset
///
/// t the exact network's accumulators, a the design's and x its activation codes, with the approximate layers
/// before in place. The error of a product grows with the activation, so that of a sum follows the sum of
/// activations, which is known for the zero points of the weights. All three go into constants of the output
/// stage. channel_affine with the control variate's regressor.
struct channel_ls3 {
    double smallest_gain = 0.5; ///< as in channel_affine
    double largest_gain = 2.0;  ///< as in channel_affine

    /// The name in listings and messages, with gains that are not limited as usual.
    [[nodiscard]] std::string name() const {
        const channel_ls3 usual;
        return smallest_gain == usual.smallest_gain && largest_gain == usual.largest_gain
                   ? "channel-ls3"
                   : "channel-ls3, gains " + format_number(smallest_gain) + " to " +
                         format_number(largest_gain);
    }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return true; }

    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        const auto& samples = *context.samples;
        const std::size_t outputs = context.layer.outputs;
        const std::size_t groups = context.layer.groups;
        const auto sums = accumulators(context.layer, samples, setting.multiplier, setting.weights,
                                       requested_engine(), context.workers);
        const auto inputs = input_sums(samples);
        context.workers.for_each(outputs, [&](std::size_t f) {
            moments all;
            const std::size_t group = f / (outputs / groups);
            for (std::size_t n = 0; n < samples.count(); ++n) {
                all.add(sums[n * outputs + f], inputs[n * groups + group], samples.targets[n * outputs + f]);
            }
            setting.corrections[f] = all.fit(smallest_gain, largest_gain);
        });
    }

private:
    /// Sums of one channel, shifted by its first sample so that squares stay exact.
    struct moments {
        double n = 0, a0 = 0, x0 = 0, t0 = 0;
        double a = 0, x = 0, t = 0, aa = 0, xx = 0, ax = 0, at = 0, xt = 0;

        void add(std::int32_t sum, std::int32_t input, std::int32_t target) {
            if (n == 0) {
                a0 = sum;
                x0 = input;
                t0 = target;
            }
            const double da = sum - a0, dx = input - x0, dt = target - t0;
            ++n;
            a += da;
            x += dx;
            t += dt;
            aa += da * da;
            xx += dx * dx;
            ax += da * dx;
            at += da * dt;
            xt += dx * dt;
        }

        [[nodiscard]] channel_correction fit(double least, double most) const {
            const double v_aa = aa - a * a / n, v_xx = xx - x * x / n, v_ax = ax - a * x / n;
            const double v_at = at - a * t / n, v_xt = xt - x * t / n;
            // Of two regressors that are nearly the same, the accumulator is enough.
            const double determinant = v_aa * v_xx - v_ax * v_ax;
            double gain = v_aa > 0 ? v_at / v_aa : 1.0;
            if (determinant > 1e-6 * v_aa * v_xx) {
                gain = (v_at * v_xx - v_xt * v_ax) / determinant;
            }
            gain = std::clamp(gain, least, most);
            double slope = 0;
            if (determinant > 1e-6 * v_aa * v_xx || !(v_aa > 0)) {
                slope = v_xx > 0 ? (v_xt - gain * v_ax) / v_xx : 0.0; // the best for this gain
            }
            const double offset = t0 + t / n - gain * (a0 + a / n) - slope * (x0 + x / n);
            return {gain, offset, slope};
        }
    };
};
static_assert(compensation<channel_ls3>);

} // namespace alwann::inline ALWANN_ABI
