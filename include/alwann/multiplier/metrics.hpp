// SPDX-License-Identifier: MIT
/// @file
/// Error metrics of a multiplier over all operand pairs, as EvoApproxLib defines them.
#pragma once

#include <alwann/multiplier/table.hpp>

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

/// The metrics of a truth table. All sums but that of relative errors are of integers.
[[nodiscard]] ALWANN_SEPARABLE error_metrics measure_errors(const table& multiplier);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/multiplier/detail/define_metrics.hpp>
#endif
