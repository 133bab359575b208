// SPDX-License-Identifier: MIT
/// @file
/// Gates for small truth tables.
#pragma once

#include <alwann/circuit/detail/words.hpp>
#include <alwann/circuit/simulate.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Most inputs of a truth table that is one word, pattern p in bit p.
inline constexpr std::size_t word_table_inputs = 6;

/// The word in which each pattern is set.
[[nodiscard]] inline std::uint64_t all_patterns(std::size_t inputs) noexcept {
    return inputs == 6 ? ~std::uint64_t{0} : (std::uint64_t{1} << (std::size_t{1} << inputs)) - 1;
}
/// The patterns in a cube of the characters 0, 1 and -, one for each input.
[[nodiscard]] inline std::uint64_t patterns_of(std::string_view cube) noexcept {
    std::uint64_t patterns = all_patterns(cube.size());
    for (std::size_t i = 0; i < cube.size(); ++i) {
        const std::uint64_t ones = exhaustive_word(i, 0);
        patterns &= cube[i] == '1' ? ones : cube[i] == '0' ? ~ones : ~std::uint64_t{0};
    }
    return patterns;
}

/// The table without an input that does not matter.
[[nodiscard]] inline std::uint64_t without_input(std::uint64_t patterns, std::size_t input,
                                                 std::size_t inputs) noexcept {
    std::uint64_t kept = 0;
    for (std::size_t p = 0; p < (std::size_t{1} << (inputs - 1)); ++p) {
        const std::size_t low = p & ((std::size_t{1} << input) - 1);
        kept |= ((patterns >> (((p - low) << 1) | low)) & 1u) << p;
    }
    return kept;
}

/// Gates for a truth table, input i as in exhaustive_word. XORs stay XORs: a cover has no other way to
/// say one, and of ANDs and ORs it would have another price.
template <class Gates>
[[nodiscard]] signal table_gate(Gates& gates, word in, std::uint64_t patterns) {
    // Inputs that do not matter.
    for (std::size_t i = in.size(); i-- > 0;) {
        const std::uint64_t ones = exhaustive_word(i, 0);
        const std::size_t step = std::size_t{1} << i;
        if ((patterns & ones) >> step == (patterns & ~ones)) {
            patterns = without_input(patterns, i, in.size());
            in.erase(in.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    if (in.empty()) {
        return (patterns & 1u) != 0 ? netlist::one : netlist::zero;
    }
    const std::uint64_t all = all_patterns(in.size());
    std::uint64_t parity = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
        parity ^= exhaustive_word(i, 0);
    }
    parity &= all;
    if (patterns == parity || patterns == (~parity & all)) {
        const signal result =
            fold_word(in, netlist::zero, [&](signal a, signal b) { return gates.gate_xor(a, b); });
        return patterns == parity ? result : gates.gate_not(result);
    }
    // Of the two values of the last input: Shannon's expansion, with the forms that need fewer gates.
    const std::size_t last = in.size() - 1;
    const signal x = in[last];
    const word others(in.begin(), in.end() - 1);
    const std::uint64_t half = all_patterns(last);
    const std::uint64_t low = patterns & half, high = (patterns >> (std::size_t{1} << last)) & half;
    if (low == 0) {
        return gates.gate_and(x, table_gate(gates, others, high));
    }
    if (high == 0) {
        return gates.gate_and(gates.gate_not(x), table_gate(gates, others, low));
    }
    if (high == half) {
        return gates.gate_or(x, table_gate(gates, others, low));
    }
    if (low == half) {
        return gates.gate_or(gates.gate_not(x), table_gate(gates, others, high));
    }
    const signal with_one = table_gate(gates, others, high);
    if (low == (~high & half)) {
        return gates.gate_not(gates.gate_xor(x, with_one));
    }
    const signal with_zero = table_gate(gates, others, low);
    if ((low & ~high) == 0) {
        return gates.gate_or(with_zero, gates.gate_and(x, with_one));
    }
    if ((high & ~low) == 0) {
        return gates.gate_or(with_one, gates.gate_and(gates.gate_not(x), with_zero));
    }
    return choose(gates, x, with_one, with_zero);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
