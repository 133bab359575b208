// SPDX-License-Identifier: MIT
/// @file
/// CIFAR-10 in its official binary form.
#pragma once

#include <alwann/io/dataset.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Bytes of one image: the label, then 32 x 32 values each of red, green and blue.
inline constexpr std::size_t cifar10_record_bytes = 1 + 3 * 32 * 32;

/// Reads files of records, plain or compressed, one after the other.
///
/// Throws io_error where one cannot be read, format_error for another length than whole records and for a
/// label above 9, and value_error where there are no files or only empty ones.
[[nodiscard]] ALWANN_SEPARABLE dataset read_cifar10(const std::vector<std::filesystem::path>& files,
                                                    std::string name = "cifar10");

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_cifar10.hpp>
#endif
