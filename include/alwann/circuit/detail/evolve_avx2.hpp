// SPDX-License-Identifier: MIT
/// @file
/// Inner loops of the evolution of circuits with AVX2, whatever flags the unit is built with.
#pragma once

#include <alwann/circuit/detail/evolve_kernel.hpp>

#if defined(__x86_64__)

#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

struct evolve_avx2 {
    [[gnu::target("avx2")]] static void simulate(const gate_step* steps, std::size_t count,
                                                 std::uint64_t* values) {
        auto* const rows = reinterpret_cast<__m256i*>(values);
        for (std::size_t i = 0; i < count; ++i) {
            const gate_step& step = steps[i];
            const __m256i* a = rows + step.a * vectors;
            const __m256i* b = rows + step.b * vectors;
            __m256i* out = rows + step.out * vectors;
            switch (step.kind) {
            case gate_kind::and_gate:
                for (std::size_t v = 0; v < vectors; ++v) {
                    _mm256_store_si256(out + v,
                                       _mm256_and_si256(_mm256_load_si256(a + v), _mm256_load_si256(b + v)));
                }
                break;
            case gate_kind::or_gate:
                for (std::size_t v = 0; v < vectors; ++v) {
                    _mm256_store_si256(out + v,
                                       _mm256_or_si256(_mm256_load_si256(a + v), _mm256_load_si256(b + v)));
                }
                break;
            case gate_kind::xor_gate:
                for (std::size_t v = 0; v < vectors; ++v) {
                    _mm256_store_si256(out + v,
                                       _mm256_xor_si256(_mm256_load_si256(a + v), _mm256_load_si256(b + v)));
                }
                break;
            case gate_kind::not_gate:
                for (std::size_t v = 0; v < vectors; ++v) {
                    _mm256_store_si256(out + v,
                                       _mm256_xor_si256(_mm256_load_si256(a + v), _mm256_set1_epi64x(-1)));
                }
                break;
            }
        }
    }

    [[gnu::target("avx2")]] static bool distances(const distance_task& task) {
        const auto* const rows = reinterpret_cast<const __m256i*>(task.values);
        const auto* const exact = reinterpret_cast<const __m256i*>(task.exact);
        auto* const distance = reinterpret_cast<__m256i*>(task.distance);
        __m256i any_beyond = _mm256_setzero_si256();
        for (std::size_t v = 0; v < vectors; ++v) {
            __m256i difference[product_bits];
            __m256i borrow = _mm256_setzero_si256();
            for (std::size_t i = 0; i < product_bits; ++i) {
                const __m256i a = _mm256_load_si256(rows + task.outputs[i] * vectors + v);
                const __m256i b = _mm256_load_si256(exact + i * vectors + v);
                const __m256i unlike = _mm256_xor_si256(a, b);
                difference[i] = _mm256_xor_si256(unlike, borrow);
                // Unlike bits borrow where b is set, like ones hand the borrow on.
                borrow = _mm256_or_si256(_mm256_and_si256(unlike, b), _mm256_andnot_si256(unlike, borrow));
            }
            __m256i carry = borrow, beyond = _mm256_setzero_si256();
            for (std::size_t i = 0; i < product_bits; ++i) {
                const __m256i flipped = _mm256_xor_si256(difference[i], borrow);
                const __m256i bit = _mm256_xor_si256(flipped, carry);
                carry = _mm256_and_si256(carry, flipped);
                beyond = ((task.limit >> i) & 1u) != 0 ? _mm256_and_si256(beyond, bit)
                                                       : _mm256_or_si256(beyond, bit);
                _mm256_store_si256(distance + i * vectors + v, bit);
            }
            any_beyond = _mm256_or_si256(any_beyond, beyond);
        }
        return _mm256_testz_si256(any_beyond, any_beyond) == 0;
    }

    [[gnu::target("avx2,popcnt")]] static std::uint64_t sum(const std::uint64_t* distance) {
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < product_bits; ++i) {
            for (std::size_t k = 0; k < evolve_words; ++k) {
                total += static_cast<std::uint64_t>(__builtin_popcountll(distance[i * evolve_words + k]))
                         << i;
            }
        }
        return total;
    }

    [[gnu::target("avx2")]] static std::uint64_t weighted_sum(std::uint64_t* distance,
                                                              const std::uint32_t* weights) {
        return weigh_distances(distance, weights);
    }

    /// Every processor with AVX2 has the instruction for words.
    [[gnu::target("avx2,popcnt")]] static std::uint64_t unlike(const std::uint64_t* a,
                                                               const std::uint64_t* b) {
        std::uint64_t count = 0;
        for (std::size_t k = 0; k < evolve_words; ++k) {
            count += static_cast<std::uint64_t>(__builtin_popcountll(a[k] ^ b[k]));
        }
        return count;
    }

private:
    static constexpr std::size_t vectors = evolve_words / 4;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
