// SPDX-License-Identifier: MIT
/// @file
/// What becomes of the weights that a file has as codes.
#pragma once

#include <alwann/nn/coded_weights.hpp>
#include <alwann/nn/layers/convolution.hpp>
#include <alwann/nn/layers/dense.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace alwann::inline ALWANN_ABI::detail {

/// Bias codes as real numbers. Files say their steps in single precision; where they mean steps of the
/// accumulator, the codes are what counts.
inline void make_bias_real(coded_weights& weights, double input_scale) {
    for (std::size_t f = 0; f < weights.bias_codes.size(); ++f) {
        const double step = input_scale * weights.scale[f].scale;
        const bool same = std::abs(weights.bias_scale[f] - step) <= 1e-5 * step;
        weights.bias.push_back((same ? step : weights.bias_scale[f]) * weights.bias_codes[f]);
    }
    weights.bias_codes.clear();
}

/// What a layer after them does to each output becomes a part of their scales and of the real bias. No factor
/// may be 0.
inline void scale_outputs(coded_weights& weights, const op::scale_channels& layer) {
    const std::size_t depth = weights.codes.size() / weights.scale.size();
    for (std::size_t f = 0; f < weights.scale.size(); ++f) {
        auto& scale = weights.scale[f];
        if (layer.scale[f] < 0) { // the negative of every number
            for (std::size_t k = 0; k < depth; ++k) {
                weights.codes[f * depth + k] = static_cast<std::uint8_t>(255 - weights.codes[f * depth + k]);
            }
            scale = {scale.scale, 255 - scale.zero, static_cast<std::uint8_t>(255 - scale.highest),
                     static_cast<std::uint8_t>(255 - scale.lowest)};
        }
        scale.scale *= std::abs(double{layer.scale[f]});
        weights.bias[f] = weights.bias[f] * layer.scale[f] + layer.offset[f];
    }
}

/// The layer of these weights on codes of scale `input`, its bias what the accumulator can hold; geometry and
/// output are left to be said.
inline quantized_convolution convolution_of(coded_weights weights, const quantisation& input) {
    make_bias_real(weights, input.scale);
    quantized_convolution result;
    result.outputs = weights.scale.size();
    result.weights = std::move(weights.codes);
    result.weight_scale = std::move(weights.scale);
    result.bias = std::move(weights.bias);
    result.input = input;
    for (std::size_t f = 0; f < result.outputs; ++f) {
        const double step = input.scale * result.weight_scale[f].scale;
        result.bias[f] = step * std::round(result.bias[f] / step);
    }
    return result;
}

} // namespace alwann::inline ALWANN_ABI::detail
