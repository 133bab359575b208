// SPDX-License-Identifier: MIT
/// @file
/// Affine codes of 2 to 8 bits: real = scale * (code - zero point).
#pragma once

#include <alwann/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// Scale and zero point of unsigned codes of up to 8 bits. Scales are single-precision numbers, as files keep
/// them.
struct quantisation {
    double scale = 1;           ///< the real of one step
    std::int32_t zero = 0;      ///< the code of the real number 0
    std::uint8_t lowest = 0;    ///< the codes in use
    std::uint8_t highest = 255; ///< 2^bits - 1 for fewer bits

    /// The nearest code; halves away from zero, clamped to the codes in use.
    [[nodiscard]] std::uint8_t encode(double real) const {
        return static_cast<std::uint8_t>(std::clamp(
            std::round(real / scale) + zero, static_cast<double>(lowest), static_cast<double>(highest)));
    }
    /// The real of a code.
    [[nodiscard]] double decode(std::int32_t code) const { return scale * (code - zero); }

    friend bool operator==(const quantisation&, const quantisation&) = default;
};

namespace detail {

/// The nearest number of single precision.
[[nodiscard]] inline double to_single(double value) {
    return double{static_cast<float>(value)};
}

/// Throws value_error unless codes can have so many bits.
inline void check_bits(std::string_view what, unsigned bits) {
    if (bits < 2 || bits > 8) {
        throw value_error(std::string(what) + ": expected 2 to 8 bits, found " + std::to_string(bits));
    }
}

} // namespace detail

/// The codes 0 to 2^bits - 1 that cover [low, high]. The range is widened to contain 0, which therefore has
/// an exact code. Throws value_error for a bound that is not finite and for less than 2 or more than 8 bits.
[[nodiscard]] inline quantisation quantisation_of_range(double low, double high, unsigned bits = 8) {
    detail::check_bits("quantisation", bits);
    if (!std::isfinite(low) || !std::isfinite(high) || low > high) {
        throw value_error("quantisation: expected a finite range, found [" + std::to_string(low) + ", " +
                          std::to_string(high) + "]");
    }
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
    quantisation codes;
    codes.highest = static_cast<std::uint8_t>((1u << bits) - 1);
    const double scale = detail::to_single((high - low) / codes.highest);
    if (scale > 0) { // else all values are 0, or too small to divide
        codes.scale = scale;
        codes.zero = static_cast<std::int32_t>(std::round(-low / scale));
    }
    return codes;
}

/// Signed codes that cover [-magnitude, magnitude]: the numbers from -(2^(bits-1) - 1) to 2^(bits-1) - 1,
/// plus 128. So zero is 128 whatever the bits, and on a multiplier of signed operands the correction for it
/// vanishes.
///
/// Throws value_error for a magnitude that is negative or not finite and for less than 2 or more than 8 bits.
[[nodiscard]] inline quantisation symmetric_quantisation(double magnitude, unsigned bits = 8) {
    detail::check_bits("quantisation", bits);
    if (!std::isfinite(magnitude) || magnitude < 0) {
        throw value_error("quantisation: expected a finite magnitude, found " + std::to_string(magnitude));
    }
    const int most = (1 << (bits - 1)) - 1;
    const double scale = detail::to_single(magnitude / most);
    return {scale > 0 ? scale : 1, 128, static_cast<std::uint8_t>(128 - most),
            static_cast<std::uint8_t>(128 + most)};
}

} // namespace alwann::inline ALWANN_ABI
