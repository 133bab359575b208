// SPDX-License-Identifier: MIT
/// @file
/// Lays out rows of products with AVX2 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/gather_rows.hpp>

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Transposes 16 columns at a time: eight in the lower half of a register, the others in the upper half.
struct transpose_avx2 {
    /// rows[x * Width + f] = columns[f][x] for all activation codes x of blocks that are used.
    template <std::size_t Width>
    [[gnu::target("avx2")]] static void run(const std::uint16_t* const* columns, used_codes used,
                                            std::uint16_t* rows) {
        for (std::size_t f = 0; f < Width; f += 16) {
            for (std::size_t x = 0; x < 256; x += 8) {
                if (!is_used(used, x)) {
                    continue;
                }
                __m256i a[8], b[8];
                for (std::size_t i = 0; i < 8; ++i) {
                    a[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(load(columns[f + i] + x)),
                                                   load(columns[f + 8 + i] + x), 1);
                }
                for (std::size_t i = 0; i < 4; ++i) { // pairs of 16 bits: columns i and i + 4 interleave
                    b[2 * i] = _mm256_unpacklo_epi16(a[i], a[i + 4]);
                    b[2 * i + 1] = _mm256_unpackhi_epi16(a[i], a[i + 4]);
                }
                for (std::size_t i = 0; i < 4; ++i) {
                    a[2 * i] = _mm256_unpacklo_epi16(b[i], b[i + 4]);
                    a[2 * i + 1] = _mm256_unpackhi_epi16(b[i], b[i + 4]);
                }
                for (std::size_t i = 0; i < 4; ++i) {
                    std::uint16_t* to = rows + (x + 2 * i) * Width + f;
                    store(to, _mm256_unpacklo_epi16(a[i], a[i + 4]));
                    store(to + Width, _mm256_unpackhi_epi16(a[i], a[i + 4]));
                }
            }
        }
    }

private:
    [[gnu::target("avx2"), gnu::always_inline]] static __m128i load(const std::uint16_t* from) {
        return _mm_load_si128(reinterpret_cast<const __m128i*>(from));
    }
    [[gnu::target("avx2"), gnu::always_inline]] static void store(std::uint16_t* to, __m256i row) {
        _mm256_store_si256(reinterpret_cast<__m256i*>(to), row);
    }
};

using gather_rows_avx2 = gather_rows<transpose_avx2>;

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
