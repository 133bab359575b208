// SPDX-License-Identifier: MIT
#include "task.hpp"

#include <alwann/compensation/channel_affine.hpp>
#include <alwann/core/job_queue.hpp>
#include <alwann/search/explore.hpp>
#include <alwann/search/nsga2.hpp>
#include <alwann/search/remote_evaluation.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using search_test::tiny_task;

namespace {

using evaluator_type = aw::design_evaluator<aw::channel_affine>;

/// Three ranks in one process, asked in turn. The messages are those that would go over a network.
class pretended_ranks {
public:
    static constexpr int count = 3;
    std::size_t elsewhere = 0;

    [[nodiscard]] static int size() { return count; }
    void serve(const std::function<aw::byte_vector(const aw::byte_vector&)>& work) {
        answers_.push_back(work);
    }
    void run(std::size_t jobs, const std::function<aw::byte_vector(std::size_t, int)>& message,
             const std::function<void(std::size_t)>& local,
             const std::function<void(std::size_t, const aw::byte_vector&)>& done) {
        run(std::vector<std::size_t>(jobs), message, local, done);
    }
    void run(std::span<const std::size_t> groups,
             const std::function<aw::byte_vector(std::size_t, int)>& message,
             const std::function<void(std::size_t)>& local,
             const std::function<void(std::size_t, const aw::byte_vector&)>& done) {
        aw::job_queue waiting(groups, count);
        for (std::size_t left = groups.size(); left > 0; --left) {
            const std::size_t rank = next_++ % count;
            const auto job = waiting.take(rank).value();
            if (rank == 0) {
                local(job);
            } else {
                ++elsewhere;
                done(job, answers_.at(rank - 1)(message(job, static_cast<int>(rank))));
            }
        }
    }

private:
    std::vector<std::function<aw::byte_vector(const aw::byte_vector&)>> answers_;
    std::size_t next_ = 0;
};

using remote_type = aw::remote_evaluation<evaluator_type, pretended_ranks>;

/// What rank 0 and the two others have.
struct three_ranks {
    explicit three_ranks(const tiny_task& task, aw::evaluator_options options = {})
        : sets{&task.search_images, &task.test_images},
          first(task.net, task.parts, task.calibration, aw::channel_affine{}, task.search_images,
                {.memory = options.memory, .block = 10}),
          second(task.net, task.parts, task.calibration, aw::channel_affine{}, task.search_images,
                 {.memory = options.memory, .block = 10}),
          root(task.net, task.parts, task.calibration, aw::channel_affine{}, task.search_images,
               with_runner(std::move(options))) {
        remote_type::serve(first, ranks, sets);
        remote_type::serve(second, ranks, sets);
        remote.attach(root, sets);
    }
    aw::evaluator_options with_runner(aw::evaluator_options options) {
        options.block = 10;
        options.runner = remote.runner();
        return options;
    }

    remote_type::image_sets sets;
    pretended_ranks ranks;
    remote_type remote{ranks};
    evaluator_type first, second, root;
};

aw::exploration explore(const tiny_task& task, const evaluator_type& evaluator) {
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 2});
    return aw::explore(problem, evaluator, task.test_images, task.uniform_images,
                       aw::nsga2{.population = 10, .generations = 4, .seed = 5}, aw::serial_executor{},
                       [](const aw::explore_progress&) {});
}

} // namespace

TEST_CASE("A search whose work is spread over ranks finds what a search alone finds") {
    const tiny_task task;
    const auto alone = explore(task, task.evaluator(aw::channel_affine{}));
    const three_ranks spread(task);
    const auto found = explore(task, spread.root);
    CHECK(spread.ranks.elsewhere > 0);
    REQUIRE(found.front.size() == alone.front.size());
    for (std::size_t i = 0; i < found.front.size(); ++i) {
        CHECK(found.front[i].what.multipliers() == alone.front[i].what.multipliers());
        CHECK(found.front[i].search_accuracy == alone.front[i].search_accuracy);
        CHECK(found.front[i].test_accuracy == alone.front[i].test_accuracy);
        CHECK(found.front[i].logit_mse == alone.front[i].logit_mse);
        CHECK(found.front[i].layer_snr_db == alone.front[i].layer_snr_db);
    }
    REQUIRE(found.uniform.size() == alone.uniform.size());
    for (std::size_t i = 0; i < found.uniform.size(); ++i) {
        CHECK(found.uniform[i].test_accuracy == alone.uniform[i].test_accuracy);
        CHECK(found.uniform[i].logit_mse == alone.uniform[i].logit_mse);
    }
}

TEST_CASE("Ranks keep activations of the images that they work on") {
    const tiny_task task;
    std::vector<aw::layer_choice> designs;
    for (std::size_t i = 0; i < 64; ++i) {
        designs.push_back({i / 16, i / 4 % 4, i % 4});
    }
    const auto emulated = [&](std::size_t memory) {
        const three_ranks spread(task, {.memory = memory});
        for (std::size_t turn = 0; turn < 4; ++turn) { // designs with one first layer come far apart
            std::vector<aw::layer_choice> part;
            for (std::size_t i = turn; i < designs.size(); i += 4) {
                part.push_back(designs[i]);
            }
            const auto found =
                spread.root.measure_all(std::span<const aw::layer_choice>(part), aw::serial_executor{});
            const auto alone = task.evaluator(aw::channel_affine{});
            for (std::size_t i = 0; i < part.size(); ++i) {
                REQUIRE(found[i].logit_errors == alone.measure(part[i]).logit_errors);
            }
        }
        const auto counts = spread.root.counts();
        CHECK(counts.emulated + counts.saved_by_prefixes == 64 * 40 * spread.root.image_products());
        return counts.emulated;
    };
    CHECK(emulated(std::size_t{1} << 30) < 0.8 * emulated(0));
}

TEST_CASE("Designs on images that other ranks have are theirs to measure, others stay here") {
    const tiny_task task;
    const three_ranks spread(task);
    std::vector<aw::design_job> jobs;
    for (std::size_t part = 0; part < 4; ++part) {
        jobs.push_back({{part, 0, part}, {&task.test_images}, part == 1});
    }
    jobs.push_back({{1, 1, 1}, {&task.test_images, &task.uniform_images}}); // one set is not in the list
    spread.root.compute_all(jobs, aw::serial_executor{});
    CHECK(spread.ranks.elsewhere == 2); // of the first four, the second and the third
    const auto alone = task.evaluator(aw::channel_affine{});
    for (const auto& job : jobs) {
        CHECK(job.complete());
        for (std::size_t i = 0; i < job.images.size(); ++i) {
            CHECK(job.found[i].hits == alone.compute(job.multipliers, *job.images[i]).hits);
        }
    }
    CHECK(jobs[1].layer_snr_db.size() == 3);
    CHECK(jobs[0].layer_snr_db.empty());
}

TEST_CASE("Designs measured elsewhere are in the archive when they are done, also if the rest is not") {
    const tiny_task task;
    aw::memory_archive archive;
    int left = 3;
    const three_ranks stopping(task, {.archive = &archive, .interrupted = [&left] { return --left < 0; }});
    std::vector<aw::design_job> jobs;
    for (std::size_t part = 0; part < 4; ++part) {
        jobs.push_back({{part, part, 0}, {&task.test_images}});
    }
    CHECK_THROWS_AS(stopping.root.compute_all(jobs, aw::serial_executor{}), aw::interrupted_error);
    CHECK(archive.size() == 3);
    CHECK(jobs[2].complete());
    CHECK_FALSE(jobs[3].complete());
    CHECK(stopping.root.counts().emulated ==
          3 * stopping.root.image_products() * static_cast<double>(task.test_images.size()));

    const three_ranks again(task, {.archive = &archive});
    for (auto& job : jobs) {
        job.found.clear();
    }
    again.root.compute_all(jobs, aw::serial_executor{});
    CHECK(again.root.counts().emulated ==
          again.root.image_products() * static_cast<double>(task.test_images.size())); // of the fourth
    CHECK(archive.size() == 4);
}
