// SPDX-License-Identifier: MIT
/// @file
/// What the genetic optimisers have in common: how two parents have children.
#pragma once

#include <alwann/search/selection.hpp>
#include <alwann/search/variation.hpp>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Throws value_error that an optimiser's setting is not what it must be, unless it is.
inline void require_setting(bool holds, std::string_view optimiser, std::string_view what) {
    if (!holds) {
        throw value_error(std::string(optimiser) + ": " + std::string(what));
    }
}

/// Parents chosen by tournament, mixed, and changed.
struct breeding {
    double crossover;
    std::optional<double> mutation;
    double crossover_index;
    double mutation_index;

    void check(std::string_view optimiser) const {
        const auto require = [&](bool holds, const char* what) { require_setting(holds, optimiser, what); };
        const auto probability = [](double p) { return p >= 0 && p <= 1; };
        const auto index = [](double value) { return value >= 0 && std::isfinite(value); };
        require(probability(crossover), "crossover must be a probability, 0 to 1");
        require(probability(mutation.value_or(0)), "mutation must be a probability, 0 to 1");
        require(index(crossover_index), "crossover_index must be a finite number from 0");
        require(index(mutation_index), "mutation_index must be a finite number from 0");
    }

    /// One child of two parents.
    genome child(const ranked_population& parents, const gene_space& space, random_generator& random) const {
        auto [first, second] = mixed(parents, space, random);
        change(first, space, random);
        return std::move(first);
    }

    /// Both children of two parents.
    std::pair<genome, genome> twins(const ranked_population& parents, const gene_space& space,
                                    random_generator& random) const {
        auto both = mixed(parents, space, random);
        change(both.first, space, random);
        change(both.second, space, random);
        return both;
    }

private:
    std::pair<genome, genome> mixed(const ranked_population& parents, const gene_space& space,
                                    random_generator& random) const {
        genome first = parents.members[tournament(parents, random)].genes;
        genome second = parents.members[tournament(parents, random)].genes;
        if (chance(random, crossover)) {
            alwann::crossover(first, second, space, crossover_index, random);
        }
        return {std::move(first), std::move(second)};
    }

    void change(genome& one, const gene_space& space, random_generator& random) const {
        const double rate = mutation.value_or(1.0 / static_cast<double>(space.size()));
        mutate(one, space, rate, mutation_index, random);
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
