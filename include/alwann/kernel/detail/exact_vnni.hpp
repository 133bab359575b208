// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the exact engine with AVX-512 VNNI instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/core/cpu.hpp>
#include <alwann/kernel/detail/exact_block.hpp>

#if defined(__x86_64__)

#include <cstring>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// One instruction adds four products, unsigned weights times signed codes, to each of 16 sums.
struct exact_vnni {
    using code = std::int8_t;
    using weight = std::uint8_t;
    static constexpr std::size_t depth = 4;
    static constexpr std::size_t group_step = 1; ///< groups of products come in multiples of this
    static constexpr std::size_t lanes = 16;
    static constexpr std::size_t vectors = 4; ///< of a strip of output channels
    template <std::size_t Vectors>
    static constexpr std::size_t positions = Vectors == 4 ? 6 : 8; ///< of a tile

    /// Tiles of `Count` positions from `begin` to `end`, a whole number of them.
    ///
    /// Tiles with few sums split the products among sets of them: a sum is ready four cycles after its
    /// addition starts, in which the processor could have started eight. But the sets have to be added up.
    template <std::size_t Vectors, std::size_t Count>
    static void add(const exact_block<exact_vnni>& block, std::size_t begin, std::size_t end) {
        constexpr std::size_t registers = Vectors * Count;
        if constexpr (registers > 8) {
            add_tiles<Vectors, Count, 1>(block, begin, end);
        } else if constexpr (registers == 8) {
            block.groups < 16 ? add_tiles<Vectors, Count, 1>(block, begin, end)
                              : add_tiles<Vectors, Count, 2>(block, begin, end);
        } else {
            add_tiles<Vectors, Count, (registers >= 4 ? 2 : 4)>(block, begin, end);
        }
    }

    /// Maps `count` codes, a multiple of 64.
    static void map(const exact_map& how, const std::uint8_t* codes, std::size_t count, code* mapped) {
        static const bool permutes = detect_cpu().avx512vbmi;
        permutes ? map_vbmi(how, codes, count, mapped) : how(codes, count, mapped);
    }

private:
    /// With `parts` sets of sums.
    template <std::size_t Vectors, std::size_t Count, std::size_t parts>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]] static void
    add_tiles(const exact_block<exact_vnni>& block, std::size_t begin, std::size_t end) {
        const std::uint32_t* const step = block.step;
        const std::size_t groups = block.groups;
        const std::size_t stride = block.stride;
        std::int32_t* sums = block.sums + begin * stride;
        for (std::size_t p = begin; p < end; p += Count) {
            const code* source[Count];
#pragma GCC unroll 8
            for (std::size_t i = 0; i < Count; ++i) {
                source[i] = block.codes + block.first[p + i];
            }
            const std::uint8_t* weights = block.weights;
            __m512i total[parts][Count][Vectors];
#pragma GCC unroll 8
            for (std::size_t i = 0; i < Count; ++i) {
#pragma GCC unroll 4
                for (std::size_t v = 0; v < Vectors; ++v) {
                    total[0][i][v] = _mm512_loadu_si512(block.constants + lanes * v);
#pragma GCC unroll 4
                    for (std::size_t s = 1; s < parts; ++s) {
                        total[s][i][v] = _mm512_setzero_si512();
                    }
                }
            }
            std::size_t g = 0;
            for (; g < groups % parts; ++g) {
                multiply<Vectors, Count>(source, step[g], weights, total[0]);
                weights += Vectors * lanes * depth;
            }
            for (; g < groups; g += parts) {
#pragma GCC unroll 4
                for (std::size_t s = 0; s < parts; ++s) {
                    multiply<Vectors, Count>(source, step[g + s], weights, total[s]);
                    weights += Vectors * lanes * depth;
                }
            }
#pragma GCC unroll 8
            for (std::size_t i = 0; i < Count; ++i) {
#pragma GCC unroll 4
                for (std::size_t v = 0; v < Vectors; ++v) {
                    __m512i sum = total[0][i][v];
#pragma GCC unroll 4
                    for (std::size_t s = 1; s < parts; ++s) {
                        sum = _mm512_add_epi32(sum, total[s][i][v]);
                    }
                    _mm512_store_si512(sums + lanes * v, sum);
                }
                sums += stride;
            }
        }
    }

    /// One group of products for all positions of a tile.
    template <std::size_t Vectors, std::size_t Count>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"), gnu::always_inline]] static void
    multiply(const code* const (&source)[Count], std::size_t step, const std::uint8_t* weights,
             __m512i (&total)[Count][Vectors]) {
        __m512i row[Vectors];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < Vectors; ++v) {
            row[v] = _mm512_load_si512(weights + lanes * depth * v);
        }
#pragma GCC unroll 8
        for (std::size_t i = 0; i < Count; ++i) {
            std::int32_t four;
            std::memcpy(&four, source[i] + step, sizeof(four));
            const __m512i codes = _mm512_set1_epi32(four);
#pragma GCC unroll 4
            for (std::size_t v = 0; v < Vectors; ++v) {
                total[i][v] = _mm512_dpbusd_epi32(total[i][v], row[v], codes);
            }
        }
    }

    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]] static void
    map_vbmi(const exact_map& how, const std::uint8_t* codes, std::size_t count, code* mapped) {
        const __m512i t0 = _mm512_loadu_si512(how.values.data());
        const __m512i t1 = _mm512_loadu_si512(how.values.data() + 64);
        const __m512i t2 = _mm512_loadu_si512(how.values.data() + 128);
        const __m512i t3 = _mm512_loadu_si512(how.values.data() + 192);
        for (std::size_t i = 0; i < count; i += 64) {
            const __m512i x = _mm512_loadu_si512(codes + i);
            const __m512i low = _mm512_permutex2var_epi8(t0, x, t1);
            const __m512i high = _mm512_permutex2var_epi8(t2, x, t3);
            _mm512_storeu_si512(mapped + i, _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high));
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
