// SPDX-License-Identifier: MIT
/// @file
/// NSGA-II of Deb, Pratap, Agarwal and Meyarivan (2002).
#pragma once

#include <alwann/search/detail/breeding.hpp>
#include <alwann/search/pareto.hpp>
#include <alwann/search/problem.hpp>
#include <alwann/search/record.hpp>
#include <alwann/search/selection.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Elitist genetic search: parents and children compete, by front and then by crowding.
///
/// Differs from the original where evaluations are expensive: no genome is evaluated twice (a child that
/// repeats an earlier genome is bred again), and the front is taken from everything evaluated, not only from
/// the last population. Spends at most population * (generations + 1) evaluations, and fewer if the space has
/// no more genomes to offer. The same seed gives the same result with every executor; with integer genes
/// also on every compiler (see variation.hpp about real ones).
struct nsga2 {
    std::size_t population = 50;         ///< any number from 2
    std::size_t generations = 30;        ///< after the initial one
    std::uint64_t seed = 1;              ///< of all randomness
    double crossover = 0.9;              ///< probability that two parents mix rather than are copied
    std::optional<double> mutation = {}; ///< probability for each gene; 1 / genes if not given
    double crossover_index = 15;         ///< of real genes, see blend()
    double mutation_index = 20;          ///< of real genes, see perturb()

    /// What the released results of ALWANN (Mrazek et al. 2019) show: 50 designs, 30 generations, uniform
    /// crossover, a tenth of the genes mutated.
    [[nodiscard]] static nsga2 paper() {
        return {.population = 50, .generations = 30, .crossover = 1.0, .mutation = 0.1};
    }

    /// Searches; see the concept optimizer. The first generation holds the problem's seeds(), at most
    /// `population` of them, and random genomes.
    template <problem P, executor E = serial_executor, search_observer Observer = no_observer>
    search_result minimise(const P& task, const E& workers = E{}, Observer&& observer = Observer{}) const {
        const detail::breeding breeding{crossover, mutation, crossover_index, mutation_index};
        breeding.check("nsga2");
        detail::require_setting(population >= 2, "nsga2", "population must be at least 2");
        search_record record(task, workers);
        const gene_space& space = record.space();
        random_generator random(seed);

        if constexpr (seeded_problem<P>) {
            for (const genome& start : std::vector<genome>(task.seeds())) {
                if (record.pending() == population) {
                    break;
                }
                record.propose(start);
            }
        }
        record.fill(population, [&] { return random_genome(space, random); });
        auto present = select_best(record.evaluate(), population);

        std::size_t finished = 0;
        while (notify(observer, {finished, generations, record.evaluated().size(), record.front()}) &&
               finished < generations) {
            std::optional<genome> twin; // a mating gives two children, and they are asked for one by one
            record.fill(population, [&] {
                if (twin) {
                    return *std::exchange(twin, std::nullopt);
                }
                auto [first, second] = breeding.twins(present, space, random);
                twin = std::move(second);
                return std::move(first);
            });
            if (record.pending() == 0) {
                break; // nothing new within reach
            }
            const auto children = record.evaluate();
            present.members.insert(present.members.end(), children.begin(), children.end());
            present = select_best(present.members, population);
            ++finished;
        }
        return std::move(record).finish();
    }
};

static_assert(optimizer<nsga2>);

} // namespace alwann::inline ALWANN_ABI
