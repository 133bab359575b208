// SPDX-License-Identifier: MIT
/// @file
/// Sums of codes with AVX2 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/linear_sum.hpp>

#if defined(__x86_64__)

#include <cstring>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A linear_sum in vectors of 32 codes.
struct sum_lanes_avx2 {
    __m256i high_factors, low_factors, high_constant, low_constant, least, most;
    __m128i shift;

    [[gnu::target("avx2")]] explicit sum_lanes_avx2(const linear_sum& what)
        : high_factors(_mm256_set1_epi32(what.high_factors())),
          low_factors(_mm256_set1_epi32(what.low_factors())),
          high_constant(_mm256_set1_epi32(what.high_constant())),
          low_constant(_mm256_set1_epi32(what.low_constant())),
          least(_mm256_set1_epi8(static_cast<char>(what.low))),
          most(_mm256_set1_epi8(static_cast<char>(what.high))),
          shift(_mm_cvtsi32_si128(what.shift)) {}

    [[gnu::target("avx2"), gnu::always_inline]] void operator()(const std::uint8_t* a, const std::uint8_t* b,
                                                                std::uint8_t* to) const {
        const __m256i zero = _mm256_setzero_si256();
        const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a));
        const __m256i y = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b));
        // Interleaving and packing both work within lanes of 16 bytes: the order comes back.
        const __m256i front = _mm256_unpacklo_epi8(x, y);
        const __m256i back = _mm256_unpackhi_epi8(x, y);
        const __m256i codes = _mm256_packus_epi16(
            _mm256_packs_epi32(sum(_mm256_unpacklo_epi8(front, zero)),
                               sum(_mm256_unpackhi_epi8(front, zero))),
            _mm256_packs_epi32(sum(_mm256_unpacklo_epi8(back, zero)), sum(_mm256_unpackhi_epi8(back, zero))));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                            _mm256_min_epu8(_mm256_max_epu8(codes, least), most));
    }

private:
    /// Sums of eight pairs (a, b) of 16 bits, not limited yet.
    [[gnu::target("avx2"), gnu::always_inline]] __m256i sum(__m256i pairs) const {
        const __m256i high = _mm256_add_epi32(_mm256_madd_epi16(pairs, high_factors), high_constant);
        const __m256i low = _mm256_add_epi32(_mm256_madd_epi16(pairs, low_factors), low_constant);
        return _mm256_sra_epi32(_mm256_add_epi32(high, _mm256_srai_epi32(low, linear_sum::low_bits)), shift);
    }
};

/// to = what(a, b), code by code.
[[gnu::target("avx2")]] inline void code_sum_avx2(const linear_sum& what, const code_rows& at) {
    const sum_lanes_avx2 sum(what);
    for (std::size_t row = 0; row < at.rows; ++row) {
        const std::size_t first = row * at.stride;
        std::size_t i = 0;
        for (; i + 32 <= at.width; i += 32) {
            sum(at.a + first + i, at.b + first + i, at.to + first + i);
        }
        if (i < at.width) {
            alignas(32) std::uint8_t a[32] = {}, b[32] = {};
            std::memcpy(a, at.a + first + i, at.width - i);
            std::memcpy(b, at.b + first + i, at.width - i);
            sum(a, b, a);
            std::memcpy(at.to + first + i, a, at.width - i);
        }
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
