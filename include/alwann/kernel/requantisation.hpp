// SPDX-License-Identifier: MIT
/// @file
/// The one definition of how integer results become codes of another scale.
#pragma once

#include <alwann/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// A positive real factor as mantissa * 2^-shift with a 31-bit mantissa, as fixed-point hardware has it.
struct fixed_factor {
    std::int32_t mantissa = 0; ///< 0, or in [2^30, 2^31)
    std::int32_t shift = 1;    ///< 1 to 62

    fixed_factor() = default;
    /// mantissa_bits / 2^shift_right.
    constexpr fixed_factor(std::int32_t mantissa_bits, std::int32_t shift_right) noexcept
        : mantissa(mantissa_bits), shift(shift_right) {}

    /// The nearest such factor. Factors below 2^-32 become 0. Throws value_error for a negative one and for
    /// one of 2^29 or more.
    explicit fixed_factor(double factor) {
        if (!(factor >= 0) || factor >= 0x1p29) {
            throw value_error("requantisation: expected a factor from 0 to 2^29, found " +
                              std::to_string(factor));
        }
        if (factor < 0x1p-32) {
            return;
        }
        int exponent = 0;
        auto rounded = static_cast<std::int64_t>(std::llround(std::ldexp(std::frexp(factor, &exponent), 31)));
        if (rounded == std::int64_t{1} << 31) {
            rounded /= 2;
            ++exponent;
        }
        mantissa = static_cast<std::int32_t>(rounded);
        shift = 31 - exponent; // at most 62, as the factor is 2^-32 or more
    }

    /// value * factor, rounded to the nearest integer, halves away from zero.
    [[nodiscard]] constexpr std::int64_t operator()(std::int32_t value) const noexcept {
        const std::int64_t product = std::int64_t{value} * mantissa;
        return (product + (std::int64_t{1} << (shift - 1)) - (product < 0 ? 1 : 0)) >> shift;
    }

    friend bool operator==(const fixed_factor&, const fixed_factor&) = default;
};

/// A factor with which any sum but 0 leaves every range of codes: larger ones can be taken as this one.
inline constexpr double saturating_factor = 0x1p28;

/// Clamps to 32 bits: sums that do not fit have long left the range of their codes.
[[nodiscard]] constexpr std::int32_t saturate(std::int64_t value) noexcept {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, std::numeric_limits<std::int32_t>::min(),
                                                              std::numeric_limits<std::int32_t>::max()));
}

/// Zero point and limits of the codes a layer produces; the limits carry a fused ReLU or clip.
struct code_range {
    std::int32_t zero = 0;   ///< the code of the real number 0
    std::uint8_t low = 0;    ///< the least code
    std::uint8_t high = 255; ///< the greatest code

    /// The code of a value counted from the zero point.
    [[nodiscard]] constexpr std::uint8_t operator()(std::int64_t from_zero) const noexcept {
        return static_cast<std::uint8_t>(std::clamp<std::int64_t>(from_zero + zero, low, high));
    }
    friend bool operator==(const code_range&, const code_range&) = default;
};

} // namespace alwann::inline ALWANN_ABI
