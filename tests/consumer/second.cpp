// SPDX-License-Identifier: MIT
// Another unit of the program with component `separate`.
#include <alwann/circuit/circuit_text.hpp>
#include <alwann/circuit/families.hpp>

#include <string>

#ifndef ALWANN_SEPARATE
#error "the component does not define ALWANN_SEPARATE"
#endif

std::string truncated_in_verilog() {
    return alwann::to_verilog({.name = "truncated", .circuit = alwann::circuits::truncation(2, 2)});
}
