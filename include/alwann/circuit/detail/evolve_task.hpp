// SPDX-License-Identifier: MIT
/// @file
/// What the evolution of circuits measures candidates against: the patterns in a good order, and the limits
/// as integers.
#pragma once

#include <alwann/circuit/detail/evolve_kernel.hpp>
#include <alwann/circuit/evolve_limits.hpp>
#include <alwann/core/aligned.hpp>
#include <alwann/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The largest integer up to `ceiling` for which in_limit holds; it is to hold up to some point and not
/// beyond.
template <class Predicate>
[[nodiscard]] std::uint64_t largest_within(std::uint64_t ceiling, const Predicate& in_limit) {
    std::uint64_t low = 0, high = ceiling;
    while (low < high) {
        const std::uint64_t middle = high - (high - low) / 2;
        if (in_limit(middle)) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

/// A limit on the sum of weight * distance over all patterns.
struct weighted_limit {
    aligned_vector<std::uint32_t> weights; ///< [block][weight_place()]
    std::uint64_t limit = 0;
};

/// Patterns, exact products and limits; shared by all islands, immutable.
///
/// The patterns are shuffled, so that any block is a sample of all and the sum of the first few tells most
/// bad candidates. If zeros are to be preserved, the products with zero come first: one block decides. With
/// operand weights the patterns with the greatest weights come first.
struct evolution_task {
    aligned_vector<std::uint64_t> inputs;     ///< [block][16][evolve_words]
    aligned_vector<std::uint64_t> exact;      ///< [block][16][evolve_words]
    std::vector<std::uint64_t> zero_patterns; ///< of the first block; empty if zeros may change
    std::uint64_t sum_limit = 0;              ///< of all distances
    std::uint64_t sum_allowance = 0;          ///< the most that the limits leave for that sum
    std::uint32_t worst_limit = 0;            ///< of any distance
    std::uint64_t signed_sum_limit = 0;       ///< of the absolute value of the sum of signed errors
    std::vector<weighted_limit> weighted;     ///< of weighted sums of distances
    std::uint64_t exact_sum = 0;              ///< of all products

    evolution_task(const error_limits& limits, const std::optional<operand_weights>& operands)
        : inputs(operand_pairs / 64 * 16), exact(operand_pairs / 64 * product_bits) {
        const std::vector<std::uint16_t> order = pattern_order(limits, operands);
        const auto place = [](std::size_t position, std::size_t row) {
            const std::size_t word = position / 64;
            return (word / evolve_words * 16 + row) * evolve_words + word % evolve_words;
        };
        if (limits.zero_preserving) {
            zero_patterns.assign(evolve_words, 0);
        }
        for (std::size_t position = 0; position < operand_pairs; ++position) {
            const std::uint32_t pattern = order[position];
            const std::uint32_t product = (pattern & 0xFFu) * (pattern >> 8);
            exact_sum += product;
            for (std::size_t i = 0; i < 16; ++i) {
                inputs[place(position, i)] |= std::uint64_t{(pattern >> i) & 1u} << (position % 64);
                exact[place(position, i)] |= std::uint64_t{(product >> i) & 1u} << (position % 64);
            }
            if (limits.zero_preserving && product == 0) {
                zero_patterns.at(position / 64) |= std::uint64_t{1} << (position % 64);
            }
        }
        constexpr double pairs = operand_pairs;
        // The very formulas of measure_errors(), so that a result keeps its limits to the last bit.
        sum_limit = largest_within(operand_pairs * operand_pairs, [&](std::uint64_t sum) {
            return !limits.mae_percent ||
                   100 * (static_cast<double>(sum) / pairs) / pairs <= *limits.mae_percent;
        });
        worst_limit = static_cast<std::uint32_t>(largest_within(0xFFFF, [&](std::uint64_t worst) {
            return !limits.wce_percent || 100 * static_cast<double>(worst) / pairs <= *limits.wce_percent;
        }));
        sum_allowance = std::min(sum_limit, std::uint64_t{worst_limit} * operand_pairs);
        signed_sum_limit = largest_within(operand_pairs * operand_pairs, [&](std::uint64_t sum) {
            return !limits.bias || static_cast<double>(sum) / pairs <= *limits.bias;
        });
        if (limits.mre_percent) {
            add_weighted(order, *limits.mre_percent / 100 * 255 * 255, [](std::size_t x, std::size_t w) {
                return x * w == 0 ? 0.0 : 1.0 / static_cast<double>(x * w);
            });
        }
        if (limits.weighted_percent) {
            const operand_weights normal = normalised(*operands);
            const double total = std::accumulate(normal.activations.begin(), normal.activations.end(), 0.0) *
                                 std::accumulate(normal.weights.begin(), normal.weights.end(), 0.0);
            add_weighted(
                order, *limits.weighted_percent / 100 * pairs * total,
                [&](std::size_t x, std::size_t w) { return normal.activations[x] * normal.weights[w]; });
        }
    }

private:
    /// The same weights with 1 as the greatest of either operand.
    [[nodiscard]] static operand_weights normalised(operand_weights weights) {
        for (auto* list : {&weights.activations, &weights.weights}) {
            const double greatest = *std::max_element(list->begin(), list->end());
            for (double& value : *list) {
                value /= greatest;
            }
        }
        return weights;
    }

    [[nodiscard]] static std::vector<std::uint16_t>
    pattern_order(const error_limits& limits, const std::optional<operand_weights>& operands) {
        std::vector<std::uint16_t> order(operand_pairs);
        std::iota(order.begin(), order.end(), std::uint16_t{0});
        random_generator random(0);
        shuffle(order, random);
        if (limits.weighted_percent) {
            const auto weight = [&](std::uint16_t pattern) {
                return operands->activations[pattern & 0xFFu] * operands->weights[pattern >> 8];
            };
            std::stable_sort(order.begin(), order.end(),
                             [&](std::uint16_t a, std::uint16_t b) { return weight(a) > weight(b); });
        }
        if (limits.zero_preserving) {
            std::stable_partition(order.begin(), order.end(), [](std::uint16_t pattern) {
                return (pattern & 0xFFu) == 0 || pattern >> 8 == 0;
            });
        }
        return order;
    }

    /// Limits the sum of weight * distance; weights are at most 1. Rounded so that the integers never allow
    /// what the limit forbids.
    template <class Weight>
    void add_weighted(const std::vector<std::uint16_t>& order, double limit, const Weight& weight) {
        constexpr double scale = 0x1p31;
        weighted_limit result;
        result.weights.resize(operand_pairs);
        for (std::size_t position = 0; position < operand_pairs; ++position) {
            const std::size_t block = position / (64 * evolve_words);
            const std::size_t within = position % (64 * evolve_words);
            result.weights[block * 64 * evolve_words + weight_place(within)] = static_cast<std::uint32_t>(
                std::ceil(scale * weight(order[position] & 0xFFu, order[position] >> 8u)));
        }
        // A billionth for the rounding of whoever sums up the same in floating point.
        result.limit = static_cast<std::uint64_t>(std::min(limit * scale * (1 - 1e-9), 0x1p63));
        weighted.push_back(std::move(result));
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
