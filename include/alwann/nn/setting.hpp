// SPDX-License-Identifier: MIT
/// @file
/// How one convolution runs in a design: its multiplier, its weight codes, its per-channel constants.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/tabulate.hpp>
#include <alwann/nn/network.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// What a compensation absorbs per output channel: gain * accumulator + offset replaces the accumulator.
struct channel_correction {
    double gain = 1;
    double offset = 0; ///< in units of the accumulator

    friend bool operator==(const channel_correction&, const channel_correction&) = default;
};

/// One convolution of a design.
struct layer_setting {
    table multiplier;
    std::vector<std::uint8_t> weights; ///< codes given to the multiplier, laid out like the layer's own
    std::vector<channel_correction> corrections;

    /// The layer as trained, on this multiplier.
    layer_setting(table products, const quantized_convolution& layer)
        : multiplier(std::move(products)), weights(layer.weights), corrections(layer.outputs) {}
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

/// The integer constants of a layer's output stage, with bias, zero points and corrections folded in.
struct output_stage {
    std::vector<std::int32_t> weight_zero; ///< factor of sum_k x_k
    std::vector<std::int32_t> constant;    ///< added to every sum
    std::vector<fixed_factor> factor;      ///< accumulator to output codes
    std::vector<double> scale;             ///< accumulator to real numbers
    code_range codes;

    output_stage(const quantized_convolution& layer, const std::vector<channel_correction>& corrections) {
        codes = layer.codes;
        const std::size_t depth = layer.weights.size() / layer.outputs;
        for (std::size_t f = 0; f < layer.outputs; ++f) {
            const auto first = layer.weights.begin() + static_cast<std::ptrdiff_t>(f * depth);
            const auto weights =
                std::accumulate(first, first + static_cast<std::ptrdiff_t>(depth), std::int64_t{0});
            const auto& q = layer.weight_scale[f];
            const auto& correction = corrections[f];
            const double unit = layer.input.scale * q.scale;
            const double added = (correction.offset + layer.bias[f] / unit) / correction.gain;
            const double limit = 0x1p31;
            weight_zero.push_back(q.zero);
            constant.push_back(saturate(
                static_cast<std::int64_t>(std::llround(std::clamp(added, -limit, limit))) -
                layer.input.zero * weights + static_cast<std::int64_t>(depth) * layer.input.zero * q.zero));
            scale.push_back(unit * correction.gain);
            factor.emplace_back(layer.real_output ? 0.0 : unit * correction.gain / layer.output.scale);
        }
    }

    /// The corrected accumulator of channel f.
    [[nodiscard]] std::int32_t accumulator(std::size_t f, std::int32_t products,
                                           std::int32_t activations) const {
        return saturate(std::int64_t{products} - std::int64_t{weight_zero[f]} * activations + constant[f]);
    }
};

} // namespace alwann::inline ALWANN_ABI
