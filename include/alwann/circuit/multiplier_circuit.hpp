// SPDX-License-Identifier: MIT
/// @file
/// Multiplier circuits as files describe them: netlist, operands, and what the file claims.
#pragma once

#include <alwann/circuit/published.hpp>
#include <alwann/circuit/simulate.hpp>
#include <alwann/multiplier/operand_form.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Widest operand that the table of all products has room for.
inline constexpr std::size_t operand_max_bits = 8;

/// A multiplier of two operands of one to eight bits.
struct multiplier_circuit {
    std::string name;                ///< of the function, module or model in the file
    netlist circuit;                 ///< inputs: the activation's bits, then the weight's, lowest first
    std::size_t activation_bits = 8; ///< of the first operand
    std::size_t weight_bits = 8;     ///< of the second one
    bool is_signed = false;          ///< operands and product are in two's complement
    published_figures published;     ///< what the file states

    /// What the operands' codes stand for.
    [[nodiscard]] multiplier_form form() const noexcept {
        const operand_coding coding =
            is_signed ? operand_coding::twos_complement : operand_coding::unsigned_code;
        return {{static_cast<std::uint8_t>(activation_bits), coding},
                {static_cast<std::uint8_t>(weight_bits), coding}};
    }
};

/// How to read a circuit file, where the file does not tell or should not be believed.
struct circuit_reading {
    /// Name of the argument or port that is the activation; empty: the first one.
    ///
    /// Argument lists differ: most C models of EvoApproxLib are declared (B, A), their Verilog (A, B).
    std::string activation{};
    /// Widths of the operands; 0: what the file says.
    std::size_t activation_bits = 0;
    std::size_t weight_bits = 0; ///< width of the weight
    /// Whether the operands are in two's complement; empty: what the file says.
    std::optional<bool> is_signed{};
};

/// What names such as mul8u_2AC, mul7s_01 and mul8x3u_0T6 tell: widths in the order of the arguments.
struct multiplier_name {
    std::size_t first_bits = 8;  ///< width of the first operand
    std::size_t second_bits = 8; ///< width of the second operand
    bool is_signed = false;      ///< whether the operands are two's complement

    friend bool operator==(const multiplier_name&, const multiplier_name&) = default;
};

/// Takes a name apart; nothing if it is not of that form.
[[nodiscard]] inline std::optional<multiplier_name> parse_multiplier_name(std::string_view name) {
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

/// All 65,536 products, index 256 * x + w.
///
/// The table's form says what the codes stand for: of an operand narrower than eight bits only the low bits
/// count, signed operands are two's complement codes, and so are the 16 bits of signed products. Throws
/// value_error unless the netlist has an input for each operand bit and 1 to 16 outputs.
[[nodiscard]] inline table truth_table(const multiplier_circuit& multiplier) {
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

/// The errors of a circuit, those of its table.
[[nodiscard]] inline error_metrics measure_errors(const multiplier_circuit& multiplier) {
    return measure_errors(truth_table(multiplier));
}

/// Compares what a file states with what its circuit does. One line for each disagreement, with both figures.
///
/// A figure agrees if it rounds to the printed digits. Lines that could not be understood are listed too.
[[nodiscard]] inline std::vector<std::string> check_published(const multiplier_circuit& multiplier,
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
/// What of the figures printed in a multiplier's file differs from its own, in words; empty if nothing.
[[nodiscard]] inline std::vector<std::string> check_published(const multiplier_circuit& multiplier) {
    return check_published(multiplier, measure_errors(multiplier));
}

} // namespace alwann::inline ALWANN_ABI
