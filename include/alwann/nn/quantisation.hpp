// SPDX-License-Identifier: MIT
/// @file
/// Affine 8-bit codes: real = scale * (code - zero point).
#pragma once

#include <alwann/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// Scale and zero point of unsigned 8-bit codes.
struct quantisation {
    double scale = 1;
    std::int32_t zero = 0; ///< the code of the real number 0

    /// The nearest code; halves away from zero, clamped to 0..255.
    [[nodiscard]] std::uint8_t encode(double real) const {
        return static_cast<std::uint8_t>(std::clamp(std::round(real / scale) + zero, 0.0, 255.0));
    }
    [[nodiscard]] double decode(std::int32_t code) const { return scale * (code - zero); }

    friend bool operator==(const quantisation&, const quantisation&) = default;
};

/// The codes that cover [low, high]. The range is widened to contain 0, which therefore has an exact code.
/// Throws value_error for a bound that is not finite.
[[nodiscard]] inline quantisation quantisation_of_range(double low, double high) {
    if (!std::isfinite(low) || !std::isfinite(high) || low > high) {
        throw value_error("quantisation: expected a finite range, found [" + std::to_string(low) + ", " +
                          std::to_string(high) + "]");
    }
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
    const double scale = (high - low) / 255;
    if (!(scale > 0)) { // all values are 0, or too small to divide
        return {};
    }
    return {scale, static_cast<std::int32_t>(std::round(-low / scale))};
}

} // namespace alwann::inline ALWANN_ABI
