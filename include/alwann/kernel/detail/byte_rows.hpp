// SPDX-License-Identifier: MIT
/// @file
/// Sums of bytes that depend on weight and activation code, row by row: one load brings those of 64 weights.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/kernel/detail/row_offsets.hpp>
#include <alwann/multiplier/concept.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#if defined(__x86_64__)
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// For each product k of a block and each activation code x, the bytes of 64 output channels are one row.
///
/// Byte 4 i + r of a row belongs to output channel 16 r + i, so that sums widened to 32 bits come out in
/// order. Per position 16-bit sums are kept: `words` of both bytes of a word, mod 2^16, and `odd` of the
/// upper ones. Up to most_products rows the sum of 256 bytes fits 16 bits: odd is exact, and so is words -
/// 256 * odd.
struct byte_rows {
    static constexpr std::size_t width = 64;          ///< output channels
    static constexpr std::size_t depth = 16;          ///< products whose tables fit a second-level cache
    static constexpr std::size_t most_products = 256; ///< until sums are taken: 256 * 255 < 2^16
    /// Skewed by a cache line: equal codes of successive products would else share a cache set.
    static constexpr std::size_t table_bytes = operand_codes * width + 64;

    const std::uint8_t* tables = nullptr; ///< of `depth` products, table_bytes apart
    const std::uint8_t* codes = nullptr;
    const std::uint32_t* first = nullptr; ///< code of each position
    std::size_t positions = 0;
    std::array<std::uint32_t, depth> step{}; ///< added to it per product
    std::uint8_t* sums = nullptr;            ///< [position][words, odd: 64 bytes each]

    /// Adds the rows of the first `fours` * 4 products; `fresh` sums are overwritten.
    void add(std::size_t fours, bool fresh) const {
        bool adjacent = true; // within fours
        for (std::size_t k = 0; k < 4 * fours; ++k) {
            adjacent = adjacent && step[k] == step[k / 4 * 4] + k % 4;
        }
        switch (fours) {
        case 1:
            return adjacent ? add<1, true>(fresh) : add<1, false>(fresh);
        case 2:
            return adjacent ? add<2, true>(fresh) : add<2, false>(fresh);
        case 3:
            return adjacent ? add<3, true>(fresh) : add<3, false>(fresh);
        default:
            return adjacent ? add<4, true>(fresh) : add<4, false>(fresh);
        }
    }

    /// to[f] = the sums of one position plus those of a[f] and b[f] if there are any, f below `width`.
    [[gnu::target("avx512f,avx512bw")]] static void take(const std::uint8_t* sums, const std::int32_t* a,
                                                         const std::int32_t* b, std::int32_t* to) {
        constexpr __mmask16 all = 0xFFFF;
        const __m512i low = _mm512_set1_epi32(0xFFFF);
        const __m512i odd = _mm512_load_si512(sums + 64);
        const __m512i even = _mm512_sub_epi16(_mm512_load_si512(sums), _mm512_slli_epi16(odd, 8));
        __m512i part[4] = {_mm512_and_si512(even, low), _mm512_and_si512(odd, low),
                           _mm512_maskz_srli_epi32(all, even, 16), _mm512_maskz_srli_epi32(all, odd, 16)};
#pragma GCC unroll 4
        for (std::size_t r = 0; r < 4; ++r) {
            if (a != nullptr) {
                part[r] = _mm512_add_epi32(part[r], _mm512_loadu_si512(a + 16 * r));
            }
            if (b != nullptr) {
                part[r] = _mm512_add_epi32(part[r], _mm512_loadu_si512(b + 16 * r));
            }
            _mm512_storeu_si512(to + 16 * r, part[r]);
        }
    }

private:
    template <std::size_t Fours, bool Adjacent>
    [[gnu::target("avx512f,avx512bw,bmi2")]] void add(bool fresh) const {
        const byte_rows own = *this; // which a vector that is stored could change
        for (std::size_t p = 0; p < own.positions; ++p) {
            const std::uint8_t* const code = own.codes + own.first[p];
            std::uint8_t* const to = own.sums + 2 * width * p;
            __m512i words = _mm512_setzero_si512();
            __m512i odd = _mm512_setzero_si512();
#pragma GCC unroll 4
            for (std::size_t k = 0; k < 4 * Fours; k += 4) {
                const auto rows = Adjacent ? row_offsets::neighbours(code + own.step[k])
                                           : row_offsets::scattered(code, own.step.data() + k);
#pragma GCC unroll 4
                for (std::size_t i = 0; i < 4; ++i) {
                    const __m512i row = _mm512_load_si512(own.tables + (k + i) * table_bytes + rows.at[i]);
                    words = _mm512_add_epi16(words, row);
                    odd = _mm512_add_epi16(odd, _mm512_srli_epi16(row, 8));
                }
            }
            if (!fresh) {
                words = _mm512_add_epi16(words, _mm512_load_si512(to));
                odd = _mm512_add_epi16(odd, _mm512_load_si512(to + 64));
            }
            _mm512_store_si512(to, words);
            _mm512_store_si512(to + 64, odd);
        }
    }
};

/// Lays out rows with AVX-512 VBMI: the 256 bytes of an activation code fit four registers, two permutations
/// and a blend look up those of 64 weights.
class byte_rows_builder {
public:
    /// `values` are [weight][activation].
    explicit byte_rows_builder(std::span<const std::uint8_t> values) : by_activation_(operand_pairs) {
        for (std::size_t w = 0; w < operand_codes; ++w) {
            for (std::size_t x = 0; x < operand_codes; ++x) {
                by_activation_[operand_codes * x + w] = values[operand_codes * w + x];
            }
        }
    }

    /// Four tables for the weight codes of four products, each in the order of a row.
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]] void build(const std::uint8_t* codes,
                                                                                std::uint8_t* tables) const {
        __m512i which[4];
        __mmask64 upper[4];
        for (std::size_t k = 0; k < 4; ++k) {
            which[k] = _mm512_loadu_si512(codes + byte_rows::width * k);
            upper[k] = _mm512_movepi8_mask(which[k]);
        }
        for (std::size_t x = 0; x < operand_codes; ++x) {
            const std::uint8_t* values = by_activation_.data() + operand_codes * x;
            const __m512i t0 = _mm512_load_si512(values), t1 = _mm512_load_si512(values + 64);
            const __m512i t2 = _mm512_load_si512(values + 128), t3 = _mm512_load_si512(values + 192);
#pragma GCC unroll 4
            for (std::size_t k = 0; k < 4; ++k) {
                const __m512i low = _mm512_permutex2var_epi8(t0, which[k], t1);
                const __m512i high = _mm512_permutex2var_epi8(t2, which[k], t3);
                _mm512_store_si512(tables + k * byte_rows::table_bytes + byte_rows::width * x,
                                   _mm512_mask_blend_epi8(upper[k], low, high));
            }
        }
    }

private:
    aligned_buffer<std::uint8_t> by_activation_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
