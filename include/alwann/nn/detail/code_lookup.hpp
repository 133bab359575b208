// SPDX-License-Identifier: MIT
/// @file
/// Maps codes to codes, with AVX-512 VBMI instructions where the processor has them.
#pragma once

#include <alwann/core/cpu.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Rows of codes on their way through a table.
struct lookup_rows {
    const std::uint8_t* from = nullptr;
    std::size_t from_stride = 0;
    std::uint8_t* to = nullptr;
    std::size_t to_stride = 0;
    std::size_t rows = 0;
    std::size_t width = 0;
};

inline void look_up_scalar(const std::array<std::uint8_t, 256>& codes, const lookup_rows& at) {
    for (std::size_t row = 0; row < at.rows; ++row) {
        const std::uint8_t* from = at.from + row * at.from_stride;
        std::uint8_t* to = at.to + row * at.to_stride;
        for (std::size_t i = 0, width = at.width; i < width; ++i) {
            to[i] = codes[from[i]];
        }
    }
}

#if defined(__x86_64__)
[[gnu::target("avx512f,avx512bw,avx512vbmi")]] inline void
look_up_vbmi(const std::array<std::uint8_t, 256>& codes, const lookup_rows& at) {
    const __m512i t0 = _mm512_loadu_si512(codes.data());
    const __m512i t1 = _mm512_loadu_si512(codes.data() + 64);
    const __m512i t2 = _mm512_loadu_si512(codes.data() + 128);
    const __m512i t3 = _mm512_loadu_si512(codes.data() + 192);
    for (std::size_t row = 0; row < at.rows; ++row) {
        const std::uint8_t* from = at.from + row * at.from_stride;
        std::uint8_t* to = at.to + row * at.to_stride;
        for (std::size_t i = 0; i < at.width; i += 64) {
            const std::size_t left = at.width - i;
            const __mmask64 kept = left >= 64 ? ~__mmask64{0} : (__mmask64{1} << left) - 1;
            const __m512i x = _mm512_maskz_loadu_epi8(kept, from + i);
            const __m512i low = _mm512_permutex2var_epi8(t0, x, t1);
            const __m512i high = _mm512_permutex2var_epi8(t2, x, t3);
            const __m512i found = _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
            _mm512_mask_storeu_epi8(to + i, kept, found);
        }
    }
}
#endif

/// to[i] = codes[from[i]] in each row. `to` may be `from`.
inline void look_up(const std::array<std::uint8_t, 256>& codes, const lookup_rows& at) {
#if defined(__x86_64__)
    static const bool permutes = detect_cpu().avx512vbmi;
    if (permutes) {
        return look_up_vbmi(codes, at);
    }
#endif
    look_up_scalar(codes, at);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
