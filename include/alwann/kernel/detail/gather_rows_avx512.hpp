// SPDX-License-Identifier: MIT
/// @file
/// Lays out rows of 32 products with AVX-512 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/gather_rows_avx2.hpp>

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Transposes 32 columns at a time, eight in each quarter of a register.
struct transpose_avx512 {
    /// rows[x * Width + f] = columns[f][x] for all activation codes x of blocks that are used.
    template <std::size_t Width>
    static void run(const std::uint16_t* const* columns, used_codes used, std::uint16_t* rows) {
        if constexpr (Width == 32) {
            run32(columns, used, rows);
        } else {
            transpose_avx2::run<Width>(columns, used, rows);
        }
    }

private:
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static void
    run32(const std::uint16_t* const* columns, used_codes used, std::uint16_t* rows) {
        for (std::size_t x = 0; x < 256; x += 8) {
            if (!is_used(used, x)) {
                continue;
            }
            __m512i a[8], b[8];
            for (std::size_t i = 0; i < 8; ++i) {
                a[i] = _mm512_zextsi128_si512(load(columns[i] + x));
                a[i] = _mm512_mask_broadcast_i32x4(a[i], 0x00F0, load(columns[i + 8] + x));
                a[i] = _mm512_mask_broadcast_i32x4(a[i], 0x0F00, load(columns[i + 16] + x));
                a[i] = _mm512_mask_broadcast_i32x4(a[i], 0xF000, load(columns[i + 24] + x));
            }
            for (std::size_t i = 0; i < 4; ++i) { // pairs of 16 bits: columns i and i + 4 interleave
                b[2 * i] = _mm512_unpacklo_epi16(a[i], a[i + 4]);
                b[2 * i + 1] = _mm512_unpackhi_epi16(a[i], a[i + 4]);
            }
            for (std::size_t i = 0; i < 4; ++i) {
                a[2 * i] = _mm512_unpacklo_epi16(b[i], b[i + 4]);
                a[2 * i + 1] = _mm512_unpackhi_epi16(b[i], b[i + 4]);
            }
            for (std::size_t i = 0; i < 4; ++i) {
                std::uint16_t* to = rows + (x + 2 * i) * 32;
                _mm512_store_si512(to, _mm512_unpacklo_epi16(a[i], a[i + 4]));
                _mm512_store_si512(to + 32, _mm512_unpackhi_epi16(a[i], a[i + 4]));
            }
        }
    }

    [[gnu::target("avx512f"), gnu::always_inline]] static inline __m128i load(const std::uint16_t* from) {
        return _mm_load_si128(reinterpret_cast<const __m128i*>(from));
    }
};

using gather_rows_avx512 = gather_rows<transpose_avx512>;

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
