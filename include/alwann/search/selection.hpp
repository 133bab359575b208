// SPDX-License-Identifier: MIT
/// @file
/// Who survives and who breeds in NSGA-II (Deb et al. 2002).
#pragma once

#include <alwann/search/pareto.hpp>
#include <alwann/search/problem.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A population with the front each member is in and how much room it has there.
struct ranked_population {
    std::vector<individual> members = {}; ///< all of them
    std::vector<std::size_t> rank = {};   ///< of each: 0 is the front
    std::vector<double> crowding = {};    ///< of each: how far the neighbours of its rank are
};

/// The best `count` of the candidates: whole fronts, then the least crowded of the one that does not fit.
/// Ties go to the older.
[[nodiscard]] ALWANN_SEPARABLE ranked_population select_best(std::span<const individual> candidates,
                                                             std::size_t count);

/// The better of two members drawn at random: the lower rank, then the more room.
[[nodiscard]] ALWANN_SEPARABLE std::size_t tournament(const ranked_population& from,
                                                      random_generator& random);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/search/detail/define_selection.hpp>
#endif
