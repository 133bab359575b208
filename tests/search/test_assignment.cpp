// SPDX-License-Identifier: MIT
#include "problems.hpp"
#include "task.hpp"

#include <alwann/compensation/any_compensation.hpp>
#include <alwann/compensation/channel_affine.hpp>
#include <alwann/search/assignment.hpp>
#include <alwann/search/exhaustive.hpp>
#include <alwann/search/nsga2.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using search_test::thread_executor;
using search_test::tiny_task;

namespace {

using multipliers = std::vector<std::size_t>;

static_assert(aw::problem<aw::assignment<aw::power_gated, aw::weight_tuning>>);
static_assert(aw::repairing_problem<aw::assignment<aw::pipelined, aw::weight_tuning>>);
static_assert(aw::seeded_problem<aw::assignment<aw::pipelined, aw::any_compensation>>);
static_assert(aw::bulk_problem<aw::assignment<aw::power_gated, aw::weight_tuning>, thread_executor>);

// Error and energy without the classes under test.
template <aw::compensation How>
aw::evaluation by_hand(const tiny_task& task, const How& how, const multipliers& chosen) {
    aw::design_setting settings;
    const std::uint64_t macs[] = {36 * 18 * 4, 9 * 36 * 6, 9 * 6 * 6};
    double energy = 0;
    for (std::size_t l = 0; l < 3; ++l) {
        settings.push_back(task.calibration.compensate_alone(l, task.parts[chosen[l]].products, how));
        energy += static_cast<double>(macs[l]) * task.parts[chosen[l]].price.power_mw;
    }
    energy /= static_cast<double>(macs[0] + macs[1] + macs[2]) * task.parts[0].price.power_mw;
    const auto data = task.with_labels(0, 40);
    const auto results = aw::run(task.net, settings, data.images);
    double wrong = 0;
    for (std::size_t i = 0; i < 40; ++i) {
        std::size_t best = 0;
        for (std::size_t c = 1; c < 5; ++c) {
            best = results[5 * i + c] > results[5 * i + best] ? c : best;
        }
        wrong += best == static_cast<std::size_t>(data.labels[i]) ? 0 : 1;
    }
    return {{wrong / 40, energy}, 0};
}

} // namespace

TEST_CASE("Genes: a multiplier for each tile, then a tile for each layer") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 2});
    const auto space = problem.genes();
    CHECK(space.reals.empty());
    CHECK(space.integers == std::vector<aw::integer_gene>{{0, 3}, {0, 3}, {0, 1}, {0, 1}, {0, 1}});
    CHECK(problem.layers() == 3);
    CHECK(problem.objectives() == 2);
    CHECK(problem.macs() == std::vector<std::uint64_t>{36 * 18 * 4, 9 * 36 * 6, 9 * 6 * 6});
    const aw::assignment published(evaluator, aw::power_gated{.tiles = 1}, aw::mac_count::paper);
    CHECK(published.macs() == std::vector<std::uint64_t>{36 * 18 * 4, 64 * 36 * 6, 9 * 6 * 6});
}

TEST_CASE("Designs and genomes are two writings of one thing") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 3});
    const aw::genome genes{.integers = {3, 0, 2, 1, 0, 2}};
    const auto what = problem.decode(genes);
    CHECK(what.tiles == std::vector<std::size_t>{3, 0, 2});
    CHECK(what.mapping == std::vector<std::size_t>{1, 0, 2});
    CHECK(what.multipliers() == std::vector<std::size_t>{0, 3, 2});
    aw::random_generator random(1);
    for (int i = 0; i < 200; ++i) {
        const auto each = aw::random_genome(problem.genes(), random);
        REQUIRE(problem.encode(problem.decode(each)) == each);
    }
}

TEST_CASE("Evaluations are those worked out by hand") {
    const tiny_task task;
    const auto check = [&](const auto& how) {
        const auto evaluator = task.evaluator(how);
        const aw::assignment problem(evaluator, aw::power_gated{.tiles = 3});
        for (const multipliers& tiles : {multipliers{0, 0, 0}, {1, 2, 3}, {3, 3, 0}, {2, 0, 1}}) {
            const auto found = problem.evaluate(problem.encode({tiles, {2, 0, 1}}));
            const auto expected = by_hand(task, how, {tiles[2], tiles[0], tiles[1]});
            CHECK(found.objectives[0] == Approx(expected.objectives[0]).margin(1e-12));
            CHECK(found.objectives[1] == Approx(expected.objectives[1]).epsilon(1e-12));
            CHECK(found.violation == 0);
        }
    };
    check(aw::no_compensation{});
    check(aw::weight_tuning{} + aw::channel_affine{});
}

TEST_CASE("The exact design is wrong on a fifth of the images, at energy 1") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 2});
    const auto exact = problem.evaluate(problem.encode(problem.uniform(0)));
    CHECK(exact.objectives[0] == Approx(0.2).margin(1e-12));
    CHECK(exact.objectives[1] == 1.0);
    const auto rough = problem.evaluate(problem.encode(problem.uniform(3)));
    CHECK(rough.objectives[0] > 0.2);
    CHECK(rough.objectives[1] < 0.5);
}

TEST_CASE("Each different computation is measured once") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    CHECK(evaluator.measured() == 0);
    (void)evaluator.measure({0, 1, 2});
    CHECK(evaluator.measured() == 1);
    (void)evaluator.measure({0, 1, 2});
    CHECK(evaluator.measured() == 1);
    const std::vector<multipliers> several{{0, 1, 2}, {1, 1, 1}, {2, 1, 0}, {1, 1, 1}};
    const auto found = evaluator.measure_all(several, thread_executor{});
    CHECK(evaluator.measured() == 3);
    REQUIRE(found.size() == 4);
    CHECK(found[0].hits == evaluator.measure({0, 1, 2}).hits);
    CHECK(found[1].hits == found[3].hits);
    CHECK(found[2].logit_mse == evaluator.compute({2, 1, 0}, task.search_images).logit_mse);
    CHECK(evaluator.measured() == 3); // compute() remembers nothing

    // Tiles renamed or left idle: the same computation.
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 2});
    (void)problem.evaluate({.integers = {1, 1, 0, 1, 0}});
    (void)problem.evaluate({.integers = {3, 1, 1, 1, 1}});
    CHECK(evaluator.measured() == 3);
    (void)problem.evaluate({.integers = {3, 1, 1, 1, 0}});
    CHECK(evaluator.measured() == 4);
}

TEST_CASE("Components with the same products are one computation at two prices") {
    tiny_task task;
    auto twin = task.parts[1];
    twin.name = "twin";
    twin.price.power_mw *= 0.5;
    task.parts.add(twin);
    const auto evaluator = task.evaluator();
    const auto first = evaluator.measure({1, 1, 0});
    const auto second = evaluator.measure({4, 1, 0});
    CHECK(evaluator.measured() == 1);
    CHECK(first.hits == second.hits);
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 1});
    CHECK(problem.energy({4, 4, 4}) == Approx(problem.energy({1, 1, 1}) / 2));
}

TEST_CASE("Unknown multipliers are refused") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    CHECK_THROWS_AS(evaluator.measure({0, 4, 0}), aw::value_error);
    CHECK_THROWS_AS(evaluator.measure({0, 0}), aw::shape_error);
    CHECK(evaluator.measured() == 0);
}

TEST_CASE("Evaluating many at once is evaluating each") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::pipelined{.tiles = 2});
    aw::random_generator random(2);
    std::vector<aw::genome> candidates;
    for (int i = 0; i < 12; ++i) {
        candidates.push_back(aw::random_genome(problem.genes(), random)); // not repaired
    }
    const auto fresh = task.evaluator();
    const aw::assignment alone(fresh, aw::pipelined{.tiles = 2});
    const auto together = problem.evaluate_all(std::span<const aw::genome>(candidates), thread_executor{});
    std::size_t infeasible = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        CHECK(alone.evaluate(candidates[i]) == together[i]);
        CHECK(together[i].feasible() ==
              aw::pipelined{.tiles = 2}.feasible(problem.decode(candidates[i]).mapping));
        infeasible += together[i].feasible() ? 0 : 1;
    }
    CHECK(infeasible > 0);
    CHECK(infeasible < candidates.size());
}

TEST_CASE("Repair touches the mapping alone") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::pipelined{.tiles = 2});
    aw::genome genes{.integers = {3, 1, 1, 1, 0}};
    problem.repair(genes);
    CHECK(genes.integers == std::vector<std::int64_t>{3, 1, 0, 1, 1});
    CHECK(problem.evaluate(genes).feasible());
}

TEST_CASE("Uniform designs have one multiplier, a feasible mapping and no idle tile") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    const auto check = [&](const auto& accelerator) {
        const aw::assignment problem(evaluator, accelerator);
        for (std::size_t part = 0; part < 4; ++part) {
            const auto what = problem.uniform(part);
            CHECK(what.tiles == multipliers(accelerator.tiles, part));
            CHECK(what.multipliers() == multipliers(3, part));
            CHECK(accelerator.feasible(what.mapping));
        }
        CHECK(problem.genes().integers.size() == accelerator.tiles + 3);
    };
    for (std::size_t tiles = 1; tiles <= 3; ++tiles) {
        check(aw::power_gated{.tiles = tiles});
        check(aw::pipelined{.tiles = tiles});
        check(aw::pipelined{.tiles = tiles, .order = aw::pipeline_order::any});
    }
}

TEST_CASE("Seeds are the uniform designs, front by front, each from the most power to the least") {
    tiny_task task;
    aw::library reversed; // the library's order must not matter
    for (std::size_t part = 4; part-- > 0;) {
        reversed.add(task.parts[part]);
    }
    task.parts = reversed;
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 2});
    const auto seeds = problem.seeds();
    CHECK(evaluator.measured() == 4);
    std::set<aw::genome> expected;
    for (std::size_t part = 0; part < 4; ++part) {
        expected.insert(problem.encode(problem.uniform(part)));
    }
    REQUIRE(seeds.size() == 4);
    CHECK(std::set<aw::genome>(seeds.begin(), seeds.end()) == expected);
    std::vector<aw::individual> all;
    for (const auto& each : seeds) {
        all.push_back({each, problem.evaluate(each)});
    }
    std::size_t next = 0;
    for (const auto& front : aw::non_dominated_sort(all)) {
        for (std::size_t i = 0; i < front.size(); ++i) {
            CHECK(front[i] == next++);
            CHECK((i == 0 || all[front[i - 1]].value.objectives[1] > all[front[i]].value.objectives[1]));
        }
    }
}

TEST_CASE("Exhaustive search finds the front of all designs") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 2});
    const auto result = aw::exhaustive{}.minimise(problem);
    CHECK(result.evaluations == 4 * 4 * 8);

    std::set<std::vector<double>> points;
    std::size_t computations = 0;
    for (std::size_t a = 0; a < 4; ++a) {
        for (std::size_t b = 0; b < 4; ++b) {
            for (std::size_t c = 0; c < 4; ++c) {
                if (std::set<std::size_t>{a, b, c}.size() <= 2) { // two tiles
                    ++computations;
                    points.insert(problem
                                      .evaluate(problem.encode(
                                          {{a, a == b ? c : b}, {0, a == b ? 0u : 1u, a == c ? 0u : 1u}}))
                                      .objectives);
                    const auto hand = by_hand(task, aw::weight_tuning{}, {a, b, c});
                    const auto own = evaluator.measure({a, b, c});
                    REQUIRE(1 - own.accuracy() == Approx(hand.objectives[0]).margin(1e-12));
                }
            }
        }
    }
    CHECK(evaluator.measured() == computations);
    std::set<std::vector<double>> front;
    for (const auto& point : points) {
        if (std::none_of(points.begin(), points.end(), [&](const auto& other) {
                return other != point && other[0] <= point[0] && other[1] <= point[1];
            })) {
            front.insert(point);
        }
    }
    std::set<std::vector<double>> found;
    for (const auto& member : result.front) {
        found.insert(member.value.objectives);
    }
    CHECK(found == front);
    CHECK(front.size() >= 3);
}

TEST_CASE("NSGA-II gives the same front each time and with any executor, and no uniform design beats it") {
    const tiny_task task;
    const aw::nsga2 search{.population = 12, .generations = 6, .seed = 5};
    const auto run = [&](const auto& workers) {
        const auto evaluator = task.evaluator();
        const aw::assignment problem(evaluator, aw::pipelined{.tiles = 2});
        return search.minimise(problem, workers);
    };
    const auto first = run(aw::serial_executor{});
    const auto second = run(aw::serial_executor{});
    const auto third = run(thread_executor{});
    CHECK(first.front == second.front);
    CHECK(first.evaluated == second.evaluated);
    CHECK(first.front == third.front);
    CHECK(first.evaluated == third.evaluated);
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::pipelined{.tiles = 2});
    for (const auto& each : first.evaluated) {
        REQUIRE(each.value.feasible());
    }
    // The seeds are among what it evaluated, so no uniform design beats its front.
    for (const auto& seed : problem.seeds()) {
        const auto value = problem.evaluate(seed);
        for (const auto& member : first.front) {
            CHECK_FALSE(aw::dominates(value, member.value));
        }
    }
}

TEST_CASE("Tiles, libraries and prices that do not fit are refused at once") {
    tiny_task task;
    {
        const auto evaluator = task.evaluator();
        CHECK_THROWS_AS((aw::assignment(evaluator, aw::power_gated{.tiles = 0})), aw::value_error);
        CHECK_THROWS_AS((aw::assignment(evaluator, aw::power_gated{.tiles = 4})), aw::value_error);
        CHECK_THROWS_AS((aw::assignment(evaluator, aw::pipelined{.tiles = 4})), aw::value_error);
        CHECK_THROWS_WITH((aw::assignment(evaluator, aw::pipelined{.tiles = 4})), contains("1 to 3"));
        CHECK_NOTHROW((aw::assignment(evaluator, aw::pipelined{.tiles = 3})));
        CHECK(evaluator.measured() == 0);
    }
    const aw::library all = task.parts;
    task.parts = {};
    CHECK_THROWS_AS((aw::assignment(task.evaluator(), aw::power_gated{.tiles = 1})), aw::value_error);
    task.parts.add(all[1]);
    CHECK_THROWS_AS((aw::assignment(task.evaluator(), aw::power_gated{.tiles = 1})), aw::name_error);
    task.parts = all;
    auto unpriced = all[2];
    unpriced.name = "unpriced";
    unpriced.price = {};
    unpriced.products = aw::table("unpriced", std::vector<std::uint16_t>(aw::operand_pairs));
    task.parts.add(unpriced);
    CHECK_THROWS_WITH((aw::assignment(task.evaluator(), aw::power_gated{.tiles = 1})),
                      contains("'unpriced'"));
}
