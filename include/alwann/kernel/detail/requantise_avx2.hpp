// SPDX-License-Identifier: MIT
/// @file
/// The output stage with AVX2 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/requantise_strip.hpp>

#if defined(__x86_64__)

#include <algorithm>
#include <cstring>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

struct requantise_avx2 {
    /// `narrow`: all channels have a narrow_factor. Others are as fast without vectors, there being no
    /// 64-bit comparisons and arithmetic shifts worth the name.
    static bool run(const requantise_strip& strip, bool narrow) {
        if (strip.channels < 3 || !narrow) {
            return false;
        }
        for (std::size_t first = 0; first < strip.channels; first += 8) {
            strip.sloped ? lanes8<true>(strip, first) : lanes8<false>(strip, first);
        }
        return true;
    }

private:
    [[gnu::target("avx2"), gnu::always_inline]] static __m256i load(const std::int32_t* from) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    }

    template <bool Sloped>
    static void lanes8(const requantise_strip& strip, std::size_t first) {
        if (first + 8 <= strip.channels) {
            strip.groups == 1 ? lanes8<true, true, Sloped>(strip, first)
                              : lanes8<true, false, Sloped>(strip, first);
        } else {
            strip.groups == 1 ? lanes8<false, true, Sloped>(strip, first)
                              : lanes8<false, false, Sloped>(strip, first);
        }
    }

    /// Up to eight channels from `first` on.
    template <bool Full, bool OneGroup, bool Sloped>
    [[gnu::target("avx2")]] static void lanes8(const requantise_strip& strip, std::size_t first) {
        const std::size_t count = std::min<std::size_t>(8, strip.channels - first);
        const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        const __m256i kept = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lanes);
        const __m256i zero = load(strip.weight_zero + first);
        const __m256i constant = load(strip.constant + first);
        const __m256i least = load(strip.least + first);
        const __m256i most = load(strip.most + first);
        const __m256i mantissa = load(strip.mantissa + first);
        const __m256i odd_mantissa = _mm256_srli_epi64(mantissa, 32);
        const __m256i rounding = load(strip.rounding + first);
        const __m256i shift = load(strip.shift + first);
        const __m256i slope = load(strip.slope + first);
        const __m256i fraction = load(strip.fraction + first);
        const std::int32_t* sums = strip.sums + first;
        // Eight channels are of at most eight groups.
        const std::int32_t first_group = strip.group[first];
        const __m256i group = _mm256_sub_epi32(load(strip.group + first), _mm256_set1_epi32(first_group));
        const __m256i groups =
            _mm256_cmpgt_epi32(_mm256_set1_epi32(strip.group[first + count - 1] - first_group + 1), lanes);
        const std::int32_t* inputs = strip.inputs + first_group;
        std::uint8_t* codes = strip.codes + first;
        for (std::size_t p = 0; p < strip.positions; ++p) {
            const __m256i sum = Full ? load(sums) : _mm256_maskload_epi32(sums, kept);
            __m256i input;
            if (OneGroup) {
                input = _mm256_set1_epi32(*inputs);
            } else {
                input = _mm256_permutevar8x32_epi32(_mm256_maskload_epi32(inputs, groups), group);
            }
            __m256i value = _mm256_sub_epi32(constant, _mm256_mullo_epi32(zero, input));
            value = _mm256_add_epi32(value, sum);
            if (Sloped) {
                value =
                    _mm256_add_epi32(value, _mm256_srav_epi32(_mm256_mullo_epi32(slope, input), fraction));
            }
            value = _mm256_min_epi32(_mm256_max_epi32(value, least), most);
            const __m256i even = _mm256_srli_epi64(_mm256_mul_epi32(value, mantissa), 32);
            const __m256i odd = _mm256_mul_epi32(_mm256_srli_epi64(value, 32), odd_mantissa);
            value = _mm256_add_epi32(_mm256_blend_epi32(even, odd, 0xAA), rounding);
            value = _mm256_srlv_epi32(value, shift);
            const __m128i words =
                _mm_packus_epi32(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1));
            const __m128i bytes = _mm_packus_epi16(words, words);
            if (Full) {
                _mm_storel_epi64(reinterpret_cast<__m128i*>(codes), bytes);
            } else {
                alignas(16) std::uint8_t each[16];
                _mm_store_si128(reinterpret_cast<__m128i*>(each), bytes);
                std::memcpy(codes, each, count);
            }
            sums += strip.sums_stride;
            inputs += strip.inputs_stride;
            codes += strip.codes_stride;
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
