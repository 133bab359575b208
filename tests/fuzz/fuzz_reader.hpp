// SPDX-License-Identifier: MIT
// What the fuzz targets of circuit readers have in common.
#pragma once

#include <alwann/circuit/multiplier_circuit.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Reads a text. What is accepted has to be a multiplier that writes and reads back as itself.
template <class Parse, class Write>
int fuzz_circuit_reader(const std::uint8_t* data, std::size_t size, Parse&& parse, Write&& write) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const alwann::multiplier_circuit circuit = parse(text);
        if (circuit.circuit.gates().size() > 2000) { // simulation would take the time that searching needs
            return 0;
        }
        const alwann::table products = truth_table(circuit);
        (void)check_published(circuit, measure_errors(products));
        if (!(truth_table(parse(write(circuit))) == products)) {
            std::abort();
        }
    } catch (const alwann::format_error&) { // the only way to refuse a text
    }
    return 0;
}
