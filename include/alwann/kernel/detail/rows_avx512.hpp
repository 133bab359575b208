// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the rows engine with AVX-512 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/rows_avx2.hpp>

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

struct rows_avx512 {
    using mark_used = mark_used_avx2;

    template <std::size_t>
    static constexpr std::size_t most_groups = 4;

    /// Rows of 16 products are one AVX2 register: wider ones would not help them.
    template <std::size_t Width, std::size_t Groups, bool Contiguous>
    static void add(const rows_block& block) {
        if constexpr (Width == 32) {
            add32<Groups, Contiguous>(block);
        } else {
            rows_avx2::add<Width, Groups, Contiguous>(block);
        }
    }

    template <std::size_t Width, bool Fresh>
    static void flush(const std::uint16_t* low, const std::uint16_t* high, std::size_t groups,
                      std::int32_t* sums) {
        rows_avx2::flush<Width, Fresh>(low, high, groups, sums);
    }

private:
    /// Where the rows of four products lie in their tables.
    struct row_offsets {
        std::size_t at[4];

        /// Neighbouring codes are loaded together: load instructions are what the inner loop has least of.
        static row_offsets neighbours(const std::uint8_t* codes) {
            constexpr std::size_t mask = std::size_t{255} << 6;
            std::uint32_t four = 0;
            std::memcpy(&four, codes, sizeof four);
            const std::size_t bits = four;
            return {{(bits << 6) & mask, (bits >> 2) & mask, (bits >> 10) & mask, (bits >> 18) & mask}};
        }
        static row_offsets scattered(const std::uint8_t* codes, const std::uint32_t* step) {
            return {{std::size_t{64} * codes[step[0]], std::size_t{64} * codes[step[1]],
                     std::size_t{64} * codes[step[2]], std::size_t{64} * codes[step[3]]}};
        }
    };

    template <std::size_t Groups, bool Contiguous>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static void add32(const rows_block& block) {
        constexpr std::size_t stride = rows_layout<32>::table_bytes;
        const bool fresh = block.fresh;
        for (std::size_t p = 0; p < block.positions; ++p) {
            const std::uint8_t* base = block.codes + block.first[p];
            __m512i low = fresh ? _mm512_setzero_si512() : _mm512_load_si512(block.low + 32 * p);
            __m512i high = fresh ? _mm512_setzero_si512() : _mm512_load_si512(block.high + 32 * p);
#pragma GCC unroll 4
            for (std::size_t k = 0; k < 4 * Groups; k += 4) {
                const std::uint8_t* tables = block.tables + k * stride;
                const auto rows = Contiguous ? row_offsets::neighbours(base + block.step[0] + k)
                                             : row_offsets::scattered(base, block.step + k);
                const __m512i a = _mm512_load_si512(tables + rows.at[0]);
                const __m512i b = _mm512_load_si512(tables + stride + rows.at[1]);
                const __m512i c = _mm512_load_si512(tables + 2 * stride + rows.at[2]);
                const __m512i d = _mm512_load_si512(tables + 3 * stride + rows.at[3]);
                const __m512i sum = _mm512_add_epi16(_mm512_add_epi16(a, b), _mm512_add_epi16(c, d));
                const __m512i mean = _mm512_avg_epu16(_mm512_avg_epu16(a, b), _mm512_avg_epu16(c, d));
                low = _mm512_add_epi16(low, sum);
                high = _mm512_add_epi16(high, _mm512_srli_epi16(mean, 7));
            }
            _mm512_store_si512(block.low + 32 * p, low);
            _mm512_store_si512(block.high + 32 * p, high);
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
