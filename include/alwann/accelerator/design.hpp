// SPDX-License-Identifier: MIT
/// @file
/// A design: a multiplier per tile, a tile per layer.
#pragma once

#include <alwann/core/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A candidate accelerator for one network.
struct design {
    std::vector<std::size_t> tiles;   ///< multiplier of each tile, as an index into a library
    std::vector<std::size_t> mapping; ///< tile of each layer (convolution), in network order

    /// The multiplier of each layer: what the design computes, whatever its tiles are called.
    [[nodiscard]] std::vector<std::size_t> multipliers() const {
        std::vector<std::size_t> result;
        result.reserve(mapping.size());
        for (const auto tile : mapping) {
            result.push_back(tiles.at(tile));
        }
        return result;
    }

    friend bool operator==(const design&, const design&) = default;
};

/// Throws value_error unless 1 <= tiles <= layers: a tile without a layer would be silicon for nothing.
inline void check_tiles(std::size_t tiles, std::size_t layers) {
    if (layers == 0) {
        throw value_error("accelerator: the network has no convolution that tiles could run");
    }
    if (tiles == 0 || tiles > layers) {
        throw value_error("accelerator: expected 1 to " + std::to_string(layers) +
                          " tiles (the network's convolutions), found " + std::to_string(tiles));
    }
}

} // namespace alwann::inline ALWANN_ABI
