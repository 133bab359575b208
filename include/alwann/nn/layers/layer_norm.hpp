// SPDX-License-Identifier: MIT
/// @file
/// Layer normalisation (Ba et al., Layer Normalization, 2016) of the channels of each pixel.
#pragma once

#include <alwann/kernel/requantisation.hpp>
#include <alwann/nn/layers/layer.hpp>

#include <algorithm>
#include <cmath>

namespace alwann::inline ALWANN_ABI {

namespace code_op {

/// Layer normalisation in integers but for one reciprocal square root a pixel. With C channels of codes x,
/// and steps `from` and `to` of input and result,
///
///     d[c] = C x[c] - sum x,   v = C sum x^2 - (sum x)^2
///     y[c] = round(2^16 d[c] / sqrt(v + epsilon (C / from)^2))
///     result[c] = zero + round(2^-34 (G[c] y[c] + B[c])),   G = round(2^18 gamma / to),   B = round(2^34
///     beta / to)
///
/// Sums are exact, and so is what IEEE arithmetic makes of the root and its reciprocal: the same codes
/// everywhere. No zero point of the input is needed.
struct layer_norm {
    std::vector<float> gamma; ///< factor; by channel
    std::vector<float> beta;  ///< added then; by channel
    float epsilon = 1e-5F;    ///< added to variances
    double from = 1;          ///< scale of the input's codes
    double to = 1;            ///< scale of the result's codes
    code_range codes;         ///< the codes that the result can have

    /// What listings call it.
    static constexpr std::string_view kind = "layer norm";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        const std::size_t channels = gamma.size();
        const auto count = static_cast<std::int64_t>(channels);
        std::vector<std::int64_t> factor, offset; // limits: far beyond all codes
        for (std::size_t c = 0; c < channels; ++c) {
            factor.push_back(std::llround(std::clamp(gamma[c] / to, -0x1p14, 0x1p14) * 0x1p18));
            offset.push_back(std::llround(std::clamp(beta[c] / to, -0x1p26, 0x1p26) * 0x1p34));
        }
        const double steps = static_cast<double>(channels) / from;
        for (std::size_t i = 0; i < batch.result.size(); i += channels) {
            const std::uint8_t* x = batch.in().codes.data() + i;
            std::int64_t sum = 0, squares = 0;
            for (std::size_t c = 0; c < channels; ++c) {
                sum += x[c];
                squares += std::int64_t{x[c]} * x[c];
            }
            const double spread =
                static_cast<double>(count * squares - sum * sum) + double{epsilon} * steps * steps;
            const double scale = 1 / std::sqrt(spread) * 0x1p16; // a power of two: exact
            for (std::size_t c = 0; c < channels; ++c) {
                const auto y = static_cast<std::int64_t>(
                    std::llround(static_cast<double>(count * x[c] - sum) * scale)); // at most 2^16 sqrt(C)
                batch.result[i + c] =
                    codes((factor[c] * y + offset[c] + (std::int64_t{1} << 33)) >> 34); // below 2^62
            }
        }
    }
    friend bool operator==(const layer_norm&, const layer_norm&) = default;
};

} // namespace code_op

namespace op {

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta, mean and variance over the channels of a pixel.
struct layer_norm {
    std::vector<float> gamma; ///< factor; by channel
    std::vector<float> beta;  ///< per channel
    float epsilon = 1e-5F;    ///< above 0

    /// What listings call it.
    static constexpr std::string_view kind = "layer norm";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        const auto& in = detail::only_input(inputs);
        detail::require_count("gamma", gamma.size(), in.channels);
        detail::require_count("beta", beta.size(), in.channels);
        detail::require_finite("gamma", gamma);
        detail::require_finite("beta", beta);
        detail::require(in.channels < (std::size_t{1} << 24), "expected fewer than 2^24 channels");
        if (!(epsilon > 0) || !std::isfinite(epsilon)) {
            throw value_error("epsilon: expected a number above 0, found " + std::to_string(epsilon));
        }
        return in;
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.result = batch.in().values;
        const std::size_t channels = gamma.size();
        for (std::size_t i = 0; i < batch.result.size(); i += channels) {
            float* x = batch.result.data() + i;
            double mean = 0, variance = 0;
            std::for_each(x, x + channels, [&](float value) { mean += value; });
            mean /= static_cast<double>(channels);
            std::for_each(x, x + channels, [&](float value) { variance += (value - mean) * (value - mean); });
            variance /= static_cast<double>(channels);
            const double scale = 1 / std::sqrt(variance + double{epsilon});
            for (std::size_t c = 0; c < channels; ++c) {
                x[c] = static_cast<float>((x[c] - mean) * scale * gamma[c] + beta[c]);
            }
        }
    }
    /// The same operation on codes.
    [[nodiscard]] code_op::layer_norm quantise(layer_quantisation& how) const {
        return {
            gamma, beta, epsilon, how.inputs.front().scale, how.result.scale, detail::all_codes(how.result)};
    }
    /// How many trained numbers it holds.
    [[nodiscard]] std::uint64_t parameters() const { return gamma.size() + beta.size(); }
    friend bool operator==(const layer_norm&, const layer_norm&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
