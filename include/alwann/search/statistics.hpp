// SPDX-License-Identifier: MIT
/// @file
/// What a measurement on a sample says, and what it does not.
#pragma once

#include <alwann/core/config.hpp>
#include <alwann/core/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A range that holds the true value with the confidence it was made for.
struct confidence_interval {
    double low = 0;  ///< the lower end
    double high = 0; ///< the upper end

    /// Whether a value lies in it.
    [[nodiscard]] constexpr bool contains(double value) const noexcept {
        return low <= value && value <= high;
    }
};

/// The x below which a standard normal variable lies with probability p, 0 < p < 1.
///
/// Formula 26.2.23 of Abramowitz and Stegun (error below 4.5e-4), then Halley steps on std::erfc, each of
/// which cubes the error.
[[nodiscard]] ALWANN_SEPARABLE double normal_quantile(double p);

/// Wilson's score interval (1927) for a proportion, such as the accuracy on a number of images. Unlike p plus
/// or minus z standard errors it stays in [0, 1] and is honest for few trials and for p near 0 or 1.
[[nodiscard]] ALWANN_SEPARABLE confidence_interval wilson(std::size_t successes, std::size_t trials,
                                                          double confidence = 0.95);

/// Arithmetic mean of at least one value.
[[nodiscard]] ALWANN_SEPARABLE double mean(std::span<const double> sample);

/// The middle value, or the mean of the middle two; at least one value.
[[nodiscard]] ALWANN_SEPARABLE double median(std::span<const double> sample);

/// Standard deviation as estimated from a sample (divisor n - 1); at least two values.
[[nodiscard]] ALWANN_SEPARABLE double standard_deviation(std::span<const double> sample);

/// Standard error of the mean of independent values; at least two.
[[nodiscard]] ALWANN_SEPARABLE double standard_error(std::span<const double> sample);

/// Ranks 1 to n; equal values share the mean of the ranks they take.
[[nodiscard]] ALWANN_SEPARABLE std::vector<double> ranks(std::span<const double> sample);

/// Spearman's rank correlation, -1 to 1, with ties: how well one measure orders what another one orders.
/// Throws value_error if the lengths differ, or if a side is constant and so orders nothing.
[[nodiscard]] ALWANN_SEPARABLE double spearman(std::span<const double> x, std::span<const double> y);

/// What two classifiers made of the same images.
struct paired_counts {
    std::size_t both = 0;        ///< images both have right
    std::size_t first_only = 0;  ///< images only the first has right
    std::size_t second_only = 0; ///< images only the second has right
    std::size_t neither = 0;     ///< images both have wrong

    /// All images.
    [[nodiscard]] constexpr std::size_t total() const noexcept {
        return both + first_only + second_only + neither;
    }
};

/// Counts from two indexable sequences that say image by image whether the answer was right.
template <class First, class Second>
[[nodiscard]] paired_counts count_pairs(const First& first, const Second& second) {
    if (first.size() != second.size()) {
        throw value_error("count_pairs: " + std::to_string(first.size()) + " images against " +
                          std::to_string(second.size()));
    }
    paired_counts counts;
    for (decltype(first.size()) i = 0; i < first.size(); ++i) {
        const bool a = static_cast<bool>(first[i]);
        const bool b = static_cast<bool>(second[i]);
        ++(a ? (b ? counts.both : counts.first_only) : (b ? counts.second_only : counts.neither));
    }
    return counts;
}

/// A difference of two accuracies and how sure it is.
struct paired_result {
    double difference = 0;             ///< accuracy of the first minus that of the second
    confidence_interval interval = {}; ///< of the difference, 95 %
};

/// The difference of two accuracies measured on the same images: images that both have right or wrong say
/// nothing about it, so it is known far better than two separate intervals suggest.
///
/// Newcombe's score interval for paired proportions (1998, method 10): Wilson limits of both proportions,
/// joined by their correlation. Unlike Wald's it has width when no image tells the two apart.
[[nodiscard]] ALWANN_SEPARABLE paired_result paired_difference(const paired_counts& counts,
                                                               double confidence = 0.95);

/// McNemar's exact test (1947): the probability that two classifiers that are equally good differ on these
/// images as much as they do, or more; two-sided. Only images that one of them has right count, and each is
/// as likely to be either's.
///
/// 1 if there is no such image. The terms are summed from the smallest; O(n).
[[nodiscard]] ALWANN_SEPARABLE double mcnemar(const paired_counts& counts);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/search/detail/define_statistics.hpp>
#endif
