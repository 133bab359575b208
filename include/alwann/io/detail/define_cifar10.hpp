// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/cifar10.hpp.
#pragma once

#include <alwann/io/bytes.hpp>
#include <alwann/io/cifar10.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE dataset read_cifar10(const std::vector<std::filesystem::path>& files, std::string name) {
    constexpr std::size_t plane = 32 * 32;
    std::vector<std::uint8_t> pixels;
    std::vector<int> labels;
    for (const auto& file : files) {
        const std::string bytes = read_file(file);
        if (bytes.empty() || bytes.size() % cifar10_record_bytes != 0) {
            throw format_error(file.string(), "size", "a multiple of 3073 bytes, at least one image",
                               std::to_string(bytes.size()));
        }
        const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
        auto at = pixels.size();
        pixels.resize(at + bytes.size() / cifar10_record_bytes * 3 * plane);
        for (std::size_t start = 0; start < bytes.size(); start += cifar10_record_bytes) {
            const auto* record = data + start;
            if (record[0] > 9) {
                throw format_error(file.string(),
                                   "label of record " + std::to_string(start / cifar10_record_bytes),
                                   "0 to 9", std::to_string(record[0]));
            }
            labels.push_back(record[0]);
            for (std::size_t i = 0; i < plane; ++i) { // the file has plane after plane
                for (std::size_t c = 0; c < 3; ++c) {
                    pixels[at++] = record[1 + c * plane + i];
                }
            }
        }
    }
    return make_dataset(std::move(name), {32, 32, 3}, std::move(pixels), std::move(labels), 10);
}

} // namespace alwann::inline ALWANN_ABI
