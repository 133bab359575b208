// SPDX-License-Identifier: MIT
/// @file
/// CIFAR-10 in its official binary form.
#pragma once

#include <alwann/io/bytes.hpp>
#include <alwann/io/dataset.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Bytes of one image: the label, then 32 x 32 values each of red, green and blue.
inline constexpr std::size_t cifar10_record_bytes = 1 + 3 * 32 * 32;

/// Reads files of records, plain or compressed, one after the other.
///
/// Throws io_error where one cannot be read, format_error for another length than whole records and for a
/// label above 9, and value_error where there are no files or only empty ones.
[[nodiscard]] inline dataset read_cifar10(const std::vector<std::filesystem::path>& files,
                                          std::string name = "cifar10") {
    constexpr std::size_t plane = 32 * 32;
    std::vector<std::uint8_t> pixels;
    std::vector<int> labels;
    for (const auto& file : files) {
        const std::string bytes = read_file(file);
        if (bytes.size() % cifar10_record_bytes != 0) {
            throw format_error(file.string(), "size", "a multiple of 3073 bytes",
                               std::to_string(bytes.size()));
        }
        const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
        pixels.reserve(pixels.size() + bytes.size());
        for (std::size_t start = 0; start < bytes.size(); start += cifar10_record_bytes) {
            const auto* record = data + start;
            if (record[0] > 9) {
                throw format_error(file.string(),
                                   "label of record " + std::to_string(start / cifar10_record_bytes),
                                   "0 to 9", std::to_string(record[0]));
            }
            labels.push_back(record[0]);
            for (std::size_t i = 0; i < plane; ++i) { // the file has plane after plane
                pixels.insert(pixels.end(),
                              {record[1 + i], record[1 + plane + i], record[1 + 2 * plane + i]});
            }
        }
    }
    return make_dataset(std::move(name), {32, 32, 3}, std::move(pixels), std::move(labels), 10);
}

} // namespace alwann::inline ALWANN_ABI
