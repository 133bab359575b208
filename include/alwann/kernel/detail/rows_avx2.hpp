// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the rows engine with AVX2 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/rows_block.hpp>
#include <alwann/kernel/detail/used_codes.hpp>

#if defined(__x86_64__)

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

struct rows_avx2 {
    using mark_used = mark_used_avx2;

    /// Groups of four products that one pass over the positions adds. More rows of 32 would not fit the
    /// second-level cache.
    template <std::size_t Width>
    static constexpr std::size_t most_groups = Width == 32 ? 2 : 4;

    /// Adds 4 * Groups products; Contiguous: their codes are neighbours, Together: then four of them are
    /// loaded at once. Fresh sums are overwritten.
    template <std::size_t Width, std::size_t Groups, bool Contiguous, bool Together = false>
    [[gnu::target("avx2")]] static void add(const rows_block& shared) {
        const rows_block block = shared; // which a vector that is stored could change
        const std::uint8_t* const codes = block.codes + (Contiguous ? block.step[0] : 0);
        for (std::size_t p = 0; p < block.positions; ++p) {
            const std::uint8_t* const base = codes + block.first[p];
            constexpr std::size_t vectors = Width / 16;
            std::size_t row[4 * Groups];
            if constexpr (Contiguous && Together) {
                find_rows<Width, Groups>(base, row);
            } else {
#pragma GCC unroll 16
                for (std::size_t k = 0; k < 4 * Groups; ++k) {
                    row[k] = rows_layout<Width>::row_bytes * base[Contiguous ? k : block.step[k]];
                }
            }
#pragma GCC unroll 2
            for (std::size_t v = 0; v < vectors; ++v) {
                const auto sums =
                    halves::of<rows_layout<Width>::table_bytes, Groups>(block.tables + 32 * v, row);
                sums.store(block.low + Width * p + 16 * v, block.high + Width * p + 16 * v, block.fresh);
            }
        }
    }

    /// Writes (or adds, if not Fresh) the exact sums of one position after `groups` groups. `sums` has room
    /// for Width.
    template <std::size_t Width, bool Fresh>
    [[gnu::target("avx2")]] static void flush(const std::uint16_t* low, const std::uint16_t* high,
                                              std::size_t groups, std::int32_t* sums) {
        const __m256i slack16 = _mm256_set1_epi16(static_cast<std::int16_t>(rows_slack * groups));
        const __m256i slack32 = _mm256_set1_epi32(static_cast<std::int32_t>(rows_slack * groups));
        for (std::size_t f = 0; f < Width; f += 16) {
            const __m256i halves[2] = {_mm256_load_si256(reinterpret_cast<const __m256i*>(low + f)),
                                       _mm256_load_si256(reinterpret_cast<const __m256i*>(high + f))};
            const __m256i rest =
                _mm256_add_epi16(_mm256_sub_epi16(halves[0], _mm256_slli_epi16(halves[1], 9)), slack16);
            const __m256i wide[2] = {widened<0>(rest, halves[1], slack32),
                                     widened<1>(rest, halves[1], slack32)};
            for (std::size_t i = 0; i < 2; ++i) {
                auto* to = reinterpret_cast<__m256i*>(sums + f + 8 * i);
                _mm256_storeu_si256(to, Fresh ? wide[i] : _mm256_add_epi32(wide[i], _mm256_loadu_si256(to)));
            }
        }
    }

    /// Sums of 16 output channels in the two halves that rows_block describes.
    struct halves {
        __m256i low, high;

        /// Of a row of each of 4 * Groups tables.
        template <std::size_t TableBytes, std::size_t Groups>
        [[gnu::target("avx2"), gnu::always_inline]] static halves of(const std::uint8_t* tables,
                                                                     const std::size_t* row) {
            constexpr std::size_t whole = std::bit_floor(Groups);
            const auto rows = added_rows::of<TableBytes, whole>(tables, row);
            const halves sums{rows.sum, _mm256_srli_epi16(rows.mean, rows_shift<whole>)};
            if constexpr (Groups == whole) {
                return sums;
            } else {
                const auto rest =
                    of<TableBytes, Groups - whole>(tables + 4 * whole * TableBytes, row + 4 * whole);
                return {_mm256_add_epi16(sums.low, rest.low), _mm256_add_epi16(sums.high, rest.high)};
            }
        }

        /// Adds what there was, unless that is `fresh`, and writes both.
        [[gnu::target("avx2"), gnu::always_inline]] void store(std::uint16_t* to_low, std::uint16_t* to_high,
                                                               bool fresh) const {
            auto* l = reinterpret_cast<__m256i*>(to_low);
            auto* h = reinterpret_cast<__m256i*>(to_high);
            _mm256_store_si256(l, fresh ? low : _mm256_add_epi16(_mm256_load_si256(l), low));
            _mm256_store_si256(h, fresh ? high : _mm256_add_epi16(_mm256_load_si256(h), high));
        }
    };

    /// Of 4 * Groups products whose codes are neighbours, in rows of 16.
    template <std::size_t Groups>
    [[gnu::target("avx2"), gnu::always_inline]] static halves sums_of_16(const std::uint8_t* tables,
                                                                         const std::uint8_t* codes) {
        std::size_t row[4 * Groups];
        find_rows<16, Groups>(codes, row);
        return halves::of<rows_layout<16>::table_bytes, Groups>(tables, row);
    }

private:
    /// Where the rows of neighbouring codes lie. Four are loaded at once.
    template <std::size_t Width, std::size_t Groups>
    [[gnu::always_inline]] static void find_rows(const std::uint8_t* codes, std::size_t* row) {
        constexpr std::size_t bytes = rows_layout<Width>::row_bytes;
#pragma GCC unroll 16
        for (std::size_t k = 0; k < 4 * Groups; ++k) {
            std::uint32_t four = 0;
            std::memcpy(&four, codes + k / 4 * 4, sizeof four);
            row[k] = (std::size_t{four} * bytes >> (8 * (k % 4))) & (255 * bytes);
        }
    }

    /// Rows that were added, all of them: their sum, and their average, rounded up on the way.
    struct added_rows {
        __m256i sum, mean;

        /// Of a row of each of 4 * Groups tables, Groups a power of two.
        template <std::size_t TableBytes, std::size_t Groups>
        [[gnu::target("avx2"), gnu::always_inline]] static added_rows of(const std::uint8_t* tables,
                                                                         const std::size_t* row) {
            if constexpr (Groups == 1) {
                const __m256i a = load(tables + row[0]);
                const __m256i b = load(tables + TableBytes + row[1]);
                const __m256i c = load(tables + 2 * TableBytes + row[2]);
                const __m256i d = load(tables + 3 * TableBytes + row[3]);
                return {kept(_mm256_add_epi16(_mm256_add_epi16(a, b), _mm256_add_epi16(c, d))),
                        kept(_mm256_avg_epu16(_mm256_avg_epu16(a, b), _mm256_avg_epu16(c, d)))};
            } else {
                const auto a = of<TableBytes, Groups / 2>(tables, row);
                const auto b = of<TableBytes, Groups / 2>(tables + 2 * Groups * TableBytes, row + 2 * Groups);
                return {kept(_mm256_add_epi16(a.sum, b.sum)), kept(_mm256_avg_epu16(a.mean, b.mean))};
            }
        }
    };

    [[gnu::target("avx2"), gnu::always_inline]] static __m256i load(const std::uint8_t* row) {
        return kept(_mm256_load_si256(reinterpret_cast<const __m256i*>(row)));
    }
    /// Has the compiler take a value as it is. Otherwise rows are read twice, as an operand of both
    /// instructions that use them, and sums are put off until their terms fill the stack.
    [[gnu::target("avx2"), gnu::always_inline]] static __m256i kept(__m256i value) {
        asm("" : "+x"(value));
        return value;
    }

    /// 512 * high + rest - slack of eight lanes.
    template <int Half>
    [[gnu::target("avx2"), gnu::always_inline]] static __m256i widened(__m256i rest, __m256i high,
                                                                       __m256i slack) {
        const __m256i r = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(rest, Half));
        const __m256i h = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(high, Half));
        return _mm256_sub_epi32(_mm256_add_epi32(r, _mm256_slli_epi32(h, 9)), slack);
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
