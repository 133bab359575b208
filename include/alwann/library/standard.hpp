// SPDX-License-Identifier: MIT
/// @file
/// A library of our own circuits, for use without any data files.
#pragma once

#include <alwann/library/library.hpp>

namespace alwann::inline ALWANN_ABI {

/// 43 multipliers from exact to 0.002 mW, generated and simulated on first use and priced by the cost model.
///
/// The designs spread over power and over kinds of error: small and frequent (bamvc), zero on average
/// (truncor), large but rare (c42yang), below the exact product only (lowor, trunc). Those named evo_mae0.1
/// and so on are evolved (scripts/evolve-standard): the cheapest found with a mean absolute error of that
/// many percent and a worst one of five times as much. All designs keep products with zero at zero.
/// Each needs at most 10 % more power than EvoApproxLib's multipliers of the same mean absolute, mean
/// relative, worst-case or mean squared error, or probability of error; designs that do not are in
/// textbook(), such as most truncations. So are logarithmic and leading-one multipliers: the cost model
/// underestimates their shifters by 1.5 to 2 times, and a search would fall for that.
///
/// Each has its circuit and a tag: exact, lowor, bamvc, truncor, trunc, c42yang, c42or or evolved.
[[nodiscard]] ALWANN_SEPARABLE const library& standard();

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/library/detail/define_standard.hpp>
#endif
