// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the rows engine with AVX-512 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/rows_avx2.hpp>

#if defined(__x86_64__)

namespace alwann::inline ALWANN_ABI {
namespace detail {

struct rows_avx512 {
    /// Rows of 16 products are one AVX2 register: wider ones would not help them.
    template <std::size_t Width, bool Contiguous>
    static void add(const rows_block& block) {
        if constexpr (Width == 32) {
            add32<Contiguous>(block);
        } else {
            rows_avx2::add<Width, Contiguous>(block);
        }
    }

private:
    template <bool Contiguous>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static void add32(const rows_block& block) {
        constexpr std::size_t stride = rows_layout<32>::table_bytes;
        for (std::size_t p = 0; p < block.positions; ++p) {
            const std::uint16_t* base = block.offsets + block.first[p];
            __m512i low = _mm512_load_si512(block.low + 32 * p);
            __m512i high = _mm512_load_si512(block.high + 32 * p);
#pragma GCC unroll 4
            for (std::size_t k = 0; k < rows_depth; k += 4) {
                const std::uint8_t* tables = block.tables + k * stride;
                const std::uint32_t* step = block.step + k;
                const std::size_t start = block.step[0] + k;
                const __m512i a = _mm512_load_si512(tables + base[Contiguous ? start : step[0]]);
                const __m512i b = _mm512_load_si512(tables + stride + base[Contiguous ? start + 1 : step[1]]);
                const __m512i c =
                    _mm512_load_si512(tables + 2 * stride + base[Contiguous ? start + 2 : step[2]]);
                const __m512i d =
                    _mm512_load_si512(tables + 3 * stride + base[Contiguous ? start + 3 : step[3]]);
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
