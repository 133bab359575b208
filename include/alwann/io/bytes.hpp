// SPDX-License-Identifier: MIT
/// @file
/// Whole files in memory, decompressed on the way.
///
/// Belongs to the component compressed: needs zlib and liblzma.
#pragma once

#include <alwann/core/config.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// How large a file may become in memory unless the caller says otherwise: 1 GiB.
inline constexpr std::size_t file_size_limit = std::size_t{1} << 30;

/// The bytes of a file. gzip and xz are recognised by content, not by name, and decompressed.
///
/// Throws io_error where the file cannot be read, and format_error for a damaged or truncated compressed
/// file and for content larger than `limit` bytes.
[[nodiscard]] ALWANN_SEPARABLE std::string read_file(const std::filesystem::path& path,
                                                     std::size_t limit = file_size_limit);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_bytes.hpp>
#endif
