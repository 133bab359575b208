// SPDX-License-Identifier: MIT
#include "problems.hpp"

#include <alwann/search/exhaustive.hpp>
#include <alwann/search/guided.hpp>
#include <alwann/search/hypervolume.hpp>
#include <alwann/search/nsga2.hpp>
#include <alwann/search/random_search.hpp>
#include <alwann/search/steady_state.hpp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <set>
#include <vector>

#include <catch.hpp>

using namespace search_test;

namespace {

// Genes that say how many of each item; repair takes from the last ones until at most five are left.
struct at_most_five : assignment {
    void repair(aw::genome& candidate) const {
        std::int64_t left = 5;
        for (auto& count : candidate.integers) {
            count = std::min(count, left);
            left -= count;
        }
    }
    aw::evaluation evaluate(const aw::genome& candidate) const {
        std::int64_t sum = 0;
        for (const auto count : candidate.integers) {
            sum += count;
        }
        if (sum > 5) {
            throw aw::value_error("not repaired");
        }
        return assignment::evaluate(candidate);
    }
};
static_assert(aw::problem<at_most_five> && aw::repairing_problem<at_most_five>);

struct seeded : assignment {
    std::vector<aw::genome> seeds() const { // every uniform design
        std::vector<aw::genome> all;
        for (std::int64_t kind = 0; kind < kinds; ++kind) {
            all.push_back({.integers = std::vector<std::int64_t>(layers, kind)});
            all.push_back(all.back());
        }
        return all;
    }
};
static_assert(aw::seeded_problem<seeded>);

struct bulk : assignment {
    mutable std::size_t calls = 0;
    std::size_t missing = 0;

    template <aw::executor E>
    std::vector<aw::evaluation> evaluate_all(std::span<const aw::genome> candidates, const E&) const {
        ++calls;
        std::vector<aw::evaluation> values;
        for (const auto& candidate : candidates.subspan(missing)) {
            values.push_back(evaluate(candidate));
        }
        return values;
    }
};

// Optional members that do not fit must not be ignored.
struct wrong_repair : coin {
    void repair(aw::genome&) {} // not const
};
struct wrong_seeds : coin {
    int seeds() const { return 0; }
};
static_assert(!aw::problem<wrong_repair> && !aw::problem<wrong_seeds>);
static_assert(!aw::problem<int>);

struct three_objectives : assignment {
    std::size_t objectives() const { return 3; }
    aw::evaluation evaluate(const aw::genome& candidate) const {
        auto value = assignment::evaluate(candidate);
        value.objectives.push_back(
            static_cast<double>((candidate.integers[0] * 3 + candidate.integers[1]) % 7));
        return value;
    }
};

// Depends on every gene of every genome and on their order.
std::uint64_t fingerprint(const aw::search_result& result) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto& item : result.evaluated) {
        for (const std::int64_t gene : item.genes.integers) {
            hash = (hash ^ static_cast<std::uint64_t>(gene)) * 0x100000001b3;
        }
    }
    return hash;
}

} // namespace

TEST_CASE("NSGA-II comes close to the true front of an assignment", "[nsga2]") {
    const assignment task{};
    const auto truth = aw::exhaustive{}.minimise(task); // 262,144 designs
    std::vector<double> worst{0, 0};
    for (const auto& item : truth.front) {
        for (std::size_t m = 0; m < 2; ++m) {
            worst[m] = std::max(worst[m], item.value.objectives[m] + 1);
        }
    }
    const double best = aw::hypervolume(truth.front, worst);
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        const auto found = aw::nsga2{.population = 50, .generations = 60, .seed = seed}.minimise(task);
        const auto chance = aw::random_search{.evaluations = found.evaluations, .seed = seed}.minimise(task);
        CAPTURE(seed, found.evaluations);
        CHECK(aw::hypervolume(found.front, worst) > 0.99 * best);
        CHECK(aw::hypervolume(found.front, worst) <= best * (1 + 1e-12));
        CHECK(aw::hypervolume(found.front, worst) > aw::hypervolume(chance.front, worst));
    }
}

TEST_CASE("NSGA-II solves a constrained knapsack", "[nsga2]") {
    const knapsack task{.items = 16, .limit = 50};
    const auto truth = aw::exhaustive{}.minimise(task); // 65,536 designs
    const std::vector<double> nothing{1, 1};
    const auto found = aw::nsga2{.population = 60, .generations = 60, .seed = 5}.minimise(task);
    for (const auto& item : found.front) {
        CHECK(item.value.feasible());
    }
    CHECK(aw::hypervolume(found.front, nothing) > 0.97 * aw::hypervolume(truth.front, nothing));
}

TEST_CASE("NSGA-II approaches the front of ZDT1", "[nsga2]") {
    const zdt1 task{};
    const std::vector<double> corner{1.1, 1.1};
    const double truth = 1.21 - 1.0 / 3; // (1.1 * 1.1) less what lies below 1 - sqrt(x) for x from 0 to 1
    for (const std::uint64_t seed : {1u, 2u}) {
        const auto found = aw::nsga2{.population = 40, .generations = 120, .seed = seed}.minimise(task);
        const double volume = aw::hypervolume(found.front, corner);
        CHECK(volume > truth - 0.02);
        CHECK(volume <= truth);
    }
}

TEST_CASE("any population from two, odd or even", "[nsga2]") {
    for (const std::size_t population : {2u, 3u, 5u, 50u}) {
        const aw::nsga2 search{.population = population, .generations = 12, .seed = 9};
        CAPTURE(population);
        std::size_t before = 0;
        std::vector<double> best(2, std::numeric_limits<double>::infinity());
        double volume = 0;
        const auto result =
            search.minimise(assignment{}, aw::serial_executor{}, [&](const aw::search_progress& progress) {
                CHECK(progress.evaluations == before + population);
                before = progress.evaluations;
                for (std::size_t m = 0; m < 2; ++m) {
                    double least = std::numeric_limits<double>::infinity();
                    for (const auto& item : progress.front) {
                        least = std::min(least, item.value.objectives[m]);
                    }
                    CHECK(least <= best[m]);
                    best[m] = least;
                }
                const double now = aw::hypervolume(progress.front, {5000, 20000});
                CHECK(now >= volume);
                volume = now;
            });
        CHECK(result.evaluations == population * 13);
        CHECK(result.evaluated.size() == result.evaluations);
        std::set<aw::genome> distinct;
        for (const auto& item : result.evaluated) {
            distinct.insert(item.genes);
        }
        CHECK(distinct.size() == result.evaluations);
        CHECK(result.front == aw::pareto_front(result.evaluated));
    }
}

TEST_CASE("same seed, same result, whatever the executor and the compiler", "[nsga2]") {
    const assignment task{};
    const aw::nsga2 search{.population = 21, .generations = 15, .seed = 7};
    const auto serial = search.minimise(task);
    for (const std::size_t threads : {1u, 2u, 5u}) {
        const auto parallel = search.minimise(task, thread_executor{threads});
        CHECK(parallel.front == serial.front);
        CHECK(parallel.evaluated == serial.evaluated);
    }
    CHECK(aw::nsga2{.population = 21, .generations = 15, .seed = 8}.minimise(task).evaluated !=
          serial.evaluated);
    // A change here changes every published search of the library: on purpose only, and with a note.
    CHECK(fingerprint(serial) == 0x11b994ffcbfb6889);
    CHECK(fingerprint(aw::nsga2::paper().minimise(three_objectives{})) == 0x65f21affdafbf3d1);
    const zdt1 real{};
    const aw::nsga2 small{.population = 10, .generations = 10};
    CHECK(small.minimise(real).evaluated == small.minimise(real, thread_executor{}).evaluated);
}

TEST_CASE("the settings of the paper", "[nsga2]") {
    const auto search = aw::nsga2::paper();
    CHECK(search.population == 50);
    CHECK(search.generations == 30);
    CHECK(search.mutation == 0.1);
    CHECK(search.minimise(assignment{}).evaluations == 1550);
}

TEST_CASE("a space of two designs", "[nsga2]") {
    for (const std::size_t population : {2u, 3u, 50u}) {
        const auto result = aw::nsga2{.population = population}.minimise(coin{});
        CHECK(result.evaluations == 2);
        CHECK(result.front.size() == 2);
    }
    struct one : coin {
        aw::gene_space genes() const { return {.integers = {{1, 1}}}; }
    };
    CHECK(aw::nsga2{}.minimise(one{}).evaluations == 1);
}

TEST_CASE("repaired genomes only", "[nsga2]") {
    const at_most_five task{};
    const auto result = aw::nsga2{.population = 20, .generations = 20}.minimise(task, thread_executor{});
    const auto truth = aw::exhaustive{}.minimise(task);
    CHECK(truth.evaluations == 462); // ways to spread at most 5 over 6 genes: 11 choose 5
    for (const auto& item : result.evaluated) {
        std::int64_t sum = 0;
        for (const auto count : item.genes.integers) {
            sum += count;
        }
        REQUIRE(sum <= 5);
    }
    struct astray : coin {
        void repair(aw::genome& candidate) const { candidate.integers[0] = 2; }
    };
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(astray{}), contains("integer gene 0 is 2, expected 0 to 1"));
}

TEST_CASE("the first generation starts with the seeds, as many as fit", "[nsga2]") {
    const seeded task{};
    const auto check = [&](std::size_t population, std::size_t expected) {
        const auto result = aw::nsga2{.population = population, .generations = 0}.minimise(task);
        REQUIRE(result.evaluations == population);
        for (std::size_t i = 0; i < expected; ++i) {
            const auto kind = static_cast<std::int64_t>(i);
            CHECK(result.evaluated[i].genes.integers == std::vector<std::int64_t>(6, kind));
        }
    };
    check(5, 5);
    check(8, 8);
    check(20, 8);
    struct misfit : coin {
        std::vector<aw::genome> seeds() const { return {{.integers = {0, 0}}}; }
    };
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(misfit{}), contains("2 integers"));
}

TEST_CASE("bulk evaluation is used where offered, and changes nothing", "[nsga2]") {
    const aw::nsga2 search{.population = 10, .generations = 5};
    const bulk task{};
    const auto result = search.minimise(task);
    CHECK(task.calls == 6);
    CHECK(result.evaluated == search.minimise(assignment{}).evaluated);
    bulk incomplete{};
    incomplete.missing = 1;
    CHECK_THROWS_WITH(search.minimise(incomplete), contains("9 evaluations of 10 genomes"));
}

TEST_CASE("more objectives, all infeasible, not a number", "[nsga2]") {
    const auto result = aw::nsga2{.population = 7, .generations = 10}.minimise(three_objectives{});
    CHECK(result.front == aw::pareto_front(result.evaluated));
    CHECK_THROWS_AS(aw::nsga2{}.minimise(hopeless{}), aw::infeasible_error);
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(hopeless{}), contains("2.5"));
    CHECK_THROWS_AS(aw::nsga2{}.minimise(broken{}), aw::value_error);
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(broken{}, thread_executor{}), contains("not a number"));
    struct too_many : coin {
        std::size_t objectives() const { return 3; }
    };
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(too_many{}), contains("2 objectives, expected 3"));
}

TEST_CASE("bad settings and bad problems are named", "[nsga2]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH((aw::nsga2{.population = 1}.minimise(coin{})), contains("population"));
    CHECK_THROWS_WITH((aw::nsga2{.crossover = 1.5}.minimise(coin{})), contains("crossover"));
    CHECK_THROWS_WITH((aw::nsga2{.crossover = nan}.minimise(coin{})), contains("crossover"));
    CHECK_THROWS_WITH((aw::nsga2{.mutation = -0.1}.minimise(coin{})), contains("mutation"));
    CHECK_THROWS_WITH((aw::nsga2{.crossover_index = -1}.minimise(coin{})), contains("crossover_index"));
    CHECK_THROWS_WITH((aw::steady_state_nsga2{.mutation_index = nan}.minimise(coin{})),
                      contains("steady_state_nsga2: mutation_index"));
    CHECK_THROWS_WITH((aw::guided_search{.crossover = nan}.minimise(coin{})),
                      contains("guided_search: crossover"));
    CHECK_THROWS_WITH((aw::nsga2{.mutation_index = nan}.minimise(coin{})), contains("mutation_index"));

    struct any : coin {
        aw::gene_space space;
        explicit any(aw::gene_space s) : space(std::move(s)) {}
        aw::gene_space genes() const { return space; }
    };
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(any({})), contains("no genes"));
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(any({.integers = {{0, 1}, {3, 2}}})), contains("integer gene 1"));
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(any({.reals = {{1, 0}}})), contains("real gene 0"));
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(any({.reals = {{nan, 0}}})), contains("real gene 0"));
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(any({.reals = {{-1e308, 1e308}}})), contains("finite"));
    struct aimless : coin {
        std::size_t objectives() const { return 0; }
    };
    CHECK_THROWS_WITH(aw::nsga2{}.minimise(aimless{}), contains("no objectives"));
}

TEST_CASE("an observer ends the search at once", "[nsga2]") {
    std::size_t calls = 0;
    const aw::nsga2 search{.population = 10, .generations = 20};
    const auto result =
        search.minimise(assignment{}, aw::serial_executor{}, [&](const aw::search_progress& progress) {
            CHECK(progress.generations == 20);
            CHECK(progress.generation == calls);
            return ++calls < 4;
        });
    CHECK(calls == 4);
    CHECK(result.evaluations == 40);

    calls = 0;
    search.minimise(assignment{}, aw::serial_executor{}, [&](const aw::search_progress&) { ++calls; });
    CHECK(calls == 21);
}

TEST_CASE("integers and reals in one genome", "[nsga2]") {
    struct mixed {
        aw::gene_space genes() const { return {.integers = {{-3, 3}}, .reals = {{-3, 3}}}; }
        std::size_t objectives() const { return 1; }
        aw::evaluation evaluate(const aw::genome& candidate) const {
            const double x = static_cast<double>(candidate.integers[0]) - 2;
            const double y = candidate.reals[0] + 1.25;
            return {{x * x + y * y}};
        }
    };
    const auto result = aw::nsga2{.population = 20, .generations = 60}.minimise(mixed{});
    REQUIRE(result.front.size() == 1); // one objective, one best
    CHECK(result.front[0].genes.integers[0] == 2);
    CHECK(result.front[0].genes.reals[0] == Approx(-1.25).margin(0.01));
}
