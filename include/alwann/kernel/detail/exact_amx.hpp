// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the exact engine with AMX, whatever flags the unit is built with.
#pragma once

#include <alwann/kernel/detail/amx_tiles.hpp>
#include <alwann/kernel/detail/exact_vnni.hpp>
#include <alwann/kernel/detail/prepared_engine.hpp>
#include <alwann/kernel/detail/scratch.hpp>

#if defined(__x86_64__)

#include <immintrin.h>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// One instruction multiplies 64 codes of 16 positions with the weights of 16 output channels.
///
/// The codes under a position are laid out as one row (im2col), for 64 positions at a time: they come from
/// the first-level cache then, and any window, stride and number of channels is the same to the tiles.
struct exact_amx {
    using code = std::int8_t;
    using weight = std::uint8_t;
    static constexpr std::size_t depth = 4;
    static constexpr std::size_t group_step = 16; ///< groups of products come in multiples of this
    static constexpr std::size_t lanes = 16;
    static constexpr std::size_t vectors = 4; ///< of a strip of output channels

    static constexpr std::size_t scratch_bytes(std::size_t groups) {
        return block_positions * row_bytes(groups) + slack;
    }

    static void map(const exact_map& how, const std::uint8_t* codes, std::size_t count, code* mapped) {
        exact_vnni::map(how, codes, count, mapped);
    }

    /// Fills the sums of a block, and what room there is up to a multiple of 16 positions.
    template <std::size_t Vectors>
    static void add_block(const exact_block<exact_amx>& block) {
        const scratch<code> rows(scratch_bytes(block.groups));
        const std::size_t row = row_bytes(block.groups);
        lay_out(block, row, rows.data());
        const amx_tiles registers;
        const std::size_t tiles = (block.positions + amx_tiles::rows - 1) / amx_tiles::rows;
        for (std::size_t p = 0; p < tiles; p += 2) {
            const code* codes = rows.data() + p * amx_tiles::rows * row;
            std::int32_t* sums = block.sums + p * amx_tiles::rows * block.stride;
            p + 1 < tiles ? add_tiles<Vectors, 2>(block, codes, row, sums)
                          : add_tiles<Vectors, 1>(block, codes, row, sums);
        }
    }

private:
    static constexpr std::size_t slack = 64; ///< whole vectors are written
    static_assert(block_positions % amx_tiles::rows == 0, "the sums of a block have room for whole tiles");

    /// An odd number of cache lines: with an even one, the rows of a tile would share few sets of the cache.
    static constexpr std::size_t row_bytes(std::size_t groups) {
        return (groups * depth / amx_tiles::row_bytes | 1) * amx_tiles::row_bytes;
    }

    [[gnu::target("avx512f")]] static void lay_out(const exact_block<exact_amx>& block, std::size_t row,
                                                   code* rows) {
        for (std::size_t p = 0; p < block.positions; ++p) {
            const code* from = block.codes + block.first[p];
            code* to = rows + p * row;
            for (const auto& run : block.runs) {
                const std::size_t bytes = depth * run.groups;
                for (std::size_t i = 0; i < bytes; i += 64) {
                    _mm512_storeu_si512(to + i, _mm512_loadu_si512(from + run.step + i));
                }
                to += bytes;
            }
        }
    }

    /// All output channels of a strip for 16 or 32 positions.
    template <std::size_t Vectors, std::size_t Rows>
    static void add_tiles(const exact_block<exact_amx>& block, const code* codes, std::size_t row,
                          std::int32_t* sums) {
        if constexpr (Vectors >= 2) {
            add_pair<Vectors, Rows, 2>(block, 0, codes, row, sums);
        }
        if constexpr (Vectors == 4) {
            add_pair<Vectors, Rows, 2>(block, 2, codes, row, sums);
        }
        if constexpr (Vectors % 2 == 1) {
            add_pair<Vectors, Rows, 1>(block, Vectors - 1, codes, row, sums);
        }
    }

    /// Sums in registers 0 to 3, codes in 4 and 5, weights in 6 and 7.
    template <std::size_t Vectors, std::size_t Rows, std::size_t Columns>
    [[gnu::target("amx-tile,amx-int8")]] static void add_pair(const exact_block<exact_amx>& block,
                                                              std::size_t vector, const code* codes,
                                                              std::size_t row, std::int32_t* sums) {
        using tiles = amx_tiles;
        constexpr std::size_t line = Vectors * tiles::row_bytes; // of the weights of a group of products
        const std::int32_t* constants = block.constants + lanes * vector;
        tiles::load<0>(constants, 0);
        if constexpr (Columns == 2) {
            tiles::load<1>(constants + lanes, 0);
        }
        if constexpr (Rows == 2) {
            tiles::load<2>(constants, 0);
            if constexpr (Columns == 2) {
                tiles::load<3>(constants + lanes, 0);
            }
        }
        for (std::size_t g = 0; g < block.groups; g += group_step) {
            const weight* weights = block.weights + g * line + vector * tiles::row_bytes;
            tiles::load<4>(codes, row);
            tiles::load<6>(weights, line);
            tiles::multiply<0, 4, 6>();
            if constexpr (Columns == 2) {
                tiles::load<7>(weights + tiles::row_bytes, line);
                tiles::multiply<1, 4, 7>();
            }
            if constexpr (Rows == 2) {
                tiles::load<5>(codes + tiles::rows * row, row);
                tiles::multiply<2, 5, 6>();
                if constexpr (Columns == 2) {
                    tiles::multiply<3, 5, 7>();
                }
            }
            codes += tiles::row_bytes;
        }
        const std::size_t stride = block.stride * sizeof(std::int32_t);
        sums += lanes * vector;
        tiles::store<0>(sums, stride);
        if constexpr (Columns == 2) {
            tiles::store<1>(sums + lanes, stride);
        }
        if constexpr (Rows == 2) {
            tiles::store<2>(sums + tiles::rows * block.stride, stride);
            if constexpr (Columns == 2) {
                tiles::store<3>(sums + tiles::rows * block.stride + lanes, stride);
            }
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
