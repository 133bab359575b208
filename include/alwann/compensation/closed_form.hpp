// SPDX-License-Identifier: MIT
/// @file
/// Constants of the output stage from histograms alone, without a forward pass of the layer.
#pragma once

#include <alwann/compensation/concept.hpp>
#include <alwann/compensation/product_errors.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Expectations of the error e = sum_k (M[x_k][u_k] - x_k * w_k) of an output channel and of X = sum_k x_k,
/// the x_k taken as independent.
struct channel_error {
    double mean = 0;       ///< of e
    double mean_x = 0;     ///< of X, the numbers that the codes stand for
    double covariance = 0; ///< of e and X
    double variance = 0;   ///< of X
};

[[nodiscard]] inline std::vector<channel_error> channel_error_of(const layer_context& context,
                                                                 const layer_setting& setting) {
    const auto& layer = context.layer;
    const auto errors = channel_errors(layer, *context.samples, setting.multiplier);
    const std::size_t depth = setting.weights.size() / layer.outputs;
    std::vector<channel_error> result(layer.outputs);
    for (std::size_t f = 0; f < layer.outputs; ++f) {
        for (std::size_t k = 0; k < depth; ++k) {
            const auto& channel = errors[input_channel(layer, errors.size(), f, k)];
            const std::uint8_t w = layer.weights[f * depth + k];
            const std::uint8_t u = setting.weights[f * depth + k];
            const auto count = static_cast<double>(channel.count());
            result[f].mean += channel.mean(w, u);
            result[f].mean_x += channel.mean_x();
            result[f].covariance += channel.spread_with_x(w, u) / count / count;
            result[f].variance += channel.spread_x() / count / count;
        }
    }
    return result;
}

} // namespace detail

/// Per output channel c
///
///     offset_c = - sum_k E_h[ M[x][w'_kc] - x * w_kc ]
///
/// h the histogram of the input channel of k: the mean error of the products, taken back.
struct closed_bias {
    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "closed-bias"; }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return true; }

    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        const auto errors = detail::channel_error_of(context, setting);
        for (std::size_t f = 0; f < errors.size(); ++f) {
            setting.corrections[f] = {1, -errors[f].mean, 0};
        }
    }
};
static_assert(compensation<closed_bias>);

/// Per output channel, the error e = sum_k (M[x_k][w'_k] - x_k * w_k) as a line in X = sum_k x_k, taken back:
///
///     slope = - Cov(e, X) / Var(X),     offset = - (E[e] + slope * E[X])
///
/// with expectations under the histograms, the x_k of different k taken as independent. X is known for the
/// zero points of the weights. After the control variate of Zervakis et al., "Control Variate Approximation
/// for DNN Accelerators", DAC 2021.
struct control_variate {
    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "control-variate"; }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return true; }

    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        const auto errors = detail::channel_error_of(context, setting);
        const auto& form = setting.multiplier.form();
        const auto depth = static_cast<double>(setting.weights.size() / context.layer.outputs);
        for (std::size_t f = 0; f < errors.size(); ++f) {
            const auto& e = errors[f];
            const double slope = e.variance > 0 ? -e.covariance / e.variance : 0.0;
            const double mean_codes = e.mean_x - depth * form.activation.value(0);
            setting.corrections[f] = {1, -e.mean - slope * mean_codes, slope};
        }
    }
};
static_assert(compensation<control_variate>);

} // namespace alwann::inline ALWANN_ABI
