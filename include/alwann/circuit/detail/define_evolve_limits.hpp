// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/evolve_limits.hpp.
#pragma once

#include <alwann/circuit/evolve_limits.hpp>

#include <cmath>
#include <optional>
#include <string>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE void check(const error_limits& limits, const std::optional<operand_weights>& operands) {
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

ALWANN_SEPARABLE std::string violations(const error_limits& limits, const error_metrics& errors,
                                        double weighted_percent) {
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
