// SPDX-License-Identifier: MIT
#include <alwann/accelerator/assembly.hpp>
#include <alwann/core/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

namespace {

/// How many tiles a design takes that gives layers these multipliers.
std::size_t tiles_needed(const std::vector<std::size_t>& multipliers, bool contiguous) {
    std::size_t runs = 1;
    for (std::size_t l = 1; l < multipliers.size(); ++l) {
        runs += multipliers[l] != multipliers[l - 1] ? 1u : 0u;
    }
    return contiguous ? runs : std::set<std::size_t>(multipliers.begin(), multipliers.end()).size();
}

template <class Architecture>
void check_assembled(const Architecture& accelerator) {
    aw::random_generator random(5);
    std::size_t refused = 0, made = 0;
    for (std::size_t round = 0; round < 500; ++round) {
        std::vector<std::size_t> multipliers(accelerator.tiles + aw::uniform_below(random, 6));
        for (auto& each : multipliers) {
            each = aw::uniform_below(random, 4);
        }
        CAPTURE(multipliers, accelerator.tiles);
        if (tiles_needed(multipliers, accelerator.contiguous()) > accelerator.tiles) {
            CHECK_THROWS_AS(aw::assemble_design(multipliers, accelerator), aw::value_error);
            ++refused;
            continue;
        }
        const auto found = aw::assemble_design(multipliers, accelerator);
        CHECK(found.multipliers() == multipliers);
        CHECK(found.tiles.size() == accelerator.tiles);
        CHECK(std::set<std::size_t>(found.mapping.begin(), found.mapping.end()).size() == accelerator.tiles);
        CHECK(accelerator.feasible(found.mapping));
        ++made;
    }
    CHECK(made > 50);
    CHECK((refused > 0 || accelerator.tiles >= 4));
    CHECK_THROWS_AS(aw::assemble_design(std::vector<std::size_t>(accelerator.tiles - 1), accelerator),
                    aw::value_error);
}

} // namespace

TEST_CASE("Multipliers of layers become a design without idle tiles, or too many") {
    check_assembled(aw::power_gated{.tiles = 2});
    check_assembled(aw::power_gated{.tiles = 4});
    check_assembled(aw::pipelined{.tiles = 3});
}

TEST_CASE("One multiplier on all tiles: each has its share of the multiplications") {
    const std::vector<std::uint64_t> macs{100, 10, 10, 80, 100, 50, 50};
    for (std::size_t tiles = 1; tiles <= 4; ++tiles) {
        CAPTURE(tiles);
        const aw::pipelined accelerator{.tiles = tiles};
        const auto found = aw::spread_design(7, macs, accelerator);
        CHECK(found.tiles == std::vector<std::size_t>(tiles, 7));
        CHECK(found.multipliers() == std::vector<std::size_t>(macs.size(), 7));
        CHECK(accelerator.feasible(found.mapping));
        std::vector<std::uint64_t> shares(tiles, 0);
        for (std::size_t l = 0; l < macs.size(); ++l) {
            shares[found.mapping[l]] += macs[l];
        }
        // A layer goes where it begins: no tile has more than its share and its last layer.
        CHECK(*std::max_element(shares.begin(), shares.end()) <= 400 / tiles + 100);
    }
    const std::vector<std::uint64_t> nothing(3, 0);
    CHECK(aw::spread_design(1, nothing, aw::power_gated{.tiles = 2}).mapping.size() == 3);
}
