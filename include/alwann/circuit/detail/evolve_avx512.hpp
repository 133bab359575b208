// SPDX-License-Identifier: MIT
/// @file
/// Inner loops of the evolution of circuits with AVX-512, whatever flags the unit is built with.
#pragma once

#include <alwann/circuit/detail/evolve_avx2.hpp>

#if defined(__x86_64__)

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// For all processors with AVX-512 F, BW, DQ and VL.
struct evolve_avx512 {
    /// A gate for all patterns of a block.
    template <int Function>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static void
    apply(const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* out) {
#pragma GCC unroll 4
        for (std::size_t k = 0; k < evolve_words; k += 8) {
            const __m512i left = _mm512_load_si512(a + k), right = _mm512_load_si512(b + k);
            _mm512_store_si512(out + k, _mm512_ternarylogic_epi64(left, right, right, Function));
        }
    }

    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static void
    simulate(const gate_step* steps, std::size_t count, std::uint64_t* values) {
        for (std::size_t i = 0; i < count; ++i) {
            const gate_step& step = steps[i];
            const std::uint64_t* a = values + step.a * evolve_words;
            const std::uint64_t* b = values + step.b * evolve_words;
            std::uint64_t* out = values + step.out * evolve_words;
            switch (step.kind) { // truth tables of a, b and nothing
            case gate_kind::and_gate:
                apply<0xC0>(a, b, out);
                break;
            case gate_kind::or_gate:
                apply<0xFC>(a, b, out);
                break;
            case gate_kind::xor_gate:
                apply<0x3C>(a, b, out);
                break;
            case gate_kind::not_gate:
                apply<0x0F>(a, b, out);
                break;
            }
        }
    }

    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static bool distances(const distance_task& task) {
        __m512i any_beyond = _mm512_setzero_si512();
        for (std::size_t k = 0; k < evolve_words; k += 8) {
            __m512i difference[product_bits];
            __m512i borrow = _mm512_setzero_si512();
#pragma GCC unroll 16
            for (std::size_t i = 0; i < product_bits; ++i) {
                const __m512i a = _mm512_load_si512(task.values + task.outputs[i] * evolve_words + k);
                const __m512i b = _mm512_load_si512(task.exact + i * evolve_words + k);
                difference[i] = _mm512_ternarylogic_epi64(a, b, borrow, 0x96); // parity
                borrow = _mm512_ternarylogic_epi64(a, b, borrow, 0x8E);        // majority of ~a, b, borrow
            }
            __m512i carry = borrow, beyond = _mm512_setzero_si512();
#pragma GCC unroll 16
            for (std::size_t i = 0; i < product_bits; ++i) {
                const __m512i bit = _mm512_ternarylogic_epi64(difference[i], borrow, carry, 0x96);
                carry = _mm512_ternarylogic_epi64(difference[i], borrow, carry, 0x28); // (a ^ b) & c
                const __m512i allowed = _mm512_set1_epi64(-static_cast<long long>((task.limit >> i) & 1u));
                beyond = _mm512_ternarylogic_epi64(allowed, beyond, bit, 0x8E); // allowed ? and : or
                _mm512_store_si512(task.distance + i * evolve_words + k, bit);
            }
            any_beyond = _mm512_or_si512(any_beyond, beyond);
        }
        return _mm512_test_epi64_mask(any_beyond, any_beyond) != 0;
    }

    static std::uint64_t sum(const std::uint64_t* distance) {
        return evolve_avx2::sum(distance);
    }

    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static std::uint64_t
    weighted_sum(std::uint64_t* distance, const std::uint32_t* weights) {
        return weigh_distances(distance, weights);
    }

    static std::uint64_t unlike(const std::uint64_t* a, const std::uint64_t* b) {
        return evolve_avx2::unlike(a, b);
    }
};

/// For those that also count bits in vectors.
struct evolve_avx512_popcnt : evolve_avx512 {
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")]] static std::uint64_t
    sum(const std::uint64_t* distance) {
        __m512i total = _mm512_setzero_si512();
        for (std::size_t i = product_bits; i-- > 0;) { // Horner's rule, lane by lane
            total = _mm512_add_epi64(total, total);
            for (std::size_t k = 0; k < evolve_words; k += 8) {
                total = _mm512_add_epi64(
                    total, _mm512_popcnt_epi64(_mm512_load_si512(distance + i * evolve_words + k)));
            }
        }
        return lane_sum(total);
    }

    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")]] static std::uint64_t
    unlike(const std::uint64_t* a, const std::uint64_t* b) {
        __m512i count = _mm512_setzero_si512();
        for (std::size_t k = 0; k < evolve_words; k += 8) {
            count = _mm512_add_epi64(count, _mm512_popcnt_epi64(_mm512_xor_si512(_mm512_load_si512(a + k),
                                                                                 _mm512_load_si512(b + k))));
        }
        return lane_sum(count);
    }

private:
    /// By way of memory: GCC 12 warns of uninitialised values inside its own reduction.
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static std::uint64_t lane_sum(__m512i lanes) {
        alignas(64) std::uint64_t parts[8];
        _mm512_store_si512(parts, lanes);
        return ((parts[0] + parts[1]) + (parts[2] + parts[3])) +
               ((parts[4] + parts[5]) + (parts[6] + parts[7]));
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
