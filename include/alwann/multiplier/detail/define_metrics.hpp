// SPDX-License-Identifier: MIT
/// @file
/// The definitions of multiplier/metrics.hpp.
#pragma once

#include <alwann/multiplier/metrics.hpp>

#include <algorithm>
#include <cstdint>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE error_metrics measure_errors(const table& multiplier) {
    std::uint64_t absolute = 0, squared = 0, wrong = 0, worst = 0;
    std::int64_t signed_sum = 0;
    double relative = 0, worst_relative = 0;
    bool zero_preserving = true;
    const auto& form = multiplier.form();
    std::uint64_t nonzero = 0;
    for (std::size_t x = 0; x < operand_codes; ++x) {
        for (std::size_t w = 0; w < operand_codes; ++w) {
            const std::int64_t exact = form.exact(x, w);
            const std::int64_t error =
                multiplier.product(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(w)) - exact;
            const auto d = static_cast<std::uint64_t>(error < 0 ? -error : error);
            absolute += d;
            squared += d * d;
            wrong += d != 0 ? 1 : 0;
            worst = std::max(worst, d);
            signed_sum += error;
            if (exact != 0) {
                const double share = static_cast<double>(d) / static_cast<double>(exact < 0 ? -exact : exact);
                ++nonzero;
                relative += share;
                worst_relative = std::max(worst_relative, share);
            } else if (d != 0) {
                zero_preserving = false;
            }
        }
    }
    constexpr double pairs = operand_pairs;
    error_metrics metrics;
    metrics.mae = static_cast<double>(absolute) / pairs;
    const auto range = static_cast<double>(std::uint64_t{1} << (form.activation.bits + form.weight.bits));
    metrics.mae_percent = 100 * metrics.mae / range;
    metrics.wce = static_cast<double>(worst);
    metrics.wce_percent = 100 * metrics.wce / range;
    metrics.wcre_percent = 100 * worst_relative;
    metrics.ep_percent = 100 * static_cast<double>(wrong) / pairs;
    metrics.mre_percent = nonzero == 0 ? 0 : 100 * relative / static_cast<double>(nonzero);
    metrics.mse = static_cast<double>(squared) / pairs;
    metrics.bias = static_cast<double>(signed_sum) / pairs;
    metrics.zero_preserving = zero_preserving;
    return metrics;
}

} // namespace alwann::inline ALWANN_ABI
