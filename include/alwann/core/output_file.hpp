// SPDX-License-Identifier: MIT
/// @file
/// Files that are there as a whole or not at all.
#pragma once

#include <alwann/core/config.hpp>

#include <filesystem>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// Replaces a file's content in one step: a write that is interrupted or fails leaves the old file as it was.
///
/// The content is written beside the file, as PATH.new, and then gets its name; devices and pipes are written
/// to directly. Throws io_error with the system's reason, also for a full disk.
ALWANN_SEPARABLE void write_file(const std::filesystem::path& path, std::string_view content);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/core/detail/define_output_file.hpp>
#endif
