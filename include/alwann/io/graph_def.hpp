// SPDX-License-Identifier: MIT
/// @file
/// TensorFlow's frozen graphs as they lie in their files: nodes, attributes, tensors.
///
/// Belongs to the component tensorflow: needs protobuf.
#pragma once

#include <alwann/io/detail/graph_def_types.hpp>

#include <cstdint>
#include <filesystem>

namespace alwann::inline ALWANN_ABI {

/// Largest file in bytes: frozen graphs of image networks stay far below.
inline constexpr std::uintmax_t graph_def_max_bytes = std::uintmax_t{1} << 30;

/// Reads a binary GraphDef. Functions of the graph's library are skipped.
///
/// Throws io_error where the file cannot be read, and format_error where it is damaged, ends early, or is
/// something else.
[[nodiscard]] ALWANN_SEPARABLE graph_def read_graph_def(const std::filesystem::path& path);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_graph_def.hpp>
#endif
