// SPDX-License-Identifier: MIT
/// @file
/// Problems whose cost adds up over layers and whose loss nearly does: a front without a search.
#pragma once

#include <alwann/search/problem.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// One choice of several for each layer. Cost and loss of a whole are taken for the sums over its layers.
struct layered_model {
    std::vector<std::vector<double>> losses = {}; ///< [layer][choice], >= 0
    std::vector<std::vector<double>> costs = {};  ///< [layer][choice]
    std::size_t kinds = 1;   ///< at most this many different choices (runs, if contiguous)
    bool contiguous = false; ///< layers with one choice follow each other
    double spent = 0;        ///< evaluations' worth of work that the model took
    double saturation = 0;   ///< squared error where differences stop to count; 0: losses count as they are
};

/// Loss as a search's hypervolume counts it: as it is, or, with a saturation, r / (1 + r) for the root r of
/// the squared error over the saturation.
[[nodiscard]] ALWANN_SEPARABLE double saturated_loss(const layered_model& model, double loss);

/// Cost and loss of a choice for each layer, as the model sees them.
[[nodiscard]] ALWANN_SEPARABLE std::pair<double, double> predict(const layered_model& model,
                                                                 const std::vector<std::size_t>& choices);

/// Problem that has such a model of itself, or std::nullopt if not with its present settings or not for the
/// work of `most` evaluations, and can make a genome of a choice for each layer, and say the choices of a
/// genome.
template <class P, class E>
concept layered_problem = requires(const P& p, const E& workers, double most,
                                   const std::vector<std::size_t>& choices, const genome& candidate) {
    { p.layered(workers, most) } -> std::convertible_to<std::optional<layered_model>>;
    { p.assemble(choices) } -> std::convertible_to<genome>;
    { p.choices(candidate) } -> std::convertible_to<std::vector<std::size_t>>;
};

/// A choice for each layer and what the model says of it.
struct layered_choice {
    double cost = 0;                       ///< what it adds to the design's cost
    double loss = 0;                       ///< what it adds to the design's loss
    std::vector<std::size_t> choices = {}; ///< one for each layer
};

/// The front that the model predicts, by cost, cheapest first.
///
/// Lagrange: for each of `weights` prices of cost and each set of `kinds` choices the best choice per layer;
/// all that no other one dominates is kept. Sets are enumerated where that takes at most about `effort`
/// steps; else they grow one choice at a time, the best of each size going on. Throws value_error for fewer
/// than two prices.
[[nodiscard]] ALWANN_SEPARABLE std::vector<layered_choice>
predicted_front(const layered_model& model, std::size_t weights = 48, double effort = 2e8);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/search/detail/define_layered.hpp>
#endif
