// SPDX-License-Identifier: MIT
/// @file
/// The errors an evolved multiplier may have.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/multiplier/metrics.hpp>
#include <alwann/multiplier/table.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// How often a network uses each operand code, in any unit: counts, shares. Makes errors weighted ones.
struct operand_weights {
    std::array<double, operand_codes> activations{}; ///< of each activation code x
    std::array<double, operand_codes> weights{};     ///< of each weight code w

    friend bool operator==(const operand_weights&, const operand_weights&) = default;
};

/// Throws value_error unless all figures are finite and not negative, and some of either operand positive.
inline void check(const operand_weights& operands) {
    const auto check_list = [](const char* name, const std::array<double, operand_codes>& list) {
        double sum = 0;
        for (std::size_t code = 0; code < list.size(); ++code) {
            if (!(list[code] >= 0) || !std::isfinite(list[code])) {
                throw value_error(std::string("operand weights: ") + name + "[" + std::to_string(code) +
                                  "] is not a number from 0 on");
            }
            sum += list[code];
        }
        if (!(sum > 0) || !std::isfinite(sum)) {
            throw value_error(std::string("operand weights: the ") + name + " add up to " +
                              (sum > 0 ? "infinity" : "zero"));
        }
    };
    check_list("activations", operands.activations);
    check_list("weights", operands.weights);
}

/// The mean absolute error in percent of 2^16 as `mae_percent`, but with every pair of operands counted as
/// often as it occurs: activations and weights are taken as independent. Throws value_error as check() does.
[[nodiscard]] inline double weighted_error_percent(const table& multiplier, const operand_weights& operands) {
    check(operands);
    const auto sum_of = [](const auto& list) { return std::accumulate(list.begin(), list.end(), 0.0); };
    const double activation_sum = sum_of(operands.activations), weight_sum = sum_of(operands.weights);
    const auto products = multiplier.products();
    double error = 0;
    for (std::size_t x = 0; x < operand_codes; ++x) {
        double of_activation = 0;
        for (std::size_t w = 0; w < operand_codes; ++w) {
            const auto exact = static_cast<double>(x * w);
            of_activation += operands.weights[w] / weight_sum *
                             std::abs(static_cast<double>(products[operand_codes * x + w]) - exact);
        }
        error += operands.activations[x] / activation_sum * of_activation;
    }
    return 100 * error / operand_pairs;
}

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
