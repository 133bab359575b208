// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the rows engine with AVX2 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/rows_block.hpp>

#if defined(__x86_64__)

#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

struct rows_avx2 {
    template <std::size_t Width, bool Contiguous>
    [[gnu::target("avx2")]] static void add(const rows_block& block) {
        constexpr std::size_t vectors = Width / 16;
        for (std::size_t p = 0; p < block.positions; ++p) {
            const std::uint16_t* base = block.offsets + block.first[p];
            __m256i low[vectors], high[vectors];
            for (std::size_t v = 0; v < vectors; ++v) {
                low[v] = _mm256_load_si256(reinterpret_cast<__m256i*>(block.low + Width * p) + v);
                high[v] = _mm256_load_si256(reinterpret_cast<__m256i*>(block.high + Width * p) + v);
            }
#pragma GCC unroll 4
            for (std::size_t k = 0; k < rows_depth; k += 4) {
                const __m256i* rows[4];
#pragma GCC unroll 4
                for (std::size_t j = 0; j < 4; ++j) {
                    const std::size_t step = Contiguous ? block.step[0] + k + j : block.step[k + j];
                    rows[j] = reinterpret_cast<const __m256i*>(
                        block.tables + (k + j) * rows_layout<Width>::table_bytes + base[step]);
                }
#pragma GCC unroll 2
                for (std::size_t v = 0; v < vectors; ++v) {
                    const __m256i a = _mm256_load_si256(rows[0] + v);
                    const __m256i b = _mm256_load_si256(rows[1] + v);
                    const __m256i c = _mm256_load_si256(rows[2] + v);
                    const __m256i d = _mm256_load_si256(rows[3] + v);
                    const __m256i sum = _mm256_add_epi16(_mm256_add_epi16(a, b), _mm256_add_epi16(c, d));
                    const __m256i mean = _mm256_avg_epu16(_mm256_avg_epu16(a, b), _mm256_avg_epu16(c, d));
                    low[v] = _mm256_add_epi16(low[v], sum);
                    high[v] = _mm256_add_epi16(high[v], _mm256_srli_epi16(mean, 7));
                }
            }
            for (std::size_t v = 0; v < vectors; ++v) {
                _mm256_store_si256(reinterpret_cast<__m256i*>(block.low + Width * p) + v, low[v]);
                _mm256_store_si256(reinterpret_cast<__m256i*>(block.high + Width * p) + v, high[v]);
            }
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
