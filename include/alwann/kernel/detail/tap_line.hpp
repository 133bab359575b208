// SPDX-License-Identifier: MIT
/// @file
/// What the inner loop of rows that two taps share works on.
#pragma once

#include <alwann/core/config.hpp>

#include <cstddef>
#include <cstdint>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Adds products of one tap or of two for some positions in a line.
///
/// Sums are those that rows_block describes, of 16 output channels: [position][low half][high half].
struct tap_line {
    const std::uint8_t* tables = nullptr; ///< rows of 32, the first 16 for the first tap, or rows of 16
    const std::uint8_t* codes = nullptr;  ///< of the first position, as many as products
    std::size_t stride = 0;               ///< bytes from the codes of one position to those of the next
    std::size_t positions = 0;
    std::uint16_t* first = nullptr;  ///< sums that get the first tap's products
    std::uint16_t* second = nullptr; ///< and the second's, if it is in another row
    bool fresh = false;              ///< they hold nothing yet; of two rows neither is fresh
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
