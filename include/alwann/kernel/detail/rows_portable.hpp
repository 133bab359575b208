// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the rows engine on whatever vectors the unit's flags give.
#pragma once

#include <alwann/kernel/detail/rows_block.hpp>
#include <alwann/kernel/detail/used_codes.hpp>

#include <type_traits>
#include <xsimd/xsimd.hpp>

namespace alwann::inline ALWANN_ABI {
namespace detail {

struct rows_portable {
    using mark_used = mark_used_portable;

    template <std::size_t>
    static constexpr std::size_t most_groups = 4;

    /// Adds 4 * Groups products; Contiguous: their codes are neighbours.
    template <std::size_t Width, std::size_t Groups, bool Contiguous>
    static void add(const rows_block& block) {
        // Never wider than a row.
        using widest = xsimd::batch<std::uint16_t>;
        using batch = std::conditional_t<(widest::size > Width),
                                         xsimd::make_sized_batch_t<std::uint16_t, Width>, widest>;
        constexpr std::size_t lanes = batch::size;
        static_assert(Width % lanes == 0);
        constexpr std::size_t vectors = Width / lanes;
        for (std::size_t p = 0; p < block.positions; ++p) {
            const std::uint8_t* base = block.codes + block.first[p];
            const std::uint16_t* rows[4 * Groups];
            for (std::size_t k = 0; k < 4 * Groups; ++k) {
                const std::size_t step = Contiguous ? block.step[0] + k : block.step[k];
                rows[k] = reinterpret_cast<const std::uint16_t*>(
                    block.tables + k * rows_layout<Width>::table_bytes +
                    std::size_t{base[step]} * rows_layout<Width>::row_bytes);
            }
            for (std::size_t v = 0; v < vectors; ++v) {
                batch low(std::uint16_t{0}), high(std::uint16_t{0});
                if (!block.fresh) {
                    low = batch::load_aligned(block.low + Width * p + lanes * v);
                    high = batch::load_aligned(block.high + Width * p + lanes * v);
                }
                for (std::size_t k = 0; k < 4 * Groups; k += 4) {
                    const auto a = batch::load_aligned(rows[k] + lanes * v);
                    const auto b = batch::load_aligned(rows[k + 1] + lanes * v);
                    const auto c = batch::load_aligned(rows[k + 2] + lanes * v);
                    const auto d = batch::load_aligned(rows[k + 3] + lanes * v);
                    low = low + ((a + b) + (c + d));
                    high = high + (average(average(a, b), average(c, d)) >> 7);
                }
                low.store_aligned(block.low + Width * p + lanes * v);
                high.store_aligned(block.high + Width * p + lanes * v);
            }
        }
    }

    /// Writes (or adds, if not Fresh) the exact sums of one position after `groups` groups. `sums` has room
    /// for Width.
    template <std::size_t Width, bool Fresh>
    static void flush(const std::uint16_t* low, const std::uint16_t* high, std::size_t groups,
                      std::int32_t* sums) {
        for (std::size_t f = 0; f < Width; ++f) {
            const std::int32_t sum = rows_sum(low[f], high[f], groups);
            sums[f] = Fresh ? sum : sums[f] + sum;
        }
    }

private:
    /// (a + b + 1) / 2 without a wider type.
    template <class Batch>
    static Batch average(const Batch& a, const Batch& b) {
        return (a | b) - ((a ^ b) >> 1);
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
