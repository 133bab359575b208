// SPDX-License-Identifier: MIT
/// @file
/// Libraries as folders: library.json, truth tables and circuits (CMake component `json`).
///
/// library.json lists the components: name, table's file and hash, form of the operands, cost and where it is
/// from, errors, tags, circuit's file. Tables are binary, circuits BLIF; both are named after their content,
/// so that a folder which is written anew keeps its old state until library.json is replaced, in one step.
#pragma once

#include <alwann/library/library.hpp>

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// The list in the folder of a saved library.
inline constexpr std::string_view library_list_name = "library.json";

/// Largest list that is read, in bytes.
inline constexpr std::size_t library_list_max_bytes = std::size_t{64} << 20;

/// Whether a folder holds a saved library.
[[nodiscard]] ALWANN_SEPARABLE bool is_saved_library(const std::filesystem::path& folder);

/// Saves a library as a folder, which is made if need be; a library that is there already is replaced, in one
/// step. Throws io_error, a full disk included, and value_error for names that are not UTF-8.
ALWANN_SEPARABLE void save_library(const library& parts, const std::filesystem::path& folder);

/// Loads a library from a folder of save_library().
///
/// Hashes, errors and circuits are compared with the tables. Throws io_error for a file that cannot be read,
/// and format_error naming file and field.
[[nodiscard]] ALWANN_SEPARABLE library load_library(const std::filesystem::path& folder);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/library/detail/define_saved_library.hpp>
#endif
