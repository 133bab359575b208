// SPDX-License-Identifier: MIT
#include "problems.hpp"

#include <alwann/core/random.hpp>
#include <alwann/search/exhaustive.hpp>
#include <alwann/search/hypervolume.hpp>
#include <alwann/search/random_search.hpp>
#include <alwann/search/variation.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include <catch.hpp>

using namespace search_test;

TEST_CASE("the random sequence is pinned", "[random]") {
    // From an independent implementation of xoshiro256** and SplitMix64 in Python.
    const auto check = [](std::uint64_t seed, std::array<std::uint64_t, 4> expected) {
        aw::random_generator random(seed);
        for (const std::uint64_t value : expected) {
            CHECK(random() == value);
        }
    };
    check(0, {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c});
    check(1, {0xb3f2af6d0fc710c5, 0x853b559647364cea, 0x92f89756082a4514, 0x642e1c7bc266a3a7});
    check(42, {0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1});
    check(std::numeric_limits<std::uint64_t>::max(),
          {0x8f5520d52a7ead08, 0xc476a018caa1802d, 0x81de31c0d260469e, 0xbf658d7e065f3c2f});

    aw::random_generator below(7);
    for (const std::uint64_t value : {4u, 4u, 8u, 4u, 4u, 1u, 6u, 6u, 8u, 9u, 3u, 6u}) {
        CHECK(aw::uniform_below(below, 10) == value);
    }
    aw::random_generator unit(7);
    for (const double value : {0x1.66b1f5ee9df2ep-1, 0x1.1d70f6593d20ap-2, 0x1.ade3a6932a58fp-1}) {
        CHECK(aw::uniform_unit(unit) == value);
    }
    aw::random_generator order(7);
    std::vector<int> items{0, 1, 2, 3, 4, 5, 6, 7};
    aw::shuffle(items, order);
    CHECK(items == std::vector<int>{1, 3, 7, 5, 4, 0, 6, 2});
}

TEST_CASE("random genomes fill their ranges and nothing else", "[random]") {
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const aw::gene_space space{.integers = {{-2, 2}, {5, 5}, {least, most}, {most - 1, most}},
                               .reals = {{-1, 1}, {3, 3}}};
    aw::random_generator random(41);
    std::set<std::int64_t> seen;
    bool negative = false, positive = false;
    for (int i = 0; i < 300; ++i) {
        const auto candidate = aw::random_genome(space, random);
        REQUIRE_NOTHROW(aw::validate(candidate, space));
        seen.insert(candidate.integers[0]);
        negative = negative || candidate.integers[2] < 0;
        positive = positive || candidate.integers[2] > 0;
    }
    CHECK(seen == std::set<std::int64_t>{-2, -1, 0, 1, 2});
    CHECK(negative);
    CHECK(positive);
}

TEST_CASE("mutation always changes an integer that has another value, evenly", "[variation]") {
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    aw::random_generator random(42);
    std::array<int, 5> counts{};
    for (int i = 0; i < 4000; ++i) {
        const auto value = aw::another_value(1, {-1, 3}, random);
        ++counts[static_cast<std::size_t>(value + 1)];
        REQUIRE(aw::another_value(least, {least, most}, random) != least);
        REQUIRE(aw::another_value(0, {0, 1}, random) == 1);
        REQUIRE(aw::another_value(4, {4, 4}, random) == 4);
    }
    CHECK(counts[2] == 0);
    for (const std::size_t i : {0u, 1u, 3u, 4u}) {
        CHECK(counts[i] == Approx(1000).margin(150));
    }
}

TEST_CASE("crossover only mixes, and both operators stay in range", "[variation]") {
    const aw::gene_space space{.integers = {{0, 9}, {0, 9}, {0, 9}},
                               .reals = {{-1, 1}, {0, 1e-3}, {2, 2}, {-1e6, 1e6}}};
    aw::random_generator random(43);
    for (int i = 0; i < 3000; ++i) {
        const auto a = aw::random_genome(space, random);
        const auto b = aw::random_genome(space, random);
        auto c = a;
        auto d = b;
        aw::crossover(c, d, space, 15, random);
        REQUIRE_NOTHROW(aw::validate(c, space));
        REQUIRE_NOTHROW(aw::validate(d, space));
        for (std::size_t g = 0; g < 3; ++g) {
            REQUIRE(std::minmax(a.integers[g], b.integers[g]) == std::minmax(c.integers[g], d.integers[g]));
        }
        // Extreme indices and parents on the border are where formulas break.
        c.reals = {-1, 0, 2, -1e6};
        d.reals = {1, 1e-3, 2, 1e6};
        const double index = i % 3 == 0 ? 0 : i % 3 == 1 ? 20 : 500;
        aw::crossover(c, d, space, index, random);
        aw::mutate(c, space, 1, index, random);
        aw::mutate(d, space, 0.5, index, random);
        REQUIRE_NOTHROW(aw::validate(c, space));
        REQUIRE_NOTHROW(aw::validate(d, space));
    }
}

TEST_CASE("real operators reach up to the border but do not pile up on it", "[variation]") {
    const aw::real_gene gene{0, 1};
    aw::random_generator random(44);
    double least = 1, most = 0;
    int moved = 0;
    for (int i = 0; i < 4000; ++i) {
        double value = 0.1;
        aw::perturb(value, gene, 1, random);
        REQUIRE((value > 0 && value < 1));
        least = std::min(least, value);
        most = std::max(most, value);

        double low = 0; // nothing below: half of the draws stay
        aw::perturb(low, gene, 1, random);
        moved += low > 0 ? 1 : 0;

        double a = 0.1;
        double b = 0.4;
        aw::blend(a, b, gene, 2, random);
        REQUIRE((a > 0 && a < 1 && b > 0 && b < 1));
        REQUIRE(a != b);
    }
    CHECK(least < 0.01);
    CHECK(most > 0.9);
    CHECK(moved == Approx(2000).margin(160));
    // A large index keeps children close.
    double a = 0.1, b = 0.4;
    aw::blend(a, b, gene, 1e4, random);
    CHECK(std::min(a, b) == Approx(0.1).margin(0.01));
    CHECK(std::max(a, b) == Approx(0.4).margin(0.01));
}

TEST_CASE("exhaustive search visits each genome once and finds the true front", "[exhaustive]") {
    const assignment task{.layers = 4, .kinds = 5};
    const auto result = aw::exhaustive{.batch = 100}.minimise(task);
    CHECK(result.evaluations == 625);
    REQUIRE(result.evaluated.size() == 625);
    for (std::size_t i = 1; i < result.evaluated.size(); ++i) {
        REQUIRE(result.evaluated[i - 1].genes < result.evaluated[i].genes);
    }
    CHECK(result.front == aw::pareto_front(result.evaluated));
    CHECK(result.front.size() > 10);
    const auto parallel = aw::exhaustive{.batch = 7}.minimise(task, thread_executor{});
    CHECK(parallel.front == result.front);
    CHECK(parallel.evaluated == result.evaluated);
}

TEST_CASE("exhaustive search refuses what it cannot enumerate", "[exhaustive]") {
    CHECK_THROWS_WITH(aw::exhaustive{.limit = 624}.minimise(assignment{.layers = 4, .kinds = 5}),
                      contains("625"));
    CHECK_NOTHROW(aw::exhaustive{.limit = 625}.minimise(assignment{.layers = 4, .kinds = 5}));
    CHECK_THROWS_AS(aw::exhaustive{}.minimise(assignment{.layers = 64, .kinds = 1000}), aw::value_error);
    CHECK_THROWS_WITH(aw::exhaustive{}.minimise(zdt1{}), contains("real genes"));
    CHECK_THROWS_AS(aw::exhaustive{.batch = 0}.minimise(coin{}), aw::value_error);
    CHECK_THROWS_WITH(aw::exhaustive{}.minimise(hopeless{}), contains("2.5"));
    CHECK_THROWS_AS(aw::exhaustive{}.minimise(hopeless{}), aw::infeasible_error);
    CHECK_THROWS_WITH(aw::exhaustive{}.minimise(broken{}), contains("not a number"));
}

TEST_CASE("space sizes saturate", "[exhaustive]") {
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    CHECK(aw::count_genomes({.integers = {{0, 1}, {-1, 1}, {7, 7}}}) == 6);
    CHECK(aw::count_genomes({.integers = {{least, most}}}) == std::numeric_limits<std::uint64_t>::max());
    CHECK(aw::count_genomes({.integers = {{0, most}, {0, 3}}}) == std::numeric_limits<std::uint64_t>::max());
    CHECK(aw::count_genomes({.integers = {{0, most}, {0, 0}}}) == std::uint64_t{1} << 63);
}

TEST_CASE("only feasible designs make the front", "[exhaustive]") {
    const knapsack task{};
    const auto result = aw::exhaustive{}.minimise(task);
    CHECK(result.evaluated.size() == 1024);
    for (const auto& member : result.front) {
        CHECK(member.value.feasible());
        for (const auto& rival : result.evaluated) {
            REQUIRE_FALSE(aw::dominates(rival.value, member.value));
        }
    }
}

TEST_CASE("random search keeps to its budget and its seed", "[random_search]") {
    const assignment task{};
    const auto result = aw::random_search{.evaluations = 205, .seed = 3, .batch = 50}.minimise(task);
    CHECK(result.evaluations == 205);
    CHECK(result.evaluated.size() == 205);
    std::set<aw::genome> distinct;
    for (const auto& item : result.evaluated) {
        distinct.insert(item.genes);
        REQUIRE(item.value == task.evaluate(item.genes));
    }
    CHECK(distinct.size() == 205);
    CHECK(result.front == aw::pareto_front(result.evaluated));

    const aw::random_search other_batch{.evaluations = 205, .seed = 3, .batch = 16};
    CHECK(other_batch.minimise(task, thread_executor{}).evaluated == result.evaluated);
    CHECK(aw::random_search{.evaluations = 205, .seed = 4}.minimise(task).evaluated != result.evaluated);
}

TEST_CASE("random search ends when a space is used up", "[random_search]") {
    const auto result = aw::random_search{.evaluations = 1000}.minimise(coin{});
    CHECK(result.evaluations == 2);
    CHECK(result.front.size() == 2);
    CHECK_THROWS_AS(aw::random_search{.evaluations = 0}.minimise(coin{}), aw::value_error);
    CHECK_THROWS_AS(aw::random_search{.batch = 0}.minimise(coin{}), aw::value_error);
    CHECK_THROWS_AS(aw::random_search{}.minimise(hopeless{}), aw::infeasible_error);
    CHECK_THROWS_AS(aw::random_search{}.minimise(broken{}, thread_executor{}), aw::value_error);
}

TEST_CASE("observers see every generation and can end a search", "[observer]") {
    std::vector<std::size_t> spent;
    const auto watch = [&](const aw::search_progress& progress) {
        spent.push_back(progress.evaluations);
        CHECK(progress.generation + 1 == spent.size());
        CHECK(progress.generations == 3);
        CHECK_FALSE(progress.front.empty());
        return progress.evaluations < 80;
    };
    const aw::random_search search{.evaluations = 100, .batch = 30};
    const auto result = search.minimise(assignment{}, aw::serial_executor{}, watch);
    CHECK(spent == std::vector<std::size_t>{30, 60, 90});
    CHECK(result.evaluations == 90);

    int calls = 0;
    search.minimise(assignment{}, aw::serial_executor{}, [&](const aw::search_progress&) { ++calls; });
    CHECK(calls == 4);
}
