// SPDX-License-Identifier: MIT
/// @file
/// Layers with weights that are not convolutions: dense, and scaling of channels.
#pragma once

#include <alwann/nn/layers/layer.hpp>

namespace alwann::inline ALWANN_ABI {
namespace op {

/// Per-channel y = scale * x + offset: batch normalisation with frozen statistics.
struct scale_channels {
    std::vector<float> scale;  ///< factor; by channel
    std::vector<float> offset; ///< added then; by channel

    /// What listings call it.
    static constexpr std::string_view kind = "scale";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        const auto& in = detail::only_input(inputs);
        detail::require_count("scale", scale.size(), in.channels);
        detail::require_count("offset", offset.size(), in.channels);
        detail::require_finite("scale", scale);
        detail::require_finite("offset", offset);
        return in;
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.result = batch.in().values;
        for (std::size_t i = 0; i < batch.result.size(); ++i) {
            const std::size_t c = i % batch.shape.channels;
            batch.result[i] = batch.result[i] * scale[c] + offset[c];
        }
    }
    /// How many trained numbers it holds.
    [[nodiscard]] std::uint64_t parameters() const { return scale.size() + offset.size(); }
    friend bool operator==(const scale_channels&, const scale_channels&) = default;
};

/// Matrix product with all values of an image. Weights [output][input], the input in memory order.
struct dense {
    std::size_t outputs = 0;    ///< how many output channels
    std::vector<float> weights; ///< [output][input]
    std::vector<float> bias;    ///< by output

    /// What listings call it.
    static constexpr std::string_view kind = "dense";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        const auto& in = detail::only_input(inputs);
        detail::require(outputs > 0, "a dense layer needs at least one output");
        detail::require_count("weights", weights.size(), outputs * in.size());
        detail::require_count("bias", bias.size(), outputs);
        detail::require_finite("weights", weights);
        detail::require_finite("bias", bias);
        return {1, 1, outputs};
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.resize();
        const std::size_t depth = batch.in().shape.size();
        for (std::size_t n = 0; n < batch.images; ++n) {
            const float* x = batch.in().values.data() + n * depth;
            for (std::size_t f = 0; f < outputs; ++f) {
                float sum = bias[f];
                for (std::size_t k = 0; k < depth; ++k) {
                    sum += x[k] * weights[f * depth + k];
                }
                batch.result[n * outputs + f] = sum;
            }
        }
    }
    /// How many trained numbers it holds.
    [[nodiscard]] std::uint64_t parameters() const { return weights.size() + bias.size(); }
    friend bool operator==(const dense&, const dense&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
