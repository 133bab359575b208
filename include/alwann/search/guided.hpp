// SPDX-License-Identifier: MIT
/// @file
/// Search that is told by a model where to look: sensitivity first, then expected improvement.
#pragma once

#include <alwann/search/detail/breeding.hpp>
#include <alwann/search/expected_improvement.hpp>
#include <alwann/search/layered.hpp>
#include <alwann/search/record.hpp>
#include <alwann/search/selection.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// For a layered_problem: its model predicts a front, which is evaluated first. Then half a population at a
/// time: what NSGA-II would breed, a litter for each place, and the rest of the predicted front compete for
/// the hypervolume that they are expected to add, by the model and by how its predictions turned out so far
/// (see expected_improvement.hpp). For more than two objectives, which the model does not speak of, and for
/// any other problem, NSGA-II in generations.
///
/// The model's own cost counts: it is taken off `evaluations`, and a model that would take more than
/// most_of_model of them is done without. The same result with every executor.
struct guided_search {
    static constexpr double most_of_model = 0.75; ///< share of `evaluations` that a model may take

    std::size_t evaluations = 1550;      ///< worth of work, the model included
    std::size_t population = 50;         ///< of NSGA-II
    std::uint64_t seed = 1;              ///< of all randomness
    double crossover = 0.9;              ///< probability that two parents mix
    std::optional<double> mutation = {}; ///< probability for each gene; 1 / genes if not given
    std::size_t litter = 16;             ///< children bred for each one that is evaluated

    /// Searches; see the concept optimizer.
    template <problem P, executor E = serial_executor, search_observer Observer = no_observer>
    search_result minimise(const P& task, const E& workers = E{}, Observer&& observer = Observer{}) const {
        const detail::breeding breeding{crossover, mutation, 15, 20};
        check(breeding);
        search_record record(task, workers);
        const gene_space& space = record.space();
        random_generator random(seed);

        std::optional<layered_model> model;
        std::vector<layered_choice> predicted;
        std::size_t budget = evaluations;
        if constexpr (layered_problem<P, E>) {
            model = task.layered(workers, most_of_model * static_cast<double>(evaluations));
            if (model) {
                const auto spent = static_cast<std::size_t>(std::ceil(model->spent));
                budget = std::max<std::size_t>(1, budget - std::min(budget, spent));
                predicted = predicted_front(*model);
                for (const auto& point : thin(predicted, std::min(population, budget))) {
                    record.propose(task.assemble(point.choices));
                }
            }
        }
        if constexpr (seeded_problem<P>) {
            if (!model) {
                for (const genome& start : std::vector<genome>(task.seeds())) {
                    if (record.pending() < std::min(population, budget)) {
                        record.propose(start);
                    }
                }
            }
        }
        if (!model || record.pending() == 0) {
            record.fill(std::min(population, budget), [&] { return random_genome(space, random); });
        }
        auto present = select_best(record.evaluate(), population);

        bool mostly_refused = false;
        const std::size_t half = population / 2 + population % 2;
        const std::size_t last = (budget - std::min(budget, population) + half - 1) / half;
        for (std::size_t generation = 0;; ++generation) {
            const std::size_t done = record.evaluated().size();
            if (!notify(observer, {generation, std::max(last, generation), done, record.front()}) ||
                done >= budget) {
                break;
            }
            const std::size_t wanted = std::min(population, budget - done);
            const auto child = [&] { return breeding.child(present, space, random); };
            if constexpr (layered_problem<P, E>) {
                if (model && task.objectives() == 2 && !mostly_refused) {
                    propose_best(record, task, *model, predicted, std::min(wanted, half), child);
                }
            }
            if (record.pending() == 0) {
                record.fill(wanted, child);
            }
            if (record.pending() == 0) {
                break; // nothing new within reach
            }
            const auto children = record.evaluate();
            const auto refused = std::count_if(children.begin(), children.end(),
                                               [](const individual& each) { return !each.value.feasible(); });
            mostly_refused = 2 * static_cast<std::size_t>(refused) > children.size();
            present.members.insert(present.members.end(), children.begin(), children.end());
            present = select_best(present.members, population);
        }
        return std::move(record).finish();
    }

private:
    void check(const detail::breeding& breeding) const {
        const auto require = [](bool holds, const char* what) {
            detail::require_setting(holds, "guided_search", what);
        };
        require(population >= 2, "population must be at least 2");
        require(evaluations >= 1, "evaluations must be at least 1");
        require(litter >= 1, "litter must be at least 1");
        breeding.check("guided_search");
    }

    /// About `count` points of a front, evenly spaced along it by cost and by rank.
    static std::vector<layered_choice> thin(std::vector<layered_choice> front, std::size_t count) {
        if (front.size() <= count) {
            return front;
        }
        std::vector<bool> chosen(front.size(), false);
        const double low = front.front().cost;
        const double width = front.back().cost - low;
        std::size_t taken = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const double target = low + width * static_cast<double>(i) /
                                            static_cast<double>(std::max<std::size_t>(1, count - 1));
            std::size_t best = front.size();
            for (std::size_t p = 0; p < front.size(); ++p) {
                if (!chosen[p] && (best == front.size() ||
                                   std::abs(front[p].cost - target) < std::abs(front[best].cost - target))) {
                    best = p;
                }
            }
            chosen[best] = true;
            ++taken;
        }
        std::vector<layered_choice> result;
        for (std::size_t p = 0; p < front.size(); ++p) {
            if (chosen[p]) {
                result.push_back(std::move(front[p]));
            }
        }
        return result;
    }

    /// Breeds litters and proposes what is expected to add most hypervolume, one by one.
    template <class Record, class P, class Child>
    void propose_best(Record& record, const P& task, const layered_model& model,
                      const std::vector<layered_choice>& predicted, std::size_t wanted,
                      const Child& child) const {
        // To where anything has been seen or predicted: a lower loss is a gain at all higher costs.
        double dearest = 0, worst = 0;
        loss_trend trend;
        for (const individual& each : record.evaluated()) {
            if (each.value.feasible()) {
                const auto [cost, loss] = predict(model, task.choices(each.genes));
                const double found = saturated_loss(model, each.value.objectives.front());
                trend.add(loss, found);
                dearest = std::max(dearest, cost);
                worst = std::max(worst, found);
            }
        }
        for (const auto& point : predicted) {
            dearest = std::max(dearest, point.cost);
        }
        improvement_front front(dearest, worst);
        for (const individual& each : record.front()) {
            front.add(predict(model, task.choices(each.genes)).first,
                      saturated_loss(model, each.value.objectives.front()));
        }

        std::vector<rival> rivals;
        std::set<std::vector<std::size_t>> met; // what genomes choose: many mean the same design
        for (const individual& each : record.evaluated()) {
            met.insert(task.choices(each.genes));
        }
        const auto enter = [&](genome genes) {
            if constexpr (repairing_problem<P>) {
                task.repair(genes);
            }
            auto choices = task.choices(genes);
            const auto [cost, loss] = predict(model, choices);
            if (record.is_new(genes) && met.insert(std::move(choices)).second) {
                const auto expected = trend.at(loss);
                rivals.push_back({std::move(genes), cost, expected, front.gain(cost, expected)});
            }
        };
        for (const auto& point : predicted) {
            enter(task.assemble(point.choices));
        }
        for (std::size_t i = 0; i < litter * wanted; ++i) {
            enter(child());
        }
        // A gain only shrinks as others join: whoever is still first with a fresh one is the best.
        const auto less = [](const rival& a, const rival& b) { return a.gain < b.gain; };
        std::make_heap(rivals.begin(), rivals.end(), less);
        while (record.pending() < wanted && !rivals.empty() && rivals.front().gain > 0) {
            std::pop_heap(rivals.begin(), rivals.end(), less);
            rival& first = rivals.back();
            const double fresh = front.gain(first.cost, first.loss);
            if (fresh < first.gain) {
                first.gain = fresh;
                std::push_heap(rivals.begin(), rivals.end(), less);
                continue;
            }
            front.add(first.cost, first.loss.mean);
            record.propose(std::move(first.genes));
            rivals.pop_back();
        }
    }

    /// Who may be evaluated next.
    struct rival {
        genome genes;
        double cost;
        loss_prediction loss;
        double gain;
    };
};

static_assert(optimizer<guided_search>);

} // namespace alwann::inline ALWANN_ABI
