// SPDX-License-Identifier: MIT
/// @file
/// Families of approximate 8x8 multipliers as netlists; multiplier/families.hpp has them as functions.
///
/// Rows belong to the bits of w, columns to powers of two: the partial product x_i w_j is in row j and column
/// i + j.
#pragma once

#include <alwann/circuit/arithmetic.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace circuits {

namespace detail {

inline void require_at_most(const char* family, const char* parameter, std::size_t value, std::size_t limit) {
    if (value > limit) {
        throw value_error(std::string(family) + ": " + parameter + " is " + std::to_string(value) +
                          ", expected at most " + std::to_string(limit));
    }
}

/// OR of all signals, as a balanced tree.
inline signal any_of(netlist_builder& builder, std::vector<signal> signals) {
    if (signals.empty()) {
        return netlist::zero;
    }
    while (signals.size() > 1) {
        std::vector<signal> halved;
        for (std::size_t i = 0; i + 1 < signals.size(); i += 2) {
            halved.push_back(builder.gate_or(signals[i], signals[i + 1]));
        }
        if (signals.size() % 2 != 0) {
            halved.push_back(signals.back());
        }
        signals = std::move(halved);
    }
    return signals.front();
}

/// Replaces the `count` lowest bits by zeros, and the highest of them by the OR of all if asked for.
inline void drop_low_bits(netlist_builder& builder, std::array<signal, 8>& bits, std::size_t count,
                          bool keep_or) {
    const auto end = bits.begin() + static_cast<std::ptrdiff_t>(count);
    const signal any = keep_or ? any_of(builder, std::vector<signal>(bits.begin(), end)) : netlist::zero;
    std::fill(bits.begin(), end, netlist::zero);
    if (count > 0) {
        bits[count - 1] = any;
    }
}

inline netlist truncated(std::size_t a, std::size_t b, bool keep_or) {
    netlist_builder builder(16);
    operand_bits bits = multiplier_inputs(builder);
    drop_low_bits(builder, bits.x, a, keep_or);
    drop_low_bits(builder, bits.w, b, keep_or);
    return builder.finish(add_columns(builder, partial_products(builder, bits)));
}

/// Partial products without the rows [first_dropped, end_dropped).
inline bit_columns rows_outside(netlist_builder& builder, std::size_t first_dropped,
                                std::size_t end_dropped) {
    operand_bits bits = multiplier_inputs(builder);
    for (std::size_t j = 0; j < bits.w.size(); ++j) {
        bits.w[j] = j >= first_dropped && j < end_dropped ? netlist::zero : bits.w[j];
    }
    return partial_products(builder, bits);
}

} // namespace detail

/// Truncation: the product without the `a` lowest bits of x and the `b` lowest bits of w.
[[nodiscard]] inline netlist truncation(std::size_t a, std::size_t b) {
    detail::require_at_most("truncation", "a", a, 8);
    detail::require_at_most("truncation", "b", b, 8);
    return detail::truncated(a, b, false);
}

/// Truncation that puts the OR of the dropped bits in place of the highest of them: mean error zero.
[[nodiscard]] inline netlist truncation_or(std::size_t a, std::size_t b) {
    detail::require_at_most("truncation_or", "a", a, 8);
    detail::require_at_most("truncation_or", "b", b, 8);
    return detail::truncated(a, b, true);
}

/// Broken array (Mahdiani et al. 2010): no rows below h and no columns below v.
[[nodiscard]] inline netlist broken_array(std::size_t h, std::size_t v) {
    detail::require_at_most("broken_array", "h", h, 8);
    detail::require_at_most("broken_array", "v", v, 15);
    netlist_builder builder(16);
    bit_columns columns = detail::rows_outside(builder, 0, h);
    for (std::size_t c = 0; c < v; ++c) {
        columns[c].clear();
    }
    return builder.finish(add_columns(builder, std::move(columns)));
}

/// Broken array with variable correction: the bits of column v - 1 count as if they stood in column v.
///
/// Makes up for the dropped columns on average, and products with zero stay zero.
[[nodiscard]] inline netlist bamvc(std::size_t h, std::size_t v) {
    detail::require_at_most("bamvc", "h", h, 8);
    detail::require_at_most("bamvc", "v", v, 15);
    netlist_builder builder(16);
    bit_columns columns = detail::rows_outside(builder, 0, h);
    if (v > 0) {
        columns[v].insert(columns[v].end(), columns[v - 1].begin(), columns[v - 1].end());
    }
    for (std::size_t c = 0; c < v; ++c) {
        columns[c].clear();
    }
    return builder.finish(add_columns(builder, std::move(columns)));
}

/// OR-compressed low columns: below column v a product bit is the OR of its column, without carries.
///
/// Rows below h and columns below `drop` are left out.
[[nodiscard]] inline netlist lowor(std::size_t v, std::size_t h = 0, std::size_t drop = 0) {
    detail::require_at_most("lowor", "v", v, 15);
    detail::require_at_most("lowor", "h", h, 8);
    detail::require_at_most("lowor", "drop", drop, v);
    netlist_builder builder(16);
    bit_columns columns = detail::rows_outside(builder, 0, h);
    for (std::size_t c = 0; c < v; ++c) {
        std::erase(columns[c], netlist::zero);
        columns[c] = {c < drop ? netlist::zero : detail::any_of(builder, columns[c])};
    }
    return builder.finish(add_columns(builder, std::move(columns)));
}

/// Perforation (Zervakis et al. 2016): without the k rows from row j on.
[[nodiscard]] inline netlist perforation(std::size_t j, std::size_t k) {
    detail::require_at_most("perforation", "j", j, 8);
    detail::require_at_most("perforation", "k", k, 8 - j);
    netlist_builder builder(16);
    return builder.finish(add_columns(builder, detail::rows_outside(builder, j, j + k)));
}

/// Recursive multiplier of 2x2 blocks (Kulkarni et al. 2011) in which 3 * 3 = 7 saves a bit.
///
/// Blocks of weight 2^s are of that kind for s < limit and exact otherwise: limit 13 and more changes all, 0
/// none.
[[nodiscard]] inline netlist kulkarni(std::size_t limit) {
    detail::require_at_most("kulkarni", "limit", limit, 16);
    netlist_builder builder(16);
    const operand_bits bits = multiplier_inputs(builder);
    bit_columns columns = product_columns();
    for (std::size_t j = 0; j < 8; j += 2) {
        for (std::size_t i = 0; i < 8; i += 2) {
            const signal low = builder.gate_and(bits.x[i], bits.w[j]);
            const signal high = builder.gate_and(bits.x[i + 1], bits.w[j + 1]);
            const signal cross = builder.gate_and(bits.x[i + 1], bits.w[j]);
            const signal other = builder.gate_and(bits.x[i], bits.w[j + 1]);
            columns[i + j].push_back(low);
            if (i + j < limit) {
                columns[i + j + 1].push_back(builder.gate_or(cross, other));
                columns[i + j + 2].push_back(high);
            } else {
                const sum_and_carry middle = half_adder(builder, cross, other);
                const sum_and_carry top = half_adder(builder, high, middle.carry);
                columns[i + j + 1].push_back(middle.sum);
                columns[i + j + 2].push_back(top.sum);
                columns[i + j + 3].push_back(top.carry);
            }
        }
    }
    return builder.finish(add_columns(builder, std::move(columns)));
}

/// How an approximate 4:2 compressor counts its four bits; its result is 0 to 3.
enum class compressor_kind {
    saturating, ///< min(count, 3), wrong for four ones only (Yang et al. 2015)
    or_and,     ///< sum = OR of all, carry = (a OR b) AND (c OR d): no XOR at all
};

/// Two levels of 4:2 compressors, approximate in the columns below `end`, then a ripple adder.
[[nodiscard]] inline netlist compressor42(std::size_t end, compressor_kind kind) {
    detail::require_at_most("compressor42", "end", end, 16);
    netlist_builder builder(16);
    const auto approximate = [&](signal a, signal b, signal c, signal d) -> sum_and_carry {
        if (kind == compressor_kind::or_and) {
            const signal left = builder.gate_or(a, b), right = builder.gate_or(c, d);
            return {builder.gate_or(left, right), builder.gate_and(left, right)};
        }
        const sum_and_carry left = half_adder(builder, a, b), right = half_adder(builder, c, d);
        const signal one_each = builder.gate_and(left.sum, right.sum);
        const signal all = builder.gate_and(left.carry, right.carry);
        return {builder.gate_or(builder.gate_xor(left.sum, right.sum), all),
                builder.gate_or(builder.gate_or(left.carry, right.carry), one_each)};
    };
    bit_columns columns = partial_products(builder, multiplier_inputs(builder));
    for (const std::size_t height : {std::size_t{4}, std::size_t{2}}) {
        bit_columns reduced = product_columns();
        std::vector<signal> side_carries; // of the exact compressors, one column down, same level
        for (std::size_t c = 0; c < columns.size(); ++c) {
            const std::vector<signal>& bits = columns[c];
            std::vector<signal> next_side_carries;
            const auto put = [&](sum_and_carry place) {
                reduced[c].push_back(place.sum);
                if (c + 1 < reduced.size()) {
                    reduced[c + 1].push_back(place.carry);
                }
            };
            std::size_t used = 0;
            while (true) {
                const std::size_t left = bits.size() - used;
                const std::size_t total = left + reduced[c].size() + side_carries.size();
                if (total <= height || left < 2) {
                    break;
                }
                const signal* next = bits.data() + used;
                if (left >= 4 && total >= height + 3) {
                    if (c < end) {
                        put(approximate(next[0], next[1], next[2], next[3]));
                    } else {
                        signal side = netlist::zero;
                        if (!side_carries.empty()) {
                            side = side_carries.back();
                            side_carries.pop_back();
                        }
                        const sum_and_carry first = full_adder(builder, next[0], next[1], next[2]);
                        next_side_carries.push_back(first.carry);
                        put(full_adder(builder, first.sum, next[3], side));
                    }
                    used += 4;
                } else if (left >= 3 && total >= height + 2) {
                    put(full_adder(builder, next[0], next[1], next[2]));
                    used += 3;
                } else {
                    put(half_adder(builder, next[0], next[1]));
                    used += 2;
                }
            }
            reduced[c].insert(reduced[c].end(), bits.begin() + static_cast<std::ptrdiff_t>(used), bits.end());
            reduced[c].insert(reduced[c].end(), side_carries.begin(), side_carries.end());
            side_carries = std::move(next_side_carries);
        }
        columns = std::move(reduced);
    }
    return builder.finish(add_columns(builder, std::move(columns)));
}

} // namespace circuits
} // namespace alwann::inline ALWANN_ABI
