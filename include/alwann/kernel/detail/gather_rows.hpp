// SPDX-License-Identifier: MIT
/// @file
/// Builds the rows engine's tables: a transposition of the products of some weights.
#pragma once

#include <alwann/kernel/detail/rows_block.hpp>
#include <alwann/kernel/detail/used_codes.hpp>
#include <alwann/multiplier/table.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Transposes with the baseline's instructions.
struct transpose_portable {
    /// rows[x * Width + f] = columns[f][x] for all activation codes x of blocks that are used.
    template <std::size_t Width>
    static void run(const std::uint16_t* const* columns, used_codes used, std::uint16_t* rows);
};

template <std::size_t Width>
void transpose_portable::run(const std::uint16_t* const* columns, used_codes used, std::uint16_t* rows) {
#if defined(__SSE2__)
    for (std::size_t f = 0; f < Width; f += 8) {
        for (std::size_t x = 0; x < 256; x += 8) {
            if (!is_used(used, x)) {
                continue;
            }
            __m128i a[8], b[8];
            for (std::size_t i = 0; i < 8; ++i) {
                a[i] = _mm_load_si128(reinterpret_cast<const __m128i*>(columns[f + i] + x));
            }
            for (std::size_t i = 0; i < 4; ++i) { // pairs of 16 bits: columns i and i + 4 interleave
                b[2 * i] = _mm_unpacklo_epi16(a[i], a[i + 4]);
                b[2 * i + 1] = _mm_unpackhi_epi16(a[i], a[i + 4]);
            }
            for (std::size_t i = 0; i < 4; ++i) {
                a[2 * i] = _mm_unpacklo_epi16(b[i], b[i + 4]);
                a[2 * i + 1] = _mm_unpackhi_epi16(b[i], b[i + 4]);
            }
            for (std::size_t i = 0; i < 4; ++i) {
                auto* to = reinterpret_cast<__m128i*>(rows + (x + 2 * i) * Width + f);
                _mm_store_si128(to, _mm_unpacklo_epi16(a[i], a[i + 4]));
                _mm_store_si128(to + Width / 8, _mm_unpackhi_epi16(a[i], a[i + 4]));
            }
        }
    }
#else
    for (std::size_t x = 0; x < 256; ++x) {
        for (std::size_t f = 0; is_used(used, x) && f < Width; ++f) {
            rows[x * Width + f] = columns[f][x];
        }
    }
#endif
}

/// Lays rows out: the columns of the weights, transposed.
template <class Transpose>
class gather_rows {
public:
    explicit gather_rows(const table& multiplier) : multiplier_(multiplier) {}

    /// The tables of `count` products with weight codes [product][Width], rows of used activation codes only,
    /// and zeros up to `all` products.
    template <std::size_t Width>
    void operator()(const std::uint8_t* codes, const used_codes* used, std::size_t count, std::size_t all,
                    std::uint8_t* tables) const {
        for (std::size_t k = 0; k < all; ++k) {
            auto* rows = reinterpret_cast<std::uint16_t*>(tables + k * rows_layout<Width>::table_bytes);
            if (k >= count) {
                std::fill_n(rows, 256 * Width, std::uint16_t{0});
                continue;
            }
            std::array<const std::uint16_t*, Width> columns;
            for (std::size_t f = 0; f < Width; ++f) {
                columns[f] = multiplier_.of_weight(codes[k * Width + f]).data();
            }
            Transpose::template run<Width>(columns.data(), used[k], rows);
        }
    }

private:
    table multiplier_;
};

using gather_rows_portable = gather_rows<transpose_portable>;

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
