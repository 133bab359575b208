// SPDX-License-Identifier: MIT
/// @file
/// The errors an evolved multiplier may have.
#pragma once

#include <alwann/circuit/operand_weights.hpp>
#include <alwann/multiplier/metrics.hpp>

#include <optional>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// The errors an evolved multiplier may have at most, in the terms of error_metrics; all of those that are
/// set hold.
struct error_limits {
    std::optional<double> mae_percent = {};      ///< mean absolute error, percent of 2^16
    std::optional<double> wce_percent = {};      ///< worst-case error, percent of 2^16
    std::optional<double> mre_percent = {};      ///< mean relative error in percent, over products not zero
    std::optional<double> bias = {};             ///< absolute value of the mean signed error
    std::optional<double> weighted_percent = {}; ///< weighted_error_percent(), for given operand weights
    bool zero_preserving = false;                ///< products with zero are zero

    friend bool operator==(const error_limits&, const error_limits&) = default;
};

/// Throws value_error if a limit is not a number from 0 on, if no limit bounds the size of errors (bias and
/// zero preservation do not: they let the circuit vanish), or if a weighted limit and operand weights do not
/// come together.
ALWANN_SEPARABLE void check(const error_limits& limits, const std::optional<operand_weights>& operands = {});

/// What of the limits a multiplier violates, in words with both figures; empty if nothing. The weighted error
/// counts only if there is a limit on it; then it has to be given.
[[nodiscard]] ALWANN_SEPARABLE std::string violations(const error_limits& limits, const error_metrics& errors,
                                                      double weighted_percent = 0);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_evolve_limits.hpp>
#endif
