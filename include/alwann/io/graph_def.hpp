// SPDX-License-Identifier: MIT
/// @file
/// TensorFlow's frozen graphs as they lie in their files: nodes, attributes, tensors.
///
/// Belongs to the component tensorflow: needs protobuf.
#pragma once

#include <alwann/io/detail/graph_def_parser.hpp>
#include <alwann/io/detail/plain_file.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// Largest file in bytes: frozen graphs of image networks stay far below.
inline constexpr std::uintmax_t graph_def_max_bytes = std::uintmax_t{1} << 30;

/// Reads a binary GraphDef. Functions of the graph's library are skipped.
///
/// Throws io_error where the file cannot be read, and format_error where it is damaged, ends early, or is
/// something else.
[[nodiscard]] inline graph_def read_graph_def(const std::filesystem::path& path) {
    const std::string bytes = detail::read_plain_file(path, graph_def_max_bytes + 1);
    if (bytes.size() > graph_def_max_bytes) {
        throw format_error(path.string(), "size", "at most 2^30 bytes", "more");
    }
    return detail::parse_graph_def(bytes, path.string());
}

} // namespace alwann::inline ALWANN_ABI
