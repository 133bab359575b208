// SPDX-License-Identifier: MIT
/// @file
/// Sums of two codes as one linear form that is exact for all pairs.
#pragma once

#include <alwann/kernel/requantisation.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A function of two codes,
///
///     code = clamp((a * factor[0] + b * factor[1] + constant) >> (low_bits + shift), low, high)
///
/// with factors of up to 30 bits. Halves of 15 bits suit instructions that add two 16-bit products: with
/// h + l * 2^-low_bits the sum above, the code is clamp((h + (l >> low_bits)) >> shift).
struct linear_sum {
    static constexpr int low_bits = 15;

    std::array<std::int32_t, 2> factor{};
    std::int64_t constant = 0;
    int shift = 1; ///< 1 to 15
    std::uint8_t low = 0;
    std::uint8_t high = 255;

    [[nodiscard]] constexpr std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const noexcept {
        const std::int64_t sum = std::int64_t{factor[0]} * a + std::int64_t{factor[1]} * b + constant;
        return static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> (low_bits + shift), low, high));
    }

    /// The upper and the lower half of each factor, as two 16-bit numbers.
    [[nodiscard]] constexpr std::int32_t high_factors() const noexcept {
        return (factor[0] >> low_bits) | (factor[1] >> low_bits) << 16;
    }
    [[nodiscard]] constexpr std::int32_t low_factors() const noexcept {
        constexpr std::int32_t mask = (1 << low_bits) - 1;
        return (factor[0] & mask) | (factor[1] & mask) << 16;
    }
    [[nodiscard]] constexpr std::int32_t high_constant() const noexcept {
        return static_cast<std::int32_t>(constant >> low_bits);
    }
    [[nodiscard]] constexpr std::int32_t low_constant() const noexcept {
        return static_cast<std::int32_t>(constant & ((1 << low_bits) - 1));
    }
};

/// Operands and result of sums: rows of `width` codes, `stride` from one to the next in all three.
struct code_rows {
    const std::uint8_t* a = nullptr;
    const std::uint8_t* b = nullptr;
    std::uint8_t* to = nullptr; ///< may be one of the operands
    std::size_t rows = 0;
    std::size_t width = 0;
    std::size_t stride = 0;
};

/// The linear form with clamp limits `low` and `high` that gives codes[256 * a + b] for all pairs, if there
/// is one. The codes are those of real_a * a + real_b * b + any constant, rounded.
///
/// Rounding of intermediate results moves a sum by about 2^-20 of a code, and the sums of 65,536 pairs are
/// about 2^-16 apart: one constant suits all of them, unless the factors are fractions that put many sums
/// half-way between two codes.
[[nodiscard]] inline std::optional<linear_sum> find_linear_sum(double real_a, double real_b, std::uint8_t low,
                                                               std::uint8_t high, const std::uint8_t* codes) {
    const double largest = std::max(real_a, real_b);
    if (!(largest > 0) || largest >= 0x1p14) {
        return std::nullopt;
    }
    linear_sum result;
    result.low = low;
    result.high = high;
    result.shift = std::min(15, 14 - std::ilogb(largest));
    const int bits = linear_sum::low_bits + result.shift;
    // Halves round away from zero. Larger factors carry them there, on either side.
    for (const double gain : {1.0, 1.0 + 0x1p-20}) {
        const std::int64_t a = std::llround(std::ldexp(real_a * gain, bits));
        const std::int64_t b = std::llround(std::ldexp(real_b * gain, bits));
        if (std::max(a, b) >= std::int64_t{1} << 30) {
            continue;
        }
        // What each pair demands of the constant.
        std::int64_t least = std::numeric_limits<std::int64_t>::min();
        std::int64_t most = std::numeric_limits<std::int64_t>::max();
        for (std::int64_t pair = 0; pair < 256 * 256; ++pair) {
            const std::int64_t code = codes[pair];
            const std::int64_t sum = a * (pair / 256) + b * (pair % 256);
            if (code > low) {
                least = std::max(least, (code << bits) - sum);
            }
            if (code < high) {
                most = std::min(most, ((code + 1) << bits) - 1 - sum);
            }
        }
        if (least <= most) {
            result.factor = {static_cast<std::int32_t>(a), static_cast<std::int32_t>(b)};
            const bool below = least == std::numeric_limits<std::int64_t>::min();
            const bool above = most == std::numeric_limits<std::int64_t>::max();
            result.constant = below ? (above ? 0 : most) : (above ? least : least + (most - least) / 2);
            return result;
        }
    }
    return std::nullopt;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
