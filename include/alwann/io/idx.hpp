// SPDX-License-Identifier: MIT
/// @file
/// Arrays of bytes in idx files, the format of MNIST and Fashion-MNIST.
#pragma once

#include <alwann/io/dataset.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// An array of bytes; the last dimension varies fastest.
struct idx_array {
    std::vector<std::size_t> dims;    ///< the extents, the first one varying slowest
    std::vector<std::uint8_t> values; ///< all elements, row-major
};

/// Reads an idx file of unsigned bytes, plain or compressed.
///
/// Throws io_error where it cannot be read, and format_error for another magic number, type or length.
[[nodiscard]] ALWANN_SEPARABLE idx_array read_idx(const std::filesystem::path& path);

/// Reads images [N,H,W] or [N,H,W,C] and labels [N].
///
/// Throws as read_idx and make_dataset do, and format_error for other ranks. The name is that of the file
/// with the images unless one is given.
[[nodiscard]] ALWANN_SEPARABLE dataset read_idx_dataset(const std::filesystem::path& images,
                                                        const std::filesystem::path& labels,
                                                        std::string name = {}, std::size_t classes = 0);

/// Which of a data set's published parts.
enum class dataset_part { train, test };

/// Where Debian's package dataset-fashion-mnist puts the files.
inline constexpr const char* fashion_mnist_directory = "/usr/share/datasets/fashion-mnist";

/// Reads Fashion-MNIST: 60,000 images for training or 10,000 for tests.
///
/// Throws io_error, naming Debian's package, where the files are missing.
[[nodiscard]] ALWANN_SEPARABLE dataset
read_fashion_mnist(dataset_part part, const std::filesystem::path& directory = fashion_mnist_directory);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_idx.hpp>
#endif
