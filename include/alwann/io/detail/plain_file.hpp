// SPDX-License-Identifier: MIT
/// @file
/// Whole files, or parts of them, in memory.
#pragma once

#include <alwann/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Up to `limit` bytes from `offset` on; fewer where the file ends before.
///
/// Reads in pieces, so that a limit far above the file's size costs nothing. Throws io_error.
[[nodiscard]] inline std::string read_plain_file(const std::filesystem::path& path, std::uintmax_t limit,
                                                 std::uintmax_t offset = 0) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) { // opens without an error, then cannot be read
        throw io_error(path.string(), "is a directory");
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw io_error(path.string(), "cannot be opened for reading");
    }
    if (offset > 0) {
        file.seekg(static_cast<std::streamoff>(offset));
    }
    std::string content;
    constexpr std::uintmax_t piece = 1 << 20;
    while (file && content.size() < limit) {
        const std::size_t before = content.size();
        content.resize(before + static_cast<std::size_t>(std::min(piece, limit - before)));
        file.read(content.data() + before, static_cast<std::streamsize>(content.size() - before));
        content.resize(before + static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) {
        throw io_error(path.string(), "cannot be read");
    }
    return content;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
