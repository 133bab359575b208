// SPDX-License-Identifier: MIT
/// @file
/// Designs put together from the multipliers that layers are to have.
#pragma once

#include <alwann/accelerator/architecture.hpp>
#include <alwann/accelerator/design.hpp>
#include <alwann/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Halves the layers of the tile with the most of them; a new tile with the same multiplier takes the later
/// half.
inline void split_busiest(design& what) {
    std::vector<std::size_t> uses(what.tiles.size(), 0);
    for (const auto tile : what.mapping) {
        ++uses[tile];
    }
    const auto busiest = static_cast<std::size_t>(std::max_element(uses.begin(), uses.end()) - uses.begin());
    const std::size_t keep = uses[busiest] - uses[busiest] / 2;
    what.tiles.insert(what.tiles.begin() + static_cast<std::ptrdiff_t>(busiest) + 1, what.tiles[busiest]);
    std::size_t met = 0;
    for (auto& tile : what.mapping) {
        if (tile > busiest) {
            ++tile;
        } else if (tile == busiest && ++met > keep) {
            ++tile;
        }
    }
}

} // namespace detail

/// A design that gives each layer its multiplier, by index into a library. No tile is idle. Throws
/// value_error if that takes more tiles than the accelerator has, or for fewer layers than tiles.
template <architecture Architecture>
[[nodiscard]] design assemble_design(std::span<const std::size_t> multipliers,
                                     const Architecture& accelerator) {
    check_tiles(accelerator.tiles, multipliers.size());
    design result;
    for (std::size_t l = 0; l < multipliers.size(); ++l) {
        if (accelerator.contiguous()) {
            if (l == 0 || multipliers[l] != multipliers[l - 1]) {
                result.tiles.push_back(multipliers[l]);
            }
            result.mapping.push_back(result.tiles.size() - 1);
        } else {
            const auto known = std::find(result.tiles.begin(), result.tiles.end(), multipliers[l]);
            result.mapping.push_back(static_cast<std::size_t>(known - result.tiles.begin()));
            if (known == result.tiles.end()) {
                result.tiles.push_back(multipliers[l]);
            }
        }
    }
    if (result.tiles.size() > accelerator.tiles) {
        throw value_error("accelerator: the layers take " + std::to_string(result.tiles.size()) +
                          " tiles, there are " + std::to_string(accelerator.tiles));
    }
    while (result.tiles.size() < accelerator.tiles) {
        detail::split_busiest(result);
    }
    return result;
}

/// A design with one multiplier in all tiles. Its mapping spreads the layers over the tiles by their
/// multiplications, `macs`, so that mixing two such designs gives something new.
template <architecture Architecture>
[[nodiscard]] design spread_design(std::size_t multiplier, std::span<const std::uint64_t> macs,
                                   const Architecture& accelerator) {
    design result{std::vector<std::size_t>(accelerator.tiles, multiplier), {}};
    const auto all = std::accumulate(macs.begin(), macs.end(), std::uint64_t{0});
    std::uint64_t before = 0;
    for (const auto count : macs) {
        result.mapping.push_back(
            static_cast<std::size_t>(before * accelerator.tiles / std::max<std::uint64_t>(all, 1)));
        before += count;
    }
    accelerator.repair(result.mapping);
    return result;
}

} // namespace alwann::inline ALWANN_ABI
