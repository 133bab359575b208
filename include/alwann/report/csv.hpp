// SPDX-License-Identifier: MIT
/// @file
/// Designs as comma-separated values.
#pragma once

#include <alwann/library/library.hpp>
#include <alwann/search/exploration.hpp>

#include <span>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// One design a row, with a header. Columns conv0, conv1, ... hold the multiplier of each convolution;
/// accuracies and energies are shares of 1.
[[nodiscard]] ALWANN_SEPARABLE std::string to_csv(std::span<const explored_design> designs,
                                                  const library& parts);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/report/detail/define_csv.hpp>
#endif
