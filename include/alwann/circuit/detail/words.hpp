// SPDX-License-Identifier: MIT
/// @file
/// Arithmetic on words of signals, for readers of texts that add and multiply.
///
/// `Gates` has gate_and, gate_or, gate_xor and gate_not; signals 0 and 1 are the constants. Words have the
/// lowest bit first.
#pragma once

#include <alwann/circuit/netlist.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

using word = std::vector<signal>;

/// a + b + carry without the carry out; both of one length.
template <class Gates>
[[nodiscard]] word add_words(Gates& gates, const word& a, const word& b, signal carry = netlist::zero) {
    word sum;
    sum.reserve(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        const signal half = gates.gate_xor(a[i], b[i]);
        sum.push_back(gates.gate_xor(half, carry));
        if (i + 1 < a.size()) { // no gates for a carry that is dropped
            carry = gates.gate_or(gates.gate_and(a[i], b[i]), gates.gate_and(half, carry));
        }
    }
    return sum;
}

template <class Gates>
[[nodiscard]] word invert_word(Gates& gates, word a) {
    for (signal& bit : a) {
        bit = gates.gate_not(bit);
    }
    return a;
}

/// a - b, both of one length.
template <class Gates>
[[nodiscard]] word subtract_words(Gates& gates, const word& a, const word& b) {
    return add_words(gates, a, invert_word(gates, b), netlist::one);
}

/// The low bits of a * b: as many as a has, which are those of b.
template <class Gates>
[[nodiscard]] word multiply_words(Gates& gates, const word& a, const word& b) {
    word product(a.size(), netlist::zero);
    for (std::size_t j = 0; j < b.size(); ++j) {
        if (b[j] == netlist::zero) {
            continue;
        }
        // Only bits j and above change.
        word high(product.begin() + static_cast<std::ptrdiff_t>(j), product.end());
        word row;
        for (std::size_t i = 0; i + j < a.size(); ++i) {
            row.push_back(gates.gate_and(a[i], b[j]));
        }
        high = add_words(gates, high, row);
        std::copy(high.begin(), high.end(), product.begin() + static_cast<std::ptrdiff_t>(j));
    }
    return product;
}

/// The bits of a word combined by one gate after the other; `start` for an empty one.
template <class Gate>
[[nodiscard]] signal fold_word(const word& a, signal start, Gate&& gate) {
    for (const signal bit : a) {
        start = gate(start, bit);
    }
    return start;
}

/// condition ? a : b
template <class Gates>
[[nodiscard]] signal choose(Gates& gates, signal condition, signal a, signal b) {
    return gates.gate_or(gates.gate_and(condition, a), gates.gate_and(gates.gate_not(condition), b));
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
