// SPDX-License-Identifier: MIT
#include <alwann/circuit/circuit_text.hpp>
#include <alwann/circuit/verilog.hpp>

#include "fuzz_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz_circuit_reader(
        data, size, [](std::string_view text) { return alwann::parse_verilog(text, "input"); },
        [](const alwann::multiplier_circuit& circuit) { return alwann::to_verilog(circuit); });
}
