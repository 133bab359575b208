// SPDX-License-Identifier: MIT
/// @file
/// Reads multipliers given as C models, the form of EvoApproxLib.
///
/// Comment lines may state figures (`// PDK45_PWR = 0.302 mW`). Then comes one function of two integers:
/// declarations, with initialisers or of arrays, and assignments, ended by a return. Expressions have the
/// meaning that C gives them, with & | ^ ~ << >> + - * ! == != && || ?: and casts; amounts of shifts and
/// indices are constants. There are no branches, loops or calls.
#pragma once

#include <alwann/circuit/multiplier_circuit.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// Reads a C model from a text; `file` names it in messages.
///
/// The first argument is the activation unless `reading` names it. Widths and signedness are those of a name
/// like mul8x3u_0T6 or mul8s_1KV8; without such a name operands have eight bits, signed if both are int8_t.
/// Throws format_error with file:line:column.
[[nodiscard]] ALWANN_SEPARABLE multiplier_circuit parse_evoapprox_c(std::string_view text,
                                                                    const std::string& file,
                                                                    const circuit_reading& reading = {});

/// Reads a C model from a file of at most circuit_max_bytes. Throws io_error, or format_error as above.
[[nodiscard]] ALWANN_SEPARABLE multiplier_circuit read_evoapprox_c(const std::filesystem::path& path,
                                                                   const circuit_reading& reading = {});

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_evoapprox_c.hpp>
#endif
