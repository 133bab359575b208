// SPDX-License-Identifier: MIT
/// @file
/// What the inner loop of the rows engine works on.
#pragma once

#include <alwann/core/cpu.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Most products per block: their tables together fit a second-level cache.
inline constexpr std::size_t rows_depth = 16;

/// One row of `Width` 16-bit products per activation code and product; the rows of successive products are
/// skewed by a cache line, because a power of two between them would put equal codes into one cache set.
template <std::size_t Width>
struct rows_layout {
    static constexpr std::size_t row_bytes = 2 * Width;
    static constexpr std::size_t table_bytes = 256 * row_bytes + 64;
};

/// Adds up to rows_depth products for `positions` positions and Width output channels.
///
/// Sums are kept in two 16-bit halves. For m = 4, 8 or 16 products with sum S and average A, rounded up at
/// each of the levels of average instructions, S <= mA <= S + m log2(m) / 2. `low` gets S mod 2^16 and `high`
/// h = mA / 512, rounded down, so that S - 512 h lies in [-2 m, 508]: as long as there are at most
/// rows_groups groups of four products the exact sum can be recovered.
struct rows_block {
    const std::uint8_t* tables = nullptr; ///< one for each product, rows_layout::table_bytes apart
    const std::uint8_t* codes = nullptr;
    const std::uint32_t* first = nullptr; ///< byte of `codes` per position
    std::size_t positions = 0;
    std::uint32_t step[rows_depth] = {}; ///< added to it per product
    std::uint16_t* low = nullptr;        ///< [position][Width]
    std::uint16_t* high = nullptr;
    bool fresh = true; ///< low and high hold nothing yet
};

/// How many positions ahead an inner loop may ask for sums; there is room for as many behind the last.
inline constexpr std::size_t rows_ahead = 8;

/// Positions that share rows: laying these out costs as much as some hundred positions, but the sums have to
/// fit the second-level cache.
[[nodiscard]] inline std::size_t rows_positions() noexcept {
    return second_level_cache() < std::size_t{2} << 20 ? 4096 : 8192;
}

/// Groups of four products after which low and high must be emptied.
inline constexpr std::size_t rows_groups = 127;

/// For each of them, how far below 0 what `high` leaves of a sum may lie.
inline constexpr std::size_t rows_slack = 8;
static_assert(rows_groups * (508 + rows_slack) < 65536, "what high leaves fits 16 bits");
static_assert(rows_groups * 65535 / 128 < 65536, "the sum of h fits 16 bits");

/// By how many bits the average of 4 * Groups products, Groups a power of two, is shifted.
template <std::size_t Groups>
inline constexpr int rows_shift = 8 - std::bit_width(Groups);

/// Calls f<Groups>() for so many groups, 1 to Most: inner loops want a number that the compiler knows.
template <std::size_t Most, class F, std::size_t Groups = 1>
void with_groups(std::size_t groups, const F& f) {
    if constexpr (Groups < Most) {
        if (groups > Groups) {
            return with_groups<Most, F, Groups + 1>(groups, f);
        }
    }
    f.template operator()<Groups>();
}

/// Recovers one exact sum from its halves after `groups` groups.
[[nodiscard]] constexpr std::int32_t rows_sum(std::uint16_t low, std::uint16_t high,
                                              std::size_t groups) noexcept {
    const auto slack = static_cast<std::int32_t>(rows_slack * groups);
    const auto rest = static_cast<std::uint16_t>(low - (high << 9) + slack);
    return 512 * high + rest - slack;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
