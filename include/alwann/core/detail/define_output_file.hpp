// SPDX-License-Identifier: MIT
/// @file
/// The definitions of core/output_file.hpp.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/core/output_file.hpp>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Writes a file in place. Throws io_error with the system's reason, which calls the file `name`.
inline void write_bytes(const std::filesystem::path& path, const std::filesystem::path& name,
                        std::string_view content) {
    errno = 0;
    const auto close = [](std::FILE* file) { std::fclose(file); };
    std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "wb"), close);
    const bool is_written = file != nullptr &&
                            std::fwrite(content.data(), 1, content.size(), file.get()) == content.size() &&
                            std::fflush(file.get()) == 0;
    const int reason = errno;
    if (!is_written || std::fclose(file.release()) != 0) { // the last may be the first to notice a full disk
        throw io_error(name.string(),
                       "cannot be written: " + std::generic_category().message(is_written ? errno : reason));
    }
}

} // namespace detail

ALWANN_SEPARABLE void write_file(const std::filesystem::path& path, std::string_view content) {
    namespace fs = std::filesystem;
    std::error_code problem;
    if (const auto status = fs::status(path, problem); fs::exists(status) && !fs::is_regular_file(status)) {
        return detail::write_bytes(path, path, content);
    }
    fs::path target = fs::is_symlink(path, problem) ? fs::canonical(path, problem) : path;
    target = target.empty() ? path : target;
    fs::path unfinished = target;
    unfinished += ".new";
    try {
        detail::write_bytes(unfinished, path, content);
    } catch (const io_error&) {
        fs::remove(unfinished, problem);
        throw;
    }
    fs::rename(unfinished, target, problem);
    if (problem) {
        const std::string reason = problem.message();
        fs::remove(unfinished, problem);
        throw io_error(path.string(), "cannot be written: " + reason);
    }
}

} // namespace alwann::inline ALWANN_ABI
