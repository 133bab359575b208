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
    /// Groups of four products that one pass over the positions adds: more of them would spill registers.
    template <std::size_t Width>
    static constexpr std::size_t most_groups = Width == 32 ? 2 : 4;

    /// Adds 4 * Groups products; Contiguous: their codes are neighbours.
    template <std::size_t Width, std::size_t Groups, bool Contiguous>
    [[gnu::target("avx2")]] static void add(const rows_block& block) {
        constexpr std::size_t vectors = Width / 16;
        for (std::size_t p = 0; p < block.positions; ++p) {
            const std::uint8_t* base = block.codes + block.first[p];
            __m256i low[vectors], high[vectors];
            for (std::size_t v = 0; v < vectors; ++v) {
                low[v] = _mm256_load_si256(reinterpret_cast<__m256i*>(block.low + Width * p) + v);
                high[v] = _mm256_load_si256(reinterpret_cast<__m256i*>(block.high + Width * p) + v);
            }
#pragma GCC unroll 4
            for (std::size_t k = 0; k < 4 * Groups; k += 4) {
                constexpr std::size_t stride = rows_layout<Width>::table_bytes;
                constexpr std::size_t bytes = rows_layout<Width>::row_bytes;
                const std::uint8_t* tables = block.tables + k * stride;
                const auto at = Contiguous ? row_offsets::neighbours<bytes>(base + block.step[0] + k)
                                           : row_offsets::scattered<bytes>(base, block.step + k);
                const __m256i* rows[4];
#pragma GCC unroll 4
                for (std::size_t j = 0; j < 4; ++j) {
                    rows[j] = reinterpret_cast<const __m256i*>(tables + j * stride + at.at[j]);
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

    /// Writes (or adds, if not Fresh) the exact sums of one position after `groups` groups, and empties low
    /// and high. `sums` has room for Width.
    template <std::size_t Width, bool Fresh>
    [[gnu::target("avx2")]] static void flush(std::uint16_t* low, std::uint16_t* high, std::size_t groups,
                                              std::int32_t* sums) {
        const __m256i slack16 = _mm256_set1_epi16(static_cast<std::int16_t>(4 * groups));
        const __m256i slack32 = _mm256_set1_epi32(static_cast<std::int32_t>(4 * groups));
        for (std::size_t f = 0; f < Width; f += 16) {
            auto* l = reinterpret_cast<__m256i*>(low + f);
            auto* h = reinterpret_cast<__m256i*>(high + f);
            const __m256i halves[2] = {_mm256_load_si256(l), _mm256_load_si256(h)};
            const __m256i rest =
                _mm256_add_epi16(_mm256_sub_epi16(halves[0], _mm256_slli_epi16(halves[1], 9)), slack16);
            const __m256i wide[2] = {widened<0>(rest, halves[1], slack32),
                                     widened<1>(rest, halves[1], slack32)};
            for (std::size_t i = 0; i < 2; ++i) {
                auto* to = reinterpret_cast<__m256i*>(sums + f + 8 * i);
                _mm256_storeu_si256(to, Fresh ? wide[i] : _mm256_add_epi32(wide[i], _mm256_loadu_si256(to)));
            }
            _mm256_store_si256(l, _mm256_setzero_si256());
            _mm256_store_si256(h, _mm256_setzero_si256());
        }
    }

private:
    /// 512 * high + rest - slack of eight lanes.
    template <int Half>
    [[gnu::target("avx2"), gnu::always_inline]] static __m256i widened(__m256i rest, __m256i high,
                                                                       __m256i slack) {
        const __m256i r = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(rest, Half));
        const __m256i h = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(high, Half));
        return _mm256_sub_epi32(_mm256_add_epi32(r, _mm256_slli_epi32(h, 9)), slack);
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
