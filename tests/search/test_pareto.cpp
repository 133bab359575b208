// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/search/pareto.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include <catch.hpp>

namespace {

namespace aw = alwann;

// Few distinct values, so that ties, repetitions and equal violations are common.
std::vector<aw::individual> random_population(std::size_t count, std::size_t objectives, std::uint64_t levels,
                                              aw::random_generator& random) {
    std::vector<aw::individual> items(count);
    for (std::size_t i = 0; i < count; ++i) {
        items[i].genes.integers = {static_cast<std::int64_t>(i)};
        for (std::size_t m = 0; m < objectives; ++m) {
            items[i].value.objectives.push_back(static_cast<double>(aw::uniform_below(random, levels)));
        }
        items[i].value.violation =
            aw::chance(random, 0.7) ? 0 : static_cast<double>(aw::uniform_below(random, 3));
    }
    return items;
}

// By definition: peel off whoever nobody left dominates.
std::vector<std::vector<std::size_t>> naive_sort(const std::vector<aw::individual>& items) {
    std::vector<std::vector<std::size_t>> fronts;
    std::vector<bool> gone(items.size(), false);
    for (std::size_t left = items.size(); left > 0;) {
        std::vector<std::size_t> front;
        for (std::size_t i = 0; i < items.size(); ++i) {
            bool beaten = gone[i];
            for (std::size_t j = 0; j < items.size() && !beaten; ++j) {
                beaten = !gone[j] && aw::dominates(items[j].value, items[i].value);
            }
            if (!beaten) {
                front.push_back(i);
            }
        }
        for (const std::size_t i : front) {
            gone[i] = true;
        }
        left -= front.size();
        fronts.push_back(front);
    }
    return fronts;
}

} // namespace

TEST_CASE("constrained dominance follows Deb's three rules", "[pareto]") {
    const aw::evaluation good{{1, 1}};
    const aw::evaluation bad{{2, 2}};
    const aw::evaluation other{{0, 3}};
    CHECK(aw::dominates(good, bad));
    CHECK_FALSE(aw::dominates(bad, good));
    CHECK_FALSE(aw::dominates(good, other));
    CHECK_FALSE(aw::dominates(other, good));
    CHECK(aw::dominates({{9, 9}, 0}, {{0, 0}, 1}));
    CHECK(aw::dominates({{9, 9}, 1}, {{0, 0}, 2}));
    CHECK(aw::dominates({{1, 0}, 2}, {{1, 1}, 2}));
    CHECK_FALSE(aw::dominates({{1, 1}, 2}, {{1, 1}, 2}));
}

TEST_CASE("dominance is a strict partial order", "[pareto]") {
    aw::random_generator random(11);
    for (const std::size_t objectives : {1u, 2u, 3u, 4u}) {
        const auto items = random_population(40, objectives, 4, random);
        for (const auto& a : items) {
            REQUIRE_FALSE(aw::dominates(a.value, a.value));
            for (const auto& b : items) {
                const bool ab = aw::dominates(a.value, b.value);
                REQUIRE_FALSE((ab && aw::dominates(b.value, a.value)));
                for (const auto& c : items) {
                    if (ab && aw::dominates(b.value, c.value)) {
                        REQUIRE(aw::dominates(a.value, c.value));
                    }
                }
            }
        }
    }
}

TEST_CASE("sorting equals peeling and partitions the population", "[pareto]") {
    aw::random_generator random(12);
    for (int trial = 0; trial < 200; ++trial) {
        const std::size_t count = aw::uniform_below(random, 60);
        const std::size_t objectives = 1 + aw::uniform_below(random, 5);
        const auto items = random_population(count, objectives, 2 + aw::uniform_below(random, 30), random);
        const auto fronts = aw::non_dominated_sort(items);
        REQUIRE(fronts == naive_sort(items));
        std::multiset<std::size_t> members;
        for (const auto& front : fronts) {
            REQUIRE_FALSE(front.empty());
            REQUIRE(std::is_sorted(front.begin(), front.end()));
            members.insert(front.begin(), front.end());
        }
        REQUIRE(members.size() == count);
        REQUIRE(std::set<std::size_t>(members.begin(), members.end()).size() == count);
    }
}

TEST_CASE("what cannot be ordered is refused", "[pareto]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<aw::individual> items{{{}, {{1, 2}}}, {{}, {{1, nan}}}};
    CHECK_THROWS_AS(aw::non_dominated_sort(items), aw::value_error);
    CHECK_THROWS_WITH(aw::pareto_front(items), contains("not a number"));
    items[1].value = {{1}};
    CHECK_THROWS_WITH(aw::pareto_front(items), contains("1 objectives, expected 2"));
    items[1].value = {{1, 2}, -1};
    CHECK_THROWS_WITH(aw::pareto_front(items), contains("violation"));
    items[1].value = {{1, 2}, nan};
    CHECK_THROWS_AS(aw::pareto_front(items), aw::value_error);
}

TEST_CASE("crowding: ends are infinite, the rest as computed by hand", "[pareto]") {
    const std::vector<aw::individual> items{
        {{}, {{4, 0}}}, {{}, {{0, 10}}}, {{}, {{1, 5}}}, {{}, {{3, 1}}}, {{}, {{9, 9}}}};
    const std::vector<std::size_t> front{0, 1, 2, 3};
    const auto crowding = aw::crowding_distance(items, front);
    CHECK(std::isinf(crowding[0]));
    CHECK(std::isinf(crowding[1]));
    CHECK(crowding[2] == Approx(3.0 / 4 + 9.0 / 10));
    CHECK(crowding[3] == Approx(3.0 / 4 + 5.0 / 10));
    CHECK(aw::crowding_distance(items, std::vector<std::size_t>{}).empty());
    CHECK(std::isinf(aw::crowding_distance(items, std::vector<std::size_t>{2}).front()));
}

TEST_CASE("crowding extremes are infinite and the rest is not, for any front", "[pareto]") {
    aw::random_generator random(13);
    for (int trial = 0; trial < 100; ++trial) {
        const std::size_t objectives = 1 + aw::uniform_below(random, 4);
        const auto items = random_population(30, objectives, 20, random);
        for (const auto& front : aw::non_dominated_sort(items)) {
            const auto crowding = aw::crowding_distance(items, front);
            std::size_t infinite = 0;
            for (const double distance : crowding) {
                REQUIRE(distance >= 0);
                infinite += std::isinf(distance) ? 1u : 0u;
            }
            REQUIRE(infinite <= 2 * objectives);
            for (std::size_t m = 0; m < objectives; ++m) {
                double least = std::numeric_limits<double>::infinity();
                for (const std::size_t i : front) {
                    least = std::min(least, items[i].value.objectives[m]);
                }
                bool kept = false; // somebody with the best value is at the end
                for (std::size_t i = 0; i < front.size(); ++i) {
                    kept = kept || (items[front[i]].value.objectives[m] == least && std::isinf(crowding[i]));
                }
                REQUIRE(kept);
            }
        }
    }
}

TEST_CASE("crowding survives infinite and constant objectives", "[pareto]") {
    const double infinity = std::numeric_limits<double>::infinity();
    const std::vector<aw::individual> items{
        {{}, {{0, infinity, 7}}}, {{}, {{1, 2, 7}}}, {{}, {{2, 1, 7}}}, {{}, {{3, 0, 7}}}};
    const std::vector<std::size_t> front{0, 1, 2, 3};
    for (const double distance : aw::crowding_distance(items, front)) {
        CHECK_FALSE(std::isnan(distance));
    }
}

TEST_CASE("the front is what nobody dominates, ordered, without repetitions, the first kept", "[pareto]") {
    aw::random_generator random(14);
    for (int trial = 0; trial < 200; ++trial) {
        const std::size_t count = 1 + aw::uniform_below(random, 50);
        const std::size_t objectives = 1 + aw::uniform_below(random, 4);
        const auto items = random_population(count, objectives, 6, random);
        const auto front = aw::pareto_front(items);
        REQUIRE_FALSE(front.empty());
        for (std::size_t i = 1; i < front.size(); ++i) {
            REQUIRE(front[i - 1].value.objectives < front[i].value.objectives);
        }
        for (const auto& item : items) {
            bool beaten = false;
            for (const auto& rival : items) {
                beaten = beaten || aw::dominates(rival.value, item.value);
            }
            const auto same = std::find_if(front.begin(), front.end(),
                                           [&](const auto& member) { return member.value == item.value; });
            REQUIRE(beaten == (same == front.end()));
            if (!beaten) {
                REQUIRE(same->genes.integers[0] <= item.genes.integers[0]);
            }
        }
        // Doing it again, or adding what is dominated, changes nothing.
        REQUIRE(aw::pareto_front(front) == front);
    }
    CHECK(aw::pareto_front(std::vector<aw::individual>{}).empty());
}

TEST_CASE("a front that is joined one by one is the front of all", "[pareto]") {
    aw::random_generator random(15);
    for (int trial = 0; trial < 300; ++trial) {
        const std::size_t objectives = 1 + aw::uniform_below(random, 4);
        const auto items = random_population(aw::uniform_below(random, 80), objectives,
                                             2 + aw::uniform_below(random, 30), random);
        std::vector<aw::individual> front;
        for (std::size_t i = 0; i < items.size(); ++i) {
            const auto before = front;
            const bool joined = aw::join_front(front, items[i]);
            REQUIRE(joined == (front != before));
            REQUIRE(front == aw::pareto_front(std::span(items).first(i + 1)));
        }
    }
    std::vector<aw::individual> front{{{}, {{1, 2}}}};
    CHECK_THROWS_WITH(aw::join_front(front, {{}, {{1}}}), contains("1 objectives, expected 2"));
    CHECK_THROWS_AS(aw::join_front(front, {{}, {{1, std::nan("")}}}), aw::value_error);
    CHECK(front.size() == 1);
}
