// SPDX-License-Identifier: MIT
/// @file
/// Writes multiplier circuits as C models, Verilog and BLIF, which the readers here and other tools read.
///
/// All forms begin with comment lines that state the measured errors and, where it is published, the cost.
#pragma once

#include <alwann/circuit/multiplier_circuit.hpp>

#include <string>

namespace alwann::inline ALWANN_ABI {

/// How gates are written in Verilog.
enum class verilog_style {
    expressions, ///< assign n18 = n2 & n3;
    cells,       ///< AND2X1 U18 ( .A(n2), .B(n3), .Y(n18) );
};

namespace detail {

/// The name that a circuit has in texts.
[[nodiscard]] ALWANN_SEPARABLE std::string circuit_name(const multiplier_circuit& multiplier);

} // namespace detail

/// The circuit as a C model: one function of the activation A and the weight B.
[[nodiscard]] ALWANN_SEPARABLE std::string to_evoapprox_c(const multiplier_circuit& multiplier);

/// The circuit as a Verilog module with the inputs A (the activation) and B and the output O.
[[nodiscard]] ALWANN_SEPARABLE std::string to_verilog(const multiplier_circuit& multiplier,
                                                      verilog_style style = verilog_style::expressions);

/// The circuit as a BLIF model with the inputs A[0], A[1], ... (the activation), B[0], ... and outputs O[0],
/// ...
[[nodiscard]] ALWANN_SEPARABLE std::string to_blif(const multiplier_circuit& multiplier);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_circuit_text.hpp>
#endif
