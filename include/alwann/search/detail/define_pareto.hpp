// SPDX-License-Identifier: MIT
/// @file
/// The definitions of search/pareto.hpp.
#pragma once

#include <alwann/search/pareto.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

namespace alwann::inline ALWANN_ABI {

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

ALWANN_SEPARABLE std::vector<double> crowding_distance(std::span<const individual> items,
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

ALWANN_SEPARABLE std::vector<individual> pareto_front(std::span<const individual> items) {
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

ALWANN_SEPARABLE bool join_front(std::vector<individual>& front, const individual& newcomer) {
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

ALWANN_SEPARABLE std::vector<std::vector<std::size_t>> non_dominated_sort(std::span<const individual> items) {
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

} // namespace alwann::inline ALWANN_ABI
