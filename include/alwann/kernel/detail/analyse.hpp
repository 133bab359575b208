// SPDX-License-Identifier: MIT
/// @file
/// How the structure of a truth table is found.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/kernel/detail/factorisation.hpp>
#include <alwann/kernel/detail/table_cache.hpp>
#include <alwann/kernel/table_structure.hpp>
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
namespace detail {

/// f(x, w) as one vector over x for each w.
template <class Function>
[[nodiscard]] std::vector<integer_vector> columns_of(const Function& f) {
    std::vector<integer_vector> columns(operand_codes, integer_vector(operand_codes));
    for (std::size_t w = 0; w < operand_codes; ++w) {
        for (std::size_t x = 0; x < operand_codes; ++x) {
            columns[w][x] = f(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(w));
        }
    }
    return columns;
}

/// Whether a decomposition has the products of a table.
template <class Decomposition>
[[nodiscard]] bool equals(const Decomposition& found, const table& products) {
    for (std::size_t x = 0; x < operand_codes; ++x) {
        for (std::size_t w = 0; w < operand_codes; ++w) {
            const auto x_code = static_cast<std::uint8_t>(x), w_code = static_cast<std::uint8_t>(w);
            if (found(x_code, w_code) != static_cast<std::int32_t>(products(x_code, w_code))) {
                return false;
            }
        }
    }
    return true;
}

inline void find_terms(const table& products, table_analysis& result) {
    // Less the products of activation 0, which are a function of the weight.
    const distinct_matrix matrix(columns_of([&](std::uint8_t x, std::uint8_t w) {
        return static_cast<std::int32_t>(products(x, w)) - static_cast<std::int32_t>(products(0, w));
    }));
    const factor_search search(matrix, most_terms);
    const std::string most = std::to_string(most_terms);
    if (search.rank() > most_terms) {
        result.terms_reason = "no sum of " + most + " products: the rank is higher";
        return;
    }
    low_rank found;
    if (search.terms()) {
        for (const auto& [a, b] : *search.terms()) {
            const std::int32_t offset = *std::max_element(a.begin(), a.end()) > 127 ? 128 : 0;
            auto& term = found.terms.emplace_back();
            for (std::size_t code = 0; code < operand_codes; ++code) {
                term.activation[code] = static_cast<std::int8_t>(a[matrix.row_of[code]] - offset);
                term.weight[code] = static_cast<std::uint8_t>(b[matrix.column_of[code]]);
            }
        }
        for (std::size_t w = 0; w < operand_codes; ++w) {
            const auto code = static_cast<std::uint8_t>(w);
            found.per_weight[w] = static_cast<std::int32_t>(products(0, code)) - found(0, code);
        }
    }
    if (!search.terms() || !equals(found, products)) {
        result.terms_reason = "rank " + std::to_string(search.rank()) + ", but no sum of " + most +
                              " products of 8-bit factors was found";
        return;
    }
    const std::size_t count = found.terms.size();
    result.terms_reason = result.zero  ? "all products are 0"
                          : count == 0 ? "the product depends on the weight alone"
                          : count == 1 ? "one product of 8-bit factors"
                                       : "the sum of " + std::to_string(count) + " products of 8-bit factors";
    result.exact_terms = std::move(found);
}

/// Greatest less least of M[x][w] - slope * x over x, and the least.
struct line_fit {
    std::int32_t slope = 0, spread = 0, least = 0;

    line_fit(std::span<const std::uint16_t, operand_codes> products, std::int32_t with_slope)
        : slope(with_slope) {
        std::int32_t greatest = products[0];
        least = greatest;
        for (std::int32_t x = 0; x < static_cast<std::int32_t>(operand_codes); ++x) {
            const std::int32_t rest = products[static_cast<std::size_t>(x)] - slope * x;
            least = std::min(least, rest);
            greatest = std::max(greatest, rest);
        }
        spread = greatest - least;
    }
};

/// The slope up to 255 with the smallest spread: a convex function of the slope, so halving finds it.
[[nodiscard]] inline line_fit best_line(std::span<const std::uint16_t, operand_codes> products) {
    std::int32_t low = 0, high = widest_factor;
    while (low < high) {
        const std::int32_t middle = (low + high) / 2;
        if (line_fit(products, middle + 1).spread < line_fit(products, middle).spread) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return {products, low};
}

inline void find_error_rows(const table& products, table_analysis& result) {
    error_rows found;
    found.residual.resize(operand_pairs);
    std::int32_t widest = 0;
    std::size_t widest_weight = 0;
    for (std::size_t w = 0; w < operand_codes; ++w) {
        const auto of_weight = products.of_weight(static_cast<std::uint8_t>(w));
        line_fit line(of_weight, static_cast<std::int32_t>(w));
        if (line.spread > widest_factor) {
            line = best_line(of_weight);
        }
        if (line.spread > widest) {
            widest = line.spread;
            widest_weight = w;
        }
        found.term.weight[w] = static_cast<std::uint8_t>(line.slope);
        found.term.activation[w] = static_cast<std::int8_t>(static_cast<std::int32_t>(w) - 128);
        found.per_weight[w] = line.least + 128 * line.slope;
        for (std::size_t x = 0; x < operand_codes; ++x) {
            const std::int32_t rest = of_weight[x] - line.slope * static_cast<std::int32_t>(x) - line.least;
            found.residual[operand_codes * w + x] = static_cast<std::uint8_t>(rest);
        }
    }
    const bool fits = widest <= widest_factor && equals(found, products);
    result.error8_reason =
        fits
            ? "less a multiple of the activation, a weight's products spread over at most " +
                  std::to_string(widest) + ": a byte holds that"
            : "less any multiple of the activation, the products of weight " + std::to_string(widest_weight) +
                  " spread over " + std::to_string(widest) + ": a byte holds 255";
    if (fits) {
        result.error8 = std::move(found);
    }
}

inline void find_masks(const table& products, table_analysis& result) {
    const auto all = products.products();
    for (std::size_t bit = 1; bit < operand_codes; bit *= 2) {
        for (std::size_t i = 0; i < operand_pairs; ++i) {
            if (all[i] != all[i ^ (operand_codes * bit)]) {
                result.activation_mask = static_cast<std::uint8_t>(result.activation_mask | bit);
            }
            if (all[i] != all[i ^ bit]) {
                result.weight_mask = static_cast<std::uint8_t>(result.weight_mask | bit);
            }
        }
    }
}

/// What analyse() does.
[[nodiscard]] inline table_analysis make_analysis(const table& products) {
    table_analysis result;
    const auto [smallest, greatest] =
        std::minmax_element(products.products().begin(), products.products().end());
    result.smallest = *smallest;
    result.greatest = *greatest;
    result.zero = *greatest == 0;
    const auto errors = columns_of([&](std::uint8_t x, std::uint8_t w) {
        return static_cast<std::int32_t>(products(x, w)) - std::int32_t{x} * std::int32_t{w};
    });
    result.error_low = errors[0][0];
    result.error_high = errors[0][0];
    for (const auto& column : errors) {
        const auto [low, high] = std::minmax_element(column.begin(), column.end());
        result.error_low = std::min(result.error_low, *low);
        result.error_high = std::max(result.error_high, *high);
    }
    const distinct_matrix distinct(errors);
    result.error_rank = rational_rank(distinct.columns, largest_rank);
    find_masks(products, result);
    find_terms(products, result);
    find_error_rows(products, result);
    return result;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
