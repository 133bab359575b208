// SPDX-License-Identifier: MIT
/// @file
/// The families of the literature as a library, to compare with.
#pragma once

#include <alwann/library/library.hpp>

namespace alwann::inline ALWANN_ABI {

/// Multipliers of published families that standard() does without, generated and simulated on first use.
///
/// Most need 1.1 to 5 times the power of the best known circuit of their error; some do not keep products
/// with zero at zero. The exact Dadda multiplier is among them for reference. Costs are modelled; those of
/// circuits with leading-one detectors and shifters (drum, ssm, mitch, mitch1, roba, etm) are tagged
/// provenance::modelled_rough and 1.5 to 2 times too low. Each has its circuit and its family's name as a
/// tag.
[[nodiscard]] ALWANN_SEPARABLE const library& textbook();

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/library/detail/define_textbook.hpp>
#endif
