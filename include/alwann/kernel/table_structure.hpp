// SPDX-License-Identifier: MIT
/// @file
/// What a truth table is made of: the structure that makes an engine faster than general look-ups.
///
/// Every structure reported here equals the table in all 65,536 products.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/multiplier/table.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A product of two mapped codes, activation[x] * weight[w], for dot products of signed with unsigned bytes.
struct product_term {
    std::array<std::int8_t, operand_codes> activation{}; ///< the factor of each activation code
    std::array<std::uint8_t, operand_codes> weight{};    ///< the factor of each weight code

    /// The product of both factors.
    [[nodiscard]] std::int32_t operator()(std::uint8_t x, std::uint8_t w) const noexcept {
        return std::int32_t{activation[x]} * std::int32_t{weight[w]};
    }
};

/// M[x][w] = sum of terms(x, w) + per_weight[w].
///
/// What depends on the weight alone is a constant of the output channel. Sums of single terms may leave 32
/// bits; modulo 2^32 the total is right whenever the sum of products fits.
struct low_rank {
    std::vector<product_term> terms;                      ///< beside the exact product
    std::array<std::int32_t, operand_codes> per_weight{}; ///< added for each weight code

    /// The product that the terms add up to.
    [[nodiscard]] std::int32_t operator()(std::uint8_t x, std::uint8_t w) const noexcept {
        std::int32_t sum = per_weight[w];
        for (const auto& term : terms) {
            sum += term(x, w);
        }
        return sum;
    }
};

/// M[x][w] = term(x, w) + per_weight[w] + residual[256 * w + x], with term.activation[x] = x - 128.
struct error_rows {
    product_term term;                                    ///< beside the exact product
    std::array<std::int32_t, operand_codes> per_weight{}; ///< added for each weight code
    aligned_vector<std::uint8_t> residual;                ///< what is left, [weight][activation]

    /// The product that the parts add up to.
    [[nodiscard]] std::int32_t operator()(std::uint8_t x, std::uint8_t w) const noexcept {
        return term(x, w) + per_weight[w] + std::int32_t{residual[operand_codes * w + x]};
    }
};

/// Most terms of a low_rank: with more of them, general look-ups are faster (with more than six, except with
/// AMX).
inline constexpr std::size_t most_terms = 16;
/// Largest rank that an analysis tells; up to 16 it is proved, see detail::rational_rank().
inline constexpr std::size_t largest_rank = 32;

/// What analyse() finds out.
struct table_analysis {
    bool zero = false;                   ///< all products are 0
    std::optional<low_rank> exact_terms; ///< the fewest terms found
    std::optional<error_rows> error8;    ///< for any table with 8-bit errors, also beside exact_terms
    std::string terms_reason;            ///< a sentence on why exact_terms is or is not there
    std::string error8_reason;           ///< the same of error8

    /// Rank over the rationals of M - x * w; largest_rank + 1 stands for more.
    std::size_t error_rank = 0;
    std::int32_t error_low = 0;       ///< least of M - x * w
    std::int32_t error_high = 0;      ///< greatest of M - x * w
    std::uint16_t smallest = 0;       ///< least product
    std::uint16_t greatest = 0;       ///< greatest product
    std::uint8_t activation_mask = 0; ///< the bits of x that make a difference to some product
    std::uint8_t weight_mask = 0;     ///< the same of w
};

} // namespace alwann::inline ALWANN_ABI
