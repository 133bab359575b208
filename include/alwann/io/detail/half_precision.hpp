// SPDX-License-Identifier: MIT
/// @file
/// Floats of 16 bits.
#pragma once

#include <alwann/core/config.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A half-precision number: 1 sign, 5 exponent, 10 fraction bits.
[[nodiscard]] inline float half_to_float(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const int fraction = bits & 1023;
    const float size = exponent == 0    ? std::ldexp(static_cast<float>(fraction), -24)
                       : exponent == 31 ? (fraction == 0 ? std::numeric_limits<float>::infinity()
                                                         : std::numeric_limits<float>::quiet_NaN())
                                        : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
    return (bits & 0x8000) != 0 ? -size : size;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
