// SPDX-License-Identifier: MIT
/// @file
/// Multipliers that look for the leading ones of their operands, as netlists;
/// multiplier/leading_one_families.hpp has them as functions.
///
/// They are made of leading-one detectors and shifters, for which the cost model was not fitted: simulation
/// with gate delays sees 1.5 to 2 times the power that estimate_cost() gives. Tag their costs
/// provenance::modelled_rough.
#pragma once

#include <alwann/circuit/families.hpp>

#include <cstddef>

namespace alwann::inline ALWANN_ABI {

namespace circuits {

/// DRUM (Hashemi et al. 2015): multiplies the k bits from each operand's leading one on, the lowest of them
/// set where bits were dropped.
[[nodiscard]] ALWANN_SEPARABLE netlist drum(std::size_t k);

/// Static segments (Narayanamoorthy et al. 2015): multiplies the m highest bits of an operand of 2^m and
/// more, the m lowest ones of others.
[[nodiscard]] ALWANN_SEPARABLE netlist static_segment(std::size_t m);

/// Mitchell's logarithmic multiplier (1962) with m bits of each operand's fraction.
[[nodiscard]] ALWANN_SEPARABLE netlist mitchell(std::size_t m);

/// Mitchell's multiplier with the lowest of the m bits set to one, which makes up for the dropped ones on
/// average.
[[nodiscard]] ALWANN_SEPARABLE netlist mitchell_set_one(std::size_t m);

/// RoBA (Zendegani et al. 2017): with operands rounded to powers of two, x_r w + w_r x - x_r w_r.
[[nodiscard]] ALWANN_SEPARABLE netlist roba();

/// After the error-tolerant multiplier (Kyaw et al. 2010): exact for operands below 16; of others the upper
/// halves are multiplied, and the lower halves set all product bits from 2^(4 + t) down if bit t is their
/// highest one.
///
/// Products with zero need not be zero: see zero_kept().
[[nodiscard]] ALWANN_SEPARABLE netlist error_tolerant();

} // namespace circuits
} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_leading_one_families.hpp>
#endif
