// SPDX-License-Identifier: MIT
/// @file
/// Exhaustive simulation of netlists, 64 input patterns in a machine word.
#pragma once

#include <alwann/circuit/netlist.hpp>
#include <alwann/multiplier/table.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Most inputs that exhaustive simulation takes: 2^24 patterns.
inline constexpr std::size_t simulation_max_inputs = 24;

/// 64 values of an input: bit k belongs to pattern 64 * word + k, and input i is bit i of the pattern's
/// number.
[[nodiscard]] constexpr std::uint64_t exhaustive_word(std::size_t input, std::size_t word) noexcept {
    constexpr std::array<std::uint64_t, 6> within = {0xAAAAAAAAAAAAAAAAu, 0xCCCCCCCCCCCCCCCCu,
                                                     0xF0F0F0F0F0F0F0F0u, 0xFF00FF00FF00FF00u,
                                                     0xFFFF0000FFFF0000u, 0xFFFFFFFF00000000u};
    if (input < within.size()) {
        return within[input];
    }
    return ((word >> (input - within.size())) & 1u) != 0 ? ~std::uint64_t{0} : 0;
}

namespace detail {

/// Words simulated together: enough to vectorise, few enough that all signals of a multiplier stay in cache.
inline constexpr std::size_t block_words = 16;

/// Words that hold all patterns of a circuit; with less than six inputs the patterns repeat in the one word.
[[nodiscard]] inline std::size_t exhaustive_words(const netlist& circuit) {
    if (circuit.inputs() > simulation_max_inputs) {
        throw value_error("simulation: expected at most 24 inputs, found " +
                          std::to_string(circuit.inputs()));
    }
    return circuit.inputs() <= 6 ? 1 : std::size_t{1} << (circuit.inputs() - 6);
}

/// Simulates all patterns; calls visit(first word, words, values) with value words [signal][block_words].
template <class Visit>
void simulate_blocks(const netlist& circuit, Visit&& visit) {
    using block = std::array<std::uint64_t, block_words>;
    const std::size_t total = exhaustive_words(circuit);
    std::vector<block> values(circuit.signals());
    values[netlist::one].fill(~std::uint64_t{0});
    for (std::size_t first = 0; first < total; first += block_words) {
        const std::size_t count = std::min(block_words, total - first);
        for (std::size_t i = 0; i < circuit.inputs(); ++i) {
            for (std::size_t k = 0; k < count; ++k) {
                values[netlist::input(i)][k] = exhaustive_word(i, first + k);
            }
        }
        signal next = circuit.gate_output(0);
        for (const gate& g : circuit.gates()) {
            const block& a = values[g.a];
            const block& b = values[g.b];
            block& out = values[next++];
            switch (g.kind) {
            case gate_kind::and_gate:
                for (std::size_t k = 0; k < block_words; ++k) {
                    out[k] = a[k] & b[k];
                }
                break;
            case gate_kind::or_gate:
                for (std::size_t k = 0; k < block_words; ++k) {
                    out[k] = a[k] | b[k];
                }
                break;
            case gate_kind::xor_gate:
                for (std::size_t k = 0; k < block_words; ++k) {
                    out[k] = a[k] ^ b[k];
                }
                break;
            case gate_kind::not_gate:
                for (std::size_t k = 0; k < block_words; ++k) {
                    out[k] = ~a[k];
                }
                break;
            }
        }
        visit(first, count, std::span<const block>(values));
    }
}

/// The outputs of all patterns as numbers, output 0 the lowest bit, index as in exhaustive_word.
template <class Word>
[[nodiscard]] std::vector<Word> exhaustive_numbers(const netlist& circuit) {
    if (circuit.outputs().size() > 8 * sizeof(Word)) {
        throw value_error("simulation: expected at most " + std::to_string(8 * sizeof(Word)) +
                          " outputs, found " + std::to_string(circuit.outputs().size()));
    }
    std::vector<Word> numbers(64 * exhaustive_words(circuit), 0);
    simulate_blocks(circuit, [&](std::size_t first, std::size_t count, const auto& values) {
        for (std::size_t bit = 0; bit < circuit.outputs().size(); ++bit) {
            const auto& words = values[circuit.outputs()[bit]];
            for (std::size_t k = 0; k < count; ++k) {
                Word* target = numbers.data() + 64 * (first + k);
                for (std::size_t pattern = 0; pattern < 64; ++pattern) {
                    target[pattern] =
                        static_cast<Word>(target[pattern] | (Word((words[k] >> pattern) & 1u) << bit));
                }
            }
        }
    });
    numbers.resize(std::size_t{1} << circuit.inputs());
    return numbers;
}

} // namespace detail

/// The outputs for all 2^inputs patterns, output 0 the lowest bit; input i is bit i of the index.
///
/// Throws value_error for more than 24 inputs or 64 outputs.
[[nodiscard]] ALWANN_SEPARABLE std::vector<std::uint64_t> exhaustive_outputs(const netlist& circuit);

/// The truth table of an 8x8 multiplier circuit. Throws value_error unless it has 16 inputs and at most 16
/// outputs.
[[nodiscard]] ALWANN_SEPARABLE table simulate(const netlist& circuit, std::string name);

/// The share of input patterns for which each signal is 1, exact, index signal. Throws value_error for more
/// than 24 inputs.
[[nodiscard]] ALWANN_SEPARABLE std::vector<double> signal_probabilities(const netlist& circuit);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_simulate.hpp>
#endif
