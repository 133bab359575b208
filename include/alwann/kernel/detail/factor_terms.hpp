// SPDX-License-Identifier: MIT
/// @file
/// Products a(x) b(w) whose factors fit 8 bits, from products whose factors need not.
#pragma once

#include <alwann/kernel/detail/integer_lattice.hpp>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Greatest value of a weight's factor, and greatest spread of an activation's.
inline constexpr std::int32_t widest_factor = 255;

/// A product of integer factors.
struct integer_term {
    integer_vector activation; ///< spreads over 255 at most
    integer_vector weight;     ///< 0 to 255
};

/// Divides a vector by the greatest common divisor of its values and returns that; 0 for a vector of zeros.
inline std::int32_t make_primitive(integer_vector& vector) {
    std::int32_t divisor = 0;
    for (const std::int32_t value : vector) {
        divisor = std::gcd(divisor, value);
    }
    for (auto& value : vector) {
        value = divisor == 0 ? 0 : value / divisor;
    }
    return divisor;
}

/// The greatest share * rest up to `scale` such that share may go into a factor up to `a` and rest into one
/// up to `b`, both at most 255.
[[nodiscard]] inline std::pair<std::int32_t, std::int32_t> split_scale(std::int64_t scale, std::int32_t a,
                                                                       std::int32_t b) {
    std::pair<std::int32_t, std::int32_t> best{1, 1};
    for (std::int32_t share = 1; share * a <= widest_factor && share <= scale; ++share) {
        const auto rest = static_cast<std::int32_t>(std::min<std::int64_t>(scale / share, widest_factor / b));
        if (share * rest > best.first * best.second) {
            best = {share, rest};
        }
    }
    return best;
}

/// Takes scale * a(x) * b(w), up to a function of w, apart into terms: one if the factors allow, else more,
/// by sign, by digits, by halves or by parts of the scale. False if `terms` would have to exceed `limit`.
inline bool append_terms(std::int64_t scale, integer_vector a, integer_vector b, std::size_t limit,
                         std::vector<integer_term>& terms) {
    const std::int32_t least = *std::min_element(a.begin(), a.end());
    for (auto& value : a) {
        value -= least;
    }
    scale *= make_primitive(a);
    scale *= make_primitive(b);
    if (scale == 0) {
        return true;
    }
    if (terms.size() == limit) {
        return false;
    }
    const std::int32_t a_most = *std::max_element(a.begin(), a.end());
    const std::int32_t b_most = *std::max_element(b.begin(), b.end());
    if (*std::min_element(b.begin(), b.end()) < 0) {
        integer_vector opposite = a, positive = b, negative = b;
        for (auto& value : opposite) {
            value = -value;
        }
        for (std::size_t i = 0; i < b.size(); ++i) {
            positive[i] = std::max(b[i], 0);
            negative[i] = std::max(-b[i], 0);
        }
        return append_terms(scale, a, positive, limit, terms) &&
               append_terms(scale, opposite, negative, limit, terms);
    }
    if (const std::int32_t most = std::max(a_most, b_most); most > widest_factor) {
        const std::int32_t step = most / (widest_factor + 1) + 1;
        const std::size_t before = terms.size();
        for (const bool digits : {true, false}) {
            if (most > (digits ? widest_factor * (widest_factor + 1) : 2 * widest_factor)) {
                continue; // the parts would not fit either
            }
            integer_vector lower = a_most == most ? a : b, upper = lower;
            for (auto& value : lower) {
                value = digits ? value % step : value / 2;
            }
            subtract(upper, 1, lower);
            const bool fits = a_most == most ? append_terms(scale, upper, b, limit, terms) &&
                                                   append_terms(scale, lower, b, limit, terms)
                                             : append_terms(scale, a, upper, limit, terms) &&
                                                   append_terms(scale, a, lower, limit, terms);
            if (fits) {
                return true;
            }
            terms.resize(before);
        }
        return false;
    }
    const auto [share, rest] = split_scale(scale, a_most, b_most);
    terms.push_back({a, b});
    for (auto& value : terms.back().activation) {
        value *= share;
    }
    for (auto& value : terms.back().weight) {
        value *= rest;
    }
    return scale == share * rest || append_terms(scale - share * rest, a, b, limit, terms);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
