// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/families.hpp.
#pragma once

#include <alwann/circuit/families.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>
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

inline void require_at_least(const char* family, const char* parameter, std::size_t value,
                             std::size_t limit) {
    if (value < limit) {
        throw value_error(std::string(family) + ": " + parameter + " is " + std::to_string(value) +
                          ", expected at least " + std::to_string(limit));
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

/// Whether neither operand is zero.
inline signal both_nonzero(netlist_builder& builder) {
    const operand_bits bits = multiplier_inputs(builder);
    const signal x = any_of(builder, {bits.x.begin(), bits.x.end()});
    const signal w = any_of(builder, {bits.w.begin(), bits.w.end()});
    return builder.gate_and(x, w);
}

} // namespace detail

ALWANN_SEPARABLE netlist truncation(std::size_t a, std::size_t b) {
    detail::require_at_most("truncation", "a", a, 8);
    detail::require_at_most("truncation", "b", b, 8);
    return detail::truncated(a, b, false);
}

ALWANN_SEPARABLE netlist truncation_or(std::size_t a, std::size_t b) {
    detail::require_at_most("truncation_or", "a", a, 8);
    detail::require_at_most("truncation_or", "b", b, 8);
    return detail::truncated(a, b, true);
}

ALWANN_SEPARABLE netlist broken_array(std::size_t h, std::size_t v) {
    detail::require_at_most("broken_array", "h", h, 8);
    detail::require_at_most("broken_array", "v", v, 15);
    netlist_builder builder(16);
    bit_columns columns = detail::rows_outside(builder, 0, h);
    for (std::size_t c = 0; c < v; ++c) {
        columns[c].clear();
    }
    return builder.finish(add_columns(builder, std::move(columns)));
}

ALWANN_SEPARABLE netlist bamvc(std::size_t h, std::size_t v) {
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

ALWANN_SEPARABLE netlist bamc(std::size_t h, std::size_t v, bool keep_zeros) {
    detail::require_at_most("bamc", "h", h, 8);
    detail::require_at_most("bamc", "v", v, 15);
    netlist_builder builder(16);
    const signal added = keep_zeros ? detail::both_nonzero(builder) : netlist::one;
    bit_columns columns = detail::rows_outside(builder, 0, h);
    std::size_t dropped = 0; // four times its mean
    for (std::size_t j = 0; j < 8; ++j) {
        for (std::size_t i = 0; i < 8; ++i) {
            dropped += j < h || i + j < v ? std::size_t{1} << (i + j) : 0;
        }
    }
    const std::size_t correction = ((dropped >> v) + 2) / 4;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        if (c < v) {
            columns[c].clear();
        } else if ((correction >> (c - v) & 1u) != 0) {
            columns[c].push_back(added);
        }
    }
    return builder.finish(add_columns(builder, std::move(columns)));
}

ALWANN_SEPARABLE netlist zero_kept(const netlist& multiplier) {
    netlist_builder builder(16);
    const signal product = detail::both_nonzero(builder);
    std::vector<signal> bits = builder.append(multiplier);
    for (signal& bit : bits) {
        bit = builder.gate_and(bit, product);
    }
    return builder.finish(bits);
}

ALWANN_SEPARABLE netlist lowor(std::size_t v, std::size_t h, std::size_t drop) {
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

ALWANN_SEPARABLE netlist perforation(std::size_t j, std::size_t k) {
    detail::require_at_most("perforation", "j", j, 8);
    detail::require_at_most("perforation", "k", k, 8 - j);
    netlist_builder builder(16);
    return builder.finish(add_columns(builder, detail::rows_outside(builder, j, j + k)));
}

ALWANN_SEPARABLE netlist kulkarni(std::size_t limit) {
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

} // namespace circuits

} // namespace alwann::inline ALWANN_ABI
