// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the exact engine with AVX2 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/exact_block.hpp>

#if defined(__x86_64__)

#include <cstring>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Two products in 16 bits are multiplied and added in 32 bits. The instruction for four products of bytes
/// saturates; splitting the weights so that it does not takes as many instructions as this.
struct exact_avx2 {
    using code = std::int16_t;
    using weight = std::int16_t;
    static constexpr std::size_t depth = 2;
    static constexpr std::size_t group_step = 1; ///< groups of products come in multiples of this
    static constexpr std::size_t lanes = 8;
    static constexpr std::size_t vectors = 2; ///< of a strip of output channels
    template <std::size_t Vectors>
    static constexpr std::size_t positions = Vectors == 2 ? 6 : 8; ///< of a tile

    /// Tiles of `Count` positions from `begin` to `end`, a whole number of them.
    template <std::size_t Vectors, std::size_t Count>
    [[gnu::target("avx2")]] static void add(const exact_block<exact_avx2>& block, std::size_t begin,
                                            std::size_t end) {
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
            __m256i total[Count][Vectors];
#pragma GCC unroll 8
            for (std::size_t i = 0; i < Count; ++i) {
#pragma GCC unroll 2
                for (std::size_t v = 0; v < Vectors; ++v) {
                    total[i][v] = _mm256_load_si256(reinterpret_cast<const __m256i*>(block.constants) + v);
                }
            }
            const auto* weights = reinterpret_cast<const __m256i*>(block.weights);
            for (std::size_t g = 0; g < groups; ++g) {
                __m256i row[Vectors];
#pragma GCC unroll 2
                for (std::size_t v = 0; v < Vectors; ++v) {
                    row[v] = _mm256_load_si256(weights++);
                }
#pragma GCC unroll 8
                for (std::size_t i = 0; i < Count; ++i) {
                    std::int32_t two;
                    std::memcpy(&two, source[i] + step[g], sizeof(two));
                    const __m256i codes = _mm256_set1_epi32(two);
#pragma GCC unroll 2
                    for (std::size_t v = 0; v < Vectors; ++v) {
                        total[i][v] = _mm256_add_epi32(total[i][v], _mm256_madd_epi16(codes, row[v]));
                    }
                }
            }
#pragma GCC unroll 8
            for (std::size_t i = 0; i < Count; ++i) {
#pragma GCC unroll 2
                for (std::size_t v = 0; v < Vectors; ++v) {
                    _mm256_store_si256(reinterpret_cast<__m256i*>(sums) + v, total[i][v]);
                }
                sums += stride;
            }
        }
    }

    /// Maps `count` codes, a multiple of 64.
    static void map(const exact_map& how, const std::uint8_t* codes, std::size_t count, code* mapped) {
        how(codes, count, mapped);
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
