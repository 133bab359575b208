// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the rows engine on whatever vectors the unit's flags give.
#pragma once

#include <alwann/kernel/detail/rows_block.hpp>

#include <xsimd/xsimd.hpp>

namespace alwann::inline ALWANN_ABI {
namespace detail {

struct rows_portable {
    template <std::size_t Width, bool Contiguous>
    static void add(const rows_block& block) {
        using batch = xsimd::batch<std::uint16_t>;
        constexpr std::size_t lanes = batch::size;
        static_assert(Width % lanes == 0);
        constexpr std::size_t vectors = Width / lanes;
        for (std::size_t p = 0; p < block.positions; ++p) {
            const std::uint16_t* base = block.offsets + block.first[p];
            const std::uint16_t* rows[rows_depth];
            for (std::size_t k = 0; k < rows_depth; ++k) {
                const std::size_t step = Contiguous ? block.step[0] + k : block.step[k];
                rows[k] = reinterpret_cast<const std::uint16_t*>(
                    block.tables + k * rows_layout<Width>::table_bytes + base[step]);
            }
            for (std::size_t v = 0; v < vectors; ++v) {
                auto low = batch::load_aligned(block.low + Width * p + lanes * v);
                auto high = batch::load_aligned(block.high + Width * p + lanes * v);
                for (std::size_t k = 0; k < rows_depth; k += 4) {
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

private:
    /// (a + b + 1) / 2 without a wider type.
    template <class Batch>
    static Batch average(const Batch& a, const Batch& b) {
        return (a | b) - ((a ^ b) >> 1);
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
