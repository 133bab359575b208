// SPDX-License-Identifier: MIT
/// @file
/// The output stage with AVX-512 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/requantise_strip.hpp>

#if defined(__x86_64__)

#include <immintrin.h>
#include <limits>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Zero-masked forms throughout, because the plain ones start from an undefined register that GCC 12 warns
/// about. Full masks cost nothing.
struct requantise_avx512 {
    /// `narrow`: all channels have a narrow_factor.
    static bool run(const requantise_strip& strip, bool narrow) {
        if (strip.channels < 3) { // one after the other is as fast
            return false;
        }
        if (!narrow) {
            for (std::size_t first = 0; first < strip.channels; first += 8) {
                wide(strip, first);
            }
        } else {
            strip.sloped ? lanes16<true>(strip) : lanes16<false>(strip);
        }
        return true;
    }

private:
    static constexpr __mmask8 all8 = 0xFF;
    static constexpr __mmask16 all16 = 0xFFFF;

    template <bool Sloped>
    static void lanes16(const requantise_strip& strip) {
        if (strip.channels < strip_channels) {
            strip.groups == 1 ? lanes16<false, true, Sloped>(strip) : lanes16<false, false, Sloped>(strip);
        } else {
            strip.groups == 1 ? lanes16<true, true, Sloped>(strip) : lanes16<true, false, Sloped>(strip);
        }
    }

    /// All channels, in 32 bits.
    template <bool Full, bool OneGroup, bool Sloped>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static void lanes16(const requantise_strip& strip) {
        const __m512i zero = _mm512_loadu_si512(strip.weight_zero);
        const __m512i constant = _mm512_loadu_si512(strip.constant);
        const __m512i least = _mm512_loadu_si512(strip.least);
        const __m512i most = _mm512_loadu_si512(strip.most);
        const __m512i mantissa = _mm512_loadu_si512(strip.mantissa);
        const __m512i odd_mantissa = _mm512_maskz_srli_epi64(all8, mantissa, 32);
        const __m512i rounding = _mm512_loadu_si512(strip.rounding);
        const __m512i shift = _mm512_loadu_si512(strip.shift);
        const __m512i slope = _mm512_loadu_si512(strip.slope);
        const __m512i fraction = _mm512_loadu_si512(strip.fraction);
        const auto kept = static_cast<__mmask16>((1u << strip.channels) - 1);
        const auto groups = static_cast<__mmask16>((1u << strip.groups) - 1);
        const __m512i group = OneGroup ? _mm512_setzero_si512() : _mm512_loadu_si512(strip.group);
        const std::int32_t* sums = strip.sums;
        const std::int32_t* inputs = strip.inputs;
        std::uint8_t* codes = strip.codes;
        for (std::size_t p = 0; p < strip.positions; ++p) {
            const __m512i sum = Full ? _mm512_loadu_si512(sums) : _mm512_maskz_loadu_epi32(kept, sums);
            const __m512i input =
                OneGroup
                    ? _mm512_set1_epi32(*inputs)
                    : _mm512_maskz_permutexvar_epi32(all16, group, _mm512_maskz_loadu_epi32(groups, inputs));
            __m512i value = _mm512_sub_epi32(constant, _mm512_mullo_epi32(zero, input));
            value = _mm512_add_epi32(value, sum);
            if (Sloped) {
                value = _mm512_add_epi32(
                    value, _mm512_maskz_srav_epi32(all16, _mm512_mullo_epi32(slope, input), fraction));
            }
            value = _mm512_maskz_min_epi32(all16, _mm512_maskz_max_epi32(all16, value, least), most);
            const __m512i even = _mm512_maskz_mul_epi32(all8, value, mantissa);
            const __m512i odd =
                _mm512_maskz_mul_epi32(all8, _mm512_maskz_srli_epi64(all8, value, 32), odd_mantissa);
            value = _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
            value = _mm512_maskz_srlv_epi32(all16, _mm512_add_epi32(value, rounding), shift);
            const __m128i bytes = _mm512_maskz_cvtepi32_epi8(all16, value);
            if (Full) {
                _mm_storeu_si128(reinterpret_cast<__m128i*>(codes), bytes);
            } else {
                _mm_mask_storeu_epi8(codes, kept, bytes);
            }
            sums += strip.sums_stride;
            inputs += strip.inputs_stride;
            codes += strip.codes_stride;
        }
    }

    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl"), gnu::always_inline]] static __m512i
    load8(__mmask8 kept, const std::int32_t* from) {
        return _mm512_maskz_cvtepi32_epi64(all8, _mm256_maskz_loadu_epi32(kept, from));
    }

    /// Up to eight channels from `first` on, in 64 bits: any constants.
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static void wide(const requantise_strip& strip,
                                                                           std::size_t first) {
        const std::size_t left = strip.channels - first;
        const auto kept = static_cast<__mmask8>(left < 8 ? (1u << left) - 1 : 0xFF);
        const auto groups = static_cast<__mmask16>((1u << strip.groups) - 1);
        const __m512i group = _mm512_maskz_loadu_epi32(kept, strip.group + first);
        const __m512i one = _mm512_set1_epi64(1);
        const __m512i weight_zero = load8(kept, strip.weight_zero + first);
        const __m512i constant = load8(kept, strip.constant + first);
        const __m512i slope = load8(kept, strip.slope + first);
        const __m512i fraction = load8(kept, strip.fraction + first);
        const __m512i mantissa = load8(kept, strip.wide_mantissa + first);
        const __m512i shift = load8(kept, strip.wide_shift + first);
        const __m512i half = _mm512_maskz_sllv_epi64(all8, one, _mm512_sub_epi64(shift, one));
        const __m512i least = _mm512_set1_epi64(std::numeric_limits<std::int32_t>::min());
        const __m512i most = _mm512_set1_epi64(std::numeric_limits<std::int32_t>::max());
        const __m512i zero = _mm512_set1_epi64(strip.range.zero);
        const __m512i low = _mm512_set1_epi64(strip.range.low);
        const __m512i high = _mm512_set1_epi64(strip.range.high);
        for (std::size_t p = 0; p < strip.positions; ++p) {
            const std::int32_t* inputs = strip.inputs + p * strip.inputs_stride;
            __m512i input = _mm512_set1_epi64(*inputs);
            if (strip.groups != 1) {
                const __m512i each =
                    _mm512_maskz_permutexvar_epi32(all16, group, _mm512_maskz_loadu_epi32(groups, inputs));
                input = _mm512_maskz_cvtepi32_epi64(all8, _mm512_maskz_extracti64x4_epi64(0xF, each, 0));
            }
            const __m512i sum = load8(kept, strip.sums + p * strip.sums_stride + first);
            const __m512i offset = _mm512_maskz_mul_epi32(all8, weight_zero, input);
            __m512i value = _mm512_sub_epi64(_mm512_add_epi64(sum, constant), offset);
            value = _mm512_add_epi64(
                value, _mm512_maskz_srav_epi64(all8, _mm512_maskz_mul_epi32(all8, slope, input), fraction));
            value = _mm512_maskz_min_epi64(all8, _mm512_maskz_max_epi64(all8, value, least), most);
            value = _mm512_maskz_mul_epi32(all8, value, mantissa);
            const __m512i sign = _mm512_maskz_srai_epi64(all8, value, 63);
            value = _mm512_add_epi64(_mm512_add_epi64(value, half), sign);
            value = _mm512_add_epi64(_mm512_maskz_srav_epi64(all8, value, shift), zero);
            value = _mm512_maskz_min_epi64(all8, _mm512_maskz_max_epi64(all8, value, low), high);
            _mm_mask_storeu_epi8(strip.codes + p * strip.codes_stride + first, kept,
                                 _mm512_maskz_cvtepi64_epi8(all8, value));
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
