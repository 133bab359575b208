// SPDX-License-Identifier: MIT
/// @file
/// The algorithms of pagmo2 as optimisers (CMake component `pagmo`).
#pragma once

#include <alwann/search/record.hpp>

#include <pagmo/algorithm.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// What pagmo sees of a problem: numbers in, numbers out. Reals come before integers there.
struct pagmo_problem {
    gene_space space = {};
    std::size_t count = 1;
    std::function<std::vector<double>(const genome&)> worth = {};

    [[nodiscard]] genome decode(const pagmo::vector_double& values) const {
        genome result;
        const std::size_t reals = space.reals.size();
        result.reals.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(reals));
        for (std::size_t i = reals; i < values.size(); ++i) {
            result.integers.push_back(std::llround(values[i]));
        }
        return result;
    }
    [[nodiscard]] pagmo::vector_double fitness(const pagmo::vector_double& values) const {
        return worth(decode(values));
    }
    [[nodiscard]] std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
        std::pair<pagmo::vector_double, pagmo::vector_double> bounds;
        for (const auto& gene : space.reals) {
            bounds.first.push_back(gene.low);
            bounds.second.push_back(gene.high);
        }
        for (const auto& gene : space.integers) {
            bounds.first.push_back(static_cast<double>(gene.low));
            bounds.second.push_back(static_cast<double>(gene.high));
        }
        return bounds;
    }
    [[nodiscard]] pagmo::vector_double::size_type get_nobj() const { return count; }
    [[nodiscard]] pagmo::vector_double::size_type get_nix() const { return space.integers.size(); }
};

} // namespace detail

/// Any algorithm of pagmo2 for several objectives. It sees infeasible genomes as very bad ones, and repaired
/// ones under the name they had before. One evaluation at a time; a genome that comes again costs nothing but
/// counts. The front is that of all evaluated, as with the optimisers of this library.
struct pagmo_optimizer {
    pagmo::algorithm algorithm;   ///< with its number of generations, such as pagmo::nsga2(30)
    std::size_t population = 100; ///< what the algorithm asks for; pagmo::nsga2 takes multiples of 4
    unsigned seed = 1;            ///< of the population and of the algorithm

    /// Searches; see the concept optimizer. Observers hear of every `population` evaluations and end the
    /// search by returning false. What pagmo throws passes through.
    template <problem P, executor E = serial_executor, search_observer Observer = no_observer>
    search_result minimise(const P& task, const E& workers = E{}, Observer&& observer = Observer{}) const {
        search_record record(task, workers);
        std::map<genome, evaluation> known;
        std::size_t asked = 0;
        struct stopped {};
        const auto worth = [&](genome candidate) {
            if constexpr (repairing_problem<P>) {
                task.repair(candidate);
            }
            if (record.propose(candidate)) {
                known.emplace(candidate, record.evaluate().front().value);
            }
            const evaluation& value = known.at(candidate);
            auto objectives = value.objectives;
            for (auto& each : objectives) {
                each += value.feasible() ? 0 : 1e6 * (1 + value.violation);
            }
            if (++asked % population == 0 &&
                !notify(observer, {asked / population - 1, asked / population, asked, record.front()})) {
                throw stopped{};
            }
            return objectives;
        };
        try {
            auto chosen = algorithm;
            chosen.set_seed(seed);
            const pagmo::problem seen(detail::pagmo_problem{record.space(), task.objectives(), worth});
            (void)chosen.evolve(pagmo::population(seen, population, seed));
        } catch (const stopped&) {
        }
        return std::move(record).finish();
    }
};

} // namespace alwann::inline ALWANN_ABI
