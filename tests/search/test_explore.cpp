// SPDX-License-Identifier: MIT
#include "problems.hpp"
#include "task.hpp"

#include <alwann/compensation/channel_affine.hpp>
#include <alwann/search/exhaustive.hpp>
#include <alwann/search/explore.hpp>
#include <alwann/search/nsga2.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using search_test::thread_executor;
using search_test::tiny_task;

namespace {

using note = aw::explore_progress;

template <class Architecture, class Optimizer, class Executor>
aw::exploration explore(const tiny_task& task, const Architecture& accelerator, const Optimizer& optimizer,
                        const Executor& workers, std::vector<note>* notes = nullptr) {
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, accelerator);
    return aw::explore(problem, evaluator, task.test_images, task.uniform_images, optimizer, workers,
                       [&](const aw::explore_progress& progress) {
                           if (notes != nullptr) {
                               notes->push_back(progress);
                           }
                       });
}

} // namespace

TEST_CASE("Exploring lists each uniform design in the library's order, measured on both sets of images") {
    const tiny_task task;
    const auto result = explore(task, aw::power_gated{.tiles = 2}, aw::exhaustive{}, aw::serial_executor{});
    const auto evaluator = task.evaluator();
    REQUIRE(result.uniform.size() == 4);
    for (std::size_t part = 0; part < 4; ++part) {
        const auto& each = result.uniform[part];
        const std::vector<std::size_t> everywhere(3, part);
        CHECK(each.what.multipliers() == everywhere);
        const auto& own = task.parts[part];
        CHECK(each.energy == Approx(own.price.power_mw / task.parts[0].price.power_mw));
        CHECK(each.paper_energy == Approx(each.energy));
        CHECK(each.area_um2 == Approx(2 * own.price.area_um2));
        CHECK(each.cycles == 36 * 18 * 4 + 9 * 36 * 6 + 9 * 6 * 6);
        const auto search = evaluator.compute(everywhere, task.search_images);
        const auto test = evaluator.compute(everywhere, task.uniform_images);
        CHECK(each.search_accuracy == search.accuracy());
        CHECK(each.test_accuracy == test.accuracy());
        CHECK(each.logit_mse == test.logit_mse);
        CHECK(each.test_images == 20);
        CHECK(each.test_loss ==
              Approx(task.uniform_images.exact().accuracy() - test.accuracy()).margin(1e-12));
        CHECK(each.test_interval.low <= each.test_accuracy);
        CHECK(each.test_interval.high >= each.test_accuracy);
        CHECK(each.loss_interval.low <= each.test_loss + 1e-12);
        CHECK(each.loss_interval.high >= each.test_loss - 1e-12);
    }
    CHECK(result.uniform[0].test_loss == 0);
    CHECK(result.uniform[0].logit_mse == 0);
    CHECK(result.exact_search_accuracy == Approx(0.8));
    CHECK(result.exact_accuracy == Approx(0.8));
    CHECK(result.exact_interval.low < 0.8);
    CHECK(result.exact_interval.high > 0.8);
    CHECK(result.search_images == 40);
    CHECK(result.test_images == 30);
}

TEST_CASE("The front goes from the most energy to the least and is chosen on the search images") {
    const tiny_task task;
    const auto result = explore(task, aw::power_gated{.tiles = 2}, aw::exhaustive{}, aw::serial_executor{});
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 2});
    const auto expected = aw::exhaustive{}.minimise(problem).front;
    REQUIRE(result.front.size() == expected.size());
    for (std::size_t i = 0; i < result.front.size(); ++i) {
        const auto& member = result.front[i];
        if (i > 0) { // cheaper, and so less accurate on the images that chose it
            CHECK(member.energy < result.front[i - 1].energy);
            CHECK(member.search_accuracy < result.front[i - 1].search_accuracy);
        }
        CHECK(std::count_if(expected.begin(), expected.end(), [&](const auto& each) {
                  return each.value.objectives ==
                         std::vector<double>{1 - member.search_accuracy, member.energy};
              }) == 1);
        const auto chosen = member.what.multipliers();
        CHECK(member.search_accuracy == evaluator.measure(chosen).accuracy());
        CHECK(member.test_images == 30);
        CHECK(member.test_accuracy == evaluator.compute(chosen, task.test_images).accuracy());
    }
    CHECK(result.evaluations == evaluator.measured());
    REQUIRE(result.evaluated.size() == result.evaluations);
    for (const auto& each : result.evaluated) {
        CHECK(each.energy == Approx(problem.energy(each.multipliers)));
        CHECK(each.images <= 40);
        CHECK(each.search_accuracy == evaluator.measure(each.multipliers).accuracy());
    }
    CHECK(result.hypervolume > 0);
    CHECK(result.hypervolume < 0.9);
    CHECK(result.hypervolume == aw::hypervolume(expected, aw::hypervolume_reference));
    const double images = 40.0 * static_cast<double>(result.evaluations) +
                          30.0 * static_cast<double>(result.front.size()) + 20.0 * 4;
    // What shared prefixes saved is the rest.
    CHECK(result.counts.saved_by_prefixes > 0);
    CHECK(result.emulated_products + result.counts.saved_by_prefixes ==
          (36 * 18 * 4 + 9 * 36 * 6 + 9 * 6 * 6) * images);
}

TEST_CASE("Members of the front say how noisy each layer is") {
    const tiny_task task;
    const auto result = explore(task, aw::power_gated{.tiles = 2}, aw::exhaustive{}, aw::serial_executor{});
    const auto evaluator = task.evaluator();
    REQUIRE(!result.front.empty());
    std::size_t noisy = 0;
    for (const auto& member : result.front) {
        REQUIRE(member.layer_snr_db.size() == 3);
        const auto chosen = member.what.multipliers();
        for (std::size_t l = 0; l < 3; ++l) {
            // Noise begins where the first multiplier is that is not exact.
            const auto end = chosen.begin() + static_cast<std::ptrdiff_t>(l) + 1;
            const bool exact = std::count(chosen.begin(), end, 0u) == static_cast<std::ptrdiff_t>(l + 1);
            CHECK(std::isinf(member.layer_snr_db[l]) == exact);
            noisy += exact ? 0 : 1;
        }
    }
    CHECK(noisy > 0);
    CHECK(result.uniform.front().layer_snr_db.empty());
}

TEST_CASE("Noise of layers is what the exact network's results have and the design's have not") {
    const tiny_task task;
    const auto design = task.evaluator().compensated({1, 0, 2});
    const auto found = aw::layer_noise(task.net, design, task.search_images.codes());
    REQUIRE(found.size() == 3);
    // By hand, all images at once; a sum of squares is what is left over of the other two.
    std::vector<std::vector<float>> layers[2];
    for (const bool approximate : {false, true}) {
        const auto setting = approximate ? design : aw::exact_setting(task.net);
        aw::forward_pass pass(task.net, task.search_images.codes(), 0, 40);
        for (std::size_t l = 0; pass.next() < task.net.nodes().size();) {
            const auto node = pass.next();
            const bool mine = l < 3 && task.net.convolutions()[l] == node;
            pass.step(mine ? &setting[l++] : nullptr);
            if (mine) {
                layers[approximate].push_back(pass.reals(node));
            }
        }
    }
    for (std::size_t l = 0; l < 3; ++l) {
        double product = 0, squares = 0, signal = 0;
        for (std::size_t i = 0; i < layers[0][l].size(); ++i) {
            const double a = layers[0][l][i], b = layers[1][l][i];
            product += a * b;
            squares += b * b;
            signal += a * a;
        }
        CHECK(found[l].signal == Approx(signal));
        CHECK(found[l].noise == Approx(signal + squares - 2 * product));
        CHECK(found[l].noise > 0);
    }
}

TEST_CASE("Exploring gives the same with any executor and each time") {
    const tiny_task task;
    const aw::nsga2 search{.population = 10, .generations = 4, .seed = 9};
    const auto first = explore(task, aw::pipelined{.tiles = 2}, search, aw::serial_executor{});
    const auto check = [&](const aw::exploration& second) {
        REQUIRE(first.front.size() == second.front.size());
        for (std::size_t i = 0; i < first.front.size(); ++i) {
            CHECK(first.front[i].what == second.front[i].what);
            CHECK(first.front[i].test_accuracy == second.front[i].test_accuracy);
            CHECK(first.front[i].logit_mse == second.front[i].logit_mse);
        }
        CHECK(first.hypervolume == second.hypervolume);
        CHECK(first.evaluations == second.evaluations);
        CHECK(first.emulated_products == second.emulated_products);
    };
    check(explore(task, aw::pipelined{.tiles = 2}, search, aw::serial_executor{}));
    check(explore(task, aw::pipelined{.tiles = 2}, search, thread_executor{}));
    for (const auto& member : first.front) {
        CHECK(aw::pipelined{.tiles = 2}.feasible(member.what.mapping));
    }
}

TEST_CASE("Progress is told for each stage, in order") {
    const tiny_task task;
    std::vector<note> notes;
    const aw::nsga2 search{.population = 8, .generations = 3};
    const auto result = explore(task, aw::power_gated{.tiles = 2}, search, aw::serial_executor{}, &notes);
    std::map<aw::explore_stage, std::size_t> counts;
    for (std::size_t i = 0; i < notes.size(); ++i) {
        ++counts[notes[i].stage];
        CHECK(notes[i].done <= notes[i].all);
        CHECK(notes[i].evaluations <= result.evaluations);
        CHECK((i == 0 || notes[i - 1].stage <= notes[i].stage));
    }
    CHECK(counts[aw::explore_stage::uniform] == 1);                // four designs at a time
    CHECK(counts[aw::explore_stage::search] == 4);                 // the first generation and three more
    CHECK(counts[aw::explore_stage::test] >= result.front.size()); // one design at a time
}

TEST_CASE("The cheapest design within a loss") {
    const auto member = [](double energy, double loss) {
        aw::explored_design result;
        result.energy = energy;
        result.test_loss = loss;
        result.test_images = 100;
        return result;
    };
    const std::vector<aw::explored_design> front{member(0.9, 0), member(0.5, 0.005), member(0.7, -0.01),
                                                 member(0.3, 0.02)};
    CHECK(aw::cheapest_within(front, 0.5) == &front[1]); // the bound included
    CHECK(aw::cheapest_within(front, 0.4) == &front[2]);
    CHECK(aw::cheapest_within(front, 100) == &front[3]);
    CHECK(aw::cheapest_within(front, -1) == &front[2]);
    CHECK(aw::cheapest_within(front, -2) == nullptr);
    CHECK(aw::cheapest_within({}, 5) == nullptr);
    auto untested = front;
    for (auto& each : untested) {
        each.test_images = 0;
    }
    CHECK(aw::cheapest_within(untested, 100) == nullptr);
}

TEST_CASE("Of a long front an even selection is tested, useful designs first") {
    std::vector<aw::individual> front;
    for (int i = 0; i < 100; ++i) {
        front.push_back({{{i}, {}}, {{static_cast<double>(i), static_cast<double>(100 - i)}, 0, false}});
    }
    std::reverse(front.begin(), front.end());
    const auto places = [](const std::vector<aw::individual>& some) {
        std::vector<std::int64_t> result;
        for (const auto& each : some) {
            result.push_back(each.genes.integers.front());
        }
        return result;
    };
    CHECK(places(aw::detail::thinned(front, 4)) == std::vector<std::int64_t>{0, 33, 66, 99});
    CHECK(places(aw::detail::thinned(front, 1)) == std::vector<std::int64_t>{0});
    CHECK(aw::detail::thinned(front, 100).size() == 100);
    CHECK(aw::detail::thinned({}, 5).empty());
    const auto below = [](std::int64_t limit) {
        return [=](const aw::individual& each) { return each.genes.integers.front() < limit; };
    };
    CHECK(places(aw::detail::thinned(front, 3, below(50))) == std::vector<std::int64_t>{0, 24, 49});
    CHECK(places(aw::detail::thinned(front, 5, below(3))) == std::vector<std::int64_t>{0, 1, 2, 3, 99});
    CHECK(places(aw::detail::thinned(front, 2, below(0))) == std::vector<std::int64_t>{0, 99});
}

TEST_CASE("At most as many designs are tested as asked for, and at least one") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 2});
    const auto tested = [&](std::size_t most) {
        return aw::explore(problem, evaluator, task.test_images, task.uniform_images, aw::exhaustive{},
                           aw::serial_executor{}, [](const aw::explore_progress&) {}, {.front = most});
    };
    CHECK_THROWS_AS(tested(0), aw::value_error);
    CHECK(tested(1).front.size() == 1);
    CHECK(tested(2).front.size() <= 2);
    CHECK(tested(100).front.size() >= tested(2).front.size());
}

TEST_CASE("Uniform designs can be left out, the front is the same") {
    const tiny_task task;
    const auto evaluator = task.evaluator();
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 2});
    note last;
    const auto found = aw::explore(
        problem, evaluator, task.test_images, task.uniform_images, aw::exhaustive{}, aw::serial_executor{},
        [&](const aw::explore_progress& progress) { last = progress; }, {.uniform = false});
    std::vector<note> notes;
    const auto with =
        explore(task, aw::power_gated{.tiles = 2}, aw::exhaustive{}, aw::serial_executor{}, &notes);
    CHECK(found.uniform.empty());
    CHECK(last.all + with.uniform.size() == notes.back().all);
    REQUIRE(found.front.size() == with.front.size());
    for (std::size_t i = 0; i < with.front.size(); ++i) {
        CHECK(found.front[i].what.multipliers() == with.front[i].what.multipliers());
        CHECK(found.front[i].test_accuracy == with.front[i].test_accuracy);
        CHECK(found.front[i].layer_snr_db == with.front[i].layer_snr_db);
    }
    CHECK(found.hypervolume == with.hypervolume);
}

TEST_CASE("What is reported may be compensated in another way, from samples of its own") {
    const tiny_task task;
    const aw::coded_images more = aw::encode_images(task.net, task.images.view().rows(0, 40));
    const aw::compensation_data calibration(task.net, more, 400);
    auto mixed = task.evaluator(aw::channel_affine{});
    mixed.use_finally(aw::channel_affine{}, "more", &calibration);
    const aw::design_evaluator<aw::channel_affine> whole(task.net, task.parts, calibration,
                                                         aw::channel_affine{}, task.search_images);
    const auto few = task.evaluator(aw::channel_affine{});
    const aw::layer_choice chosen{3, 2, 3};
    const auto found = mixed.compute(chosen, task.test_images);
    CHECK(found.logit_errors == whole.compute(chosen, task.test_images).logit_errors);
    CHECK(found.logit_errors != few.compute(chosen, task.test_images).logit_errors);
    CHECK(mixed.measure(chosen).logit_errors ==
          few.measure(chosen).logit_errors); // the search's is as before
    CHECK(&mixed.final_images() == &mixed.images());
}

TEST_CASE("Whole designs may be judged by other results than those of the search") {
    const tiny_task task;
    auto nodes = task.net.nodes();
    for (auto& bias : std::get<aw::quantized_convolution>(nodes.back().what).bias) {
        bias -= 1;
    }
    const aw::network lower(std::move(nodes), "lower");
    const auto reference = [&](const aw::benchmark_images& images) {
        return aw::benchmark_images(lower, {images.codes(), images.labels()});
    };
    const aw::benchmark_images judged(task.net, task.search_images.codes(), reference(task.search_images));
    const aw::benchmark_images tested(task.net, task.test_images.codes(), reference(task.test_images));
    auto evaluator = task.evaluator(aw::channel_affine{});
    evaluator.use_finally(aw::channel_affine{}, "", nullptr, &judged);
    CHECK(&evaluator.final_images() == &judged);
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 2});
    const auto found =
        aw::explore(problem, evaluator, tested, tested, aw::nsga2{.population = 8, .generations = 2},
                    aw::serial_executor{}, [](const aw::explore_progress&) {});
    CHECK(found.exact_accuracy == tested.exact().accuracy());
    CHECK(found.exact_search_accuracy == judged.exact().accuracy());
    REQUIRE(!found.front.empty());
    for (const auto& member : found.front) {
        const auto multipliers = member.what.multipliers();
        CHECK(member.search_accuracy == evaluator.compute(multipliers, judged).accuracy());
        CHECK(member.logit_mse == Approx(evaluator.compute(multipliers, tested).logit_mse));
        CHECK(member.logit_mse > 0.5); // all results are one too large
    }
}
