// SPDX-License-Identifier: MIT
/// @file
/// The stages of explore().
#pragma once

#include <alwann/search/assignment.hpp>
#include <alwann/search/exploration.hpp>
#include <alwann/search/hypervolume.hpp>
#include <alwann/search/layer_noise.hpp>
#include <alwann/search/statistics.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
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

/// One exploration. All arguments must outlive this object.
template <architecture Architecture, compensation Compensation>
class explore_run {
public:
    using problem_type = assignment<Architecture, Compensation>;
    using evaluator_type = design_evaluator<Compensation>;

    explore_run(const problem_type& problem, const evaluator_type& evaluator,
                const benchmark_images& test_images, const benchmark_images& uniform_images,
                tested_designs tested, std::function<void(const explore_progress&)> observe)
        : problem_(problem),
          evaluator_(evaluator),
          test_images_(test_images),
          uniform_images_(uniform_images),
          tested_(tested),
          observe_(std::move(observe)) {}

    /// All stages, one after the other.
    template <class Optimizer, executor Executor>
    [[nodiscard]] exploration operator()(const Optimizer& optimizer, const Executor& workers) {
        search(optimizer, workers);
        note_searched();
        choose();
        test(workers);
        report_front();
        report_uniform();
        sum_up();
        return std::move(result_);
    }

private:
    void tell(explore_stage stage, std::size_t done, std::size_t all,
              std::span<const individual> front) const {
        observe_(explore_progress{stage, done, all, evaluator_.measured(), evaluator_.counts(),
                                  hypervolume(front, problem_.reference())});
    }

    /// Uniform designs first: the comparison everyone asks for, and the search starts from them.
    template <class Optimizer, executor Executor>
    void search(const Optimizer& optimizer, const Executor& workers) {
        const std::size_t parts = evaluator_.parts().size();
        const std::size_t ranks = evaluator_.options().runner.concurrency;
        const std::size_t threads = std::max<std::size_t>(1, workers.concurrency());
        const std::size_t step = ranks > 1 ? 16 * ranks : 4 * threads; // ranks wait for the last of each
        try {
            for (std::size_t begin = 0; begin < parts; begin += step) {
                tell(explore_stage::uniform, begin, parts, problem_.front());
                std::vector<genome> genes;
                for (std::size_t i = begin; i < std::min(parts, begin + step); ++i) {
                    genes.push_back(problem_.encode(problem_.uniform(i)));
                }
                (void)problem_.evaluate_fully(std::span<const genome>(genes), workers);
            }
            auto searched = optimizer.minimise(problem_, workers, [&](const search_progress& progress) {
                tell(explore_stage::search, progress.generation, progress.generations, problem_.front());
            });
            result_.completions = std::move(searched.completions);
            found_ = problem_.front();
            if (found_.empty()) {
                found_ = std::move(searched.front);
            }
        } catch (const interrupted_error&) {
            result_.interrupted = true;
            found_ = problem_.front();
        }
    }

    void note_searched() {
        result_.evaluations = evaluator_.measured();
        evaluator_.visit_measured([&](const layer_choice& multipliers, const measurement& what) {
            result_.evaluated.push_back(
                {multipliers, relative_energy(multipliers, macs_of(evaluator_.target()), evaluator_.parts()),
                 what.accuracy(), what.images()});
        });
    }

    /// What is best with each layer compensated alone, to be measured with all of them compensated together.
    void choose() {
        found_ = thinned(std::move(found_), tested_.front, [&](const individual& each) {
            const auto seen = evaluator_.measure(problem_.decode(each.genes).multipliers());
            return evaluator_.images().exact().accuracy() - seen.accuracy() <= useful_loss;
        });
        // The test images take part already, while the compensated weights are at hand; they choose nothing.
        for (const auto& member : found_) {
            design_job job{problem_.decode(member.genes).multipliers(), {&test_images_}, true};
            if (evaluator_.order_matters()) {
                job.images.push_back(&evaluator_.final_images());
            }
            jobs_.push_back(std::move(job));
        }
        for (std::size_t i = 0; tested_.uniform && i < evaluator_.parts().size(); ++i) {
            jobs_.push_back({problem_.uniform(i).multipliers(), {&uniform_images_}});
        }
    }

    template <executor Executor>
    void test(const Executor& workers) {
        try {
            const auto tell_tested = [&](std::size_t done) {
                tell(explore_stage::test, done, jobs_.size(), found_);
            };
            tell_tested(0);
            if (!result_.interrupted) {
                evaluator_.compute_all(jobs_, workers, tell_tested);
            }
        } catch (const interrupted_error&) {
            result_.interrupted = true;
        }
    }

    [[nodiscard]] explored_design describe(const design& what, const measurement& seen) const {
        const auto multipliers = what.multipliers();
        const auto& network = evaluator_.target();
        explored_design result;
        result.what = what;
        result.energy = relative_energy(multipliers, macs_of(network), evaluator_.parts());
        result.paper_energy =
            relative_energy(multipliers, macs_of(network, mac_count::paper), evaluator_.parts());
        result.area_um2 = tile_area(what.tiles, evaluator_.parts());
        result.cycles = problem_.accelerator().cycles(what.mapping, macs_of(network));
        result.search_accuracy = seen.accuracy();
        return result;
    }

    /// Everything that is reported is measured on images that had no part in choosing it.
    void report_front() {
        std::vector<measurement> together;
        for (std::size_t i = 0; i < found_.size(); ++i) {
            const auto& job = jobs_[i];
            together.push_back(evaluator_.order_matters() && job.complete()
                                   ? job.found.back()
                                   : evaluator_.measure(job.multipliers));
            found_[i].value = problem_.assess(problem_.decode(found_[i].genes), together[i]);
        }
        for (const auto& member : pareto_front(found_)) {
            const auto same = [&](const individual& other) { return other.genes == member.genes; };
            const auto place =
                static_cast<std::size_t>(std::find_if(found_.begin(), found_.end(), same) - found_.begin());
            auto& added =
                result_.front.emplace_back(describe(problem_.decode(member.genes), together[place]));
            if (jobs_[place].complete()) {
                added.layer_snr_db = jobs_[place].layer_snr_db;
                describe_test(added, jobs_[place].found.front(), test_images_.exact());
            }
        }
        std::vector<std::vector<double>> reached;
        for (const auto& member : result_.front) {
            reached.push_back({1 - member.search_accuracy, member.energy});
        }
        result_.hypervolume =
            alwann::hypervolume(std::span<const std::vector<double>>(reached), hypervolume_reference);
        std::stable_sort(result_.front.begin(), result_.front.end(),
                         [](const auto& a, const auto& b) { return a.energy > b.energy; });
    }

    void report_uniform() {
        for (std::size_t i = 0; i < jobs_.size() - found_.size(); ++i) {
            const auto& job = jobs_[found_.size() + i];
            if (result_.interrupted && !job.complete()) {
                continue;
            }
            auto& added = result_.uniform.emplace_back(
                describe(problem_.uniform(i), evaluator_.measure(job.multipliers)));
            describe_test(added, job.found.front(), uniform_images_.exact());
        }
    }

    void sum_up() {
        const auto& exact = test_images_.exact();
        result_.exact_search_accuracy = evaluator_.final_images().exact().accuracy();
        result_.exact_accuracy = exact.accuracy();
        result_.exact_interval = wilson(exact.correct, exact.images());
        result_.search_images = evaluator_.images().size();
        result_.test_images = test_images_.size();
        result_.counts = evaluator_.counts();
        result_.emulated_products = result_.counts.emulated;
    }

    const problem_type& problem_;
    const evaluator_type& evaluator_;
    const benchmark_images &test_images_, &uniform_images_;
    tested_designs tested_;
    std::function<void(const explore_progress&)> observe_;
    std::vector<individual> found_; ///< what is to be tested, the members of the front to be
    std::vector<design_job> jobs_;  ///< of each of them, then of uniform designs
    exploration result_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
