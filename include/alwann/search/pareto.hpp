// SPDX-License-Identifier: MIT
/// @file
/// Which of two designs is better, and which of many are not beaten.
#pragma once

#include <alwann/search/problem.hpp>

#include <cstddef>
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

/// Splits into fronts: each is what nobody dominates once the fronts before it are taken away. A front holds
/// indices in ascending order.
///
/// Sorted insertion (ENS, Zhang et al. 2015): O(M N^2) at worst like Deb's, O(N) memory, and often near
/// O(M N log N).
[[nodiscard]] ALWANN_SEPARABLE std::vector<std::vector<std::size_t>>
non_dominated_sort(std::span<const individual> items);

/// For each index of a front, how far apart its neighbours are, summed over objectives relative to their
/// range; infinite at the ends. O(M N log N).
///
/// Sums of quotients only, no products: nothing a compiler may fuse, so the same bits everywhere. An
/// objective whose range is zero or infinite tells nobody apart and adds nothing between the ends.
[[nodiscard]] ALWANN_SEPARABLE std::vector<double> crowding_distance(std::span<const individual> items,
                                                                     std::span<const std::size_t> front);

/// The non-dominated individuals in ascending order of their objectives (the first decides). Of several with
/// the same objectives the first in the input stays. If none is feasible, the least infeasible ones.
[[nodiscard]] ALWANN_SEPARABLE std::vector<individual> pareto_front(std::span<const individual> items);

/// Lets an individual into a front that is ordered like pareto_front() of all before it, so that it is that
/// of all with this one; false if a member dominates it or is worth the same. O(M N), and often O(M log N).
ALWANN_SEPARABLE bool join_front(std::vector<individual>& front, const individual& newcomer);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/search/detail/define_pareto.hpp>
#endif
