// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/simulate.hpp.
#pragma once

#include <alwann/circuit/simulate.hpp>

#include <bit>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE std::vector<std::uint64_t> exhaustive_outputs(const netlist& circuit) {
    return detail::exhaustive_numbers<std::uint64_t>(circuit);
}

ALWANN_SEPARABLE table simulate(const netlist& circuit, std::string name) {
    if (circuit.inputs() != 16 || circuit.outputs().size() > 16) {
        throw value_error("circuit '" + name + "': expected 16 inputs and at most 16 outputs, found " +
                          std::to_string(circuit.inputs()) + " and " +
                          std::to_string(circuit.outputs().size()));
    }
    // Patterns count the first eight inputs (x) fastest, tables the last (w).
    const std::vector<std::uint16_t> by_pattern = detail::exhaustive_numbers<std::uint16_t>(circuit);
    std::vector<std::uint16_t> products(operand_pairs);
    for (std::size_t w = 0; w < operand_codes; ++w) {
        for (std::size_t x = 0; x < operand_codes; ++x) {
            products[operand_codes * x + w] = by_pattern[operand_codes * w + x];
        }
    }
    return table(std::move(name), products);
}

ALWANN_SEPARABLE std::vector<double> signal_probabilities(const netlist& circuit) {
    std::vector<std::uint64_t> ones(circuit.signals(), 0);
    detail::simulate_blocks(circuit, [&](std::size_t, std::size_t count, const auto& values) {
        for (std::size_t s = 0; s < ones.size(); ++s) {
            for (std::size_t k = 0; k < count; ++k) {
                ones[s] += static_cast<std::uint64_t>(std::popcount(values[s][k]));
            }
        }
    });
    const auto patterns = static_cast<double>(64 * detail::exhaustive_words(circuit));
    std::vector<double> probabilities(ones.size());
    for (std::size_t s = 0; s < ones.size(); ++s) {
        probabilities[s] = static_cast<double>(ones[s]) / patterns;
    }
    return probabilities;
}

} // namespace alwann::inline ALWANN_ABI
