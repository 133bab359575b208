// SPDX-License-Identifier: MIT
/// @file
/// Search that is told by a model where to look: sensitivity first, then NSGA-II.
#pragma once

#include <alwann/search/layered.hpp>
#include <alwann/search/record.hpp>
#include <alwann/search/selection.hpp>
#include <alwann/search/variation.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// For a layered_problem: its model predicts a front, which is evaluated first; then generations as in
/// NSGA-II, of whose children only those that the model finds best are evaluated. For any other problem,
/// NSGA-II in generations.
///
/// The model's own cost counts: it is taken off `evaluations`, and a model that would take more than half of
/// them is done without. The same result with every executor.
struct guided_search {
    std::size_t evaluations = 1550;      ///< worth of work, the model included
    std::size_t population = 50;         ///< of NSGA-II
    std::uint64_t seed = 1;              ///< of all randomness
    double crossover = 0.9;              ///< probability that two parents mix
    std::optional<double> mutation = {}; ///< probability for each gene; 1 / genes if not given
    std::size_t litter = 8;              ///< children bred for each one that is evaluated

    /// Searches; see the concept optimizer.
    template <problem P, executor E = serial_executor, search_observer Observer = no_observer>
    search_result minimise(const P& task, const E& workers = E{}, Observer&& observer = Observer{}) const {
        check();
        search_record record(task, workers);
        const gene_space& space = record.space();
        const double rate = mutation.value_or(1.0 / static_cast<double>(space.size()));
        random_generator random(seed);

        std::optional<layered_model> model;
        std::size_t budget = evaluations;
        if constexpr (layered_problem<P, E>) {
            model = task.layered(workers, most_of_model * static_cast<double>(evaluations));
            if (model) {
                const auto spent = static_cast<std::size_t>(std::ceil(model->spent));
                budget = std::max<std::size_t>(1, budget - std::min(budget, spent));
                for (const auto& point : thin(predicted_front(*model), std::min(population, budget))) {
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

        const std::size_t last = (budget + population - 1) / population;
        for (std::size_t generation = 0;; ++generation) {
            const std::size_t done = record.evaluated().size();
            if (!notify(observer, {generation, std::max(last, generation), done, record.front()}) ||
                done >= budget) {
                break;
            }
            const std::size_t wanted = std::min(population, budget - done);
            const auto child = [&] {
                genome first = present.members[tournament(present, random)].genes;
                genome second = present.members[tournament(present, random)].genes;
                if (chance(random, crossover)) {
                    alwann::crossover(first, second, space, 15, random);
                }
                mutate(first, space, rate, 20, random);
                return first;
            };
            bool screened = false;
            if constexpr (layered_problem<P, E>) {
                if (model) {
                    propose_best(record, task, *model, wanted, child);
                    screened = true;
                }
            }
            if (!screened) {
                record.fill(wanted, child);
            }
            if (record.pending() == 0) {
                break; // nothing new within reach
            }
            const auto children = record.evaluate();
            present.members.insert(present.members.end(), children.begin(), children.end());
            present = select_best(present.members, population);
        }
        return std::move(record).finish();
    }

private:
    static constexpr double most_of_model = 0.5;

    void check() const {
        const auto require = [](bool holds, const char* what) {
            if (!holds) {
                throw value_error(std::string("guided_search: ") + what);
            }
        };
        require(population >= 2, "population must be at least 2");
        require(evaluations >= 1, "evaluations must be at least 1");
        require(litter >= 1, "litter must be at least 1");
        require(crossover >= 0 && crossover <= 1, "crossover must be a probability, 0 to 1");
        require(mutation.value_or(0) >= 0 && mutation.value_or(0) <= 1,
                "mutation must be a probability, 0 to 1");
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

    /// Breeds a litter and proposes those that the model ranks best, by predicted loss and cost.
    template <class Record, class P, class Child>
    void propose_best(Record& record, const P& task, const layered_model& model, std::size_t wanted,
                      const Child& child) const {
        std::vector<individual> litter_members;
        for (std::size_t i = 0; i < litter * wanted; ++i) {
            individual each{child(), {}};
            if constexpr (repairing_problem<P>) {
                task.repair(each.genes);
            }
            const auto choices = task.choices(each.genes);
            double loss = 0, cost = 0;
            for (std::size_t l = 0; l < choices.size(); ++l) {
                loss += model.losses[l][choices[l]];
                cost += model.costs[l][choices[l]];
            }
            each.value.objectives = {loss, cost};
            if (record.is_new(each.genes) &&
                std::none_of(litter_members.begin(), litter_members.end(), [&](const individual& other) {
                    return other.value.objectives == each.value.objectives;
                })) {
                litter_members.push_back(std::move(each));
            }
        }
        for (const auto& best : select_best(litter_members, wanted).members) {
            record.propose(best.genes);
        }
    }
};

static_assert(optimizer<guided_search>);

} // namespace alwann::inline ALWANN_ABI
