// SPDX-License-Identifier: MIT
/// @file
/// Where the rows of activation codes lie in tables whose rows have 64 bytes.
#pragma once

#include <alwann/core/config.hpp>

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Bytes from the start of a table, for four products.
struct row_offsets {
    std::size_t at[4];

    /// Of codes that are neighbours. They are loaded and multiplied together, by an operation that spreads
    /// their bits over the four 16-bit parts of a number: an inner loop has no instructions to spare.
    [[gnu::target("bmi2"), gnu::always_inline]] static row_offsets neighbours(const std::uint8_t* codes) {
        std::uint32_t four = 0;
        std::memcpy(&four, codes, sizeof four);
        const std::uint64_t spread = _pdep_u64(four, 0x3FC0'3FC0'3FC0'3FC0u);
        return {{static_cast<std::uint16_t>(spread), static_cast<std::uint16_t>(spread >> 16),
                 static_cast<std::uint16_t>(spread >> 32), spread >> 48}};
    }

    /// Of codes in four places.
    static row_offsets scattered(const std::uint8_t* codes, const std::uint32_t* step) {
        return {{std::size_t{64} * codes[step[0]], std::size_t{64} * codes[step[1]],
                 std::size_t{64} * codes[step[2]], std::size_t{64} * codes[step[3]]}};
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
