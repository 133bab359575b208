// SPDX-License-Identifier: MIT
/// @file
/// Finds the structure of a truth table.
#pragma once

#include <alwann/kernel/table_structure.hpp>
#include <alwann/multiplier/table.hpp>

#include <memory>

namespace alwann::inline ALWANN_ABI {

/// Analyses a table as engines see it: of a signed multiplier its engine_form(). Takes some milliseconds; see
/// analysis_of().
[[nodiscard]] ALWANN_SEPARABLE table_analysis analyse(const table& products);

/// The analysis of a table, made once per process for the same products under any name.
///
/// Threads may call this at once. The last 64 tables are kept; an analysis lives as long as it is held.
[[nodiscard]] ALWANN_SEPARABLE std::shared_ptr<const table_analysis> analysis_of(const table& products);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/kernel/detail/define_analysis.hpp>
#endif
