// SPDX-License-Identifier: MIT
/// @file
/// How one convolution runs in a design: its multiplier, its weight codes, its per-channel constants.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/kernel/output_stage.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/tabulate.hpp>
#include <alwann/nn/network.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// What a compensation absorbs per output channel:
///
///     gain * accumulator + slope * sum_k x_k + offset
///
/// replaces the accumulator, x the activation codes (padding included). The sum is there anyway, for the zero
/// points of the weights.
struct channel_correction {
    double gain = 1;   ///< factor of the accumulator, above 0
    double offset = 0; ///< in units of the accumulator
    double slope = 0;  ///< in units of the accumulator per step of an activation code

    friend bool operator==(const channel_correction&, const channel_correction&) = default;
};

/// One convolution of a design.
struct layer_setting {
    table multiplier;                  ///< for codes that count from 0
    std::vector<std::uint8_t> weights; ///< codes given to the multiplier, laid out like the layer's own
    std::vector<channel_correction> corrections; ///< one for each output channel

    /// The layer as trained, on this multiplier. A signed one is kept in its network_form().
    layer_setting(const table& products, const quantized_convolution& layer)
        : multiplier(products.network_form()), weights(layer.weights), corrections(layer.outputs) {}
};

/// All convolutions of a design, in the order of network::convolutions().
using design_setting = std::vector<layer_setting>;

/// The truth table of the exact multiplier, made once.
[[nodiscard]] inline const table& exact_table() {
    static const table products = tabulate(exact{});
    return products;
}

/// The design in which every convolution runs on the exact multiplier.
[[nodiscard]] inline design_setting exact_setting(const network& network) {
    design_setting design;
    for (std::size_t layer = 0; layer < network.convolutions().size(); ++layer) {
        design.emplace_back(exact_table(), network.convolution(layer));
    }
    return design;
}

/// Real numbers per accumulator step of channel f, gain included.
[[nodiscard]] inline double accumulator_scale(const quantized_convolution& layer, std::size_t f,
                                              const channel_correction& correction = {}) {
    return layer.input.scale * layer.weight_scale[f].scale * correction.gain;
}

/// The factor of sum_k x_k as a whole zero point and what is left of it, in as many binary places as 32-bit
/// arithmetic allows: |slope| * sum_k x_k < 2^31 for any codes.
struct split_slope {
    std::int32_t whole = 0;    ///< part that is a zero point of the weights
    std::int32_t slope = 0;    ///< the rest, in binary places
    std::int32_t fraction = 0; ///< how many binary places

    /// Of `factor` (limited to 2^15) for a sum of `depth` codes.
    split_slope(double factor, std::size_t depth) {
        const double limited = std::clamp(factor, -0x1p15, 0x1p15);
        whole = static_cast<std::int32_t>(std::lround(limited));
        const double rest = limited - whole; // at most 1/2
        fraction = rest == 0 ? 0 : std::min(20, 32 - static_cast<int>(std::bit_width(255 * depth)));
        slope = static_cast<std::int32_t>(std::lround(std::ldexp(rest, fraction)));
    }
};

/// A layer's output stage, with bias, zero points and corrections folded in.
///
/// `form` is that of the multiplier in use. Where an operand is signed, its codes and zero points stand for
/// numbers smaller by half a range, and the sums of the formula are those of these numbers. Throws
/// value_error for a correction that is not finite or whose gain is not above 0.
[[nodiscard]] inline output_stage make_output_stage(const quantized_convolution& layer,
                                                    const std::vector<channel_correction>& corrections,
                                                    const multiplier_form& form = {}) {
    output_stage stage;
    stage.codes = layer.codes;
    const std::int64_t x_offset = -std::int64_t{form.activation.value(0)};
    const std::int64_t w_offset = -std::int64_t{form.weight.value(0)};
    const std::int64_t input_zero = layer.input.zero - x_offset;
    const std::size_t depth = layer.weights.size() / layer.outputs;
    for (std::size_t f = 0; f < layer.outputs; ++f) {
        const auto first = layer.weights.begin() + static_cast<std::ptrdiff_t>(f * depth);
        const auto weights =
            std::accumulate(first, first + static_cast<std::ptrdiff_t>(depth), std::int64_t{0});
        const std::int64_t zero = layer.weight_scale[f].zero - w_offset;
        const auto& correction = corrections[f];
        if (!(correction.gain > 0) || !std::isfinite(correction.gain) || !std::isfinite(correction.offset) ||
            !std::isfinite(correction.slope)) {
            throw value_error("correction of output channel " + std::to_string(f) +
                              ": expected finite numbers and a gain above 0, found gain " +
                              std::to_string(correction.gain) + ", offset " +
                              std::to_string(correction.offset) + ", slope " +
                              std::to_string(correction.slope));
        }
        const double scale = accumulator_scale(layer, f, correction);
        // real = gain * unit * (accumulator + added), with unit the scale without gain
        const split_slope input(correction.slope / correction.gain, depth);
        const double added =
            (correction.offset + layer.bias[f] / accumulator_scale(layer, f)) / correction.gain +
            (input.slope == 0 ? 0.0 : 0.5); // the slope's term is rounded down
        constexpr double limit = 0x1p31;
        const auto products = static_cast<std::int64_t>(depth);
        stage.add_channel(static_cast<std::int32_t>(zero - input.whole),
                          saturate(static_cast<std::int64_t>(std::llround(std::clamp(added, -limit, limit))) -
                                   input_zero * (weights - products * w_offset) +
                                   products * zero * (input_zero + x_offset)),
                          layer.real_output
                              ? fixed_factor()
                              : fixed_factor(std::min(scale / layer.output.scale, saturating_factor)),
                          input.slope, input.fraction);
    }
    return stage;
}

} // namespace alwann::inline ALWANN_ABI
