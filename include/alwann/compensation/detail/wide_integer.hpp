// SPDX-License-Identifier: MIT
/// @file
/// Integers for sums of squares.
#pragma once

#include <alwann/core/config.hpp>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// 128 bits; GCC and Clang have it on all 64-bit processors.
__extension__ typedef __int128 wide_integer;

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
