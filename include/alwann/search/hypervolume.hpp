// SPDX-License-Identifier: MIT
/// @file
/// Hypervolume: one number for the quality of a front.
#pragma once

#include <alwann/search/problem.hpp>

#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// The exact volume that points dominate up to a reference point; all objectives are minimised. A point that
/// is not below the reference in every objective contributes nothing.
///
/// O(N log N) for two objectives, by sweeping; O(N^(M-1) log N) for M, by slicing (HSO, While et al. 2006).
[[nodiscard]] ALWANN_SEPARABLE double hypervolume(std::span<const std::vector<double>> points,
                                                  const std::vector<double>& reference);

/// The same for individuals, of which only the feasible ones count.
[[nodiscard]] ALWANN_SEPARABLE double hypervolume(std::span<const individual> front,
                                                  const std::vector<double>& reference);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/search/detail/define_hypervolume.hpp>
#endif
