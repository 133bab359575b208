// SPDX-License-Identifier: MIT
/// @file
/// Reads multipliers given as structural Verilog.
///
/// A module with two inputs and an output, in the old or the ANSI style. In it: wires and vectors; assign
/// with & | ^ ~ and the other operators of combinational logic, + - *, shifts by constants, selects,
/// concatenation; the gates and, or, xor, nand, nor, xnor, not, buf; cells by name such as AND2X1 or FAX1
/// (detail/cells.hpp lists them), pins by name or position; instances of other modules of the file. There are
/// no always blocks, registers, parameters or generate loops.
#pragma once

#include <alwann/circuit/multiplier_circuit.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// Reads structural Verilog from a text; `file` names it in messages.
///
/// The module is the one that no other instantiates, cells without use aside. Its first input is the
/// activation unless `reading` names it. Signed are modules named like mul8s_1KV8 and those whose inputs are
/// declared signed. Throws format_error with file:line:column.
[[nodiscard]] ALWANN_SEPARABLE multiplier_circuit parse_verilog(std::string_view text,
                                                                const std::string& file,
                                                                const circuit_reading& reading = {});

/// Reads structural Verilog from a file of at most circuit_max_bytes. Throws io_error, or format_error as
/// above.
[[nodiscard]] ALWANN_SEPARABLE multiplier_circuit read_verilog(const std::filesystem::path& path,
                                                               const circuit_reading& reading = {});

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_verilog.hpp>
#endif
