// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/leading_one_families.hpp.
#pragma once

#include <alwann/circuit/detail/define_families.hpp>
#include <alwann/circuit/leading_one_families.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace circuits {

namespace detail {

/// sel ? a : b
inline signal choose(netlist_builder& builder, signal sel, signal a, signal b) {
    if (a == b) {
        return a;
    }
    const signal if_set = builder.gate_and(sel, a);
    const signal otherwise = builder.gate_not(sel);
    const signal if_clear = builder.gate_and(otherwise, b);
    return builder.gate_or(if_set, if_clear);
}

/// Which bit is the highest one.
struct leading_one {
    std::array<signal, 8> at{}; ///< one-hot; all zero for zero
    signal any = netlist::zero; ///< whether there is a one
};

inline leading_one find_leading_one(netlist_builder& builder, const std::array<signal, 8>& bits) {
    leading_one found;
    for (std::size_t i = bits.size(); i-- > 0;) {
        const signal none_above = builder.gate_not(found.any);
        found.at[i] = builder.gate_and(bits[i], none_above);
        found.any = builder.gate_or(bits[i], found.any);
    }
    return found;
}

/// The index of the set bit of a one-hot code, lowest bit first.
inline std::vector<signal> encode(netlist_builder& builder, std::span<const signal> one_hot) {
    std::vector<signal> number;
    for (std::size_t bit = 1; bit < one_hot.size(); bit *= 2) {
        std::vector<signal> with_bit;
        for (std::size_t i = 0; i < one_hot.size(); ++i) {
            if ((i & bit) != 0) {
                with_bit.push_back(one_hot[i]);
            }
        }
        number.push_back(any_of(builder, std::move(with_bit)));
    }
    return number;
}

/// number * 2^amount; bits above the number's length are lost.
inline std::vector<signal> shift_left(netlist_builder& builder, std::vector<signal> number,
                                      const std::vector<signal>& amount) {
    for (std::size_t stage = 0; stage < amount.size(); ++stage) {
        const std::size_t by = std::size_t{1} << stage;
        for (std::size_t i = number.size(); i-- > 0;) {
            const signal lower = i >= by ? number[i - by] : netlist::zero;
            number[i] = choose(builder, amount[stage], lower, number[i]);
        }
    }
    return number;
}

/// A number of 16 bits from its lowest ones.
inline std::vector<signal> extended(std::vector<signal> number) {
    number.resize(16, netlist::zero);
    return number;
}

/// The `bits` bits from the leading one on, the lowest of them set if others were dropped.
struct dynamic_segment {
    std::array<signal, 8> bits{};
    std::vector<signal> shift; ///< how many bits were dropped
};

inline dynamic_segment leading_segment(netlist_builder& builder, const std::array<signal, 8>& operand,
                                       std::size_t length) {
    dynamic_segment segment;
    const leading_one lead = find_leading_one(builder, operand);
    std::vector<signal> one_hot{netlist::zero}; // index: bits dropped
    for (std::size_t t = length; t < operand.size(); ++t) {
        one_hot.push_back(lead.at[t]);
    }
    const signal cut =
        any_of(builder, {operand.begin() + static_cast<std::ptrdiff_t>(length), operand.end()});
    const signal whole = builder.gate_not(cut);
    segment.bits[0] = builder.gate_or(operand[0], cut);
    for (std::size_t j = 1; j < length; ++j) {
        std::vector<signal> sources{builder.gate_and(whole, operand[j])};
        for (std::size_t t = length; t < operand.size(); ++t) {
            sources.push_back(j + 1 == length ? lead.at[t]
                                              : builder.gate_and(lead.at[t], operand[t - length + 1 + j]));
        }
        segment.bits[j] = any_of(builder, std::move(sources));
    }
    segment.shift = encode(builder, one_hot);
    return segment;
}

/// An operand as its leading one and the fraction below: 2^exponent * (1 + fraction).
struct logarithm {
    std::vector<signal> bits; ///< the fraction's, lowest first, then the exponent's three
    signal any = netlist::zero;
};

inline logarithm logarithm_of(netlist_builder& builder, const std::array<signal, 8>& operand,
                              std::size_t fraction_bits, bool set_lowest) {
    const leading_one lead = find_leading_one(builder, operand);
    logarithm log{.bits = {}, .any = lead.any};
    for (std::size_t i = fraction_bits; i > 0; --i) { // of weight 2^-i
        std::vector<signal> sources;
        for (std::size_t t = i; t < operand.size(); ++t) {
            sources.push_back(builder.gate_and(lead.at[t], operand[t - i]));
        }
        log.bits.push_back(set_lowest && i == fraction_bits ? netlist::one
                                                            : any_of(builder, std::move(sources)));
    }
    const std::vector<signal> exponent = encode(builder, lead.at);
    log.bits.insert(log.bits.end(), exponent.begin(), exponent.end());
    return log;
}

inline netlist logarithmic(std::size_t m, bool set_lowest) {
    netlist_builder builder(16);
    const operand_bits bits = multiplier_inputs(builder);
    const logarithm x = logarithm_of(builder, bits.x, m, set_lowest);
    const logarithm w = logarithm_of(builder, bits.w, m, set_lowest);
    const signal product = builder.gate_and(x.any, w.any);
    const std::vector<signal> sum = ripple_adder(builder, x.bits, w.bits);
    const auto exponent = sum.begin() + static_cast<std::ptrdiff_t>(m);
    std::vector<signal> mantissa(sum.begin(), exponent);
    for (signal& bit : mantissa) {
        bit = builder.gate_and(bit, product);
    }
    mantissa.push_back(product); // the one before the point
    mantissa.resize(16 + m, netlist::zero);
    std::vector<signal> shifted = shift_left(builder, std::move(mantissa), {exponent, sum.end()});
    shifted.erase(shifted.begin(), shifted.begin() + static_cast<std::ptrdiff_t>(m));
    return builder.finish(shifted);
}

} // namespace detail

ALWANN_SEPARABLE netlist drum(std::size_t k) {
    detail::require_at_least("drum", "k", k, 2);
    detail::require_at_most("drum", "k", k, 8);
    netlist_builder builder(16);
    const operand_bits bits = multiplier_inputs(builder);
    const detail::dynamic_segment x = detail::leading_segment(builder, bits.x, k);
    const detail::dynamic_segment w = detail::leading_segment(builder, bits.w, k);
    std::vector<signal> product = add_columns(builder, partial_products(builder, {x.bits, w.bits}));
    const std::vector<signal> shift = ripple_adder(builder, x.shift, w.shift);
    return builder.finish(detail::shift_left(builder, std::move(product), shift));
}

ALWANN_SEPARABLE netlist static_segment(std::size_t m) {
    detail::require_at_least("static_segment", "m", m, 4);
    detail::require_at_most("static_segment", "m", m, 8);
    netlist_builder builder(16);
    operand_bits bits = multiplier_inputs(builder);
    std::array<signal, 2> high{};
    const std::size_t dropped = 8 - m;
    for (auto* operand : {&bits.x, &bits.w}) {
        const signal is_high =
            detail::any_of(builder, {operand->begin() + static_cast<std::ptrdiff_t>(m), operand->end()});
        for (std::size_t j = 0; j < 8; ++j) {
            (*operand)[j] = j < m ? detail::choose(builder, is_high, (*operand)[j + dropped], (*operand)[j])
                                  : netlist::zero;
        }
        high[operand == &bits.x ? 0 : 1] = is_high;
    }
    std::vector<signal> product = add_columns(builder, partial_products(builder, bits));
    for (const signal is_high : high) {
        for (std::size_t i = 16; i-- > 0;) {
            const signal lower = i >= dropped ? product[i - dropped] : netlist::zero;
            product[i] = detail::choose(builder, is_high, lower, product[i]);
        }
    }
    return builder.finish(product);
}

ALWANN_SEPARABLE netlist mitchell(std::size_t m) {
    detail::require_at_least("mitchell", "m", m, 1);
    detail::require_at_most("mitchell", "m", m, 7);
    return detail::logarithmic(m, false);
}

ALWANN_SEPARABLE netlist mitchell_set_one(std::size_t m) {
    detail::require_at_least("mitchell_set_one", "m", m, 1);
    detail::require_at_most("mitchell_set_one", "m", m, 7);
    return detail::logarithmic(m, true);
}

ALWANN_SEPARABLE netlist roba() {
    netlist_builder builder(16);
    const operand_bits bits = multiplier_inputs(builder);
    std::array<std::vector<signal>, 2> exponents;
    signal product = netlist::one;
    for (const auto* operand : {&bits.x, &bits.w}) {
        const detail::leading_one lead = detail::find_leading_one(builder, *operand);
        std::array<signal, 9> rounded{};
        for (std::size_t i = 0; i < 9; ++i) { // from 1.5 * 2^t on it is rounded up
            const auto bit = [&](std::size_t below) {
                return i >= below ? (*operand)[i - below] : netlist::zero;
            };
            const signal next_clear = builder.gate_not(bit(1));
            const signal down = i < 8 ? builder.gate_and(lead.at[i], next_clear) : netlist::zero;
            const signal up = i > 0 ? builder.gate_and(lead.at[i - 1], bit(2)) : netlist::zero;
            rounded[i] = builder.gate_or(down, up);
        }
        exponents[operand == &bits.x ? 0 : 1] = detail::encode(builder, rounded);
        product = builder.gate_and(product, lead.any);
    }
    const auto scaled = [&](const std::array<signal, 8>& operand, const std::vector<signal>& exponent) {
        std::vector<signal> masked;
        for (const signal bit : operand) {
            masked.push_back(builder.gate_and(bit, product));
        }
        return detail::shift_left(builder, detail::extended(std::move(masked)), exponent);
    };
    const std::vector<signal> x_scaled = scaled(bits.x, exponents[1]);
    const std::vector<signal> w_scaled = scaled(bits.w, exponents[0]);
    const std::vector<signal> both = detail::shift_left(builder, detail::extended({product}),
                                                        ripple_adder(builder, exponents[0], exponents[1]));
    bit_columns columns = product_columns(); // modulo 2^16
    columns[0].push_back(netlist::one);
    for (std::size_t c = 0; c < columns.size(); ++c) {
        columns[c].insert(columns[c].end(), {x_scaled[c], w_scaled[c], builder.gate_not(both[c])});
    }
    return builder.finish(add_columns(builder, std::move(columns)));
}

ALWANN_SEPARABLE netlist error_tolerant() {
    netlist_builder builder(16);
    const operand_bits bits = multiplier_inputs(builder);
    std::vector<signal> upper(bits.x.begin() + 4, bits.x.end());
    upper.insert(upper.end(), bits.w.begin() + 4, bits.w.end());
    const signal is_high = detail::any_of(builder, std::move(upper));
    operand_bits halves;
    for (std::size_t i = 0; i < 4; ++i) {
        halves.x[i] = detail::choose(builder, is_high, bits.x[4 + i], bits.x[i]);
        halves.w[i] = detail::choose(builder, is_high, bits.w[4 + i], bits.w[i]);
    }
    const std::vector<signal> product = add_columns(builder, partial_products(builder, halves));
    std::array<signal, 4> filled{}; // a one at this place or above
    signal above = netlist::zero;
    for (std::size_t i = 4; i-- > 0;) {
        const signal here = builder.gate_or(bits.x[i], bits.w[i]);
        filled[i] = above = builder.gate_or(here, above);
    }
    std::vector<signal> outputs;
    for (std::size_t i = 0; i < 8; ++i) {
        outputs.push_back(detail::choose(builder, is_high, i < 4 ? filled[0] : filled[i - 4], product[i]));
    }
    for (std::size_t i = 0; i < 8; ++i) {
        outputs.push_back(builder.gate_and(is_high, product[i]));
    }
    return builder.finish(outputs);
}

} // namespace circuits

} // namespace alwann::inline ALWANN_ABI
