// SPDX-License-Identifier: MIT
/// @file
/// How often a network uses each operand code, and errors weighted by it.
#pragma once

#include <alwann/multiplier/table.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// How often a network uses each operand code, in any unit: counts, shares. Makes errors weighted ones.
struct operand_weights {
    std::array<double, operand_codes> activations{}; ///< of each activation code x
    std::array<double, operand_codes> weights{};     ///< of each weight code w

    friend bool operator==(const operand_weights&, const operand_weights&) = default;
};

/// Throws value_error unless all figures are finite and not negative, and some of either operand positive.
ALWANN_SEPARABLE void check(const operand_weights& operands);

/// The mean absolute error in percent of the products' range as `mae_percent`, but with every pair of
/// operands counted as often as it occurs: activations and weights are taken as independent. Operands of the
/// table's form: the figures of a signed one are by code, too. Throws value_error as check() does.
[[nodiscard]] ALWANN_SEPARABLE double weighted_error_percent(const table& multiplier,
                                                             const operand_weights& operands);

/// Largest text of operand weights in bytes.
inline constexpr std::size_t operand_weights_max_bytes = std::size_t{1} << 20;

/// Reads operand weights from a text of 512 numbers: of the activation codes 0 to 255, then of the weight
/// codes.
///
/// Blanks, line ends, commas and semicolons separate, # begins a comment. `file` names the text in messages.
/// Throws format_error with file:line:column, and value_error as check() does.
[[nodiscard]] ALWANN_SEPARABLE operand_weights parse_operand_weights(std::string_view text,
                                                                     const std::string& file);

/// Reads operand weights from a file. Throws io_error, or what parse_operand_weights() throws.
[[nodiscard]] ALWANN_SEPARABLE operand_weights read_operand_weights(const std::filesystem::path& path);

/// Writes operand weights as parse_operand_weights() reads them, in rows of 16 codes. Throws io_error.
ALWANN_SEPARABLE void write_operand_weights(const operand_weights& operands,
                                            const std::filesystem::path& path);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_operand_weights.hpp>
#endif
