// SPDX-License-Identifier: MIT
/// @file
/// The loops of table coordinate descent, plain and with vector instructions. All arithmetic is exact, so
/// that every processor finds the same.
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

/// Samples whose activation is not the most frequent code: sample << 8 | code.
struct code_list {
    const std::uint32_t* entries = nullptr;
    std::size_t count = 0;
};

/// What a change from one weight code to another does to a channel's errors, see descent_portable::rate.
struct descent_rate {
    double square = 0; ///< sum_v d_v * 2 S_v
    double own = 0;    ///< sum_v h_v * d_v^2
    double mean = 0;   ///< sum_v h_v * d_v
    double slope = 0;  ///< sum_v Z_v * d_v
};

/// The activation codes [first, last) that occur, in whole vectors of 8, and what is known of each.
struct descent_codes {
    std::size_t first = 0;
    std::size_t last = 0;
    const double* count = nullptr;      ///< h_v: samples with code v
    const double* inputs = nullptr;     ///< Z_v: the sum of their regressor
    const double* twice_sums = nullptr; ///< 2 S_v: the sum of their errors, doubled
};

/// Entries that may be written beyond the end of a list.
inline constexpr std::size_t descent_list_surplus = 16;

struct descent_portable {
    /// Lists the samples whose code is not `common`, see code_list; how many.
    static std::size_t list(const std::uint8_t* codes, std::size_t samples, std::uint8_t common,
                            std::uint32_t* entries) {
        return list_from(0, codes, samples, common, entries);
    }

    /// The same for samples from `first` on.
    static std::size_t list_from(std::size_t first, const std::uint8_t* codes, std::size_t samples,
                                 std::uint8_t common, std::uint32_t* entries) {
        std::size_t count = 0;
        for (std::size_t n = first; n < samples; ++n) {
            entries[count] = static_cast<std::uint32_t>(n << 8 | codes[n]);
            count += codes[n] != common ? 1 : 0;
        }
        return count;
    }

    /// sums[v][lane] += errors[sample][lane] for each sample of the list, v its code.
    template <std::size_t Lanes>
    static void collect(const code_list& list, const std::int32_t* errors, std::int32_t* sums) {
        for (std::size_t i = 0; i < list.count; ++i) {
            const std::int32_t* from = errors + (list.entries[i] >> 8) * Lanes;
            std::int32_t* to = sums + (list.entries[i] & 0xFFu) * Lanes;
            for (std::size_t lane = 0; lane < Lanes; ++lane) {
                to[lane] = add(to[lane], from[lane]);
            }
        }
    }

    /// errors[sample][lane] += change[v][lane] for each sample of the list, v its code.
    template <std::size_t Lanes>
    static void apply(const code_list& list, const std::int32_t* change, std::int32_t* errors) {
        for (std::size_t i = 0; i < list.count; ++i) {
            std::int32_t* to = errors + (list.entries[i] >> 8) * Lanes;
            const std::int32_t* by = change + (list.entries[i] & 0xFFu) * Lanes;
            for (std::size_t lane = 0; lane < Lanes; ++lane) {
                to[lane] = add(to[lane], by[lane]);
            }
        }
    }

    /// The rates of change from the weight whose products are `from` to that whose products are `to`:
    /// d_v = to[v] - from[v]. Whole numbers below 2^53, hence exact in any order.
    static descent_rate rate(const descent_codes& codes, const float* from, const float* to) {
        descent_rate result;
        for (std::size_t v = codes.first; v < codes.last; ++v) {
            const double d = static_cast<double>(to[v]) - static_cast<double>(from[v]);
            const double hd = codes.count[v] * d;
            result.square += d * codes.twice_sums[v];
            result.own += d * hd;
            result.mean += hd;
            result.slope += codes.inputs[v] * d;
        }
        return result;
    }

private:
    /// Wraps around like vector instructions do. It does not happen, see largest_depth.
    static std::int32_t add(std::int32_t a, std::int32_t b) {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
    }
};

#if defined(__x86_64__)

struct descent_avx2 {
    static std::size_t list(const std::uint8_t* codes, std::size_t samples, std::uint8_t common,
                            std::uint32_t* entries) {
        return descent_portable::list(codes, samples, common, entries); // no instruction packs them
    }

    template <std::size_t Lanes>
    [[gnu::target("avx2")]] static void collect(const code_list& list, const std::int32_t* errors,
                                                std::int32_t* sums) {
        for (std::size_t i = 0; i < list.count; ++i) {
            const std::int32_t* from = errors + (list.entries[i] >> 8) * Lanes;
            std::int32_t* to = sums + (list.entries[i] & 0xFFu) * Lanes;
            for (std::size_t lane = 0; lane < Lanes; lane += 8) {
                store(to + lane, _mm256_add_epi32(load(to + lane), load(from + lane)));
            }
        }
    }

    template <std::size_t Lanes>
    [[gnu::target("avx2")]] static void apply(const code_list& list, const std::int32_t* change,
                                              std::int32_t* errors) {
        for (std::size_t i = 0; i < list.count; ++i) {
            std::int32_t* to = errors + (list.entries[i] >> 8) * Lanes;
            const std::int32_t* by = change + (list.entries[i] & 0xFFu) * Lanes;
            for (std::size_t lane = 0; lane < Lanes; lane += 8) {
                store(to + lane, _mm256_add_epi32(load(to + lane), load(by + lane)));
            }
        }
    }

    [[gnu::target("avx2")]] static descent_rate rate(const descent_codes& codes, const float* from,
                                                     const float* to) {
        __m256d square = _mm256_setzero_pd();
        __m256d own = _mm256_setzero_pd();
        __m256d mean = _mm256_setzero_pd();
        __m256d slope = _mm256_setzero_pd();
        for (std::size_t v = codes.first; v < codes.last; v += 4) {
            const __m256d d = _mm256_cvtps_pd(_mm_sub_ps(_mm_loadu_ps(to + v), _mm_loadu_ps(from + v)));
            const __m256d hd = _mm256_mul_pd(_mm256_loadu_pd(codes.count + v), d);
            square = _mm256_add_pd(square, _mm256_mul_pd(d, _mm256_loadu_pd(codes.twice_sums + v)));
            own = _mm256_add_pd(own, _mm256_mul_pd(d, hd));
            mean = _mm256_add_pd(mean, hd);
            slope = _mm256_add_pd(slope, _mm256_mul_pd(d, _mm256_loadu_pd(codes.inputs + v)));
        }
        return {sum(square), sum(own), sum(mean), sum(slope)};
    }

private:
    [[gnu::target("avx2"), gnu::always_inline]] static double sum(__m256d values) {
        std::array<double, 4> each{};
        _mm256_storeu_pd(each.data(), values);
        return each[0] + each[1] + each[2] + each[3];
    }
    [[gnu::target("avx2"), gnu::always_inline]] static __m256i load(const std::int32_t* from) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    }
    [[gnu::target("avx2"), gnu::always_inline]] static void store(std::int32_t* to, __m256i value) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), value);
    }
};

struct descent_avx512 {
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static std::size_t
    list(const std::uint8_t* codes, std::size_t samples, std::uint8_t common, std::uint32_t* entries) {
        const __m512i others = _mm512_set1_epi32(common);
        const __m512i step = _mm512_set1_epi32(16 << 8);
        __m512i numbers =
            _mm512_slli_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), 8);
        std::size_t count = 0, n = 0;
        for (; n + 16 <= samples; n += 16) {
            const __m512i code = _mm512_maskz_cvtepu8_epi32(
                0xFFFF, _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + n)));
            const __mmask16 kept = _mm512_cmpneq_epi32_mask(code, others);
            _mm512_storeu_si512(entries + count,
                                _mm512_maskz_compress_epi32(kept, _mm512_or_si512(numbers, code)));
            count += static_cast<std::size_t>(__builtin_popcount(kept));
            numbers = _mm512_add_epi32(numbers, step);
        }
        return count + descent_portable::list_from(n, codes, samples, common, entries + count);
    }

    template <std::size_t Lanes>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static void
    collect(const code_list& list, const std::int32_t* errors, std::int32_t* sums) {
        for (std::size_t i = 0; i < list.count; ++i) {
            const std::int32_t* from = errors + (list.entries[i] >> 8) * Lanes;
            std::int32_t* to = sums + (list.entries[i] & 0xFFu) * Lanes;
            if (Lanes == 8) {
                store8(to, _mm256_add_epi32(load8(to), load8(from)));
            }
            for (std::size_t lane = 0; lane + 16 <= Lanes; lane += 16) {
                _mm512_storeu_si512(to + lane, _mm512_add_epi32(_mm512_loadu_si512(to + lane),
                                                                _mm512_loadu_si512(from + lane)));
            }
        }
    }

    template <std::size_t Lanes>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static void
    apply(const code_list& list, const std::int32_t* change, std::int32_t* errors) {
        for (std::size_t i = 0; i < list.count; ++i) {
            std::int32_t* to = errors + (list.entries[i] >> 8) * Lanes;
            const std::int32_t* by = change + (list.entries[i] & 0xFFu) * Lanes;
            if (Lanes == 8) {
                store8(to, _mm256_add_epi32(load8(to), load8(by)));
            }
            for (std::size_t lane = 0; lane + 16 <= Lanes; lane += 16) {
                _mm512_storeu_si512(to + lane, _mm512_add_epi32(_mm512_loadu_si512(to + lane),
                                                                _mm512_loadu_si512(by + lane)));
            }
        }
    }

    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] static descent_rate
    rate(const descent_codes& codes, const float* from, const float* to) {
        __m512d square = _mm512_setzero_pd();
        __m512d own = _mm512_setzero_pd();
        __m512d mean = _mm512_setzero_pd();
        __m512d slope = _mm512_setzero_pd();
        for (std::size_t v = codes.first; v < codes.last; v += 8) {
            const __m512d d = _mm512_maskz_cvtps_pd(
                0xFF, _mm256_sub_ps(_mm256_loadu_ps(to + v), _mm256_loadu_ps(from + v)));
            const __m512d hd = _mm512_mul_pd(_mm512_loadu_pd(codes.count + v), d);
            square = _mm512_fmadd_pd(d, _mm512_loadu_pd(codes.twice_sums + v), square);
            own = _mm512_fmadd_pd(d, hd, own);
            mean = _mm512_add_pd(mean, hd);
            slope = _mm512_fmadd_pd(d, _mm512_loadu_pd(codes.inputs + v), slope);
        }
        return {sum(square), sum(own), sum(mean), sum(slope)};
    }

private:
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl"), gnu::always_inline]] static double
    sum(__m512d values) {
        std::array<double, 8> each{};
        _mm512_storeu_pd(each.data(), values);
        double all = 0;
        for (const double value : each) {
            all += value;
        }
        return all;
    }
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl"), gnu::always_inline]] static __m256i
    load8(const std::int32_t* from) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    }
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl"), gnu::always_inline]] static void
    store8(std::int32_t* to, __m256i value) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), value);
    }
};

#endif

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
