// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the rows engine with AVX-512 instructions, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/row_offsets.hpp>
#include <alwann/kernel/detail/rows_avx2.hpp>
#include <alwann/kernel/detail/tap_line.hpp>

#if defined(__x86_64__)

#include <bit>
#include <cstddef>
#include <cstdint>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

struct rows_avx512 {
    using mark_used = mark_used_avx2;

    template <std::size_t>
    static constexpr std::size_t most_groups = 4;

    /// Rows of 16 products are one AVX2 register: wider ones would not help them.
    template <std::size_t Width, std::size_t Groups, bool Contiguous>
    static void add(const rows_block& block) {
        if constexpr (Width == 32) {
            add32<Groups, Contiguous>(block);
        } else {
            rows_avx2::add<Width, Groups, Contiguous, true>(block);
        }
    }

    /// Writes (or adds, if not Fresh) the exact sums of one position after `groups` groups. `sums` has room
    /// for Width.
    template <std::size_t Width, bool Fresh>
    [[gnu::target("avx512f")]] static void flush(const std::uint16_t* low, const std::uint16_t* high,
                                                 std::size_t groups, std::int32_t* sums) {
        for (std::size_t f = 0; f < Width; f += 16) {
            flush_16<Fresh>(low + f, high + f, groups, sums + f);
        }
    }

    /// Adds rows of 4 * Groups products of two taps side by side: the upper half of a row is for the position
    /// before that of the lower half, so that each position is written once. The first one's upper half goes
    /// to the place before it.
    template <std::size_t Groups>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,bmi2")]] static void
    add_beside(const tap_line& shared) {
        const tap_line line = shared; // which a vector that is stored could change
        __m512i before = _mm512_setzero_si512();
        for (std::size_t p = 0; p < line.positions; ++p) {
            const auto sums = halves::of<Groups>(line.tables, neighbours{line.codes + line.stride * p});
            add_to(line.first + 32 * p - 32,
                   _mm512_add_epi16(before, _mm512_maskz_shuffle_i64x2(0xFF, sums.low, sums.high, 0xEE)),
                   line.fresh);
            before = _mm512_maskz_shuffle_i64x2(0xFF, sums.low, sums.high, 0x44);
        }
    }

    /// The same of two taps one below the other, for two rows of positions.
    template <std::size_t Groups>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,bmi2")]] static void add_below(const tap_line& shared) {
        const tap_line line = shared;
        for (std::size_t p = 0; p < line.positions; ++p) {
            const auto sums = halves::of<Groups>(line.tables, neighbours{line.codes + line.stride * p});
            add_to(line.first + 32 * p, _mm512_maskz_shuffle_i64x2(0xFF, sums.low, sums.high, 0x44), false);
            add_to(line.second + 32 * p, _mm512_maskz_shuffle_i64x2(0xFF, sums.low, sums.high, 0xEE), false);
        }
    }

    /// Adds rows of 16, of 4 * Groups products of one tap.
    template <std::size_t Groups>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,bmi2")]] static void add_tap(const tap_line& shared) {
        const tap_line line = shared;
        for (std::size_t p = 0; p < line.positions; ++p) {
            const auto sums = rows_avx2::sums_of_16<Groups>(line.tables, line.codes + line.stride * p);
            add_to(line.first + 32 * p,
                   _mm512_mask_broadcast_i64x4(_mm512_castsi256_si512(sums.low), 0xF0, sums.high),
                   line.fresh);
        }
    }

    /// The same of `count` positions of a tap_line.
    template <bool Fresh>
    [[gnu::target("avx512f")]] static void flush_places(const std::uint16_t* places, std::size_t count,
                                                        std::size_t groups, std::int32_t* sums) {
        for (std::size_t p = 0; p < count; ++p) {
            flush_16<Fresh>(places + 32 * p, places + 32 * p + 16, groups, sums + 16 * p);
        }
    }

private:
    template <std::size_t Groups, bool Contiguous>
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,bmi2")]] static void add32(const rows_block& shared) {
        const rows_block block = shared; // which a vector that is stored could change
        const std::uint8_t* const codes = block.codes + (Contiguous ? block.step[0] : 0);
        for (std::size_t p = 0; p < block.positions; ++p) {
            const std::uint8_t* const base = codes + block.first[p];
            _mm_prefetch(reinterpret_cast<const char*>(block.low + 32 * (p + rows_ahead)), _MM_HINT_T0);
            _mm_prefetch(reinterpret_cast<const char*>(block.high + 32 * (p + rows_ahead)), _MM_HINT_T0);
            __m512i low = block.fresh ? _mm512_setzero_si512() : _mm512_load_si512(block.low + 32 * p);
            __m512i high = block.fresh ? _mm512_setzero_si512() : _mm512_load_si512(block.high + 32 * p);
            const auto sums = halves::of<Groups>(block.tables, codes_at<Contiguous>(base, block.step));
            low = _mm512_add_epi16(low, sums.low);
            high = _mm512_add_epi16(high, sums.high);
            _mm512_store_si512(block.low + 32 * p, low);
            _mm512_store_si512(block.high + 32 * p, high);
        }
    }

    /// The codes of one position, neighbours.
    struct neighbours {
        const std::uint8_t* codes;

        /// Rows of the four products from k on.
        [[nodiscard, gnu::target("bmi2"), gnu::always_inline]] row_offsets rows(std::size_t k) const {
            return row_offsets::neighbours(codes + k);
        }
    };
    /// The same of codes here and there.
    struct scattered {
        const std::uint8_t* codes;
        const std::uint32_t* step;

        [[nodiscard]] row_offsets rows(std::size_t k) const {
            return row_offsets::scattered(codes, step + k);
        }
    };

    template <bool Contiguous>
    static auto codes_at(const std::uint8_t* codes, const std::uint32_t* step) {
        if constexpr (Contiguous) {
            return neighbours{codes};
        } else {
            return scattered{codes, step};
        }
    }

    /// Rows of 32 that were added, all of them: their sum, and their average, rounded up on the way.
    struct added_rows {
        __m512i sum, mean;

        /// Of a row of each of 4 * Groups tables from product k on, Groups a power of two.
        template <std::size_t Groups, class Codes>
        [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,bmi2"), gnu::always_inline]] static added_rows
        of(const std::uint8_t* tables, Codes codes, std::size_t k) {
            if constexpr (Groups == 1) {
                constexpr std::size_t stride = rows_layout<32>::table_bytes;
                const auto rows = codes.rows(k);
                const __m512i a = load(tables + k * stride + rows.at[0]);
                const __m512i b = load(tables + (k + 1) * stride + rows.at[1]);
                const __m512i c = load(tables + (k + 2) * stride + rows.at[2]);
                const __m512i d = load(tables + (k + 3) * stride + rows.at[3]);
                return {_mm512_add_epi16(_mm512_add_epi16(a, b), _mm512_add_epi16(c, d)),
                        _mm512_avg_epu16(_mm512_avg_epu16(a, b), _mm512_avg_epu16(c, d))};
            } else {
                const auto a = of<Groups / 2>(tables, codes, k);
                const auto b = of<Groups / 2>(tables, codes, k + 2 * Groups);
                return {_mm512_add_epi16(a.sum, b.sum), _mm512_avg_epu16(a.mean, b.mean)};
            }
        }
    };

    /// Sums of 32 output channels in the two halves that rows_block describes.
    struct halves {
        __m512i low, high;

        /// Of a row of each of 4 * Groups tables from product k on.
        template <std::size_t Groups, class Codes>
        [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,bmi2"), gnu::always_inline]] static halves
        of(const std::uint8_t* tables, Codes codes, std::size_t k = 0) {
            constexpr std::size_t whole = std::bit_floor(Groups);
            const auto rows = added_rows::of<whole>(tables, codes, k);
            const halves sums{rows.sum, _mm512_srli_epi16(rows.mean, rows_shift<whole>)};
            if constexpr (Groups == whole) {
                return sums;
            } else {
                const auto rest = of<Groups - whole>(tables, codes, k + 4 * whole);
                return {_mm512_add_epi16(sums.low, rest.low), _mm512_add_epi16(sums.high, rest.high)};
            }
        }
    };

    template <bool Fresh>
    [[gnu::target("avx512f"), gnu::always_inline]] static void
    flush_16(const std::uint16_t* low, const std::uint16_t* high, std::size_t groups, std::int32_t* sums) {
        constexpr __mmask16 all = 0xFFFF;
        const __m512i l = _mm512_maskz_cvtepu16_epi32(all, half_row(low));
        const __m512i h = _mm512_maskz_cvtepu16_epi32(all, half_row(high));
        const __m512i most =
            _mm512_sub_epi32(_mm512_maskz_slli_epi32(all, h, 9),
                             _mm512_set1_epi32(static_cast<std::int32_t>(rows_slack * groups)));
        const __m512i rest = _mm512_and_si512(_mm512_sub_epi32(l, most), _mm512_set1_epi32(0xFFFF));
        const __m512i sum = _mm512_add_epi32(most, rest);
        _mm512_storeu_si512(sums, Fresh ? sum : _mm512_add_epi32(sum, _mm512_loadu_si512(sums)));
    }
    [[gnu::target("avx512f"), gnu::always_inline]] static __m256i half_row(const std::uint16_t* from) {
        return _mm256_load_si256(reinterpret_cast<const __m256i*>(from));
    }

    /// Adds to what a place has, unless that is `fresh`.
    [[gnu::target("avx512f,avx512bw"), gnu::always_inline]] static void add_to(std::uint16_t* place,
                                                                               __m512i more, bool fresh) {
        _mm512_store_si512(place, fresh ? more : _mm512_add_epi16(_mm512_load_si512(place), more));
    }

    /// A row that is read once: the compiler would make it an operand of both instructions that use it.
    [[gnu::target("avx512f"), gnu::always_inline]] static __m512i load(const std::uint8_t* row) {
        __m512i value = _mm512_load_si512(row);
        asm("" : "+v"(value));
        return value;
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
