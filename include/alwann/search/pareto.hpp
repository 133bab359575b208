// SPDX-License-Identifier: MIT
/// @file
/// Which of two designs is better, and which of many are not beaten.
#pragma once

#include <alwann/search/problem.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// No objective worse and one better. The counts must be equal.
[[nodiscard]] constexpr bool pareto_dominates(std::span<const double> a, std::span<const double> b) noexcept {
    bool better = false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] > b[i]) {
            return false;
        }
        better = better || a[i] < b[i];
    }
    return better;
}

/// Constrained dominance of Deb (2000): feasible beats infeasible, the smaller violation beats the larger,
/// and equals in this are compared by their objectives. A strict partial order.
[[nodiscard]] inline bool dominates(const evaluation& a, const evaluation& b) noexcept {
    if (a.violation != b.violation) {
        return a.violation < b.violation;
    }
    return pareto_dominates(a.objectives, b.objectives);
}

namespace detail {

/// The order of a front: the smaller violation, then the smaller first objective, and so on.
inline bool comes_before(const evaluation& a, const evaluation& b) noexcept {
    return a.violation != b.violation ? a.violation < b.violation : a.objectives < b.objectives;
}

/// Indices such that nobody is dominated by a later one; equals keep the order of the input.
inline std::vector<std::size_t> dominance_order(std::span<const individual> items) {
    for (const auto& item : items) {
        validate(item.value, items.front().value.objectives.size());
    }
    std::vector<std::size_t> order(items.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
        return comes_before(items[i].value, items[j].value);
    });
    return order;
}

/// Whether a member of the front dominates. Late members are the closest in order, so they come first.
inline bool dominated_by(std::span<const individual> items, const std::vector<std::size_t>& front,
                         std::size_t candidate) {
    return std::any_of(front.rbegin(), front.rend(), [&](std::size_t member) {
        return dominates(items[member].value, items[candidate].value);
    });
}

} // namespace detail

/// Splits into fronts: each is what nobody dominates once the fronts before it are taken away. A front holds
/// indices in ascending order.
///
/// Sorted insertion (ENS, Zhang et al. 2015): O(M N^2) at worst like Deb's, O(N) memory, and often near
/// O(M N log N).
[[nodiscard]] inline std::vector<std::vector<std::size_t>>
non_dominated_sort(std::span<const individual> items) {
    std::vector<std::vector<std::size_t>> fronts;
    for (const std::size_t candidate : detail::dominance_order(items)) {
        // Dominance is transitive: dominated in one front implies dominated in all before it.
        const auto place = std::partition_point(fronts.begin(), fronts.end(), [&](const auto& front) {
            return detail::dominated_by(items, front, candidate);
        });
        if (place == fronts.end()) {
            fronts.push_back({candidate});
        } else {
            place->push_back(candidate);
        }
    }
    for (auto& front : fronts) {
        std::sort(front.begin(), front.end());
    }
    return fronts;
}

/// For each index of a front, how far apart its neighbours are, summed over objectives relative to their
/// range; infinite at the ends. O(M N log N).
///
/// Sums of quotients only, no products: nothing a compiler may fuse, so the same bits everywhere. An
/// objective whose range is zero or infinite tells nobody apart and adds nothing between the ends.
[[nodiscard]] inline std::vector<double> crowding_distance(std::span<const individual> items,
                                                           std::span<const std::size_t> front) {
    std::vector<double> distance(front.size(), 0.0);
    if (front.empty()) {
        return distance;
    }
    std::vector<std::size_t> order(front.size());
    for (std::size_t m = 0; m < items[front[0]].value.objectives.size(); ++m) {
        const auto value = [&](std::size_t i) { return items[front[order[i]]].value.objectives[m]; };
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
            return items[front[i]].value.objectives[m] < items[front[j]].value.objectives[m];
        });
        distance[order.front()] = std::numeric_limits<double>::infinity();
        distance[order.back()] = std::numeric_limits<double>::infinity();
        const double range = value(order.size() - 1) - value(0);
        if (!(range > 0) || !std::isfinite(range)) {
            continue;
        }
        for (std::size_t i = 1; i + 1 < order.size(); ++i) {
            distance[order[i]] += (value(i + 1) - value(i - 1)) / range;
        }
    }
    return distance;
}

/// The non-dominated individuals in ascending order of their objectives (the first decides). Of several with
/// the same objectives the first in the input stays. If none is feasible, the least infeasible ones.
[[nodiscard]] inline std::vector<individual> pareto_front(std::span<const individual> items) {
    std::vector<std::size_t> kept;
    for (const std::size_t candidate : detail::dominance_order(items)) {
        // Equals are neighbours in the order, so a repetition can only repeat the last one kept.
        const bool repeats = !kept.empty() && items[kept.back()].value == items[candidate].value;
        if (!repeats && !detail::dominated_by(items, kept, candidate)) {
            kept.push_back(candidate);
        }
    }
    std::vector<individual> front;
    front.reserve(kept.size());
    for (const std::size_t member : kept) {
        front.push_back(items[member]);
    }
    return front;
}

/// Lets an individual into a front that is ordered like pareto_front() of all before it, so that it is that
/// of all with this one; false if a member dominates it or is worth the same. O(M N), and often O(M log N).
inline bool join_front(std::vector<individual>& front, const individual& newcomer) {
    validate(newcomer.value,
             front.empty() ? newcomer.value.objectives.size() : front.front().value.objectives.size());
    const auto place =
        std::upper_bound(front.begin(), front.end(), newcomer,
                         [](const auto& a, const auto& b) { return detail::comes_before(a.value, b.value); });
    const auto beats = [&](const individual& member) { return dominates(member.value, newcomer.value); };
    const auto before = std::make_reverse_iterator(place);
    if ((place != front.begin() && std::prev(place)->value == newcomer.value) ||
        std::any_of(before, front.rend(), beats)) {
        return false;
    }
    const auto at = place - front.begin();
    front.erase(
        std::remove_if(place, front.end(),
                       [&](const individual& member) { return dominates(newcomer.value, member.value); }),
        front.end());
    front.insert(front.begin() + at, newcomer);
    return true;
}

} // namespace alwann::inline ALWANN_ABI
