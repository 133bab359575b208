// SPDX-License-Identifier: MIT
#include <alwann/accelerator/architecture.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

namespace {

using mapping = std::vector<std::size_t>;

struct without_name {
    std::size_t tiles = 1;
    static bool feasible(std::span<const std::size_t>) { return true; }
    static void repair(std::span<std::size_t>) {}
    static std::uint64_t cycles(std::span<const std::size_t>, std::span<const std::uint64_t>) { return 0; }
};
static_assert(!aw::architecture<without_name>);
static_assert(aw::architecture<aw::power_gated>);
static_assert(aw::architecture<aw::pipelined>);

template <class Visit>
void for_each_mapping(std::size_t layers, std::size_t tiles, const Visit& visit) {
    mapping each(layers, 0);
    for (;;) {
        visit(each);
        std::size_t l = 0;
        while (l < layers && ++each[l] == tiles) {
            each[l++] = 0;
        }
        if (l == layers) {
            return;
        }
    }
}

// The definitions, in words of sets.
bool uses_all(const mapping& which, std::size_t tiles) {
    return std::set<std::size_t>(which.begin(), which.end()).size() == tiles;
}
bool in_order(const mapping& which) {
    return std::is_sorted(which.begin(), which.end());
}

} // namespace

TEST_CASE("Pipelines: any mapping can be repaired, and feasible ones stay as they are") {
    for (const auto order : {aw::pipeline_order::contiguous, aw::pipeline_order::any}) {
        for (std::size_t tiles = 1; tiles <= 4; ++tiles) {
            const aw::pipelined machine{.tiles = tiles, .order = order};
            for (std::size_t layers = tiles; layers <= 7; ++layers) {
                std::size_t feasible = 0;
                for_each_mapping(layers, tiles, [&](const mapping& before) {
                    CAPTURE(tiles, layers, before);
                    const bool expected =
                        uses_all(before, tiles) && (order == aw::pipeline_order::any || in_order(before));
                    REQUIRE(machine.feasible(before) == expected);
                    feasible += expected ? 1 : 0;
                    auto after = before;
                    machine.repair(after);
                    REQUIRE(machine.feasible(after));
                    REQUIRE((!expected || after == before));
                    auto again = after;
                    machine.repair(again);
                    REQUIRE(again == after);
                });
                CHECK(feasible > 0);
            }
        }
    }
}

TEST_CASE("Repairing a pipeline of any order moves no more layers than there are idle tiles") {
    const aw::pipelined machine{.tiles = 4, .order = aw::pipeline_order::any};
    for_each_mapping(6, 4, [&](const mapping& before) {
        auto after = before;
        machine.repair(after);
        std::size_t moved = 0;
        for (std::size_t l = 0; l < 6; ++l) {
            moved += after[l] != before[l] ? 1 : 0;
        }
        REQUIRE(moved == 4 - std::set<std::size_t>(before.begin(), before.end()).size());
    });
}

TEST_CASE("Repairing a contiguous pipeline whose tiles all work keeps the number of their layers") {
    const aw::pipelined machine{.tiles = 3};
    for_each_mapping(6, 3, [&](const mapping& before) {
        if (uses_all(before, 3)) {
            auto after = before;
            machine.repair(after);
            REQUIRE(std::is_permutation(before.begin(), before.end(), after.begin()));
        }
    });
}

TEST_CASE("Pipelines do not take tiles that do not exist, or fewer layers than tiles") {
    for (const auto order : {aw::pipeline_order::contiguous, aw::pipeline_order::any}) {
        const aw::pipelined machine{.tiles = 3, .order = order};
        CHECK_FALSE(machine.feasible(mapping{0, 1, 2, 3}));
        CHECK_FALSE(machine.feasible(mapping{0, 1, 2, 1000}));
        CHECK_FALSE(machine.feasible(mapping{0, 2}));
        CHECK_FALSE(machine.feasible(mapping{}));
        CHECK(machine.feasible(mapping{0, 1, 2}));
    }
    CHECK_FALSE(aw::pipelined{.tiles = 2}.feasible(mapping{1, 0}));
    CHECK(aw::pipelined{.tiles = 2, .order = aw::pipeline_order::any}.feasible(mapping{1, 0}));
}

TEST_CASE("Power gating takes any mapping to its tiles and changes none") {
    const aw::power_gated machine{.tiles = 3};
    for_each_mapping(5, 3, [&](const mapping& which) {
        REQUIRE(machine.feasible(which));
        auto after = which;
        machine.repair(after);
        REQUIRE(after == which);
    });
    CHECK_FALSE(machine.feasible(mapping{0, 3}));
}

TEST_CASE("Cycles: the sum of a gated accelerator, the busiest tile of a pipeline") {
    const std::vector<std::uint64_t> macs{100, 20, 3, 5000000000};
    CHECK(aw::power_gated{.tiles = 2}.cycles(mapping{0, 1, 0, 1}, macs) == 5000000123);
    const aw::pipelined machine{.tiles = 3};
    CHECK(machine.cycles(mapping{0, 1, 1, 2}, macs) == 5000000000);
    const std::vector<std::uint64_t> even{10, 10, 10, 10};
    CHECK(machine.cycles(mapping{0, 1, 1, 2}, even) == 20);
    CHECK(machine.cycles(mapping{0, 0, 0, 0}, even) == 40);
    CHECK(machine.cycles(mapping{}, {}) == 0);
}

TEST_CASE(
    "Latency: a pipeline hands an image on at the pace of the busiest tile, once for each run of layers") {
    const std::vector<std::uint64_t> even{10, 10, 10, 10};
    const aw::pipelined contiguous{.tiles = 3};
    CHECK(contiguous.latency(mapping{0, 1, 1, 2}, even) == 60);
    const aw::pipelined any{.tiles = 2, .order = aw::pipeline_order::any};
    CHECK(any.latency(mapping{0, 0, 1, 1}, even) == 40);
    CHECK(any.latency(mapping{0, 1, 0, 1}, even) == 80); // four stages of two layers' time
    CHECK(any.latency(mapping{0, 1, 1, 0}, even) == 60);
    CHECK(any.latency(mapping{}, {}) == 0);
}

TEST_CASE("A pipeline is never slower than one tile, nor faster than its share") {
    const std::vector<std::uint64_t> macs{7, 31, 2, 19, 11};
    const aw::pipelined machine{.tiles = 3, .order = aw::pipeline_order::any};
    for_each_mapping(5, 3, [&](const mapping& which) {
        const auto busiest = machine.cycles(which, macs);
        REQUIRE(busiest <= 70);
        REQUIRE(3 * busiest >= 70);
    });
}

TEST_CASE("Tiles are at least one and at most the layers") {
    CHECK_THROWS_AS(aw::check_tiles(0, 5), aw::value_error);
    CHECK_NOTHROW(aw::check_tiles(1, 5));
    CHECK_NOTHROW(aw::check_tiles(5, 5));
    CHECK_THROWS_AS(aw::check_tiles(6, 5), aw::value_error);
    CHECK_THROWS_AS(aw::check_tiles(1, 0), aw::value_error);
    CHECK_THROWS_WITH(aw::check_tiles(6, 5), contains("1 to 5") && contains("found 6"));
}

TEST_CASE("A design's multipliers are those of its layers' tiles") {
    const aw::design what{.tiles = {7, 3}, .mapping = {1, 0, 0, 1}};
    CHECK(what.multipliers() == std::vector<std::size_t>{3, 7, 7, 3});
    CHECK(what == aw::design{{7, 3}, {1, 0, 0, 1}});
    CHECK_FALSE(what == aw::design{{3, 7}, {0, 1, 1, 0}}); // computes the same, but is another one
}
