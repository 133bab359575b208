// SPDX-License-Identifier: MIT
/// @file
/// The definitions of search/selection.hpp.
#pragma once

#include <alwann/search/selection.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE ranked_population select_best(std::span<const individual> candidates, std::size_t count) {
    ranked_population chosen;
    const auto fronts = non_dominated_sort(candidates);
    for (std::size_t rank = 0; rank < fronts.size() && chosen.members.size() < count; ++rank) {
        const auto& front = fronts[rank];
        const auto crowding = crowding_distance(candidates, front);
        std::vector<std::size_t> order(front.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t i, std::size_t j) { return crowding[i] > crowding[j]; });
        order.resize(std::min(order.size(), count - chosen.members.size()));
        for (const std::size_t i : order) {
            chosen.members.push_back(candidates[front[i]]);
            chosen.rank.push_back(rank);
            chosen.crowding.push_back(crowding[i]);
        }
    }
    return chosen;
}

ALWANN_SEPARABLE std::size_t tournament(const ranked_population& from, random_generator& random) {
    const std::size_t a = uniform_below(random, from.members.size());
    const std::size_t b = uniform_below(random, from.members.size());
    if (from.rank[a] != from.rank[b]) {
        return from.rank[a] < from.rank[b] ? a : b;
    }
    return from.crowding[b] > from.crowding[a] ? b : a;
}

} // namespace alwann::inline ALWANN_ABI
