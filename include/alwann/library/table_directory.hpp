// SPDX-License-Identifier: MIT
/// @file
/// Libraries as folders of truth tables with a list of costs.
#pragma once

#include <alwann/core/source_text.hpp>
#include <alwann/library/library.hpp>
#include <alwann/multiplier/table_file.hpp>

#include <filesystem>
#include <functional>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// Gets one line of text for each thing that is odd but no error.
using warning_handler = std::function<void(const std::string&)>;

/// Largest costs.csv that is read, in bytes.
inline constexpr std::size_t cost_list_max_bytes = std::size_t{16} << 20;

/// Reads a folder of binary truth tables NAME.bin with their costs in costs.csv, in the order of file names.
///
/// costs.csv has a header with at least the columns name and power_mW; area_um2 and delay_ns are read if they
/// are there, others are ignored. The tables may also be in a subfolder named `tables`; either folder can be
/// given then. A table without a row of costs gets none, a row without a table is skipped; `warn` is told of
/// both. Throws io_error if something cannot be read, and format_error (naming file, line and field) for a
/// malformed file or a folder without tables.
[[nodiscard]] ALWANN_SEPARABLE library read_table_library(const std::filesystem::path& folder,
                                                          const warning_handler& warn = {});

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/library/detail/define_table_directory.hpp>
#endif
