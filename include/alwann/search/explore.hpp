// SPDX-License-Identifier: MIT
/// @file
/// The whole method: uniform designs, search, and the front measured again on images that chose nothing.
#pragma once

#include <alwann/search/assignment.hpp>
#include <alwann/search/hypervolume.hpp>
#include <alwann/search/statistics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A design with all that was measured of it.
struct explored_design {
    design what;
    double energy = 1;        ///< relative, executed multiplications
    double paper_energy = 1;  ///< relative, multiplications counted as in the paper
    double area_um2 = 0;      ///< of one multiplier per tile
    std::uint64_t cycles = 0; ///< multiplications between two images, the inverse throughput
    double search_accuracy = 0;
    double test_accuracy = 0;
    confidence_interval test_interval; ///< of the accuracy, 95 % (Wilson)
    double test_loss = 0;              ///< accuracy of the exact 8-bit network minus this one's, same images
    confidence_interval loss_interval; ///< of the loss, 95 % (paired)
    double logit_mse = 0;              ///< on the test images
    std::size_t test_images = 0;       ///< how many
};

/// The result of explore().
struct exploration {
    std::vector<explored_design> front;   ///< by energy, highest first; selected on the search images alone
    std::vector<explored_design> uniform; ///< one multiplier everywhere, in the library's order
    double exact_search_accuracy = 0;     ///< 8-bit exact network, search images
    double exact_accuracy = 0;            ///< 8-bit exact network, test images
    confidence_interval exact_interval;
    std::size_t search_images = 0;
    std::size_t test_images = 0;
    std::size_t evaluations = 0; ///< different designs measured on the search images
    double hypervolume = 0;      ///< of the front on the search images, up to energy 1 and accuracy 0.1
    double emulated_products = 0;
};

/// What explore() is doing, for progress displays.
enum class explore_stage { uniform, search, test };

/// Where the hypervolume of (error, relative energy) is measured to.
inline const std::vector<double> hypervolume_reference = {0.9, 1.0};

namespace detail {

template <architecture Architecture, compensation Compensation>
explored_design describe(const assignment<Architecture, Compensation>& problem,
                         const design_evaluator<Compensation>& evaluator, const design& what,
                         const measurement& search, const measurement& test, const measurement& exact) {
    const auto multipliers = what.multipliers();
    const auto loss = paired_difference(count_pairs(exact.hits, test.hits));
    explored_design result;
    result.what = what;
    result.energy = relative_energy(multipliers, macs_of(evaluator.target()), evaluator.parts());
    result.paper_energy =
        relative_energy(multipliers, macs_of(evaluator.target(), mac_count::paper), evaluator.parts());
    result.area_um2 = tile_area(what.tiles, evaluator.parts());
    result.cycles = problem.accelerator().cycles(what.mapping, macs_of(evaluator.target()));
    result.search_accuracy = search.accuracy();
    result.test_accuracy = test.accuracy();
    result.test_interval = wilson(test.correct, test.images());
    result.test_loss = loss.difference;
    result.loss_interval = loss.interval;
    result.logit_mse = test.logit_mse;
    result.test_images = test.images();
    return result;
}

} // namespace detail

/// Searches the front of an assignment problem and measures it on test images. The uniform designs, which are
/// there for comparison, are measured on `uniform_images`: the same, or fewer where time matters.
///
/// `observe(stage, done, all, evaluations)` is called on this thread now and then. The front is that of all
/// designs evaluated, uniform ones included, on the search images; the test images choose nothing.
template <architecture Architecture, compensation Compensation, optimizer Optimizer, executor Executor,
          class Observer>
[[nodiscard]] exploration explore(const assignment<Architecture, Compensation>& problem,
                                  const design_evaluator<Compensation>& evaluator,
                                  const benchmark_images& test_images, const benchmark_images& uniform_images,
                                  const Optimizer& optimizer, const Executor& workers, Observer&& observe) {
    exploration result;
    const std::size_t parts = evaluator.parts().size();
    const std::size_t step = std::max<std::size_t>(1, workers.concurrency());

    // Uniform designs first: the comparison everyone asks for, and the search starts from them.
    std::vector<individual> candidates;
    for (std::size_t begin = 0; begin < parts; begin += step) {
        observe(explore_stage::uniform, begin, parts, evaluator.measured());
        std::vector<genome> genes;
        for (std::size_t i = begin; i < std::min(parts, begin + step); ++i) {
            genes.push_back(problem.encode(problem.uniform(i)));
        }
        const auto values = problem.evaluate_all(std::span<const genome>(genes), workers);
        for (std::size_t i = 0; i < genes.size(); ++i) {
            candidates.push_back({genes[i], values[i]});
        }
    }
    const auto found = optimizer.minimise(problem, workers, [&](const search_progress& progress) {
        observe(explore_stage::search, progress.generation, progress.generations, evaluator.measured());
    });
    candidates.insert(candidates.end(), found.evaluated.begin(), found.evaluated.end());
    const auto front = pareto_front(candidates);
    result.hypervolume = hypervolume(front, hypervolume_reference);
    result.evaluations = evaluator.measured();

    // Everything that is reported is measured again on images that had no part in choosing it.
    struct job {
        design what;
        const benchmark_images* images;
        measurement found = {};
    };
    std::vector<job> jobs;
    for (const auto& member : front) {
        jobs.push_back({problem.decode(member.genes), &test_images});
    }
    for (std::size_t i = 0; i < parts; ++i) {
        jobs.push_back({problem.uniform(i), &uniform_images});
    }
    double emulated =
        static_cast<double>(result.evaluations) * static_cast<double>(evaluator.images().size());
    for (std::size_t begin = 0; begin < jobs.size(); begin += step) {
        observe(explore_stage::test, begin, jobs.size(), result.evaluations);
        workers.for_each(std::min(step, jobs.size() - begin), [&](std::size_t i) {
            auto& job = jobs[begin + i];
            job.found = evaluator.compute(job.what.multipliers(), *job.images);
        });
    }
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const auto& job = jobs[i];
        auto& list = i < front.size() ? result.front : result.uniform;
        list.push_back(detail::describe(problem, evaluator, job.what,
                                        evaluator.measure(job.what.multipliers()), job.found,
                                        job.images->exact()));
        emulated += static_cast<double>(job.images->size());
    }
    std::stable_sort(result.front.begin(), result.front.end(),
                     [](const auto& a, const auto& b) { return a.energy > b.energy; });

    const auto& exact = test_images.exact();
    result.exact_search_accuracy = evaluator.images().exact().accuracy();
    result.exact_accuracy = exact.accuracy();
    result.exact_interval = wilson(exact.correct, exact.images());
    result.search_images = evaluator.images().size();
    result.test_images = test_images.size();
    const auto macs = macs_of(evaluator.target());
    result.emulated_products =
        emulated * static_cast<double>(std::accumulate(macs.begin(), macs.end(), std::uint64_t{0}));
    return result;
}

/// The member of a front with the least energy whose loss on the test images is at most `points` percentage
/// points; null if there is none.
[[nodiscard]] inline const explored_design* cheapest_within(const std::vector<explored_design>& front,
                                                            double points) {
    const explored_design* best = nullptr;
    for (const auto& member : front) {
        if (100 * member.test_loss <= points + 1e-9 && (best == nullptr || member.energy < best->energy)) {
            best = &member;
        }
    }
    return best;
}

} // namespace alwann::inline ALWANN_ABI
