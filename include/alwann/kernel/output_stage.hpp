// SPDX-License-Identifier: MIT
/// @file
/// From sums of products to codes: zero points, bias, requantisation, clipping.
#pragma once

#include <alwann/core/cpu.hpp>
#include <alwann/kernel/requantisation.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace alwann::inline ALWANN_ABI {

/// The integer constants of a layer's output stage, one per output channel:
///
///     accumulator = saturate(products - weight_zero * activations + constant)
///     code        = codes(accumulator * mantissa * 2^-shift)
///
/// with the rounding of fixed_factor.
struct output_stage {
    std::vector<std::int32_t> weight_zero; ///< factor of sum_k x_k
    std::vector<std::int32_t> constant;
    std::vector<std::int32_t> mantissa;
    std::vector<std::int32_t> shift;
    code_range codes;

    [[nodiscard]] std::size_t channels() const noexcept { return constant.size(); }

    void add_channel(std::int32_t zero, std::int32_t added, const fixed_factor& factor) {
        weight_zero.push_back(zero);
        constant.push_back(added);
        mantissa.push_back(factor.mantissa);
        shift.push_back(factor.shift);
    }

    /// The accumulator of channel f.
    [[nodiscard]] std::int32_t accumulator(std::size_t f, std::int32_t products,
                                           std::int32_t activations) const {
        return saturate(std::int64_t{products} - std::int64_t{weight_zero[f]} * activations + constant[f]);
    }
};

namespace detail {

/// Channels [first, last) of one position; `result` points at channel 0.
inline void requantise_scalar(const output_stage& stage, const std::int32_t* products,
                              std::int32_t activations, std::size_t first, std::size_t last,
                              std::uint8_t* result) {
    for (std::size_t f = first; f < last; ++f) {
        const fixed_factor factor(stage.mantissa[f], stage.shift[f]);
        result[f] = stage.codes(factor(stage.accumulator(f, products[f], activations)));
    }
}

#if defined(__x86_64__)
[[gnu::target("avx512f"), gnu::always_inline]] inline __m512i load8(const std::int32_t* from) {
    return _mm512_maskz_cvtepi32_epi64(0xFF, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

/// Eight channels at a time; returns the first channel it left. Zero-masked forms throughout, because the
/// plain ones start from an undefined register that GCC 12 warns about.
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] inline std::size_t
requantise_avx512(const output_stage& stage, const std::int32_t* products, std::int32_t activations,
                  std::size_t first, std::size_t last, std::uint8_t* result) {
    constexpr __mmask8 all = 0xFF;
    const __m512i inputs = _mm512_set1_epi64(activations);
    const __m512i least = _mm512_set1_epi64(std::numeric_limits<std::int32_t>::min());
    const __m512i most = _mm512_set1_epi64(std::numeric_limits<std::int32_t>::max());
    const __m512i zero = _mm512_set1_epi64(stage.codes.zero);
    const __m512i low = _mm512_set1_epi64(stage.codes.low);
    const __m512i high = _mm512_set1_epi64(stage.codes.high);
    const __m512i one = _mm512_set1_epi64(1);
    for (; first + 8 <= last; first += 8) {
        const __m512i sum = load8(products + first);
        const __m512i shift = load8(stage.shift.data() + first);
        const __m512i offset = _mm512_maskz_mul_epi32(all, load8(stage.weight_zero.data() + first), inputs);
        __m512i value = _mm512_sub_epi64(_mm512_add_epi64(sum, load8(stage.constant.data() + first)), offset);
        value = _mm512_maskz_min_epi64(all, _mm512_maskz_max_epi64(all, value, least), most);
        value = _mm512_maskz_mul_epi32(all, value, load8(stage.mantissa.data() + first));
        const __m512i half = _mm512_maskz_sllv_epi64(all, one, _mm512_sub_epi64(shift, one));
        const __m512i sign = _mm512_maskz_srai_epi64(all, value, 63);
        value = _mm512_add_epi64(_mm512_add_epi64(value, half), sign);
        value = _mm512_add_epi64(_mm512_maskz_srav_epi64(all, value, shift), zero);
        value = _mm512_maskz_min_epi64(all, _mm512_maskz_max_epi64(all, value, low), high);
        _mm_storel_epi64(reinterpret_cast<__m128i*>(result + first), _mm512_maskz_cvtepi64_epi8(all, value));
    }
    return first;
}
#endif

} // namespace detail

/// Requantises a part of a layer's results: products and codes are [position][channel], activations
/// [position][group] (sums of activation codes). The same bits on every processor.
inline void requantise(const output_stage& stage, std::size_t positions, std::size_t groups,
                       const std::int32_t* products, const std::int32_t* activations, std::uint8_t* result) {
    static const cpu_features features = detect_cpu();
    const std::size_t channels = stage.channels();
    const std::size_t group = channels / groups;
    for (std::size_t p = 0; p < positions;
         ++p, products += channels, activations += groups, result += channels) {
        for (std::size_t g = 0; g < groups; ++g) {
            std::size_t first = g * group;
#if defined(__x86_64__)
            if (features.avx512bw && group >= 8) {
                first =
                    detail::requantise_avx512(stage, products, activations[g], first, first + group, result);
            }
#endif
            detail::requantise_scalar(stage, products, activations[g], first, (g + 1) * group, result);
        }
    }
}

} // namespace alwann::inline ALWANN_ABI
