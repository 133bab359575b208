// SPDX-License-Identifier: MIT
/// @file
/// Multiplier circuits as files describe them: netlist, operands, and what the file claims.
#pragma once

#include <alwann/circuit/published.hpp>
#include <alwann/circuit/simulate.hpp>
#include <alwann/multiplier/operand_form.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Widest operand that the table of all products has room for.
inline constexpr std::size_t operand_max_bits = 8;

/// Largest circuit file in bytes.
inline constexpr std::size_t circuit_max_bytes = std::size_t{16} << 20;

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
[[nodiscard]] ALWANN_SEPARABLE std::optional<multiplier_name> parse_multiplier_name(std::string_view name);

/// All 65,536 products, index 256 * x + w.
///
/// The table's form says what the codes stand for: of an operand narrower than eight bits only the low bits
/// count, signed operands are two's complement codes, and so are the 16 bits of signed products. Throws
/// value_error unless the netlist has an input for each operand bit and 1 to 16 outputs.
[[nodiscard]] ALWANN_SEPARABLE table truth_table(const multiplier_circuit& multiplier);

/// The errors of a circuit, those of its table.
[[nodiscard]] ALWANN_SEPARABLE error_metrics measure_errors(const multiplier_circuit& multiplier);

/// Compares what a file states with what its circuit does. One line for each disagreement, with both figures.
///
/// A figure agrees if it rounds to the printed digits. Lines that could not be understood are listed too.
[[nodiscard]] ALWANN_SEPARABLE std::vector<std::string> check_published(const multiplier_circuit& multiplier,
                                                                        const error_metrics& measured);
/// What of the figures printed in a multiplier's file differs from its own, in words; empty if nothing.
[[nodiscard]] ALWANN_SEPARABLE std::vector<std::string> check_published(const multiplier_circuit& multiplier);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_multiplier_circuit.hpp>
#endif
