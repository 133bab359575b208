// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/idx.hpp.
#pragma once

#include <alwann/io/bytes.hpp>
#include <alwann/io/idx.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE idx_array read_idx(const std::filesystem::path& path) {
    const std::string bytes = read_file(path);
    const auto at = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
    };
    const auto fail = [&](const std::string& field, const std::string& expected, const std::string& found) {
        throw format_error(path.string(), field, expected, found);
    };
    if (bytes.size() < 4 || at(0) != 0 || at(1) != 0) {
        fail("magic number", "two zero bytes, type, rank",
             bytes.size() < 4 ? std::to_string(bytes.size()) + " bytes" : "something else");
    }
    if (at(2) != 0x08) {
        fail("type", "8 (unsigned bytes)", std::to_string(at(2)));
    }
    const std::size_t rank = at(3);
    const std::size_t header = 4 + 4 * rank;
    if (rank == 0 || rank > 4) {
        fail("rank", "1 to 4", std::to_string(rank));
    }
    if (bytes.size() < header) {
        fail("dimensions", std::to_string(4 * rank) + " bytes", std::to_string(bytes.size() - 4));
    }
    idx_array result;
    std::size_t count = 1;
    bool too_many = false;
    for (std::size_t i = 4; i < header; i += 4) {
        const auto extent = (at(i) << 24) | (at(i + 1) << 16) | (at(i + 2) << 8) | at(i + 3);
        too_many = too_many || (extent != 0 && count > bytes.size() / extent);
        count = too_many ? 0 : count * extent;
        result.dims.push_back(extent);
    }
    if (too_many || bytes.size() - header != count) {
        std::string expected;
        for (const auto extent : result.dims) {
            expected += (expected.empty() ? "" : " x ") + std::to_string(extent);
        }
        fail("values", expected + " bytes", std::to_string(bytes.size() - header));
    }
    result.values.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header), bytes.end());
    return result;
}

ALWANN_SEPARABLE dataset read_idx_dataset(const std::filesystem::path& images,
                                          const std::filesystem::path& labels, std::string name,
                                          std::size_t classes) {
    auto pixels = read_idx(images);
    const auto numbers = read_idx(labels);
    const auto& dims = pixels.dims;
    if (dims.size() != 3 && dims.size() != 4) {
        throw format_error(images.string(), "rank", "3 or 4 (images, rows, columns, channels)",
                           std::to_string(dims.size()));
    }
    if (numbers.dims.size() != 1) {
        throw format_error(labels.string(), "rank", "1", std::to_string(numbers.dims.size()));
    }
    return make_dataset(name.empty() ? images.filename().string() : std::move(name),
                        {dims[1], dims[2], dims.size() == 4 ? dims[3] : 1}, std::move(pixels.values),
                        {numbers.values.begin(), numbers.values.end()}, classes);
}

ALWANN_SEPARABLE dataset read_fashion_mnist(dataset_part part, const std::filesystem::path& directory) {
    const std::string prefix = part == dataset_part::train ? "train" : "t10k";
    const auto find = [&](const std::string& rest) {
        for (const char* extension : {".gz", "", ".xz"}) {
            const auto path = directory / (prefix + rest + extension);
            if (std::error_code ignored; std::filesystem::exists(path, ignored)) {
                return path;
            }
        }
        throw io_error((directory / (prefix + rest + ".gz")).string(),
                       "does not exist; Debian's package dataset-fashion-mnist provides it in " +
                           std::string(fashion_mnist_directory));
    };
    const auto images = find("-images-idx3-ubyte"), labels = find("-labels-idx1-ubyte");
    return read_idx_dataset(images, labels,
                            part == dataset_part::train ? "fashion-mnist train" : "fashion-mnist test", 10);
}

} // namespace alwann::inline ALWANN_ABI
