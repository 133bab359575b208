// SPDX-License-Identifier: MIT
/// @file
/// The definitions of search/problem.hpp.
#pragma once

#include <alwann/search/problem.hpp>

#include <cmath>
#include <cstddef>
#include <string>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE void validate(const gene_space& space) {
    if (space.size() == 0) {
        throw value_error("search: the problem has no genes");
    }
    for (std::size_t i = 0; i < space.integers.size(); ++i) {
        if (space.integers[i].low > space.integers[i].high) {
            throw value_error("search: integer gene " + std::to_string(i) + ": low " +
                              std::to_string(space.integers[i].low) + " is above high " +
                              std::to_string(space.integers[i].high));
        }
    }
    for (std::size_t i = 0; i < space.reals.size(); ++i) {
        const auto [low, high] = space.reals[i];
        if (!(low <= high) || !std::isfinite(high - low)) {
            throw value_error("search: real gene " + std::to_string(i) +
                              ": expected finite low <= high, found " + std::to_string(low) + " and " +
                              std::to_string(high));
        }
    }
}

ALWANN_SEPARABLE void validate(const genome& candidate, const gene_space& space) {
    if (candidate.integers.size() != space.integers.size() || candidate.reals.size() != space.reals.size()) {
        throw value_error("search: a genome has " + std::to_string(candidate.integers.size()) +
                          " integers and " + std::to_string(candidate.reals.size()) + " reals, expected " +
                          std::to_string(space.integers.size()) + " and " +
                          std::to_string(space.reals.size()));
    }
    const auto check = [](std::size_t i, const char* kind, auto value, auto gene) {
        if (!(gene.low <= value && value <= gene.high)) {
            throw value_error("search: " + std::string(kind) + " gene " + std::to_string(i) + " is " +
                              std::to_string(value) + ", expected " + std::to_string(gene.low) + " to " +
                              std::to_string(gene.high));
        }
    };
    for (std::size_t i = 0; i < space.integers.size(); ++i) {
        check(i, "integer", candidate.integers[i], space.integers[i]);
    }
    for (std::size_t i = 0; i < space.reals.size(); ++i) {
        check(i, "real", candidate.reals[i], space.reals[i]);
    }
}

ALWANN_SEPARABLE void validate(const evaluation& value, std::size_t objectives) {
    if (value.objectives.size() != objectives) {
        throw value_error("search: an evaluation has " + std::to_string(value.objectives.size()) +
                          " objectives, expected " + std::to_string(objectives));
    }
    for (std::size_t i = 0; i < objectives; ++i) {
        if (std::isnan(value.objectives[i])) {
            throw value_error("search: objective " + std::to_string(i) +
                              " is not a number; give an infeasible genome a violation instead");
        }
    }
    if (!(value.violation >= 0)) {
        throw value_error("search: the violation is " + std::to_string(value.violation) + ", expected >= 0");
    }
}

ALWANN_SEPARABLE genome random_genome(const gene_space& space, random_generator& random) {
    genome candidate;
    candidate.integers.reserve(space.integers.size());
    candidate.reals.reserve(space.reals.size());
    for (const auto& gene : space.integers) {
        candidate.integers.push_back(random_value(gene, random));
    }
    for (const auto& gene : space.reals) {
        const double value = gene.low + uniform_unit(random) * (gene.high - gene.low);
        candidate.reals.push_back(value > gene.high ? gene.high : value);
    }
    return candidate;
}

} // namespace alwann::inline ALWANN_ABI
