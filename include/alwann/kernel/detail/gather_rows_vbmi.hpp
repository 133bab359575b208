// SPDX-License-Identifier: MIT
/// @file
/// Lays out rows of products with the byte permutations of AVX-512 VBMI.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/kernel/detail/gather_rows_avx2.hpp>

#if defined(__x86_64__)

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Row by row: the 256 products of an activation code, as two planes of bytes, fit eight registers; two
/// permutations and a blend then look up 64 weights in a plane.
class gather_rows_vbmi {
public:
    explicit gather_rows_vbmi(const table& multiplier) : fallback_(multiplier), planes_(2 * operand_pairs) {
        const auto products = multiplier.products();
        for (std::size_t x = 0; x < operand_codes; ++x) {
            std::uint8_t* plane = planes_.data() + 2 * operand_codes * x;
            for (std::size_t w = 0; w < operand_codes; ++w) {
                const std::uint16_t product = products[operand_codes * x + w];
                plane[w] = static_cast<std::uint8_t>(product);
                plane[operand_codes + w] = static_cast<std::uint8_t>(product >> 8);
            }
        }
    }

    template <std::size_t Width>
    void operator()(const std::uint8_t* codes, const used_codes* used, std::size_t count, std::size_t all,
                    std::uint8_t* tables) const {
        if constexpr (Width == 32) {
            for (std::size_t k = 0; k < all; k += 4) {
                const std::size_t rest =
                    std::min<std::size_t>(count - k, 4); // a four has one product at least
                used_codes any = 0;
                for (std::size_t i = 0; i < rest; ++i) {
                    any |= used[k + i];
                }
                gather(codes + 32 * k, any, rest, tables + k * rows_layout<32>::table_bytes);
            }
        } else {
            fallback_.template operator()<Width>(codes, used, count, all, tables);
        }
    }

private:
    /// Four products; those from `count` on are zeros.
    [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]] void
    gather(const std::uint8_t* codes, used_codes used, std::size_t count, std::uint8_t* tables) const {
        constexpr std::size_t stride = rows_layout<32>::table_bytes;
        // Two products a register. Interleaving bytes works within lanes of 16: each lane has eight weights
        // of either product, so that the low and the high halves become one row each.
        const __m512i order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
        __m512i which[2];
        __mmask64 upper[2], kept[2];
        for (std::size_t i = 0; i < 2; ++i) {
            which[i] = _mm512_maskz_permutexvar_epi64(0xFF, order, _mm512_loadu_si512(codes + 64 * i));
            upper[i] = _mm512_movepi8_mask(which[i]);
            const std::uint64_t first = count > 2 * i ? 0x00FF00FF00FF00FFu : 0;
            const std::uint64_t second = count > 2 * i + 1 ? 0xFF00FF00FF00FF00u : 0;
            kept[i] = first | second;
        }
        for (std::size_t x = 0; x < operand_codes; ++x) {
            if (!is_used(used, x)) {
                x += used_block - 1;
                continue;
            }
            const std::uint8_t* plane = planes_.data() + 2 * operand_codes * x;
            __m512i t[8];
            for (std::size_t i = 0; i < 8; ++i) {
                t[i] = _mm512_load_si512(plane + 64 * i);
            }
            std::uint8_t* to = tables + 64 * x;
            for (std::size_t i = 0; i < 2; ++i) {
                const __m512i low = _mm512_maskz_mov_epi8(
                    kept[i], _mm512_mask_blend_epi8(upper[i], _mm512_permutex2var_epi8(t[0], which[i], t[1]),
                                                    _mm512_permutex2var_epi8(t[2], which[i], t[3])));
                const __m512i high = _mm512_maskz_mov_epi8(
                    kept[i], _mm512_mask_blend_epi8(upper[i], _mm512_permutex2var_epi8(t[4], which[i], t[5]),
                                                    _mm512_permutex2var_epi8(t[6], which[i], t[7])));
                _mm512_store_si512(to + 2 * i * stride, _mm512_unpacklo_epi8(low, high));
                _mm512_store_si512(to + (2 * i + 1) * stride, _mm512_unpackhi_epi8(low, high));
            }
        }
    }

    gather_rows_avx2 fallback_;
    aligned_buffer<std::uint8_t> planes_; ///< [activation][low and high byte][weight]
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
