// SPDX-License-Identifier: MIT
/// @file
/// What the inner loop of the exact engine works on.
#pragma once

#include <alwann/core/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Groups of products whose codes lie one behind the other.
struct exact_run {
    std::uint32_t step = 0;   ///< of the first, as in exact_block
    std::uint32_t groups = 0; ///< how many
};

/// Exact products of mapped codes for some positions and one strip of output channels.
///
/// Products come in groups of Isa::depth, whose codes are neighbours in memory: one broadcast brings them
/// to all lanes of a vector of weights.
template <class Isa>
struct exact_block {
    const typename Isa::code* codes = nullptr;     ///< mapped
    const std::uint32_t* first = nullptr;          ///< code of each position
    std::size_t positions = 0;                     ///< at most block_positions
    const std::uint32_t* step = nullptr;           ///< added to it per group of products
    std::size_t groups = 0;                        ///< of products
    std::span<const exact_run> runs;               ///< the same groups
    const typename Isa::weight* weights = nullptr; ///< [groups][outputs of the strip][Isa::depth]
    const std::int32_t* constants = nullptr;       ///< [outputs of the strip], where sums start
    std::int32_t* sums = nullptr;                  ///< [position][stride]
    std::size_t stride = 0;
};

/// Positions behind those of a block that tiles may process as well: `first` repeats the last position, and
/// `sums` has room. A larger tile is cheaper than several small ones.
inline constexpr std::size_t exact_slack = 8;

/// Bytes that add_exact() allocates for so many groups of products.
template <class Isa>
[[nodiscard]] constexpr std::size_t exact_scratch(std::size_t groups) {
    if constexpr (requires { Isa::scratch_bytes(groups); }) {
        return Isa::scratch_bytes(groups);
    } else {
        return 0;
    }
}

/// Tiles of as many positions as the registers hold, and smaller ones at the end.
template <class Isa, std::size_t Vectors>
void add_tiles(const exact_block<Isa>& block) {
    constexpr std::size_t most = Isa::template positions<Vectors>;
    const std::size_t p = block.positions / most * most;
    Isa::template add<Vectors, most>(block, 0, p);
    switch (block.positions - p) {
    case 0:
        break;
    case 1:
        Isa::template add<Vectors, 1>(block, p, p + 1);
        break;
    case 2:
        Isa::template add<Vectors, 2>(block, p, p + 2);
        break;
    case 3:
    case 4:
        Isa::template add<Vectors, 4>(block, p, p + 4);
        break;
    default:
        Isa::template add<Vectors, most>(block, p, p + most);
        break;
    }
}

/// Fills a block's sums: the way of Isa, or tile by tile.
template <class Isa, std::size_t Vectors>
void add_exact(const exact_block<Isa>& block) {
    if constexpr (requires { Isa::template add_block<Vectors>(block); }) {
        return Isa::template add_block<Vectors>(block);
    } else {
        add_tiles<Isa, Vectors>(block);
    }
}

/// A map of codes. Most are an AND and an XOR (exact products, truncated operands), which any processor
/// applies to whole vectors.
struct exact_map {
    std::array<std::int8_t, 256> values{};
    bool bitwise = true;
    std::uint8_t mask = 0, flip = 0;

    exact_map() = default;
    explicit exact_map(const std::array<std::int8_t, 256>& map)
        : values(map), flip(static_cast<std::uint8_t>(map[0])) {
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            mask = static_cast<std::uint8_t>(mask | ((static_cast<std::uint8_t>(map[bit]) ^ flip) & bit));
        }
        for (unsigned x = 0; x < 256; ++x) {
            bitwise = bitwise && static_cast<std::uint8_t>(map[x]) == ((x & mask) ^ flip);
        }
    }

    /// Maps `count` codes, a multiple of 64.
    template <class Code>
    void operator()(const std::uint8_t* codes, std::size_t count, Code* mapped) const {
        if (!bitwise) {
            for (std::size_t i = 0; i < count; ++i) {
                mapped[i] = values[codes[i]];
            }
            return;
        }
        for (std::size_t i = 0; i < count; i += 64) {
            for (std::size_t j = i; j < i + 64; ++j) { // a length that compilers turn into vectors
                mapped[j] = static_cast<std::int8_t>((codes[j] & mask) ^ flip);
            }
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
