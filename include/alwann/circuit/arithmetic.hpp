// SPDX-License-Identifier: MIT
/// @file
/// Adders, column compression and exact multipliers as netlists.
#pragma once

#include <alwann/circuit/netlist.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Circuit generators.
namespace circuits {

/// A one-bit sum and its carry.
struct sum_and_carry {
    signal sum;   ///< has the weight of the inputs
    signal carry; ///< has twice the weight
};

/// a + b
inline sum_and_carry half_adder(netlist_builder& builder, signal a, signal b) {
    return {builder.gate_xor(a, b), builder.gate_and(a, b)};
}

/// a + b + c; c should be the signal that arrives last, its way to the carry is the shorter one.
inline sum_and_carry full_adder(netlist_builder& builder, signal a, signal b, signal c) {
    // One gate a statement: compilers differ in the order in which they evaluate arguments.
    const signal half = builder.gate_xor(a, b);
    const signal sum = builder.gate_xor(half, c);
    const signal late = builder.gate_and(half, c);
    const signal early = builder.gate_and(a, b);
    return {sum, builder.gate_or(early, late)};
}

/// The sum of two numbers, lowest bit first, one bit longer than the longer one.
inline std::vector<signal> ripple_adder(netlist_builder& builder, const std::vector<signal>& a,
                                        const std::vector<signal>& b) {
    const auto bit = [](const std::vector<signal>& number, std::size_t i) {
        return i < number.size() ? number[i] : netlist::zero;
    };
    std::vector<signal> sum;
    signal carry = netlist::zero;
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        const sum_and_carry place = full_adder(builder, bit(a, i), bit(b, i), carry);
        sum.push_back(place.sum);
        carry = place.carry;
    }
    sum.push_back(carry);
    return sum;
}

/// Bits to be added up: columns[c] holds the bits of weight 2^c.
using bit_columns = std::vector<std::vector<signal>>;

/// Adds up columns of bits: Dadda's reduction (1965) to two rows, then a ripple adder.
///
/// Returns as many sum bits as there are columns; a carry out of the last column is dropped.
inline std::vector<signal> add_columns(netlist_builder& builder, bit_columns columns) {
    std::size_t tallest = 0;
    for (auto& column : columns) {
        std::erase(column, netlist::zero);
        tallest = std::max(tallest, column.size());
    }
    std::vector<std::size_t> heights{2}; // 2, 3, 4, 6, 9, 13, ...: each stage can halve and a half
    while (heights.back() < tallest) {
        heights.push_back(heights.back() * 3 / 2);
    }
    const auto take = [](std::vector<signal>& column) {
        const signal first = column.front();
        column.erase(column.begin());
        return first;
    };
    for (; !heights.empty(); heights.pop_back()) {
        for (std::size_t c = 0; c < columns.size(); ++c) {
            auto& column = columns[c];
            while (column.size() > heights.back()) {
                const bool one_too_many = column.size() == heights.back() + 1;
                const signal a = take(column);
                const signal b = take(column);
                const sum_and_carry place =
                    one_too_many ? half_adder(builder, a, b) : full_adder(builder, a, b, take(column));
                column.push_back(place.sum);
                if (c + 1 < columns.size()) {
                    columns[c + 1].push_back(place.carry);
                }
            }
        }
    }
    std::vector<signal> sum;
    signal carry = netlist::zero;
    for (const auto& column : columns) {
        const signal a = !column.empty() ? column[0] : netlist::zero;
        const signal b = column.size() > 1 ? column[1] : netlist::zero;
        const sum_and_carry place = full_adder(builder, a, b, carry);
        sum.push_back(place.sum);
        carry = place.carry;
    }
    return sum;
}

/// Operand bits of an 8x8 multiplier, lowest first; a replaced or dropped bit is any other signal.
struct operand_bits {
    std::array<signal, 8> x{}; ///< of the activation, the least significant first
    std::array<signal, 8> w{}; ///< of the weight
};

/// The bits as they come: x0..x7 are the inputs 0..7, w0..w7 the inputs 8..15.
[[nodiscard]] inline operand_bits multiplier_inputs(const netlist_builder& builder) {
    operand_bits bits;
    for (std::size_t i = 0; i < 8; ++i) {
        bits.x[i] = builder.input(i);
        bits.w[i] = builder.input(8 + i);
    }
    return bits;
}

/// Columns of a 16-bit product, empty.
[[nodiscard]] inline bit_columns product_columns() {
    return bit_columns(16);
}

/// All partial products x_i w_j, in column i + j.
[[nodiscard]] inline bit_columns partial_products(netlist_builder& builder, const operand_bits& bits) {
    bit_columns columns = product_columns();
    for (std::size_t j = 0; j < 8; ++j) {
        for (std::size_t i = 0; i < 8; ++i) {
            columns[i + j].push_back(builder.gate_and(bits.x[i], bits.w[j]));
        }
    }
    return columns;
}

/// The exact 8x8 multiplier by Dadda's reduction: the cheapest exact one here, the base line of savings.
[[nodiscard]] inline netlist exact_dadda() {
    netlist_builder builder(16);
    return builder.finish(add_columns(builder, partial_products(builder, multiplier_inputs(builder))));
}

/// The sum of the partial products of columns >= first_column by a carry-save array: one row of adders for
/// each bit of w, then a ripple adder. Returns 16 bits.
inline std::vector<signal> add_array(netlist_builder& builder, const operand_bits& bits,
                                     std::size_t first_column = 0) {
    std::vector<signal> sums(16, netlist::zero), carries(17, netlist::zero);
    for (std::size_t j = 0; j < 8; ++j) {
        std::vector<signal> next_carries(17, netlist::zero);
        for (std::size_t c = j; c < j + 8; ++c) { // other columns have nothing to add in this row
            const signal product =
                c < first_column ? netlist::zero : builder.gate_and(bits.x[c - j], bits.w[j]);
            const sum_and_carry place = full_adder(builder, product, sums[c], carries[c]);
            sums[c] = place.sum;
            next_carries[c + 1] = place.carry;
        }
        carries = std::move(next_carries);
    }
    carries.resize(16);
    std::vector<signal> product = ripple_adder(builder, sums, carries);
    product.resize(16);
    return product;
}

/// The exact 8x8 multiplier as a carry-save array.
[[nodiscard]] inline netlist exact_array() {
    netlist_builder builder(16);
    return builder.finish(add_array(builder, multiplier_inputs(builder)));
}

} // namespace circuits
} // namespace alwann::inline ALWANN_ABI
