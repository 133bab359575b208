// SPDX-License-Identifier: MIT
#include "problems.hpp"
#include "task.hpp"

#include <alwann/compensation/channel_affine.hpp>
#include <alwann/compensation/default_compensation.hpp>
#include <alwann/search/assignment.hpp>
#include <alwann/search/disjoint.hpp>
#include <alwann/search/exhaustive.hpp>
#include <alwann/search/guided.hpp>
#include <alwann/search/image_stages.hpp>
#include <alwann/search/statistics.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using search_test::thread_executor;
using search_test::tiny_task;

namespace {

using affine = aw::composed_compensation<aw::weight_tuning, aw::channel_affine>;
using evaluator = aw::design_evaluator<affine>;

evaluator make(const tiny_task& task, aw::evaluator_options options) {
    return {task.net, task.parts, task.calibration, affine{}, task.search_images, std::move(options)};
}

std::vector<aw::layer_choice> all_designs() {
    std::vector<aw::layer_choice> designs;
    for (std::size_t a = 0; a < 4; ++a) {
        for (std::size_t b = 0; b < 4; ++b) {
            for (std::size_t c = 0; c < 4; ++c) {
                designs.push_back({a, b, c});
            }
        }
    }
    return designs;
}

bool same(const aw::measurement& a, const aw::measurement& b) {
    return a.hits == b.hits && a.logit_errors == b.logit_errors && a.correct == b.correct &&
           a.logit_mse == b.logit_mse;
}

constexpr double image_products = 36 * 18 * 4 + 9 * 36 * 6 + 9 * 6 * 6;

// Notes how many tasks it is given at a time.
struct counting_executor {
    std::vector<std::size_t>& tasks;
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        tasks.push_back(count);
        for (std::size_t i = 0; i < count; ++i) {
            task(i);
        }
    }
    std::size_t concurrency() const { return 4; }
};

} // namespace

TEST_CASE("A design is put together from layers compensated alone") {
    const tiny_task task;
    const auto found = make(task, {}).measure({1, 3, 2});
    aw::design_setting by_hand;
    for (const auto& [layer, part] : {std::pair{0u, 1u}, {1u, 3u}, {2u, 2u}}) {
        // Alone: the calibration run of a design in which all other tables are exact.
        std::vector<aw::table> tables(3, task.parts[0].products);
        tables[layer] = task.parts[part].products;
        by_hand.push_back(task.calibration.compensate(tables, affine{})[layer]);
    }
    const auto expected = task.search_images.measure(by_hand);
    CHECK(same(found, expected));
    CHECK(found.logit_mse > 0);
}

TEST_CASE("Neither memory, blocks nor threads change a measurement") {
    const tiny_task task;
    const auto designs = all_designs();
    const auto plain = make(task, {.memory = 0}); // 40 images: one block
    const auto expected =
        plain.measure_all(std::span<const aw::layer_choice>(designs), aw::serial_executor{});
    for (const std::size_t memory : {std::size_t{0}, std::size_t{4000}, std::size_t{1} << 30}) {
        const auto kept = make(task, {.memory = memory, .block = 7});
        // In halves, so that the second one can find what the first one kept.
        for (const auto& half : {std::span(designs).first(32), std::span(designs).last(32)}) {
            const auto found = kept.measure_all(std::span<const aw::layer_choice>(half), thread_executor{});
            for (std::size_t i = 0; i < half.size(); ++i) {
                REQUIRE(same(found[i], expected[static_cast<std::size_t>(half.data() - designs.data()) + i]));
            }
        }
        const auto counts = kept.counts();
        CHECK(counts.emulated + counts.saved_by_prefixes == 64 * 40 * image_products);
        CHECK(counts.saved_by_prefixes > 0);
        CHECK(kept.measured() == 64);
    }
}

TEST_CASE("Kept activations save more than neighbours do, and the same with any executor") {
    const tiny_task task;
    const auto designs = all_designs();
    const auto emulated = [&](std::size_t memory, const auto& workers) {
        const auto kept = make(task, {.memory = memory, .block = 7});
        for (std::size_t turn = 0; turn < 4; ++turn) { // designs with one first layer come far apart
            std::vector<aw::layer_choice> part;
            for (std::size_t i = turn; i < designs.size(); i += 4) {
                part.push_back(designs[i]);
            }
            (void)kept.measure_all(std::span<const aw::layer_choice>(part), workers);
        }
        return kept.counts().emulated;
    };
    const double without = emulated(0, aw::serial_executor{});
    const double with = emulated(std::size_t{1} << 30, aw::serial_executor{});
    CHECK(with < 0.8 * without);
    CHECK(emulated(4000, aw::serial_executor{}) <= without);
    CHECK(emulated(std::size_t{1} << 30, thread_executor{}) == with);
    CHECK(emulated(4000, thread_executor{}) == emulated(4000, aw::serial_executor{}));
}

TEST_CASE("Few designs on one block of images are work for all, settings first") {
    const tiny_task task;
    const auto designs = all_designs();
    const auto kept = make(task, {.block = 40});
    std::vector<std::size_t> tasks;
    const counting_executor workers{tasks};
    (void)kept.measure_all(std::span(designs).first(8), workers);
    // The eight have one first, two second and four third layers between them.
    CHECK(tasks == std::vector<std::size_t>{7, 8});
    tasks.clear();
    (void)kept.measure_all(std::span(designs).first(8), workers);
    CHECK(tasks.empty());
}

TEST_CASE("Whole designs are told of one by one, those that were known first") {
    const tiny_task task;
    aw::memory_archive archive;
    const auto designs = all_designs();
    const auto told = [&](std::size_t count) {
        const auto measured = make(task, {.archive = &archive});
        std::vector<aw::design_job> jobs;
        for (const auto& design : std::span(designs).first(count)) {
            jobs.push_back({design, {&task.test_images}});
        }
        std::vector<std::size_t> seen; // not guarded: one call at a time is promised
        measured.compute_all(jobs, thread_executor{},
                             [&](std::size_t complete) { seen.push_back(complete); });
        CHECK(std::all_of(jobs.begin(), jobs.end(), [](const auto& job) { return job.complete(); }));
        return seen;
    };
    CHECK(told(5) == std::vector<std::size_t>{1, 2, 3, 4, 5});
    CHECK(told(8) == std::vector<std::size_t>{6, 7, 8}); // five are in the archive
    CHECK(told(8).empty());
}

TEST_CASE("Images come in stages only where a design may be dropped") {
    const tiny_task task;
    const auto designs = all_designs();
    const aw::measurement exact = make(task, {}).measure({0, 0, 0});
    const auto tasks_of = [&](const aw::measurement* rival, double level) {
        std::vector<aw::design_request> requests;
        for (const auto& design : std::span(designs).first(8)) {
            requests.push_back({design, rival});
        }
        std::vector<std::size_t> tasks;
        const auto found =
            make(task, {.drop_level = level, .block = 10})
                .measure_all(std::span<const aw::design_request>(requests), counting_executor{tasks});
        CHECK(same(found.front(), exact));
        return tasks;
    };
    const std::vector<std::size_t> at_once{7, 16}; // settings; pairs of designs on four blocks
    CHECK(tasks_of(nullptr, 0.01) == at_once);
    CHECK(tasks_of(&exact, 0) == at_once);
    auto staged = tasks_of(&exact, 1e-9); // of 10, 10 and 20 images; no settings are made for the later ones
    std::erase(staged, 0u);
    CHECK(staged == std::vector<std::size_t>{7, 8, 8, 16});
}

TEST_CASE("A search that is told to stop makes no more settings") {
    const tiny_task task;
    const auto designs = all_designs();
    std::size_t asked = 0;
    const auto stopped = make(task, {.interrupted = [&asked] { return ++asked == 3; }});
    CHECK_THROWS_AS(stopped.measure_all(std::span(designs).first(8), aw::serial_executor{}),
                    aw::interrupted_error);
    std::size_t made = 0;
    for (std::size_t layer = 0; layer < 3; ++layer) {
        for (std::size_t part = 0; part < task.parts.size(); ++part) {
            made += stopped.settings().load(layer, part) ? 1u : 0u;
        }
    }
    CHECK(made == 2);
    CHECK(stopped.measured() == 0);
}

TEST_CASE("A design is dropped when a rival is better beyond doubt, and only then") {
    const tiny_task task;
    const aw::benchmark_images images{task.net, task.with_labels(0, 70)};
    const auto make_on_all = [&](double level) {
        return evaluator{task.net, task.parts, task.calibration,
                         affine{}, images,     {.drop_level = level, .block = 10}};
    };
    const auto full = make_on_all(0);
    const auto exact = full.measure({0, 0, 0});
    const auto dropping = make_on_all(0.3);
    std::vector<aw::design_request> requests;
    for (const auto& design : all_designs()) {
        requests.push_back({design, &exact});
    }
    const auto found = dropping.measure_all(std::span<const aw::design_request>(requests), thread_executor{});
    std::size_t dropped = 0;
    aw::layer_choice last;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto all = full.measure(requests[i].multipliers);
        CHECK(same(found[i], all.first(found[i].images())));
        if (found[i].images() < 70) {
            ++dropped;
            last = requests[i].multipliers;
            CHECK(aw::surely_worse(found[i], exact, 0.3 / 3));
        } else {
            CHECK_FALSE(aw::surely_worse(all.first(40), exact, 0.3 / 3));
        }
    }
    REQUIRE(dropped > 0);
    CHECK(dropped < found.size());
    CHECK(dropping.counts().dropped == dropped);
    CHECK(dropping.counts().saved_by_drops > 0);
    CHECK(dropping.counts().emulated + dropping.counts().saved_by_prefixes +
              dropping.counts().saved_by_drops ==
          64 * 70 * image_products);
    // One that was dropped is still measured in full for those who ask, and then known in full.
    CHECK(same(dropping.measure(last), full.measure(last)));

    // In a search: marked, and never on the front.
    const auto searching = make_on_all(0.3);
    const aw::assignment problem(searching, aw::power_gated{.tiles = 2});
    const auto result = aw::exhaustive{.batch = 16}.minimise(problem, thread_executor{});
    CHECK(searching.counts().dropped > 0);
    CHECK(std::any_of(result.evaluated.begin(), result.evaluated.end(),
                      [](const aw::individual& each) { return each.value.dropped; }));
    CHECK(result.front == aw::pareto_front(result.evaluated));
    for (const auto& member : result.front) {
        CHECK_FALSE(member.value.dropped);
        CHECK(member.value.objectives[0] ==
              1 - full.measure(problem.decode(member.genes).multipliers()).accuracy());
    }
}

TEST_CASE("A design that is asked for twice is dropped only if all of its rivals beat it") {
    const tiny_task task;
    const aw::benchmark_images images{task.net, task.with_labels(0, 70)};
    const evaluator alone{task.net, task.parts, task.calibration,
                          affine{}, images,     {.drop_level = 0, .block = 10}};
    const auto exact = alone.measure({0, 0, 0});
    const auto dropped_by_exact = [&](const aw::layer_choice& design) {
        const evaluator one{task.net, task.parts, task.calibration,
                            affine{}, images,     {.drop_level = 0.3, .block = 10}};
        const aw::design_request request{design, &exact};
        return one.measure_all(std::span<const aw::design_request>(&request, 1), thread_executor{})
                   .front()
                   .images() < images.size();
    };
    const auto designs = all_designs();
    const auto found = std::find_if(designs.begin(), designs.end(), dropped_by_exact);
    REQUIRE(found != designs.end());
    const auto itself = alone.measure(*found); // a rival that does not beat it
    for (const bool better_first : {false, true}) {
        const evaluator both{task.net, task.parts, task.calibration,
                             affine{}, images,     {.drop_level = 0.3, .block = 10}};
        const std::vector<aw::design_request> requests{{*found, better_first ? &exact : &itself},
                                                       {*found, better_first ? &itself : &exact}};
        for (const auto& each :
             both.measure_all(std::span<const aw::design_request>(requests), thread_executor{})) {
            CHECK(each.images() == images.size());
        }
    }
    const auto part = exact.first(10);
    const aw::design_request short_rival{*found, &part};
    CHECK_THROWS_AS(
        alone.measure_all(std::span<const aw::design_request>(&short_rival, 1), thread_executor{}),
        aw::shape_error);
}

TEST_CASE("Blocks of any size, and probabilities of a wrong drop that are none") {
    const tiny_task task;
    const auto whole = make(task, {.block = std::numeric_limits<std::size_t>::max()});
    CHECK(same(whole.measure({1, 2, 3}), make(task, {.block = 5}).measure({1, 2, 3})));
    for (const double level : {-0.1, 0.6, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_THROWS_WITH(make(task, {.drop_level = level}), contains("drop_level"));
    }
    for (const double level : {0.5, 1e-17}) {
        auto measured = make(task, {.drop_level = level, .block = 5});
        const aw::assignment problem(measured, aw::power_gated{.tiles = 2});
        CHECK_NOTHROW(aw::exhaustive{.batch = 16}.minimise(problem, aw::serial_executor{}));
    }
}

TEST_CASE("Looking a known design up is no request for it") {
    const tiny_task task;
    const auto measured = make(task, {});
    const auto first = measured.measure({1, 2, 3});
    const auto before = measured.counts();
    CHECK(same(measured.measure({1, 2, 3}), first));
    CHECK(measured.counts().requested == before.requested);
    CHECK(measured.counts().saved_by_known == before.saved_by_known);
}

TEST_CASE("An archive tells compensations with other parameters apart, and keeps the noise of layers") {
    const tiny_task task;
    aw::memory_archive archive;
    const auto logit_mse = [&](aw::search_archive* where, double budget) {
        const aw::design_evaluator measured{task.net,           task.parts,
                                            task.calibration,   aw::default_compensation{budget},
                                            task.search_images, {.archive = where}};
        return measured.measure({1, 2, 3}).logit_mse;
    };
    for (const double budget : {600.0, 0.0, 600.0}) {
        CHECK(logit_mse(&archive, budget) == logit_mse(nullptr, budget));
    }
    CHECK(aw::table_coordinate_descent{.reach = 3}.name() != aw::table_coordinate_descent{}.name());
    CHECK(aw::channel_ls3{.largest_gain = 3}.name() != aw::channel_ls3{}.name());
    CHECK(aw::channel_affine{.smallest_gain = 1}.name() != aw::channel_affine{}.name());
    CHECK(aw::default_compensation{0.25}.name() == "default:0.25");

    const auto job_of = [&](std::size_t& computed) {
        const auto measured = make(task, {.archive = &archive});
        aw::design_job job{{1, 2, 3}, {&task.test_images}, true};
        computed = 0;
        std::vector<std::size_t> seen;
        measured.compute_all(std::span<aw::design_job>(&job, 1), aw::serial_executor{},
                             [&](std::size_t) { ++computed; });
        return job;
    };
    std::size_t computed = 0;
    const auto first = job_of(computed);
    CHECK(computed == 1);
    const auto again = job_of(computed);
    CHECK(computed == 0);
    CHECK(again.layer_snr_db.size() == 3);
    CHECK(again.layer_snr_db == first.layer_snr_db);
}

TEST_CASE("The probability of a wrong drop is what it says") {
    // Two designs that are equally good: pairs of independent coins. Dropping at any of three looks.
    aw::random_generator random(5);
    std::size_t wrong = 0;
    const std::size_t trials = 2000;
    for (std::size_t trial = 0; trial < trials; ++trial) {
        aw::measurement a, b;
        for (int i = 0; i < 400; ++i) {
            const bool easy = aw::chance(random, 0.8); // both right, as for most images
            for (auto* each : {&a, &b}) {
                each->hits.push_back(easy || aw::chance(random, 0.5));
                each->logit_errors.push_back(0);
            }
        }
        bool out = false;
        for (const std::size_t end : {50u, 100u, 200u}) {
            out = out || aw::surely_worse(a.first(end), b, 0.05 / 3);
        }
        wrong += out ? 1 : 0;
    }
    CHECK(static_cast<double>(wrong) / static_cast<double>(trials) < 0.05);
    CHECK(wrong > 0); // the test would not notice a rule that never drops
}

TEST_CASE("What an archive knows is not measured again, and changes nothing") {
    const tiny_task task;
    aw::memory_archive archive;
    const auto run = [&](aw::search_archive* where, double level, std::size_t block,
                         aw::evaluation_counts& counts) {
        auto measured = make(task, {.drop_level = level, .block = block, .archive = where});
        const aw::assignment problem(measured, aw::power_gated{.tiles = 2});
        const auto found = aw::guided_search{.evaluations = 60, .population = 10, .seed = 3}.minimise(
            problem, aw::serial_executor{});
        counts = measured.counts();
        return found;
    };
    aw::evaluation_counts alone, first, second, other;
    const auto expected = run(nullptr, 0.01, 5, alone);
    const auto fresh = run(&archive, 0.01, 5, first);
    const auto again = run(&archive, 0.01, 5, second);
    CHECK(fresh.evaluated == expected.evaluated);
    CHECK(again.evaluated == expected.evaluated);
    CHECK(again.front == expected.front);
    CHECK(first.emulated == alone.emulated);
    CHECK(second.emulated == 0);
    CHECK(second.saved_by_archive > 0);
    // Other settings: only what is new is paid for.
    const auto full = run(&archive, 0, 5, other);
    aw::evaluation_counts full_alone;
    CHECK(full.evaluated == run(nullptr, 0, 5, full_alone).evaluated);
    CHECK(other.emulated < full_alone.emulated);
    // And now more is known than the first run asked for: it must come out the same.
    CHECK(run(&archive, 0.01, 5, second).evaluated == expected.evaluated);
    CHECK(run(&archive, 0.01, 7, second).front.size() > 0); // blocks of another size
}

TEST_CASE("A measurement that is told to stop keeps what it has") {
    const tiny_task task;
    aw::memory_archive archive;
    const auto stopping = make(
        task, {.block = 5, .archive = &archive, .interrupted = [&archive] { return archive.size() > 0; }});
    const auto designs = all_designs();
    CHECK_THROWS_AS(stopping.measure_all(std::span<const aw::layer_choice>(designs), aw::serial_executor{}),
                    aw::interrupted_error);
    CHECK(archive.size() > 0);
    CHECK(archive.size() < 64);
}

TEST_CASE("Samples say how much each layer alone does, and what a design will do") {
    const tiny_task task;
    const auto measured = make(task, {.block = 5});
    const aw::assignment problem(measured, aw::power_gated{.tiles = 3});
    const auto model = problem.layered(aw::serial_executor{});
    REQUIRE(model.has_value());
    CHECK(model->kinds == 3);
    CHECK_FALSE(model->contiguous);
    CHECK(model->spent > 0);
    CHECK(measured.measured() == 0);
    CHECK(problem.layered(aw::serial_executor{}, model->spent).has_value());
    CHECK_FALSE(problem.layered(aw::serial_executor{}, 0.99 * model->spent).has_value());
    CHECK(model->saturation == 0); // shares of images have a scale of their own, squared errors have not
    const aw::assignment smooth(measured, aw::power_gated{.tiles = 3}, aw::mac_count::executed,
                                {.objectives = {aw::objective::logit_error, aw::objective::energy}});
    CHECK(smooth.layered(aw::serial_executor{})->saturation == task.search_images.logit_variance());
    CHECK(measured.sample_size() == 5);
    std::vector<double> predicted, found;
    for (const auto& design : all_designs()) {
        double loss = 0, cost = 0;
        for (std::size_t l = 0; l < 3; ++l) {
            loss += model->losses[l][design[l]];
            cost += model->costs[l][design[l]];
        }
        CHECK(cost == Approx(problem.energy(design)));
        predicted.push_back(loss);
        found.push_back(measured.measure(design).logit_mse);
        CHECK(problem.choices(problem.assemble(design)) == design);
    }
    CHECK(model->losses[0][0] == 0); // the exact multiplier
    CHECK(aw::spearman(predicted, found) > 0.8);
}

TEST_CASE("Goals: every objective and every limit") {
    const tiny_task task;
    const auto measured = make(task, {});
    aw::search_goals goals;
    goals.objectives.clear();
    for (const auto& [what, name] : aw::objective_names) {
        CHECK(aw::objective_from_string(name) == what);
        CHECK(aw::to_string(what) == name);
        goals.objectives.push_back(what);
    }
    CHECK_THROWS_AS(aw::objective_from_string("speed"), aw::name_error);
    const aw::assignment problem(measured, aw::pipelined{.tiles = 2}, aw::mac_count::executed, goals);
    const aw::design what{{0, 1}, {0, 0, 1}};
    const auto value = problem.evaluate(problem.encode(what));
    const double area = task.parts[1].price.area_um2 / task.parts[0].price.area_um2;
    const double busiest = (36 * 18 * 4 + 9 * 36 * 6) / image_products;
    CHECK(value.objectives[0] == Approx(1 - measured.measure({0, 0, 1}).accuracy()));
    CHECK(value.objectives[1] == Approx(measured.measure({0, 0, 1}).logit_mse));
    CHECK(value.objectives[2] == Approx(problem.energy({0, 0, 1})));
    CHECK(value.objectives[3] == Approx((1 + area) / 2));
    CHECK(value.objectives[4] == Approx(2 * busiest));
    CHECK(value.objectives[5] == Approx(busiest));
    CHECK(value.objectives[6] == 2);
    CHECK(problem.reference().size() == 7);

    const std::size_t before = measured.measured();
    const aw::assignment limited(measured, aw::pipelined{.tiles = 2}, aw::mac_count::executed,
                                 {.limits = {{aw::objective::interval, 0.5}, {aw::objective::energy, 0.4}}});
    const auto excess = limited.evaluate(problem.encode({{3, 1}, {0, 0, 1}}));
    CHECK(excess.violation >= Approx((busiest - 0.5) / 0.5));
    CHECK(measured.measured() == before); // not worth measuring
    CHECK_THROWS_AS(
        (aw::assignment(measured, aw::power_gated{2}, aw::mac_count::executed, {.objectives = {}})),
        aw::value_error);
    CHECK_THROWS_AS((aw::assignment(measured, aw::power_gated{2}, aw::mac_count::executed,
                                    {.objectives = {aw::objective::loss, aw::objective::loss}})),
                    aw::value_error);
}

TEST_CASE("Images that are in two sets are found") {
    const tiny_task task;
    const auto& images = task.search_images.codes();
    CHECK(aw::shared_images(images, task.test_images.codes()) == 0);
    CHECK(aw::shared_images(images, images) == 40);
    CHECK(aw::require_disjoint(images, task.test_images.codes(), "search", "test") == 0);
    CHECK_THROWS_WITH(aw::require_disjoint(images, images, "search", "test"),
                      contains("40 of the 40 test images are also search images"));
}
