// SPDX-License-Identifier: MIT
/// @file
/// What the loops of the output stage work on.
#pragma once

#include <alwann/kernel/requantisation.hpp>

#include <cstddef>
#include <cstdint>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Output channels whose constants stay in registers while positions pass.
inline constexpr std::size_t strip_channels = 16;

/// Sums of some positions and up to strip_channels channels, and where their codes go. Pointers to constants
/// are those of the first channel.
struct requantise_strip {
    std::size_t channels = 0;
    std::size_t positions = 0;
    const std::int32_t* sums = nullptr;
    std::size_t sums_stride = 0;          ///< from position to position
    const std::int32_t* inputs = nullptr; ///< sums of activation codes, from the first channel's group on
    std::size_t inputs_stride = 0;
    std::size_t groups = 1;              ///< that the channels belong to, at most as many
    const std::int32_t* group = nullptr; ///< [strip_channels]: each channel's, counted from the first one's
    std::uint8_t* codes = nullptr;
    std::size_t codes_stride = 0;
    const std::int32_t* weight_zero = nullptr;
    const std::int32_t* constant = nullptr;

    // For 32-bit lanes, see narrow_factor; readable, as the two above, for strip_channels channels.
    const std::int32_t* least = nullptr;
    const std::int32_t* most = nullptr;
    const std::int32_t* mantissa = nullptr;
    const std::int32_t* rounding = nullptr;
    const std::int32_t* shift = nullptr;
    const std::int32_t* slope = nullptr;
    const std::int32_t* fraction = nullptr;
    bool sloped = false; ///< one of the channels has a slope

    // For 64-bit lanes.
    const std::int32_t* wide_mantissa = nullptr; ///< of fixed_factor
    const std::int32_t* wide_shift = nullptr;
    code_range range;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
