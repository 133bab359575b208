// SPDX-License-Identifier: MIT
/// @file
/// Error metrics of a multiplier over all operand pairs, as EvoApproxLib defines them.
#pragma once

#include <alwann/multiplier/table.hpp>

#include <algorithm>
#include <cstdint>

namespace alwann::inline ALWANN_ABI {

/// Errors of a multiplier; d = |approximate - exact| over all 65,536 pairs of codes. Narrower operands repeat
/// in them, equally often.
///
/// Percentages of MAE and WCE are relative to 2^16, for signed multipliers as well and for narrower ones to
/// 2^(sum of their bits). Relative errors (MRE, WCRE) are taken over the pairs whose exact product is not
/// zero: 65,025 of an 8x8 multiplier.
struct error_metrics {
    double mae = 0;               ///< mean absolute error
    double mae_percent = 0;       ///< 100 * MAE / 2^16
    double wce = 0;               ///< worst-case error
    double wce_percent = 0;       ///< 100 * WCE / 2^16
    double wcre_percent = 0;      ///< worst-case relative error
    double ep_percent = 0;        ///< error probability: share of pairs with d > 0
    double mre_percent = 0;       ///< mean relative error
    double mse = 0;               ///< mean squared error
    double bias = 0;              ///< mean of approximate - exact
    bool zero_preserving = false; ///< M[x][0] = M[0][w] = 0 for all x and w
};

/// The metrics of a truth table; integer sums, so the result does not depend on the order of summation.
[[nodiscard]] inline error_metrics measure_errors(const table& multiplier) {
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
