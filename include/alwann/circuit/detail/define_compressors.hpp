// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/compressors.hpp.
#pragma once

#include <alwann/circuit/compressors.hpp>
#include <alwann/circuit/detail/define_families.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace circuits {

namespace detail {

/// One approximate compressor.
inline sum_and_carry compress(netlist_builder& builder, compressor_kind kind, const signal* bits) {
    if (kind == compressor_kind::or_and || kind == compressor_kind::or_xor) {
        const signal left = builder.gate_or(bits[0], bits[1]), right = builder.gate_or(bits[2], bits[3]);
        return {kind == compressor_kind::or_and ? builder.gate_or(left, right)
                                                : builder.gate_xor(left, right),
                builder.gate_and(left, right)};
    }
    const sum_and_carry left = half_adder(builder, bits[0], bits[1]);
    const sum_and_carry right = half_adder(builder, bits[2], bits[3]);
    const signal pair = builder.gate_or(left.carry, right.carry);
    if (kind == compressor_kind::momeni) {
        const signal left_alike = builder.gate_not(left.sum), right_alike = builder.gate_not(right.sum);
        return {builder.gate_or(left_alike, right_alike), pair};
    }
    const signal all = builder.gate_and(left.carry, right.carry);
    if (kind == compressor_kind::venkatachalam) {
        const signal odd = builder.gate_or(left.sum, right.sum);
        return {builder.gate_or(odd, all), pair};
    }
    const signal odd = builder.gate_xor(left.sum, right.sum);
    const signal sum = builder.gate_or(odd, all);
    const signal one_each = builder.gate_and(left.sum, right.sum);
    return {sum, builder.gate_or(pair, one_each)};
}

} // namespace detail

ALWANN_SEPARABLE netlist compressor42(std::size_t end, compressor_kind kind) {
    detail::require_at_most("compressor42", "end", end, 16);
    netlist_builder builder(16);
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
                if (left >= 4) {
                    if (c < end) {
                        put(detail::compress(builder, kind, next));
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
                } else if (left == 3) {
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
