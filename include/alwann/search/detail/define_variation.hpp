// SPDX-License-Identifier: MIT
/// @file
/// The definitions of search/variation.hpp.
#pragma once

#include <alwann/search/variation.hpp>

#include <cstddef>
#include <utility>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE void crossover(genome& a, genome& b, const gene_space& space, double index,
                                random_generator& random) {
    for (std::size_t i = 0; i < space.integers.size(); ++i) {
        if (chance(random, 0.5)) {
            std::swap(a.integers[i], b.integers[i]);
        }
    }
    for (std::size_t i = 0; i < space.reals.size(); ++i) {
        if (chance(random, 0.5)) {
            blend(a.reals[i], b.reals[i], space.reals[i], index, random);
        }
    }
}

ALWANN_SEPARABLE void mutate(genome& candidate, const gene_space& space, double rate, double index,
                             random_generator& random) {
    for (std::size_t i = 0; i < space.integers.size(); ++i) {
        if (chance(random, rate)) {
            candidate.integers[i] = another_value(candidate.integers[i], space.integers[i], random);
        }
    }
    for (std::size_t i = 0; i < space.reals.size(); ++i) {
        if (chance(random, rate)) {
            perturb(candidate.reals[i], space.reals[i], index, random);
        }
    }
}

} // namespace alwann::inline ALWANN_ABI
