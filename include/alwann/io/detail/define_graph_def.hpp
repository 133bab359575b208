// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/graph_def.hpp.
#pragma once

#include <alwann/io/detail/graph_def_parser.hpp>
#include <alwann/io/detail/plain_file.hpp>
#include <alwann/io/graph_def.hpp>

#include <filesystem>
#include <string>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE graph_def read_graph_def(const std::filesystem::path& path) {
    const std::string bytes = detail::read_plain_file(path, graph_def_max_bytes + 1);
    if (bytes.size() > graph_def_max_bytes) {
        throw format_error(path.string(), "size", "at most 2^30 bytes", "more");
    }
    return detail::parse_graph_def(bytes, path.string());
}

} // namespace alwann::inline ALWANN_ABI
