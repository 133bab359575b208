// SPDX-License-Identifier: MIT
/// @file
/// The whole method: uniform designs, search, and the front measured again on images that chose nothing.
#pragma once

#include <alwann/search/assignment.hpp>
#include <alwann/search/disjoint.hpp>
#include <alwann/search/hypervolume.hpp>
#include <alwann/search/layer_noise.hpp>
#include <alwann/search/statistics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A design with all that was measured of it.
struct explored_design {
    design what;                       ///< tiles and mapping
    double energy = 1;                 ///< relative, executed multiplications
    double paper_energy = 1;           ///< relative, multiplications counted as in the paper
    double area_um2 = 0;               ///< of one multiplier per tile
    std::uint64_t cycles = 0;          ///< multiplications between two images, the inverse throughput
    double search_accuracy = 0;        ///< on the search images
    double test_accuracy = 0;          ///< on the test images
    confidence_interval test_interval; ///< of the accuracy, 95 % (Wilson)
    double test_loss = 0;              ///< accuracy of the exact 8-bit network minus this one's, same images
    confidence_interval loss_interval; ///< of the loss, 95 % (paired)
    double mcnemar = 1;                ///< probability of so large a loss or gain by chance, see mcnemar()
    double logit_mse = 0;              ///< on the test images
    std::size_t test_images = 0;       ///< how many; 0: not measured on any
    /// Signal to noise of each layer's results against those of exact products in the same quantised network,
    /// on the search images (layer_noise()); infinite where they are the same. Only of members of the front
    /// that were tested.
    std::vector<double> layer_snr_db = {};
};

/// A design as the search saw it.
struct searched_design {
    layer_choice multipliers;   ///< component of each layer; of those with equal tables the first
    double energy = 1;          ///< relative to the exact multiplier everywhere, executed multiplications
    double search_accuracy = 0; ///< on `images` search images
    std::size_t images = 0;     ///< fewer than there are if the design was dropped
};

/// The result of explore().
struct exploration {
    std::vector<explored_design> front;     ///< by energy, highest first; selected on the search images alone
    std::vector<explored_design> uniform;   ///< one multiplier everywhere, in the library's order
    std::vector<searched_design> evaluated; ///< all that the search measured, each layer compensated alone
    double exact_search_accuracy = 0;       ///< 8-bit exact network, search images
    double exact_accuracy = 0;              ///< 8-bit exact network, test images
    confidence_interval exact_interval;     ///< of exact_accuracy, 95 % (Wilson)
    std::size_t search_images = 0;          ///< how many chose the front
    std::size_t test_images = 0;            ///< how many measured it
    std::size_t evaluations = 0;            ///< different designs measured on the search images
    double hypervolume = 0;        ///< of error on the search images and energy, up to hypervolume_reference
    double emulated_products = 0;  ///< of all measurements, on search and test images
    evaluation_counts counts = {}; ///< what was emulated and what was not
    bool interrupted = false;      ///< ended early: the front so far, without measurements on test images
    std::vector<std::size_t> completions = {}; ///< of an asynchronous search, see search_result
};

/// What explore() is doing, for progress displays.
enum class explore_stage { uniform, search, test };

/// Its name, as programs print it.
[[nodiscard]] constexpr std::string_view to_string(explore_stage stage) noexcept {
    return stage == explore_stage::uniform ? "uniform" : stage == explore_stage::search ? "search" : "test";
}

/// How far explore() is.
struct explore_progress {
    explore_stage stage = explore_stage::uniform; ///< what it is at
    std::size_t done = 0;          ///< of `all` steps of the stage: designs, or generations of the search
    std::size_t all = 0;           ///< steps of the stage
    std::size_t evaluations = 0;   ///< different designs measured so far
    evaluation_counts counts = {}; ///< what that took
    double hypervolume = 0;        ///< of the front so far: of the search's objectives, on the search images
};

/// Where the hypervolume of (error, relative energy) is measured to.
inline const std::vector<double> hypervolume_reference = {0.9, 1.0};

/// The most designs that explore() compensates in order and tests, unless told otherwise.
inline constexpr std::size_t most_tested = 60;

/// What of a search is measured on test images.
struct tested_designs {
    std::size_t front = most_tested; ///< members of the front, at most; 1 or more
    /// One multiplier everywhere, too: each is compensated in the order of the layers, which with hundreds of
    /// multipliers takes longer than the search.
    bool uniform = true;
};

/// Designs that lose more of the accuracy than this are tested only where there are not enough others.
inline constexpr double useful_loss = 0.2;

namespace detail {

/// At most `most` members of a front, evenly along its first objective's order, both ends among them.
[[nodiscard]] inline std::vector<individual> thinned(std::vector<individual> front, std::size_t most) {
    std::stable_sort(front.begin(), front.end(), [](const individual& a, const individual& b) {
        return a.value.objectives < b.value.objectives;
    });
    if (front.size() <= most) {
        return front;
    }
    std::vector<individual> result;
    for (std::size_t i = 0; i < most; ++i) {
        result.push_back(front[most == 1 ? 0 : i * (front.size() - 1) / (most - 1)]);
    }
    return result;
}

/// thinned(), taking first what is useful(member).
template <class Useful>
[[nodiscard]] std::vector<individual> thinned(std::vector<individual> front, std::size_t most,
                                              const Useful& useful) {
    const auto rest = std::stable_partition(front.begin(), front.end(), useful);
    auto result = thinned(std::vector<individual>(front.begin(), rest), most);
    const auto others = thinned(std::vector<individual>(rest, front.end()), most - result.size());
    result.insert(result.end(), others.begin(), others.end());
    return result;
}

template <architecture Architecture, compensation Compensation>
explored_design describe(const assignment<Architecture, Compensation>& problem,
                         const design_evaluator<Compensation>& evaluator, const design& what,
                         const measurement& search) {
    const auto multipliers = what.multipliers();
    explored_design result;
    result.what = what;
    result.energy = relative_energy(multipliers, macs_of(evaluator.target()), evaluator.parts());
    result.paper_energy =
        relative_energy(multipliers, macs_of(evaluator.target(), mac_count::paper), evaluator.parts());
    result.area_um2 = tile_area(what.tiles, evaluator.parts());
    result.cycles = problem.accelerator().cycles(what.mapping, macs_of(evaluator.target()));
    result.search_accuracy = search.accuracy();
    return result;
}

/// Adds what the test images say, where the exact network has the results `exact`.
inline void describe_test(explored_design& result, const measurement& test, const measurement& exact) {
    const auto pairs = count_pairs(exact.hits, test.hits);
    const auto loss = paired_difference(pairs);
    result.test_accuracy = test.accuracy();
    result.test_interval = wilson(test.correct, test.images());
    result.test_loss = loss.difference;
    result.loss_interval = loss.interval;
    result.mcnemar = mcnemar(pairs);
    result.logit_mse = test.logit_mse;
    result.test_images = test.images();
}

} // namespace detail

/// Searches the front of an assignment problem and measures it on test images. The uniform designs, which are
/// there for comparison, are measured on `uniform_images`: the same, or fewer where time matters.
///
/// The search compensates each layer alone; what it finds best, `tested.front` designs of it if there are
/// more, is compensated in the order of the layers, measured on the search images again, and what is then
/// still not dominated is the front. `observe(progress)` is called now and then, on any thread, one call at a
/// time. The front is that of all designs evaluated, uniform ones included, on the search images; the test
/// images choose nothing.
///
/// Told to stop (evaluator_options::interrupted), it returns the front so far. Throws value_error for test
/// images that are among the search images, see require_disjoint().
template <architecture Architecture, compensation Compensation, optimizer Optimizer, executor Executor,
          class Observer>
[[nodiscard]] exploration explore(const assignment<Architecture, Compensation>& problem,
                                  const design_evaluator<Compensation>& evaluator,
                                  const benchmark_images& test_images, const benchmark_images& uniform_images,
                                  const Optimizer& optimizer, const Executor& workers, Observer&& observe,
                                  const tested_designs& tested = {}) {
    if (tested.front == 0) {
        throw value_error("explore: expected at least one design to be tested");
    }
    require_disjoint(evaluator.images().codes(), test_images.codes(), "search", "test");
    require_disjoint(evaluator.images().codes(), uniform_images.codes(), "search", "test");
    exploration result;
    const std::size_t parts = evaluator.parts().size();
    const std::size_t ranks = evaluator.options().runner.concurrency;
    const std::size_t threads = std::max<std::size_t>(1, workers.concurrency());
    const std::size_t step = ranks > 1 ? 16 * ranks : 4 * threads; // ranks wait for the last of each
    const auto tell = [&](explore_stage stage, std::size_t done, std::size_t all,
                          std::span<const individual> front) {
        observe(explore_progress{stage, done, all, evaluator.measured(), evaluator.counts(),
                                 hypervolume(front, problem.reference())});
    };
    std::vector<individual> found;
    try {
        // Uniform designs first: the comparison everyone asks for, and the search starts from them.
        for (std::size_t begin = 0; begin < parts; begin += step) {
            tell(explore_stage::uniform, begin, parts, problem.front());
            std::vector<genome> genes;
            for (std::size_t i = begin; i < std::min(parts, begin + step); ++i) {
                genes.push_back(problem.encode(problem.uniform(i)));
            }
            (void)problem.evaluate_fully(std::span<const genome>(genes), workers);
        }
        auto searched = optimizer.minimise(problem, workers, [&](const search_progress& progress) {
            tell(explore_stage::search, progress.generation, progress.generations, problem.front());
        });
        result.completions = std::move(searched.completions);
        found = problem.front();
        if (found.empty()) {
            found = std::move(searched.front);
        }
    } catch (const interrupted_error&) {
        result.interrupted = true;
        found = problem.front();
    }
    result.evaluations = evaluator.measured();
    evaluator.visit_measured([&](const layer_choice& multipliers, const measurement& what) {
        result.evaluated.push_back(
            {multipliers, relative_energy(multipliers, macs_of(evaluator.target()), evaluator.parts()),
             what.accuracy(), what.images()});
    });

    // What is best with each layer compensated alone, measured with all of them compensated together.
    found = detail::thinned(std::move(found), tested.front, [&](const individual& each) {
        const auto seen = evaluator.measure(problem.decode(each.genes).multipliers());
        return evaluator.images().exact().accuracy() - seen.accuracy() <= useful_loss;
    });
    // The test images take part already, while the compensated weights are at hand; they choose nothing.
    const bool again = evaluator.order_matters();
    std::vector<design_job> jobs;
    for (const auto& member : found) {
        design_job job{problem.decode(member.genes).multipliers(), {&test_images}, true};
        if (again) {
            job.images.push_back(&evaluator.final_images());
        }
        jobs.push_back(std::move(job));
    }
    const std::size_t members = found.size();
    for (std::size_t i = 0; tested.uniform && i < parts; ++i) {
        jobs.push_back({problem.uniform(i).multipliers(), {&uniform_images}});
    }
    try {
        const auto tell_tested = [&](std::size_t done) {
            tell(explore_stage::test, done, jobs.size(), found);
        };
        tell_tested(0);
        if (!result.interrupted) {
            evaluator.compute_all(jobs, workers, tell_tested);
        }
    } catch (const interrupted_error&) {
        result.interrupted = true;
    }

    std::vector<measurement> together;
    for (std::size_t i = 0; i < members; ++i) {
        const auto& job = jobs[i];
        together.push_back(again && job.complete() ? job.found.back() : evaluator.measure(job.multipliers));
        found[i].value = problem.assess(problem.decode(found[i].genes), together[i]);
    }
    // Everything that is reported is measured on images that had no part in choosing it.
    for (const auto& member : pareto_front(found)) {
        const auto same = [&](const individual& other) { return other.genes == member.genes; };
        const auto place =
            static_cast<std::size_t>(std::find_if(found.begin(), found.end(), same) - found.begin());
        auto& added = result.front.emplace_back(
            detail::describe(problem, evaluator, problem.decode(member.genes), together[place]));
        if (jobs[place].complete()) {
            added.layer_snr_db = jobs[place].layer_snr_db;
            detail::describe_test(added, jobs[place].found.front(), test_images.exact());
        }
    }
    for (std::size_t i = 0; i < jobs.size() - members; ++i) {
        const auto what = problem.uniform(i);
        const auto& job = jobs[members + i];
        if (result.interrupted && !job.complete()) {
            continue;
        }
        auto& added = result.uniform.emplace_back(
            detail::describe(problem, evaluator, what, evaluator.measure(job.multipliers)));
        detail::describe_test(added, job.found.front(), uniform_images.exact());
    }
    std::vector<std::vector<double>> reached;
    for (const auto& member : result.front) {
        reached.push_back({1 - member.search_accuracy, member.energy});
    }
    result.hypervolume =
        alwann::hypervolume(std::span<const std::vector<double>>(reached), hypervolume_reference);
    std::stable_sort(result.front.begin(), result.front.end(),
                     [](const auto& a, const auto& b) { return a.energy > b.energy; });

    const auto& exact = test_images.exact();
    result.exact_search_accuracy = evaluator.final_images().exact().accuracy();
    result.exact_accuracy = exact.accuracy();
    result.exact_interval = wilson(exact.correct, exact.images());
    result.search_images = evaluator.images().size();
    result.test_images = test_images.size();
    result.counts = evaluator.counts();
    result.emulated_products = result.counts.emulated;
    return result;
}

/// The member of a front with the least energy whose loss on the test images is at most `points` percentage
/// points; null if there is none.
[[nodiscard]] inline const explored_design* cheapest_within(const std::vector<explored_design>& front,
                                                            double points) {
    const explored_design* best = nullptr;
    for (const auto& member : front) {
        if (member.test_images > 0 && 100 * member.test_loss <= points + 1e-9 &&
            (best == nullptr || member.energy < best->energy)) {
            best = &member;
        }
    }
    return best;
}

} // namespace alwann::inline ALWANN_ABI
