// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

TEST_CASE("The generator is a standard uniform random bit generator") {
    static_assert(std::uniform_random_bit_generator<aw::random_generator>);
    CHECK(aw::random_generator(5) == aw::random_generator(5));
    CHECK_FALSE(aw::random_generator(5) == aw::random_generator(6));
    aw::random_generator a(5), b(5);
    for (int i = 0; i < 100; ++i) {
        REQUIRE(a() == b());
    }
    CHECK(a == b);
}

TEST_CASE("Numbers below a bound are below it, reach each value and are even") {
    aw::random_generator random(1);
    for (const std::uint64_t bound : {1u, 2u, 3u, 7u, 10u, 64u}) {
        std::vector<int> counts(bound, 0);
        const int draws = static_cast<int>(bound) * 1000;
        for (int i = 0; i < draws; ++i) {
            const auto value = aw::uniform_below(random, bound);
            REQUIRE(value < bound);
            ++counts[value];
        }
        for (const int count : counts) { // 1000 with a standard deviation below 32
            CHECK(count == Approx(1000).margin(160));
        }
    }
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t bound : {most, most - 1, (most / 2) + 2, std::uint64_t{1} << 63}) {
        for (int i = 0; i < 200; ++i) {
            REQUIRE(aw::uniform_below(random, bound) < bound);
        }
    }
}

TEST_CASE("A bound just above half the range rejects, so that its lower part is not favoured") {
    // Without rejection values below 2^64 - bound would come up twice as often as the others.
    constexpr std::uint64_t bound = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 62);
    aw::random_generator random(2);
    int low = 0;
    for (int i = 0; i < 6000; ++i) {
        low += aw::uniform_below(random, bound) < (std::uint64_t{1} << 62) ? 1 : 0;
    }
    CHECK(low == Approx(2000).margin(200)); // a third; biased: half
}

TEST_CASE("Unit numbers are in [0, 1), centred, and fill both ends") {
    aw::random_generator random(3);
    double sum = 0, least = 1, most = 0;
    for (int i = 0; i < 20000; ++i) {
        const double value = aw::uniform_unit(random);
        REQUIRE(value >= 0);
        REQUIRE(value < 1);
        sum += value;
        least = std::min(least, value);
        most = std::max(most, value);
    }
    CHECK(sum / 20000 == Approx(0.5).margin(0.015));
    CHECK(least < 0.001);
    CHECK(most > 0.999);
}

TEST_CASE("Chance: never, always, and as often as asked") {
    aw::random_generator random(4);
    int hits = 0;
    for (int i = 0; i < 10000; ++i) {
        REQUIRE_FALSE(aw::chance(random, 0));
        REQUIRE(aw::chance(random, 1));
        hits += aw::chance(random, 0.3) ? 1 : 0;
    }
    CHECK(hits == Approx(3000).margin(250));
}

TEST_CASE("Shuffling permutes, evenly over all permutations") {
    aw::random_generator random(5);
    for (const std::size_t size : {0u, 1u, 2u, 17u, 100u}) {
        std::vector<int> items(size);
        std::iota(items.begin(), items.end(), 0);
        auto shuffled = items;
        aw::shuffle(shuffled, random);
        CHECK(std::is_permutation(shuffled.begin(), shuffled.end(), items.begin(), items.end()));
    }
    std::map<std::array<int, 4>, int> counts;
    for (int i = 0; i < 24000; ++i) {
        std::array<int, 4> items{0, 1, 2, 3};
        aw::shuffle(items, random);
        ++counts[items];
    }
    CHECK(counts.size() == 24);
    for (const auto& [order, count] : counts) {
        CHECK(count == Approx(1000).margin(160));
    }
}
