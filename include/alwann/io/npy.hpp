// SPDX-License-Identifier: MIT
/// @file
/// Integer arrays of NumPy.
#pragma once

#include <alwann/io/dataset.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// An array of integers; the last dimension varies fastest.
struct npy_array {
    std::vector<std::size_t> dims; ///< the extents, the first one varying slowest
    /// All elements, row-major.
    std::variant<std::vector<std::uint8_t>, std::vector<std::int32_t>, std::vector<std::int64_t>> values;
};

/// Reads a .npy file, plain or compressed: format version 1 or 2, C order, uint8 or little-endian int32 or
/// int64.
///
/// Throws io_error where it cannot be read, and format_error for anything else than that.
[[nodiscard]] ALWANN_SEPARABLE npy_array read_npy(const std::filesystem::path& path);

/// Reads uint8 images [N,H,W] or [N,H,W,C] and labels [N].
///
/// Throws as read_npy and make_dataset do, and format_error for other types, ranks or labels.
[[nodiscard]] ALWANN_SEPARABLE dataset read_npy_dataset(const std::filesystem::path& images,
                                                        const std::filesystem::path& labels,
                                                        std::string name = {}, std::size_t classes = 0);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_npy.hpp>
#endif
