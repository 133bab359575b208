// SPDX-License-Identifier: MIT
/// @file
/// Which activation codes occur at all, so that rows for the others need not be laid out.
#pragma once

#include <alwann/core/config.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Of the 32 blocks of eight activation codes, a bit for each that occurs.
using used_codes = std::uint32_t;

inline constexpr std::size_t used_block = 8; ///< codes that share a bit
inline constexpr used_codes all_used = 0xFFFFFFFF;

/// Positions of a chunk above which finding them with AVX2 does not pay.
inline constexpr std::size_t most_marked_avx2 = 1024;

/// Whether a code is in a block that occurs.
[[nodiscard]] constexpr bool is_used(used_codes used, std::size_t code) noexcept {
    return (used >> (code / used_block) & 1) != 0;
}

/// Finds them, position by position.
struct mark_used_portable {
    /// Positions of a chunk above which it does not pay.
    static constexpr std::size_t most_positions = 127;

    /// used[k]: the codes of product k, those at codes[first[p] + step[k]], of all positions p.
    static void run(const std::uint8_t* codes, const std::uint32_t* first, std::size_t positions,
                    const std::uint32_t* step, std::size_t products, used_codes* used) {
        for (std::size_t k = 0; k < products; ++k) {
            used_codes seen = 0;
            for (std::size_t p = 0; p < positions; ++p) {
                seen |= used_codes{1} << (codes[first[p] + step[k]] / used_block);
            }
            used[k] = seen;
        }
    }
};

#if defined(__x86_64__)
/// The same with AVX2 instructions, where the codes of eight products or more are neighbours.
struct mark_used_avx2 {
    static constexpr std::size_t most_positions = most_marked_avx2;

    static void run(const std::uint8_t* codes, const std::uint32_t* first, std::size_t positions,
                    const std::uint32_t* step, std::size_t products, used_codes* used) {
        for (std::size_t k = 0; k < products;) {
            std::size_t run = 1; // neighbours
            while (run < 32 && k + run < products && step[k + run] == step[k] + run) {
                ++run;
            }
            const std::uint8_t* const from = codes + step[k];
            if (run >= 32) {
                mark<4>(from, first, positions, used + k);
            } else if (run >= 16) {
                mark<2>(from, first, positions, used + k);
            } else if (run >= 8) {
                mark<1>(from, first, positions, used + k);
            } else {
                mark_used_portable::run(codes, first, positions, step + k, 1, used + k);
            }
            k += run >= 8 ? std::bit_floor(run) : 1;
        }
    }

private:
    template <std::size_t Eights>
    [[gnu::target("avx2")]] static void mark(const std::uint8_t* codes, const std::uint32_t* first,
                                             std::size_t positions, used_codes* used) {
        const __m256i one = _mm256_set1_epi32(1);
        __m256i seen[Eights];
#pragma GCC unroll 4
        for (std::size_t i = 0; i < Eights; ++i) {
            seen[i] = _mm256_setzero_si256();
        }
        for (std::size_t p = 0; p < positions; ++p) {
#pragma GCC unroll 4
            for (std::size_t i = 0; i < Eights; ++i) {
                const auto* const from = reinterpret_cast<const __m128i*>(codes + first[p] + 8 * i);
                const __m256i block = _mm256_srli_epi32(_mm256_cvtepu8_epi32(_mm_loadl_epi64(from)), 3);
                seen[i] = _mm256_or_si256(seen[i], _mm256_sllv_epi32(one, block));
            }
        }
#pragma GCC unroll 4
        for (std::size_t i = 0; i < Eights; ++i) {
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(used + 8 * i), seen[i]);
        }
    }
};
#endif

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
