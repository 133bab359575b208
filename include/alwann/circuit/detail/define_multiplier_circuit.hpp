// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/multiplier_circuit.hpp.
#pragma once

#include <alwann/circuit/multiplier_circuit.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE std::optional<multiplier_name> parse_multiplier_name(std::string_view name) {
    if (!name.starts_with("mul")) {
        return std::nullopt;
    }
    name.remove_prefix(3);
    const auto number = [&]() -> std::size_t {
        std::size_t value = 0;
        for (int digits = 0; digits < 4 && !name.empty() && name[0] >= '0' && name[0] <= '9'; ++digits) {
            value = 10 * value + static_cast<std::size_t>(name[0] - '0');
            name.remove_prefix(1);
        }
        return value;
    };
    multiplier_name parts;
    parts.first_bits = parts.second_bits = number();
    if (name.starts_with('x')) {
        name.remove_prefix(1);
        parts.second_bits = number();
    }
    if (parts.first_bits == 0 || parts.second_bits == 0) {
        return std::nullopt;
    }
    if (name.starts_with('u') || name.starts_with('s')) {
        parts.is_signed = name.front() == 's';
        name.remove_prefix(1);
    }
    return name.empty() || name.front() == '_' ? std::optional(parts) : std::nullopt;
}

ALWANN_SEPARABLE table truth_table(const multiplier_circuit& multiplier) {
    const std::size_t x_bits = multiplier.activation_bits, w_bits = multiplier.weight_bits;
    const std::size_t outputs = multiplier.circuit.outputs().size();
    if (x_bits < 1 || x_bits > operand_max_bits || w_bits < 1 || w_bits > operand_max_bits ||
        multiplier.circuit.inputs() != x_bits + w_bits || outputs < 1 || outputs > 16) {
        throw value_error("circuit '" + multiplier.name + "': expected operands of 1 to 8 bits, " +
                          std::to_string(x_bits + w_bits) + " inputs and 1 to 16 outputs, found " +
                          std::to_string(multiplier.circuit.inputs()) + " and " + std::to_string(outputs));
    }
    const auto by_pattern = detail::exhaustive_numbers<std::uint16_t>(multiplier.circuit);
    std::vector<std::uint16_t> products(operand_pairs);
    for (std::size_t x = 0; x < operand_codes; ++x) {
        for (std::size_t w = 0; w < operand_codes; ++w) {
            const std::size_t x_code = x & ((std::size_t{1} << x_bits) - 1);
            const std::size_t w_code = w & ((std::size_t{1} << w_bits) - 1);
            const std::uint16_t product = by_pattern[(w_code << x_bits) | x_code];
            const bool negative = multiplier.is_signed && ((product >> (outputs - 1)) & 1u) != 0;
            products[operand_codes * x + w] =
                static_cast<std::uint16_t>(product | (negative ? 0xFFFFu << outputs : 0));
        }
    }
    return table(multiplier.name, products, multiplier.form());
}

ALWANN_SEPARABLE error_metrics measure_errors(const multiplier_circuit& multiplier) {
    return measure_errors(truth_table(multiplier));
}

ALWANN_SEPARABLE std::vector<std::string> check_published(const multiplier_circuit& multiplier,
                                                          const error_metrics& measured) {
    std::vector<std::string> warnings;
    for (const std::string& problem : multiplier.published.problems) {
        warnings.push_back(multiplier.name + ": " + problem);
    }
    for (const published_metric& stated : multiplier.published.metrics) {
        const double value = measured.*stated.metric.value;
        if (!stated.figure.agrees_with(value)) {
            std::array<char, 32> digits{};
            const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                           std::chars_format::general, 8)
                                 .ptr;
            warnings.push_back(multiplier.name + ": line " + std::to_string(stated.line) + ": " +
                               std::string(stated.metric.name) + " is stated as " + stated.figure.text +
                               ", measured as " + std::string(digits.data(), end));
        }
    }
    return warnings;
}

ALWANN_SEPARABLE std::vector<std::string> check_published(const multiplier_circuit& multiplier) {
    return check_published(multiplier, measure_errors(multiplier));
}

} // namespace alwann::inline ALWANN_ABI
