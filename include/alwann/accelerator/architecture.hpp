// SPDX-License-Identifier: MIT
/// @file
/// Architectures: which mappings of layers to tiles a kind of accelerator allows.
#pragma once

#include <alwann/accelerator/design.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A kind of accelerator.
///
/// - `a.tiles`: number of tiles;
/// - `a.feasible(mapping)`: whether it can run layers so mapped;
/// - `a.repair(mapping)`: makes any mapping (entries below `tiles`) feasible, changing few entries;
/// idempotent.
///   Needs at least as many layers as tiles;
/// - `a.cycles(mapping, macs)`: multiplications between two images, one per cycle and tile: the inverse
///   throughput;
/// - `a.latency(mapping, macs)`: the same from an image's arrival to its result;
/// - `a.contiguous()`: whether each tile holds consecutive layers.
template <class A>
concept architecture = std::copy_constructible<A> &&
    requires(const A& a, std::span<const std::size_t> mapping, std::span<std::size_t> candidate,
             std::span<const std::uint64_t> macs) {
    { a.name() } -> std::convertible_to<std::string_view>;
    { a.tiles } -> std::convertible_to<std::size_t>;
    { a.feasible(mapping) } -> std::convertible_to<bool>;
    a.repair(candidate);
    { a.cycles(mapping, macs) } -> std::convertible_to<std::uint64_t>;
    { a.latency(mapping, macs) } -> std::convertible_to<std::uint64_t>;
    { a.contiguous() } -> std::convertible_to<bool>;
};

/// Any layer on any tile; one tile works at a time, the others are switched off (paper, section III-A).
struct power_gated {
    std::size_t tiles = 1; ///< how many there are

    /// The name in listings and messages.
    [[nodiscard]] static constexpr std::string_view name() noexcept { return "power-gated"; }

    /// Whether all tiles named are there.
    [[nodiscard]] bool feasible(std::span<const std::size_t> mapping) const {
        return std::all_of(mapping.begin(), mapping.end(), [this](std::size_t tile) { return tile < tiles; });
    }
    /// Entries are below `tiles` already, and nothing else is asked.
    void repair(std::span<std::size_t>) const noexcept {}

    /// Layers run one after the other: the sum of all multiplications.
    [[nodiscard]] static std::uint64_t cycles(std::span<const std::size_t>,
                                              std::span<const std::uint64_t> macs) {
        return std::accumulate(macs.begin(), macs.end(), std::uint64_t{0});
    }
    /// Multiplications from an image's arrival to its result.
    [[nodiscard]] static std::uint64_t latency(std::span<const std::size_t> mapping,
                                               std::span<const std::uint64_t> macs) {
        return cycles(mapping, macs);
    }
    /// Whether each tile holds consecutive layers.
    [[nodiscard]] static constexpr bool contiguous() noexcept { return false; }
};
static_assert(architecture<power_gated>);

/// Which mappings a pipeline takes. The paper's own rule is not public.
enum class pipeline_order {
    contiguous, ///< each tile runs consecutive layers, tiles in order, each at least one
    any         ///< each tile runs at least one layer, any of them
};

/// Tiles work at the same time on successive images; the busiest one sets the pace.
struct pipelined {
    std::size_t tiles = 1;                             ///< how many there are
    pipeline_order order = pipeline_order::contiguous; ///< which layers may share a tile

    /// The name in listings and messages.
    [[nodiscard]] static constexpr std::string_view name() noexcept { return "pipelined"; }

    /// Whether it can run layers so mapped: no tile is left out, and their order is kept.
    [[nodiscard]] bool feasible(std::span<const std::size_t> mapping) const {
        std::vector<bool> used(tiles, false);
        for (std::size_t l = 0; l < mapping.size(); ++l) {
            if (mapping[l] >= tiles ||
                (order == pipeline_order::contiguous && l > 0 && mapping[l] < mapping[l - 1])) {
                return false;
            }
            used[mapping[l]] = true;
        }
        return std::find(used.begin(), used.end(), false) == used.end();
    }

    /// Makes a mapping feasible, changing few entries.
    void repair(std::span<std::size_t> mapping) const {
        const std::size_t layers = mapping.size();
        if (order == pipeline_order::contiguous) {
            // Sorting keeps how many layers a tile has. Then no tile is jumped over, and each tile begins
            // early enough to leave a layer for every tile after it.
            std::sort(mapping.begin(), mapping.end());
            for (std::size_t l = 0; l < layers; ++l) {
                const std::size_t left = layers - l;
                const std::size_t before = l == 0 ? 0 : mapping[l - 1];
                const std::size_t next = l == 0 ? 0 : std::min(before + 1, tiles - 1);
                mapping[l] = std::clamp(mapping[l], std::max(before, left >= tiles ? 0 : tiles - left), next);
            }
            return;
        }
        std::vector<std::size_t> uses(tiles, 0);
        for (const auto tile : mapping) {
            ++uses[tile];
        }
        for (std::size_t tile = 0; tile < tiles; ++tile) {
            for (std::size_t l = 0; uses[tile] == 0 && l < layers; ++l) {
                if (uses[mapping[l]] > 1) {
                    --uses[mapping[l]];
                    mapping[l] = tile;
                    ++uses[tile];
                }
            }
        }
    }

    /// Multiplications between two images: those of the busiest tile.
    [[nodiscard]] std::uint64_t cycles(std::span<const std::size_t> mapping,
                                       std::span<const std::uint64_t> macs) const {
        std::vector<std::uint64_t> busy(tiles, 0);
        for (std::size_t l = 0; l < mapping.size(); ++l) {
            busy[mapping[l]] += macs[l];
        }
        return busy.empty() ? 0 : *std::max_element(busy.begin(), busy.end());
    }
    /// All tiles hand on at the pace of the busiest, so an image spends that time on each run of layers with
    /// the same tile: coming back to a tile is another stage.
    [[nodiscard]] std::uint64_t latency(std::span<const std::size_t> mapping,
                                        std::span<const std::uint64_t> macs) const {
        std::uint64_t stages = mapping.empty() ? 0 : 1;
        for (std::size_t l = 1; l < mapping.size(); ++l) {
            stages += mapping[l] != mapping[l - 1] ? 1 : 0;
        }
        return stages * cycles(mapping, macs);
    }
    /// Whether each tile holds consecutive layers.
    [[nodiscard]] bool contiguous() const noexcept { return order == pipeline_order::contiguous; }
};
static_assert(architecture<pipelined>);

} // namespace alwann::inline ALWANN_ABI
