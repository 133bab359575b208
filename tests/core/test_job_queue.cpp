// SPDX-License-Identifier: MIT
#include <alwann/core/job_queue.hpp>
#include <alwann/core/random.hpp>

#include <algorithm>
#include <cstddef>
#include <set>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

TEST_CASE("A job queue hands out each job once, whoever asks") {
    aw::random_generator random(5);
    const auto below = [&random](std::size_t bound) { // any of 0 .. bound - 1
        return static_cast<std::size_t>(aw::uniform_below(random, bound));
    };
    for (int turn = 0; turn < 200; ++turn) {
        const std::size_t workers = 1 + below(6);
        std::vector<std::size_t> groups(below(40));
        for (auto& group : groups) {
            group = below(9);
        }
        aw::job_queue queue(groups, workers);
        std::set<std::size_t> taken;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            const auto job = queue.take(below(workers));
            REQUIRE(job.has_value());
            CHECK(*job < groups.size());
            CHECK(taken.insert(*job).second);
        }
        for (std::size_t worker = 0; worker < workers; ++worker) {
            CHECK_FALSE(queue.take(worker).has_value());
        }
    }
}

TEST_CASE("Workers of equal speed keep to their own groups of jobs") {
    for (const std::size_t workers : {1u, 2u, 4u}) {
        std::vector<std::size_t> groups; // three jobs on each of eight blocks
        for (std::size_t job = 0; job < 24; ++job) {
            groups.push_back(job % 8);
        }
        aw::job_queue queue(groups, workers);
        std::vector<std::set<std::size_t>> met(workers);
        std::vector<std::vector<std::size_t>> taken(workers);
        for (std::size_t i = 0; i < groups.size(); ++i) {
            const std::size_t job = queue.take(i % workers).value();
            met[i % workers].insert(groups[job]);
            taken[i % workers].push_back(job);
        }
        for (std::size_t worker = 0; worker < workers; ++worker) {
            CHECK(met[worker].size() == 8 / workers);
            CHECK(std::is_sorted(taken[worker].begin(), taken[worker].end()));
        }
    }
}

TEST_CASE("Who is done helps the one that has most left") {
    const std::vector<std::size_t> groups{0, 1, 2, 0, 0, 0, 2, 2}; // 4, 1 and 3 jobs
    aw::job_queue queue(groups, 3);
    CHECK(queue.take(1) == 1u);
    CHECK(queue.take(1) == 5u); // the last one of group 0
    CHECK(queue.take(0) == 0u);
    CHECK(queue.take(1) == 7u); // now group 2 has most
    CHECK(queue.take(2) == 2u);
    CHECK(queue.take(2) == 6u);
    CHECK(queue.take(2) == 4u);
    CHECK(queue.take(0) == 3u);
}

TEST_CASE("One group of jobs is shared in its order") {
    aw::job_queue queue(std::vector<std::size_t>(5, 7), 3);
    for (std::size_t job = 0; job < 5; ++job) {
        CHECK(queue.take(job % 3) == job);
    }
}
