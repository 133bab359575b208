// SPDX-License-Identifier: MIT
/// @file
/// The errors an evolved multiplier may have.
#pragma once

#include <alwann/circuit/operand_weights.hpp>
#include <alwann/multiplier/metrics.hpp>

#include <cmath>
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
inline void check(const error_limits& limits, const std::optional<operand_weights>& operands = {}) {
    struct named {
        const char* name;
        const std::optional<double>& value;
    };
    for (const named& limit :
         {named{"mae_percent", limits.mae_percent}, named{"wce_percent", limits.wce_percent},
          named{"mre_percent", limits.mre_percent}, named{"bias", limits.bias},
          named{"weighted_percent", limits.weighted_percent}}) {
        if (limit.value && (!(*limit.value >= 0) || !std::isfinite(*limit.value))) {
            throw value_error(std::string("error limits: ") + limit.name + " is " +
                              std::to_string(*limit.value) + ", expected a number from 0 on");
        }
    }
    if (!limits.mae_percent && !limits.wce_percent && !limits.mre_percent && !limits.weighted_percent) {
        throw value_error("error limits: expected at least one of mae_percent, wce_percent, mre_percent and "
                          "weighted_percent");
    }
    if (limits.weighted_percent.has_value() != operands.has_value()) {
        throw value_error(operands ? "error limits: operand weights are given, but no weighted_percent"
                                   : "error limits: weighted_percent needs operand weights");
    }
    if (operands) {
        check(*operands);
    }
}

/// What of the limits a multiplier violates, in words with both figures; empty if nothing. The weighted error
/// counts only if there is a limit on it; then it has to be given.
[[nodiscard]] inline std::string violations(const error_limits& limits, const error_metrics& errors,
                                            double weighted_percent = 0) {
    std::string list;
    const auto compare = [&](const char* name, const std::optional<double>& limit, double value) {
        if (limit && !(value <= *limit)) {
            list += (list.empty() ? "" : "; ") + std::string(name) + " is " + std::to_string(value) +
                    ", at most " + std::to_string(*limit) + " allowed";
        }
    };
    compare("mae_percent", limits.mae_percent, errors.mae_percent);
    compare("wce_percent", limits.wce_percent, errors.wce_percent);
    compare("mre_percent", limits.mre_percent, errors.mre_percent);
    compare("bias", limits.bias, std::abs(errors.bias));
    compare("weighted_percent", limits.weighted_percent, weighted_percent);
    if (limits.zero_preserving && !errors.zero_preserving) {
        list += (list.empty() ? "" : "; ") + std::string("products with zero are not all zero");
    }
    return list;
}

} // namespace alwann::inline ALWANN_ABI
