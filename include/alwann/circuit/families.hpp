// SPDX-License-Identifier: MIT
/// @file
/// Families of approximate 8x8 multipliers as netlists; multiplier/families.hpp has them as functions.
///
/// Rows belong to the bits of w, columns to powers of two: the partial product x_i w_j is in row j and column
/// i + j.
#pragma once

#include <alwann/circuit/arithmetic.hpp>

#include <cstddef>

namespace alwann::inline ALWANN_ABI {

namespace circuits {

/// Truncation: the product without the `a` lowest bits of x and the `b` lowest bits of w.
[[nodiscard]] ALWANN_SEPARABLE netlist truncation(std::size_t a, std::size_t b);

/// Truncation that puts the OR of the dropped bits in place of the highest of them: mean error zero.
[[nodiscard]] ALWANN_SEPARABLE netlist truncation_or(std::size_t a, std::size_t b);

/// Broken array (Mahdiani et al. 2010): no rows below h and no columns below v.
[[nodiscard]] ALWANN_SEPARABLE netlist broken_array(std::size_t h, std::size_t v);

/// Broken array with variable correction: the bits of column v - 1 count as if they stood in column v.
///
/// Makes up for the dropped columns on average, and products with zero stay zero.
[[nodiscard]] ALWANN_SEPARABLE netlist bamvc(std::size_t h, std::size_t v);

/// Broken array with constant correction: the mean of what is dropped, rounded to a multiple of 2^v, is
/// added.
///
/// With `keep_zeros` only where neither operand is zero; else products with zero become the constant.
[[nodiscard]] ALWANN_SEPARABLE netlist bamc(std::size_t h, std::size_t v, bool keep_zeros = false);

/// A multiplier with zero for all products with zero, whatever the circuit makes of them.
[[nodiscard]] ALWANN_SEPARABLE netlist zero_kept(const netlist& multiplier);

/// OR-compressed low columns: below column v a product bit is the OR of its column, without carries.
///
/// Rows below h and columns below `drop` are left out.
[[nodiscard]] ALWANN_SEPARABLE netlist lowor(std::size_t v, std::size_t h = 0, std::size_t drop = 0);

/// Perforation (Zervakis et al. 2016): without the k rows from row j on.
[[nodiscard]] ALWANN_SEPARABLE netlist perforation(std::size_t j, std::size_t k);

/// Recursive multiplier of 2x2 blocks (Kulkarni et al. 2011) in which 3 * 3 = 7 saves a bit.
///
/// Blocks of weight 2^s are of that kind for s < limit and exact otherwise: limit 13 and more changes all, 0
/// none.
[[nodiscard]] ALWANN_SEPARABLE netlist kulkarni(std::size_t limit);

} // namespace circuits
} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_families.hpp>
#endif
