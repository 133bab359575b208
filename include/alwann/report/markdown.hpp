// SPDX-License-Identifier: MIT
/// @file
/// Designs as a table for people.
#pragma once

#include <alwann/core/format.hpp>
#include <alwann/library/library.hpp>
#include <alwann/search/exploration.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A Markdown table with aligned columns, readable as plain text too; the first row is the header.
[[nodiscard]] ALWANN_SEPARABLE std::string format_table(const std::vector<std::vector<std::string>>& rows);

/// "93.1 [92.6, 93.6]": a share in percent with its interval.
[[nodiscard]] ALWANN_SEPARABLE std::string format_percent(double share, const confidence_interval& interval,
                                                          int decimals = 2);

/// Names of a design's multipliers, layer by layer; runs of equal ones are counted: "a, 3 x b".
[[nodiscard]] ALWANN_SEPARABLE std::string describe_layers(const std::vector<std::size_t>& multipliers,
                                                           const library& parts);

/// Energies, accuracies with 95 % intervals (Wilson; of the loss Newcombe, paired), the probability of such a
/// loss by chance (McNemar's exact test), and the layers' multipliers of some designs.
[[nodiscard]] ALWANN_SEPARABLE std::string to_markdown(std::span<const explored_design> designs,
                                                       const library& parts);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/report/detail/define_markdown.hpp>
#endif
