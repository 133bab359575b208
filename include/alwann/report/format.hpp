// SPDX-License-Identifier: MIT
/// @file
/// Numbers as text, the same in every locale, and text into files.
#pragma once

#include <alwann/core/error.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// The shortest decimal that reads back as the same double.
[[nodiscard]] inline std::string format_number(double value) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
}

/// With a fixed number of decimals.
[[nodiscard]] inline std::string format_fixed(double value, int decimals) {
    if (!std::isfinite(value) || std::abs(value) > 1e30) {
        return format_number(value);
    }
    std::array<char, 64> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals)
            .ptr;
    return {buffer.data(), end};
}

/// Replaces a file's content in one step: an interrupted or failed write leaves the old file as it was.
/// Throws io_error, also for a full disk.
inline void write_file(const std::filesystem::path& path, std::string_view content) {
    auto unfinished = path;
    unfinished += ".new";
    {
        std::ofstream file(unfinished, std::ios::binary);
        file.write(content.data(), static_cast<std::streamsize>(content.size()));
        file.close();
        if (!file) {
            std::error_code ignored;
            std::filesystem::remove(unfinished, ignored);
            throw io_error(path.string(), "cannot be written");
        }
    }
    std::error_code problem;
    std::filesystem::rename(unfinished, path, problem);
    if (problem) {
        throw io_error(path.string(), "cannot be written: " + problem.message());
    }
}

} // namespace alwann::inline ALWANN_ABI
