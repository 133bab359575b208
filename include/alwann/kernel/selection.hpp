// SPDX-License-Identifier: MIT
/// @file
/// Which engine runs a convolution, and why.
#pragma once

#include <alwann/kernel/convolution.hpp>
#include <alwann/kernel/engine.hpp>
#include <alwann/kernel/table_analysis.hpp>

#include <string>

namespace alwann::inline ALWANN_ABI {

/// An engine with what it is expected to cost, and the reason for it in words.
struct engine_choice {
    engine which = engine::reference; ///< the engine
    double cycles = 0;                ///< predicted, of one core
    std::string reason;               ///< why, in words
};

/// Whether an engine can run a table at all; the reason if not.
[[nodiscard]] ALWANN_SEPARABLE bool suits(engine which, const table_analysis& what,
                                          std::string* reason = nullptr);

/// How much longer than on AMD's Zen 5, where the constants below were measured, this processor takes for the
/// engines that look products up by permuting bytes: 1.9 to 2.3, measured on an Intel Xeon against rows.
[[nodiscard]] ALWANN_SEPARABLE double permute_cost() noexcept;

/// Cycles that an engine needs for a convolution on one core. The constants were measured; only their ratios
/// matter.
[[nodiscard]] ALWANN_SEPARABLE double predicted_cycles(engine which, const convolution_shape& shape,
                                                       const table_analysis& what,
                                                       double permute = permute_cost());

/// The engine for a convolution with a table: the one asked for, or the one predicted to be fastest.
///
/// A request other than automatic is honoured, or refused with value_error if the processor or the table does
/// not allow it.
[[nodiscard]] ALWANN_SEPARABLE engine_choice choose_engine(const convolution_shape& shape,
                                                           const table_analysis& what,
                                                           engine request = requested_engine());

/// As above, by name only.
[[nodiscard]] ALWANN_SEPARABLE engine active_engine(const convolution_shape& shape, const table& multiplier,
                                                    engine request = requested_engine());

/// The engine for a table without any structure.
[[nodiscard]] ALWANN_SEPARABLE engine active_engine(const convolution_shape& shape,
                                                    engine request = requested_engine());

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/kernel/detail/define_selection.hpp>
#endif
