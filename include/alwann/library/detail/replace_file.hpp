// SPDX-License-Identifier: MIT
/// @file
/// Files that are there as a whole or not at all.
#pragma once

#include <alwann/core/error.hpp>

#include <filesystem>
#include <system_error>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Calls `write(path)` with a name beside the file's and then gives what was written the file's name. A write
/// that is interrupted or fails leaves an older file as it was. Throws io_error, and what `write` throws.
template <class Write>
void replace_file(const std::filesystem::path& path, Write&& write) {
    std::filesystem::path unfinished = path;
    unfinished += ".new";
    std::error_code problem;
    try {
        write(unfinished);
    } catch (const io_error&) { // of a name that the caller has not heard of
        std::filesystem::remove(unfinished, problem);
        throw io_error(path.string(), "cannot be written");
    }
    std::filesystem::rename(unfinished, path, problem);
    if (problem) {
        const std::string reason = problem.message();
        std::filesystem::remove(unfinished, problem);
        throw io_error(path.string(), "cannot be written: " + reason);
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
