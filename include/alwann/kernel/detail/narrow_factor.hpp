// SPDX-License-Identifier: MIT
/// @file
/// Requantisation in 32-bit lanes, where that gives the same codes.
#pragma once

#include <alwann/kernel/requantisation.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A fixed_factor and a code_range in one:
///
///     code = (high half of clamp(accumulator, least, most) * mantissa + rounding) >> shift
///
/// Codes rise with the accumulator, by at most 1 a step. Between `least` and `most` lie all of them, so that
/// limits of the accumulator replace those of the code. The zero point is part of `rounding`.
struct narrow_factor {
    std::int32_t least = 0;
    std::int32_t most = 0;
    std::int32_t mantissa = 0;
    std::uint32_t rounding = 0;
    std::int32_t shift = 0;

    [[nodiscard]] constexpr std::uint8_t operator()(std::int32_t accumulator) const noexcept {
        const std::int64_t product = std::int64_t{std::clamp(accumulator, least, most)} * mantissa;
        const auto high = static_cast<std::uint32_t>(static_cast<std::uint64_t>(product) >> 32);
        return static_cast<std::uint8_t>((high + rounding) >> shift);
    }
};

/// The same codes as `factor` and `codes` for all accumulators in [lowest, highest], if there is such a
/// narrow_factor. There is none if the accumulator does not fit 32 bits, or for factors of 1/4 and more or
/// below 2^-25: those are not worth it.
[[nodiscard]] inline std::optional<narrow_factor>
make_narrow(const fixed_factor& factor, const code_range& codes, std::int64_t lowest, std::int64_t highest) {
    if (lowest < std::numeric_limits<std::int32_t>::min() ||
        highest > std::numeric_limits<std::int32_t>::max()) {
        return std::nullopt;
    }
    const auto code = [&](std::int64_t value) { return codes(factor(static_cast<std::int32_t>(value))); };
    const std::uint8_t first = code(lowest);
    const std::uint8_t last = code(highest);
    if (first == last) {
        return narrow_factor{0, 0, 0, first, 0};
    }
    if (factor.shift < 33 || factor.shift > 56) {
        return std::nullopt;
    }
    // The first accumulator for which a condition on its code holds.
    const auto find = [&](auto&& holds) {
        std::int64_t from = lowest, to = highest;
        while (from < to) {
            const std::int64_t middle = from + (to - from) / 2;
            if (holds(code(middle))) {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        return static_cast<std::int32_t>(to);
    };
    narrow_factor result;
    result.least = find([&](std::uint8_t found) { return found > first; }) - 1;
    result.most = find([&](std::uint8_t found) { return found >= last; });
    result.mantissa = factor.mantissa;
    result.shift = factor.shift - 32;
    result.rounding = (static_cast<std::uint32_t>(codes.zero) << result.shift) + (1u << (result.shift - 1));
    // This rounds halves up, but those below zero go down. Products are multiples of 2^twos. A mantissa that
    // is larger by 1 moves them away from zero: the halves beyond the edge, the others not that far as long
    // as accumulators are below 2^twos.
    const int twos = std::countr_zero(static_cast<std::uint32_t>(factor.mantissa));
    const bool halves = std::int64_t{1} << (factor.shift - 1 - twos) <= -std::int64_t{result.least};
    if (halves) {
        if (std::max(-std::int64_t{result.least}, std::int64_t{result.most}) >= std::int64_t{1} << twos) {
            return std::nullopt;
        }
        ++result.mantissa;
    }
    return result;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
