// SPDX-License-Identifier: MIT
/// @file
/// Reads multipliers in the Berkeley Logic Interchange Format, combinational part.
///
/// One .model with .inputs, .outputs, .names (covers of cubes) and .gate (cells as in Verilog). Input bits
/// are named like the bits of two words (a[0], b[3], or a0, b_3_), or there are 16: the activation's, then
/// the weight's.
#pragma once

#include <alwann/circuit/multiplier_circuit.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// Reads BLIF from a text; `file` names it in messages.
///
/// The operand whose bits come first is the activation unless `reading` names the other. Signed are models
/// named like mul8s_1KV8. Throws format_error with file:line:column.
[[nodiscard]] ALWANN_SEPARABLE multiplier_circuit parse_blif(std::string_view text, const std::string& file,
                                                             const circuit_reading& reading = {});

/// Reads BLIF from a file of at most circuit_max_bytes. Throws io_error, or format_error as above.
[[nodiscard]] ALWANN_SEPARABLE multiplier_circuit read_blif(const std::filesystem::path& path,
                                                            const circuit_reading& reading = {});

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_blif.hpp>
#endif
