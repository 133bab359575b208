// SPDX-License-Identifier: MIT
/// @file
/// Sums of codes with AVX-512 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/linear_sum.hpp>

#if defined(__x86_64__)

#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

struct sum_lanes_avx512 {
    __m512i high_factors, low_factors, high_constant, low_constant;
    __m128i shift;

    /// Sums of 16 pairs (a, b) of 16 bits, not limited yet.
    [[gnu::target("avx512f,avx512bw"), gnu::always_inline]] __m512i operator()(__m512i pairs) const {
        constexpr __mmask16 all = 0xFFFF;
        const __m512i high = _mm512_add_epi32(_mm512_madd_epi16(pairs, high_factors), high_constant);
        const __m512i low = _mm512_add_epi32(_mm512_madd_epi16(pairs, low_factors), low_constant);
        const __m512i sum = _mm512_add_epi32(high, _mm512_maskz_srai_epi32(all, low, linear_sum::low_bits));
        return _mm512_maskz_sra_epi32(all, sum, shift);
    }
};

/// to = what(a, b), code by code.
[[gnu::target("avx512f,avx512bw")]] inline void code_sum_avx512(const linear_sum& what, const code_rows& at) {
    sum_lanes_avx512 sum;
    sum.high_factors = _mm512_set1_epi32(what.high_factors());
    sum.low_factors = _mm512_set1_epi32(what.low_factors());
    sum.high_constant = _mm512_set1_epi32(what.high_constant());
    sum.low_constant = _mm512_set1_epi32(what.low_constant());
    sum.shift = _mm_cvtsi32_si128(what.shift);
    const __m512i least = _mm512_set1_epi8(static_cast<char>(what.low));
    const __m512i most = _mm512_set1_epi8(static_cast<char>(what.high));
    const __m512i zero = _mm512_setzero_si512();
    for (std::size_t row = 0; row < at.rows; ++row) {
        const std::size_t first = row * at.stride;
        for (std::size_t i = 0; i < at.width; i += 64) {
            const std::size_t left = at.width - i;
            const __mmask64 kept = left >= 64 ? ~__mmask64{0} : (__mmask64{1} << left) - 1;
            const __m512i a = _mm512_maskz_loadu_epi8(kept, at.a + first + i);
            const __m512i b = _mm512_maskz_loadu_epi8(kept, at.b + first + i);
            // Interleaving and packing both work within lanes of 16 bytes: the order comes back.
            const __m512i front = _mm512_unpacklo_epi8(a, b);
            const __m512i back = _mm512_unpackhi_epi8(a, b);
            __m512i codes = _mm512_packus_epi16(_mm512_packs_epi32(sum(_mm512_unpacklo_epi8(front, zero)),
                                                                   sum(_mm512_unpackhi_epi8(front, zero))),
                                                _mm512_packs_epi32(sum(_mm512_unpacklo_epi8(back, zero)),
                                                                   sum(_mm512_unpackhi_epi8(back, zero))));
            codes = _mm512_min_epu8(_mm512_max_epu8(codes, least), most);
            if (left >= 64) {
                _mm512_storeu_si512(at.to + first + i, codes);
            } else {
                _mm512_mask_storeu_epi8(at.to + first + i, kept, codes);
            }
        }
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
