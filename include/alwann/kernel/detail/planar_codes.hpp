// SPDX-License-Identifier: MIT
/// @file
/// Activation codes of a tile of positions, transposed: one plane of bytes per product.
#pragma once

#include <alwann/kernel/detail/chunk.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Consecutive positions of a chunk, in vectors of 64. Byte 4 i + r of a vector is position 16 r + i: sums of
/// bytes widened to 32 bits then come out in order. Positions beyond the last repeat it.
class planar_tile {
public:
    static constexpr std::size_t vector = 64;
    static constexpr std::size_t max_vectors = 8;

    planar_tile(const chunk& part, std::size_t begin)
        : codes(part.codes),
          first(begin),
          positions(std::min(max_vectors * vector, part.positions() - begin)),
          vectors((positions + vector - 1) / vector) {
        for (std::size_t i = 0; i < vectors * vector; ++i) {
            const std::size_t row = i % vector / 4, lane = i % 4;
            const std::size_t p = i / vector * vector + 4 * lane + row / 4 + row % 4 * 16;
            offsets[i] = part.first[first + std::min(p, positions - 1)];
        }
    }

    /// Bytes of a plane.
    [[nodiscard]] std::size_t width() const noexcept { return vectors * vector; }

    const std::uint8_t* codes;
    std::size_t first, positions, vectors;
    /// Per vector [row][lane]: the position whose codes become byte `row` of 16-byte lane `lane`.
    std::array<std::uint32_t, max_vectors * vector> offsets;
};

/// Writes a tile's codes as planes of vectors * 64 bytes.
///
/// Up to 16 neighbouring codes are read for each position with one load and transposed in registers.
class planar_codes {
public:
    /// `groups` groups are transposed together, `depth` planes apart.
    planar_codes(const convolution_shape& shape, const chunk_layout& layout, std::size_t groups,
                 std::size_t depth)
        : step_(layout.step), run_end_(layout.step.size()), inputs_(shape.group_inputs()) {
        for (std::size_t k = step_.size(); k-- > 0;) {
            const bool last = k + 1 == step_.size() || step_[k + 1] != step_[k] + 1;
            run_end_[k] = last ? k + 1 : run_end_[k + 1];
        }
        // A single group's runs may go beyond a kernel position.
        const std::size_t longest = groups == 1 ? step_.size() : groups * inputs_;
        for (std::size_t c = 0; c < longest; ++c) {
            planes_.push_back(groups == 1 ? c : c / inputs_ * depth + c % inputs_);
        }
    }

    /// Products [begin, end) of one group: plane k - begin.
    void transpose(const planar_tile& tile, std::size_t group, std::size_t begin, std::size_t end,
                   std::uint8_t* planes) const {
        for (std::size_t k = begin; k < end;) {
            const std::size_t count = std::min(end, run_end_[k]) - k;
            run(tile, step_[k] + group * inputs_, count, planes + (k - begin) * tile.width());
            k += count;
        }
    }

    /// All products of several groups: what they read at a kernel position are neighbours.
    void transpose_groups(const planar_tile& tile, std::size_t group, std::size_t groups,
                          std::uint8_t* planes) const {
        for (std::size_t k = 0; k < step_.size(); k += inputs_) {
            run(tile, step_[k] + group * inputs_, groups * inputs_, planes + k * tile.width());
        }
    }

private:
    /// Neighbouring codes from `offset` on, the c-th into plane planes_[c].
    void run(const planar_tile& tile, std::size_t offset, std::size_t codes, std::uint8_t* planes) const {
        for (std::size_t v = 0; v < tile.vectors; ++v) {
            for (std::size_t c = 0; c < codes; c += 16) {
                piece(tile.codes + offset + c, tile.offsets.data() + v * planar_tile::vector,
                      std::min<std::size_t>(16, codes - c), planes + v * planar_tile::vector,
                      planes_.data() + c, tile.width());
            }
        }
    }

    [[gnu::target("avx512f,avx512bw"), gnu::always_inline]] static inline __m128i
    load16(const std::uint8_t* from) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    }

    /// 64 positions of 16 neighbouring codes, of which the first `count` are stored.
    [[gnu::target("avx512f,avx512bw")]] static void piece(const std::uint8_t* from,
                                                          const std::uint32_t* offsets, std::size_t count,
                                                          std::uint8_t* to, const std::size_t* planes,
                                                          std::size_t width) {
        __m512i a[16], b[16];
#pragma GCC unroll 16
        for (std::size_t n = 0; n < 16; ++n) {
            const std::uint32_t* four = offsets + 4 * n;
            a[n] = _mm512_maskz_broadcast_i32x4(0x000F, load16(from + four[0]));
            a[n] = _mm512_mask_broadcast_i32x4(a[n], 0x00F0, load16(from + four[1]));
            a[n] = _mm512_mask_broadcast_i32x4(a[n], 0x0F00, load16(from + four[2]));
            a[n] = _mm512_mask_broadcast_i32x4(a[n], 0xF000, load16(from + four[3]));
            asm volatile("" : "+v"(a[n])::"memory"); // or g++ begins with all 64 loads, and spills them
        }
        // Interleaving the first half of the rows with the second, four times, transposes 16 x 16 bytes.
        interleave(a, b);
        interleave(b, a);
        interleave(a, b);
        interleave(b, a);
#pragma GCC unroll 16
        for (std::size_t n = 0; n < 16; ++n) {
            if (n < count) {
                _mm512_store_si512(to + planes[n] * width, a[n]);
            }
        }
    }

    [[gnu::target("avx512f,avx512bw"), gnu::always_inline]] static inline void interleave(const __m512i* from,
                                                                                          __m512i* to) {
#pragma GCC unroll 8
        for (std::size_t n = 0; n < 8; ++n) {
            to[2 * n] = _mm512_unpacklo_epi8(from[n], from[n + 8]);
            to[2 * n + 1] = _mm512_unpackhi_epi8(from[n], from[n + 8]);
        }
    }

    std::vector<std::uint32_t> step_;
    std::vector<std::size_t> run_end_; ///< per product: behind the last whose codes are neighbours
    std::vector<std::size_t> planes_;  ///< of the codes of a run
    std::size_t inputs_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
