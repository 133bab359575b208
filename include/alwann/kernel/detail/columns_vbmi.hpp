// SPDX-License-Identifier: MIT
/// @file
/// Inner loops of the columns engines: AVX-512 VBMI byte permutes as look-ups in 256 bytes.
#pragma once

#include <alwann/core/config.hpp>

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Sums of looked-up bytes, for vectors of 64 codes.
///
/// Products come in groups of eight. A group's sum S and its rounded-up average H (three levels of average
/// instructions) satisfy 8 H = S + d with 0 <= d <= 12, because one level adds at most 1, 2 or 4 to 8 H for
/// each of its 4, 2 or 1 averages. Kept per vector are
///
///     bytes:  sum of S mod 256
///     words:  sum of H over both bytes of a word, mod 2^16
///     odd:    sum of H over the upper bytes
///
/// After n <= 21 groups the sum of H is at most 21 * 255, so that both bytes' sums can be told apart, and the
/// sum of d at most 252: it is (8 * sum of H - bytes) mod 256, and what remains is the exact sum.
struct columns_vbmi {
    static constexpr std::size_t group = 8;       ///< products
    static constexpr std::size_t max_groups = 21; ///< until the sums are taken
    static constexpr std::size_t sums_bytes = 3 * 64;
    static constexpr std::size_t column_bytes = 256;

    /// Products of a last group of `rest`, 0 to 8: 0, 1, 2, 4 or 8, the missing ones being zero columns.
    static constexpr std::size_t rounded(std::size_t rest) { return rest <= 2 ? rest : rest <= 4 ? 4 : 8; }

    /// For each code x[k * stride + p] of `vectors` * 64, adds the bytes columns[256 * codes[k] + x], k below
    /// `depth`, a multiple of eight plus 0, 1, 2 or 4. `fresh` sums are overwritten.
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]] static void
    add(const std::uint8_t* x, std::size_t stride, std::size_t vectors, const std::uint8_t* columns,
        const std::uint16_t* codes, std::size_t depth, bool fresh, std::uint8_t* sums) {
        for (; vectors >= 4; vectors -= 4, x += 4 * 64, sums += 4 * sums_bytes) {
            add<4>(x, stride, columns, codes, depth, fresh, sums);
        }
        switch (vectors) {
        case 1:
            return add<1>(x, stride, columns, codes, depth, fresh, sums);
        case 2:
            return add<2>(x, stride, columns, codes, depth, fresh, sums);
        case 3:
            return add<3>(x, stride, columns, codes, depth, fresh, sums);
        default:
            return;
        }
    }

    /// Adds the sums of `Planes` bytes of a product, `plane` apart, to the 64 results of a vector.
    template <std::size_t Planes>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]] static void
    take(const std::uint8_t* sums, std::size_t plane, bool fresh, std::int32_t* results) {
        constexpr __mmask16 all = 0xFFFF;
        const __m512i low = _mm512_set1_epi32(0xFFFF);
        __m512i total[4];
#pragma GCC unroll 2
        for (std::size_t p = 0; p < Planes; ++p) {
            const __m512i bytes = _mm512_load_si512(sums + p * plane);
            const __m512i words = _mm512_load_si512(sums + p * plane + 64);
            const __m512i odd = _mm512_load_si512(sums + p * plane + 128);
            const __m512i even = _mm512_sub_epi16(words, _mm512_slli_epi16(odd, 8));
            const __m512i e = exact(even, bytes);
            const __m512i o = exact(odd, _mm512_srli_epi16(bytes, 8));
            const __m512i part[4] = {_mm512_and_si512(e, low), _mm512_and_si512(o, low),
                                     _mm512_maskz_srli_epi32(all, e, 16),
                                     _mm512_maskz_srli_epi32(all, o, 16)};
#pragma GCC unroll 4
            for (std::size_t r = 0; r < 4; ++r) {
                total[r] =
                    p == 0 ? part[r] : _mm512_add_epi32(total[r], _mm512_maskz_slli_epi32(all, part[r], 8));
            }
        }
#pragma GCC unroll 4
        for (std::size_t r = 0; r < 4; ++r) {
            std::int32_t* to = results + 16 * r;
            _mm512_store_si512(to, fresh ? total[r] : _mm512_add_epi32(total[r], _mm512_load_si512(to)));
        }
    }

    /// to[p * to_stride + f] = from[f * stride + p] for 16 positions and up to 16 output channels.
    [[gnu::target("avx512f")]] static void transpose(const std::int32_t* from, std::size_t stride,
                                                     std::size_t outputs, std::int32_t* to,
                                                     std::size_t to_stride) {
        __m512i a[16], b[16];
#pragma GCC unroll 16
        for (std::size_t f = 0; f < 16; ++f) {
            a[f] = _mm512_load_si512(from + (f < outputs ? f : 0) * stride);
        }
        interleave(a, b);
        interleave(b, a);
        interleave(a, b);
        interleave(b, a);
#pragma GCC unroll 16
        for (std::size_t p = 0; p < 16; ++p) {
            _mm512_store_si512(to + p * to_stride, a[p]);
        }
    }

private:
    /// Interleaving the first half of the rows with the second, four times, transposes 16 x 16 numbers.
    [[gnu::target("avx512f"), gnu::always_inline]] static inline void interleave(const __m512i* from,
                                                                                 __m512i* to) {
        const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const __m512i high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#pragma GCC unroll 8
        for (std::size_t n = 0; n < 8; ++n) {
            to[2 * n] = _mm512_permutex2var_epi32(from[n], low, from[n + 8]);
            to[2 * n + 1] = _mm512_permutex2var_epi32(from[n], high, from[n + 8]);
        }
    }

    /// One exact sum per word, from the sum of H and the sum of S mod 256 in the lower byte.
    [[gnu::target("avx512f,avx512bw"), gnu::always_inline]] static inline __m512i exact(__m512i average,
                                                                                        __m512i bytes) {
        const __m512i eightfold = _mm512_slli_epi16(average, 3);
        const __m512i excess = _mm512_and_si512(_mm512_sub_epi16(eightfold, bytes), _mm512_set1_epi16(0xFF));
        return _mm512_sub_epi16(eightfold, excess);
    }

    template <std::size_t Vectors>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi"), gnu::always_inline]] static inline void
    add(const std::uint8_t* x, std::size_t stride, const std::uint8_t* columns, const std::uint16_t* codes,
        std::size_t depth, bool fresh, std::uint8_t* sums) {
        for (; depth >= group; depth -= group, codes += group, x += group * stride, fresh = false) {
            step<Vectors, 8>(x, stride, columns, codes, fresh, sums);
        }
        switch (depth) {
        case 1:
            return step<Vectors, 1>(x, stride, columns, codes, fresh, sums);
        case 2:
            return step<Vectors, 2>(x, stride, columns, codes, fresh, sums);
        case 4:
            return step<Vectors, 4>(x, stride, columns, codes, fresh, sums);
        default:
            return;
        }
    }

    template <std::size_t Vectors, std::size_t Products>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi"), gnu::always_inline]] static inline void
    step(const std::uint8_t* x, std::size_t stride, const std::uint8_t* columns, const std::uint16_t* codes,
         bool fresh, std::uint8_t* sums) {
        __m512i sum[Vectors], one[Vectors], two[Vectors], four[Vectors], eight[Vectors];
#pragma GCC unroll 8
        for (std::size_t k = 0; k < Products; ++k) {
            const std::uint8_t* column = columns + column_bytes * codes[k];
            const __m512i t0 = _mm512_load_si512(column), t1 = _mm512_load_si512(column + 64);
            const __m512i t2 = _mm512_load_si512(column + 128), t3 = _mm512_load_si512(column + 192);
#pragma GCC unroll 4
            for (std::size_t v = 0; v < Vectors; ++v) {
                __m512i code = _mm512_load_si512(x + k * stride + 64 * v);
                asm("" : "+v"(code)); // or g++ loads it three times
                const __m512i value =
                    _mm512_mask_blend_epi8(_mm512_movepi8_mask(code), _mm512_permutex2var_epi8(t0, code, t1),
                                           _mm512_permutex2var_epi8(t2, code, t3));
                sum[v] = k == 0 ? value : _mm512_add_epi8(sum[v], value);
                asm("" : "+v"(sum[v])); // keeps g++ from reordering the additions, which needs more registers
                if (k % 2 == 0) {
                    one[v] = value;
                } else if (k % 4 == 1) {
                    two[v] = _mm512_avg_epu8(one[v], value);
                } else if (k % 8 == 3) {
                    four[v] = _mm512_avg_epu8(two[v], _mm512_avg_epu8(one[v], value));
                } else {
                    eight[v] =
                        _mm512_avg_epu8(four[v], _mm512_avg_epu8(two[v], _mm512_avg_epu8(one[v], value)));
                }
            }
        }
        const __m512i zero = _mm512_setzero_si512();
#pragma GCC unroll 4
        for (std::size_t v = 0; v < Vectors; ++v) {
            std::uint8_t* to = sums + v * sums_bytes;
            if constexpr (Products == 1) {
                two[v] = _mm512_avg_epu8(one[v], zero);
            }
            if constexpr (Products <= 2) {
                four[v] = _mm512_avg_epu8(two[v], zero);
            }
            if constexpr (Products <= 4) {
                eight[v] = _mm512_avg_epu8(four[v], zero);
            }
            const __m512i odd = _mm512_srli_epi16(eight[v], 8);
            if (fresh) {
                _mm512_store_si512(to, sum[v]);
                _mm512_store_si512(to + 64, eight[v]);
                _mm512_store_si512(to + 128, odd);
            } else {
                _mm512_store_si512(to, _mm512_add_epi8(_mm512_load_si512(to), sum[v]));
                _mm512_store_si512(to + 64, _mm512_add_epi16(_mm512_load_si512(to + 64), eight[v]));
                _mm512_store_si512(to + 128, _mm512_add_epi16(_mm512_load_si512(to + 128), odd));
            }
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
