// SPDX-License-Identifier: MIT
/// @file
/// Inner loop of the exact engine on whatever vectors the unit's flags give.
#pragma once

#include <alwann/kernel/detail/exact_block.hpp>

#include <algorithm>
#include <xsimd/xsimd.hpp>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Products lie in [-32640, 32385], so 16 bits hold them. Their sum is kept in two 16-bit parts: `low`, the
/// sum mod 2^16, and `high`, the sum of the products' upper bytes. What is left of the sum without them,
/// 256 * high, is between 0 and 255 a product: after at most 255 products it can be read off `low`.
struct exact_portable {
    using code = std::int16_t;
    using weight = std::int16_t;
    using batch = xsimd::batch<std::int16_t>;
    static constexpr std::size_t depth = 1;
    static constexpr std::size_t group_step = 1; ///< groups of products come in multiples of this
    static constexpr std::size_t lanes = batch::size;
    static constexpr std::size_t vectors = 2; ///< of a strip of output channels
    template <std::size_t Vectors>
    static constexpr std::size_t positions = 2; ///< of a tile
    static constexpr std::size_t most_products = 255;

    /// Tiles of `Count` positions from `begin` to `end`, a whole number of them.
    template <std::size_t Vectors, std::size_t Count>
    static void add(const exact_block<exact_portable>& block, std::size_t begin, std::size_t end) {
        const std::uint32_t* const step = block.step;
        for (std::size_t p = begin; p < end; p += Count) {
            const code* source[Count];
#pragma GCC unroll 8
            for (std::size_t i = 0; i < Count; ++i) {
                source[i] = block.codes + block.first[p + i];
                std::copy_n(block.constants, Vectors * lanes, block.sums + (p + i) * block.stride);
            }
            const weight* weights = block.weights;
            for (std::size_t from = 0; from < block.groups; from += most_products) {
                const std::size_t to = std::min(block.groups, from + most_products);
                batch low[Count][Vectors], high[Count][Vectors];
#pragma GCC unroll 8
                for (std::size_t i = 0; i < Count; ++i) {
#pragma GCC unroll 4
                    for (std::size_t v = 0; v < Vectors; ++v) {
                        low[i][v] = high[i][v] = batch(std::int16_t{0});
                    }
                }
                for (std::size_t g = from; g < to; ++g) {
                    batch row[Vectors];
#pragma GCC unroll 4
                    for (std::size_t v = 0; v < Vectors; ++v) {
                        row[v] = batch::load_aligned(weights);
                        weights += lanes;
                    }
#pragma GCC unroll 8
                    for (std::size_t i = 0; i < Count; ++i) {
                        const batch codes(source[i][step[g]]);
#pragma GCC unroll 4
                        for (std::size_t v = 0; v < Vectors; ++v) {
                            const batch product = codes * row[v];
                            low[i][v] = low[i][v] + product;
                            high[i][v] = high[i][v] + (product >> 8);
                        }
                    }
                }
#pragma GCC unroll 8
                for (std::size_t i = 0; i < Count; ++i) {
#pragma GCC unroll 4
                    for (std::size_t v = 0; v < Vectors; ++v) {
                        empty(low[i][v], high[i][v], block.sums + (p + i) * block.stride + lanes * v);
                    }
                }
            }
        }
    }

    /// Maps `count` codes, a multiple of 64.
    static void map(const exact_map& how, const std::uint8_t* codes, std::size_t count, code* mapped) {
        how(codes, count, mapped);
    }

private:
    /// Adds the sums that the two parts stand for.
    static void empty(const batch& low, const batch& high, std::int32_t* sums) {
        alignas(64) std::int16_t rest[lanes], upper[lanes];
        (low - (high << 8)).store_aligned(rest);
        high.store_aligned(upper);
        for (std::size_t f = 0; f < lanes; ++f) {
            const auto sum = static_cast<std::uint32_t>(256 * upper[f] + static_cast<std::uint16_t>(rest[f]));
            sums[f] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[f]) + sum);
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
