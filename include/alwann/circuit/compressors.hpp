// SPDX-License-Identifier: MIT
/// @file
/// Multipliers that add up their partial products by approximate 4:2 compressors. Their products have no
/// short closed form, so there are netlists only.
#pragma once

#include <alwann/circuit/families.hpp>

#include <cstddef>

namespace alwann::inline ALWANN_ABI {

namespace circuits {

/// How an approximate 4:2 compressor counts its four bits a, b, c, d; its result is 0 to 3.
enum class compressor_kind {
    saturating,    ///< min(count, 3), wrong for four ones only (Yang et al. 2015)
    momeni,        ///< sum (a XNOR b) OR (c XNOR d), carry ab OR cd: 1 for no ones (Momeni et al. 2015)
    venkatachalam, ///< sum (a XOR b) OR (c XOR d) OR abcd, carry ab OR cd (Venkatachalam and Ko 2017)
    or_and,        ///< sum = OR of all, carry = (a OR b) AND (c OR d): no XOR at all
    or_xor,        ///< sum = (a OR b) XOR (c OR d), carry = (a OR b) AND (c OR d)
};

/// Two levels of 4:2 compressors, approximate in the columns below `end`, then a ripple adder.
[[nodiscard]] ALWANN_SEPARABLE netlist compressor42(std::size_t end, compressor_kind kind);

} // namespace circuits
} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_compressors.hpp>
#endif
