// SPDX-License-Identifier: MIT
#include "problems.hpp"

#include <alwann/search/guided.hpp>
#include <alwann/search/hypervolume.hpp>
#include <alwann/search/nsga2.hpp>
#include <alwann/search/problem_ref.hpp>
#include <alwann/search/random_search.hpp>
#include <alwann/search/steady_state.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using search_test::thread_executor;

namespace {

// The assignment of problems.hpp with evaluations of uneven length.
struct uneven : search_test::assignment {
    aw::evaluation evaluate(const aw::genome& candidate) const {
        const auto sum = candidate.integers[0] + candidate.integers[3];
        std::this_thread::sleep_for(std::chrono::microseconds(20 * (sum * sum % 7)));
        return assignment::evaluate(candidate);
    }
};

// The same with at most `kinds_used` different parts, and a model of itself.
struct layered_task : search_test::assignment {
    std::size_t kinds_used = 2;
    bool contiguous = false;

    aw::gene_space genes() const {
        auto space = assignment::genes();
        space.integers.assign(kinds_used, {0, kinds - 1});
        space.integers.insert(space.integers.end(), layers, {0, static_cast<std::int64_t>(kinds_used) - 1});
        return space;
    }
    void repair(aw::genome& candidate) const {
        if (contiguous) {
            std::sort(candidate.integers.begin() + static_cast<std::ptrdiff_t>(kinds_used),
                      candidate.integers.end());
        }
    }
    std::vector<std::size_t> choices(const aw::genome& candidate) const {
        std::vector<std::size_t> result;
        for (std::size_t l = 0; l < layers; ++l) {
            result.push_back(static_cast<std::size_t>(
                candidate.integers[static_cast<std::size_t>(candidate.integers[kinds_used + l])]));
        }
        return result;
    }
    aw::evaluation evaluate(const aw::genome& candidate) const {
        aw::genome parts;
        for (const auto choice : choices(candidate)) {
            parts.integers.push_back(static_cast<std::int64_t>(choice));
        }
        const auto value = assignment::evaluate(parts);
        return {{value.objectives[1], value.objectives[0]}}; // loss, cost
    }
    template <class E>
    std::optional<aw::layered_model> layered(const E&, double most = 1e9) const {
        aw::layered_model model{.kinds = kinds_used, .contiguous = contiguous, .spent = 3};
        if (model.spent > most) {
            return std::nullopt;
        }
        for (std::size_t l = 0; l < layers; ++l) {
            model.losses.emplace_back();
            model.costs.emplace_back();
            for (std::int64_t part = 0; part < kinds; ++part) {
                const auto layer = static_cast<std::int64_t>(l);
                model.costs.back().push_back(
                    static_cast<double>((layer + 2) * (kinds - part) * (kinds - part)));
                model.losses.back().push_back(
                    static_cast<double>((1 + (layer * 5) % 7) * part * part * part + (part * 3 + layer) % 4));
            }
        }
        return model;
    }
    aw::genome assemble(const std::vector<std::size_t>& picked) const {
        std::vector<std::int64_t> tiles, mapping;
        for (const auto choice : picked) {
            const auto part = static_cast<std::int64_t>(choice);
            auto place = std::find(tiles.begin(), tiles.end(), part);
            if (contiguous && place != tiles.end() && tiles.back() != part) {
                place = tiles.end();
            }
            mapping.push_back(contiguous && !tiles.empty() && tiles.back() == part
                                  ? static_cast<std::int64_t>(tiles.size()) - 1
                                  : static_cast<std::int64_t>(place - tiles.begin()));
            if (mapping.back() == static_cast<std::int64_t>(tiles.size())) {
                tiles.push_back(part);
            }
        }
        REQUIRE(tiles.size() <= kinds_used);
        tiles.resize(kinds_used, 0);
        tiles.insert(tiles.end(), mapping.begin(), mapping.end());
        return {.integers = tiles};
    }
};
static_assert(aw::layered_problem<layered_task, aw::serial_executor>);

const std::vector<double> far{3000, 3000};

} // namespace

TEST_CASE("Steady state: one worker gives one result, and settings are checked") {
    const search_test::assignment task;
    const aw::steady_state_nsga2 search{.population = 12, .evaluations = 240, .seed = 3};
    const auto first = search.minimise(task);
    const auto second = search.minimise(task, aw::serial_executor{});
    CHECK(first.evaluated == second.evaluated);
    CHECK(first.evaluations == 240);
    REQUIRE(first.completions.size() == 240);
    CHECK(std::is_sorted(first.completions.begin(), first.completions.end()));
    CHECK(first.front == aw::pareto_front(first.evaluated));
    std::set<aw::genome> different;
    for (const auto& each : first.evaluated) {
        different.insert(each.genes);
    }
    CHECK(different.size() == 240);
    const auto chance = aw::random_search{.evaluations = 240, .seed = 3}.minimise(task);
    CHECK(aw::hypervolume(first.front, far) > aw::hypervolume(chance.front, far));
    constexpr auto endless = std::numeric_limits<std::size_t>::max();
    CHECK(aw::steady_state_nsga2{.population = 4, .evaluations = 6, .in_flight = endless}
              .minimise(task)
              .evaluations == 6);
    CHECK_THROWS_AS((aw::steady_state_nsga2{.population = 1}.minimise(task)), aw::value_error);
    CHECK_THROWS_AS((aw::steady_state_nsga2{.evaluations = 0}.minimise(task)), aw::value_error);
    CHECK_THROWS_AS((aw::steady_state_nsga2{.mutation = 2}.minimise(task)), aw::value_error);
}

TEST_CASE("Steady state: a search on threads repeats itself from the order of its completions") {
    const uneven task;
    aw::steady_state_nsga2 search{.population = 10, .evaluations = 120, .seed = 8};
    const auto threads = search.minimise(task, thread_executor{.threads = 4});
    REQUIRE(threads.completions.size() == 120);
    search.in_flight = 4;
    search.replay = threads.completions;
    const auto serial = search.minimise(task);
    CHECK(serial.evaluated == threads.evaluated);
    CHECK(serial.completions == threads.completions);
    CHECK(search.minimise(task, thread_executor{.threads = 4}).evaluated == threads.evaluated);
    search.replay = {2, 2};
    CHECK_THROWS_AS(search.minimise(task), aw::value_error);
    search.replay = {50};
    CHECK_THROWS_AS(search.minimise(task, thread_executor{.threads = 4}), aw::value_error);
}

TEST_CASE("Steady state: observers end it, and what an evaluation throws arrives") {
    const search_test::assignment task;
    const aw::steady_state_nsga2 search{.population = 10, .evaluations = 100};
    std::size_t told = 0;
    const auto stopped =
        search.minimise(task, aw::serial_executor{}, [&told](const aw::search_progress& progress) {
            CHECK(progress.evaluations == ++told * 10);
            return told < 4;
        });
    CHECK(stopped.evaluations == 40);
    struct failing : search_test::assignment {
        std::atomic<int>& calls;
        explicit failing(std::atomic<int>& c) : calls(c) {}
        aw::evaluation evaluate(const aw::genome& g) const {
            if (++calls == 60) {
                throw aw::value_error("no sixtieth");
            }
            return assignment::evaluate(g);
        }
    };
    std::atomic<int> calls{0};
    CHECK_THROWS_WITH(search.minimise(failing(calls)), contains("no sixtieth"));
    CHECK(calls == 60); // nothing begins after it
    calls = 0;
    CHECK_THROWS_WITH(search.minimise(failing(calls), thread_executor{}), contains("no sixtieth"));
}

TEST_CASE("The predicted front is the true one where sums are exact") {
    for (const bool contiguous : {false, true}) {
        layered_task task;
        task.layers = 4;
        task.kinds = 5;
        task.contiguous = contiguous;
        const auto points = aw::predicted_front(*task.layered(aw::serial_executor{}));
        // All designs there are.
        std::vector<std::vector<double>> all;
        const auto space = task.genes();
        aw::genome candidate{.integers = std::vector<std::int64_t>(6, 0)};
        for (std::int64_t number = 0; number < 5 * 5 * 16; ++number) {
            candidate.integers = {number % 5,      number / 5 % 5,   number / 25 % 2,
                                  number / 50 % 2, number / 100 % 2, number / 200 % 2};
            task.repair(candidate);
            all.push_back(task.evaluate(candidate).objectives);
        }
        REQUIRE(points.size() > 3);
        std::size_t beaten = 0;
        for (const auto& point : points) {
            const auto value = task.evaluate(task.assemble(point.choices));
            CHECK(value.objectives[0] == point.loss);
            CHECK(value.objectives[1] == point.cost);
            beaten += std::any_of(all.begin(), all.end(), [&](const auto& other) {
                return aw::pareto_dominates(other, value.objectives);
            });
        }
        CHECK(10 * beaten <= points.size()); // by what lies inside the hull
        std::vector<std::vector<double>> predicted;
        for (const auto& point : points) {
            predicted.push_back({point.loss, point.cost});
        }
        const std::vector<double> reference{1000, 400};
        CHECK(aw::hypervolume(std::span<const std::vector<double>>(predicted), reference) >
              0.97 * aw::hypervolume(std::span<const std::vector<double>>(all), reference));
    }
}

TEST_CASE("A front is predicted for many choices, too") {
    layered_task task;
    task.kinds = 40;
    task.kinds_used = 6;
    const auto model = *task.layered(aw::serial_executor{});
    const auto fast = aw::predicted_front(model, 16, 1e4); // far too many sets for this effort
    REQUIRE(fast.size() > 3);
    for (std::size_t i = 0; i < fast.size(); ++i) {
        const std::set<std::size_t> used(fast[i].choices.begin(), fast[i].choices.end());
        CHECK(used.size() <= 6);
        CHECK((i == 0 || (fast[i].cost > fast[i - 1].cost && fast[i].loss < fast[i - 1].loss)));
    }
}

TEST_CASE("Guided search: what the model says first, then better still, within the budget") {
    layered_task task;
    const aw::guided_search search{.evaluations = 60, .population = 12, .seed = 4};
    const auto found = search.minimise(task);
    CHECK(found.evaluations == 57); // the model took three
    CHECK(found.evaluated == search.minimise(task, thread_executor{}).evaluated);
    CHECK(found.evaluated ==
          search.minimise(aw::problem_ref(task), aw::executor_ref(aw::serial_executor{})).evaluated);
    const auto chance = aw::random_search{.evaluations = 60, .seed = 4}.minimise(task);
    CHECK(aw::hypervolume(found.front, far) > aw::hypervolume(chance.front, far));
    const auto least = aw::guided_search{.evaluations = 1}.minimise(task);
    CHECK(least.evaluations == 1);
    CHECK(aw::guided_search{.evaluations = 3}.minimise(task).evaluations ==
          3); // three are too many for a model
    CHECK(aw::guided_search{.evaluations = 4}.minimise(task).evaluations == 1);
    CHECK_THROWS_AS((aw::guided_search{.population = 0}.minimise(task)), aw::value_error);
    CHECK_THROWS_AS((aw::guided_search{.litter = 0}.minimise(task)), aw::value_error);
}

TEST_CASE("Guided search copes where the model knows little") {
    // Most genomes are refused, and the model does not know which.
    struct choosy : layered_task {
        aw::evaluation evaluate(const aw::genome& candidate) const {
            auto value = layered_task::evaluate(candidate);
            value.violation = static_cast<double>((candidate.integers[0] + candidate.integers[1]) % 4);
            return value;
        }
    };
    const choosy refusing;
    const auto found = aw::guided_search{.evaluations = 120, .population = 12}.minimise(refusing);
    CHECK(found.evaluations == 117);
    REQUIRE(!found.front.empty());
    for (const auto& member : found.front) {
        CHECK(member.value.feasible());
    }
    // A third objective, of which it does not speak, is minimised all the same.
    struct three : layered_task {
        static std::size_t objectives() { return 3; }
        aw::evaluation evaluate(const aw::genome& candidate) const {
            auto value = layered_task::evaluate(candidate);
            const auto picked = choices(candidate);
            const auto apart =
                static_cast<double>(std::set<std::size_t>(picked.begin(), picked.end()).size());
            value.objectives.push_back(apart);
            return value;
        }
    };
    const auto front = aw::guided_search{.evaluations = 200, .population = 12}.minimise(three{}).front;
    std::set<double> kinds_of_front;
    for (const auto& member : front) {
        kinds_of_front.insert(member.value.objectives[2]);
    }
    CHECK(kinds_of_front == std::set<double>{1, 2});
}

TEST_CASE("Guided search learns from what it measures") {
    // What is lost follows the model's sums, but not in proportion, and not exactly.
    struct bent : layered_task {
        aw::evaluation evaluate(const aw::genome& candidate) const {
            auto value = layered_task::evaluate(candidate);
            const auto picked = choices(candidate);
            const auto hash =
                std::accumulate(picked.begin(), picked.end(), std::size_t{7},
                                [](std::size_t h, std::size_t c) { return (h * 31 + c) % 101; });
            value.objectives[0] = std::log1p(value.objectives[0]) + 0.01 * static_cast<double>(hash);
            return value;
        }
    };
    // The rival starts from the same prediction, so that what comes after it makes the difference.
    struct seeded : bent {
        std::vector<aw::genome> seeds() const {
            const auto points = aw::predicted_front(*layered(aw::serial_executor{}));
            std::vector<aw::genome> result;
            for (std::size_t i = 0; i < 20; ++i) {
                result.push_back(assemble(points[i * (points.size() - 1) / 19].choices));
            }
            return result;
        }
    };
    const std::vector<double> reference{10, 3000};
    double guided = 0, generations = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const bent task;
        const aw::guided_search ours{.evaluations = 103, .population = 20, .seed = seed};
        const aw::nsga2 theirs{.population = 20, .generations = 4, .seed = seed};
        const auto found = ours.minimise(task);
        CHECK(found.evaluations == 100);
        guided += aw::hypervolume(found.front, reference);
        generations += aw::hypervolume(theirs.minimise(seeded{}).front, reference);
        std::set<std::vector<std::size_t>> different;
        for (const auto& each : found.evaluated) {
            different.insert(task.choices(each.genes));
        }
        CHECK(different.size() == found.evaluated.size());
    }
    CHECK(guided > generations);
}

TEST_CASE("Guided search works without a model") {
    const auto found = aw::guided_search{.evaluations = 100, .population = 10}.minimise(search_test::zdt1{});
    CHECK(found.evaluations == 100);
    CHECK(aw::guided_search{}.minimise(search_test::coin{}).evaluations == 2);
    constexpr auto endless = std::numeric_limits<std::size_t>::max();
    CHECK(aw::guided_search{.evaluations = 20, .population = endless}
              .minimise(search_test::zdt1{})
              .evaluations == 20);
    CHECK_THROWS_AS(aw::guided_search{}.minimise(search_test::hopeless{}), aw::infeasible_error);
}
