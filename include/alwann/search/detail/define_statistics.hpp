// SPDX-License-Identifier: MIT
/// @file
/// The definitions of search/statistics.hpp.
#pragma once

#include <alwann/search/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// How many standard errors a two-sided interval reaches to each side.
inline double critical_value(double confidence) {
    if (!(confidence > 0 && confidence < 1)) {
        throw value_error("confidence must be above 0 and below 1");
    }
    return -normal_quantile((1 - confidence) / 2);
}

inline void require_sample(std::span<const double> sample, std::size_t least, const char* what) {
    if (sample.size() < least) {
        throw value_error(std::string(what) + ": expected " + std::to_string(least) +
                          " or more values, found " + std::to_string(sample.size()));
    }
    for (const double value : sample) {
        if (std::isnan(value)) {
            throw value_error(std::string(what) + ": a value is not a number");
        }
    }
}

} // namespace detail

ALWANN_SEPARABLE double normal_quantile(double p) {
    if (!(p > 0 && p < 1)) {
        throw value_error("normal_quantile: the probability must be above 0 and below 1");
    }
    if (p > 0.5) {
        return -normal_quantile(1 - p); // exact difference; the lower tail is where erfc is precise
    }
    const double t = std::sqrt(-2 * std::log(p));
    double x =
        (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
    for (int step = 0; step < 3; ++step) {
        const double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
        if (!std::isnormal(density)) {
            break; // p below 1e-300: no precision left to refine with
        }
        const double excess = (std::erfc(-x / std::numbers::sqrt2) / 2 - p) / density;
        x -= excess / (1 + x * excess / 2);
    }
    return x;
}

ALWANN_SEPARABLE confidence_interval wilson(std::size_t successes, std::size_t trials, double confidence) {
    if (trials == 0 || successes > trials) {
        throw value_error("wilson: " + std::to_string(successes) + " successes in " + std::to_string(trials) +
                          " trials");
    }
    const double z = detail::critical_value(confidence);
    const double n = static_cast<double>(trials);
    const double p = static_cast<double>(successes) / n;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double reach = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    // The ends are exact in theory; rounding must not move them.
    return {successes == 0 ? 0 : std::max(0.0, middle - reach),
            successes == trials ? 1 : std::min(1.0, middle + reach)};
}

ALWANN_SEPARABLE double mean(std::span<const double> sample) {
    detail::require_sample(sample, 1, "mean");
    return std::accumulate(sample.begin(), sample.end(), 0.0) / static_cast<double>(sample.size());
}

ALWANN_SEPARABLE double median(std::span<const double> sample) {
    detail::require_sample(sample, 1, "median");
    std::vector<double> sorted(sample.begin(), sample.end());
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 != 0 ? sorted[half] : sorted[half - 1] + (sorted[half] - sorted[half - 1]) / 2;
}

ALWANN_SEPARABLE double standard_deviation(std::span<const double> sample) {
    detail::require_sample(sample, 2, "standard_deviation");
    const double centre = mean(sample);
    double squares = 0;
    for (const double value : sample) {
        squares += (value - centre) * (value - centre);
    }
    return std::sqrt(squares / static_cast<double>(sample.size() - 1));
}

ALWANN_SEPARABLE double standard_error(std::span<const double> sample) {
    return standard_deviation(sample) / std::sqrt(static_cast<double>(sample.size()));
}

ALWANN_SEPARABLE std::vector<double> ranks(std::span<const double> sample) {
    detail::require_sample(sample, 0, "ranks");
    std::vector<std::size_t> order(sample.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t i, std::size_t j) { return sample[i] < sample[j]; });
    std::vector<double> result(sample.size());
    for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
        while (end < order.size() && sample[order[end]] == sample[order[first]]) {
            ++end;
        }
        for (std::size_t i = first; i < end; ++i) {
            result[order[i]] = static_cast<double>(first + 1 + end) / 2;
        }
    }
    return result;
}

ALWANN_SEPARABLE double spearman(std::span<const double> x, std::span<const double> y) {
    if (x.size() != y.size()) {
        throw value_error("spearman: " + std::to_string(x.size()) + " values against " +
                          std::to_string(y.size()));
    }
    detail::require_sample(x, 2, "spearman");
    const auto a = ranks(x);
    const auto b = ranks(y);
    const double centre = (static_cast<double>(x.size()) + 1) / 2;
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - centre) * (b[i] - centre);
        aa += (a[i] - centre) * (a[i] - centre);
        bb += (b[i] - centre) * (b[i] - centre);
    }
    if (!(aa > 0 && bb > 0)) {
        throw value_error("spearman: a constant sample has no ranks to correlate");
    }
    return std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0);
}

ALWANN_SEPARABLE paired_result paired_difference(const paired_counts& counts, double confidence) {
    if (counts.total() == 0) {
        throw value_error("paired_difference: no images");
    }
    const double n = static_cast<double>(counts.total());
    const double a = static_cast<double>(counts.both);
    const double b = static_cast<double>(counts.first_only);
    const double c = static_cast<double>(counts.second_only);
    const double d = static_cast<double>(counts.neither);
    const auto first = wilson(counts.both + counts.first_only, counts.total(), confidence);
    const auto second = wilson(counts.both + counts.second_only, counts.total(), confidence);
    const double p = (a + b) / n;
    const double q = (a + c) / n;

    const double determinant = a * d - b * c;
    // Positive correlation narrows the interval: it has to exceed a continuity correction first.
    const double numerator = determinant > 0 ? std::max(0.0, determinant - n / 2) : determinant;
    const double denominator = std::sqrt(a + b) * std::sqrt(c + d) * std::sqrt(a + c) * std::sqrt(b + d);
    const double correlation = denominator > 0 ? numerator / denominator : 0;
    const auto join = [correlation](double u, double v) {
        return std::sqrt(std::max(0.0, u * u - 2 * correlation * u * v + v * v));
    };
    const double difference = (b - c) / n;
    return {difference,
            {std::max(-1.0, difference - join(p - first.low, second.high - q)),
             std::min(1.0, difference + join(first.high - p, q - second.low))}};
}

ALWANN_SEPARABLE double mcnemar(const paired_counts& counts) {
    const std::size_t n = counts.first_only + counts.second_only;
    const std::size_t fewer = std::min(counts.first_only, counts.second_only);
    double sum = 0;
    for (std::size_t k = 0; k <= fewer; ++k) { // binomial(n, k) / 2^n, in logarithms
        const auto gamma = [](std::size_t of) { return std::lgamma(static_cast<double>(of) + 1); };
        sum += std::exp(gamma(n) - gamma(k) - gamma(n - k) - static_cast<double>(n) * std::numbers::ln2);
    }
    return n == 0 ? 1 : std::min(1.0, 2 * sum);
}

} // namespace alwann::inline ALWANN_ABI
