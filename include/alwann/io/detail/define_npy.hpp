// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/npy.hpp.
#pragma once

#include <alwann/io/bytes.hpp>
#include <alwann/io/detail/little_endian.hpp>
#include <alwann/io/detail/npy_header.hpp>
#include <alwann/io/npy.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE npy_array read_npy(const std::filesystem::path& path) {
    const std::string bytes = read_file(path);
    const auto header = detail::read_npy_header(path.string(), bytes);
    npy_array result{header.dims, {}};
    if (header.type == "<i4") {
        result.values = std::vector<std::int32_t>();
    } else if (header.type == "<i8") {
        result.values = std::vector<std::int64_t>();
    } else if (header.type != "|u1") {
        throw format_error(path.string(), "descr", "'|u1', '<i4' or '<i8'", "'" + header.type + "'");
    }
    std::visit(
        [&](auto& values) {
            using number = typename std::remove_cvref_t<decltype(values)>::value_type;
            const std::size_t present = bytes.size() - header.length;
            if (present % sizeof(number) != 0 || present / sizeof(number) != header.count) {
                throw format_error(path.string(), "values",
                                   std::to_string(header.count) + " of " + std::to_string(sizeof(number)) +
                                       " bytes",
                                   std::to_string(present) + " bytes");
            }
            values.reserve(header.count);
            for (std::size_t i = header.length; i < bytes.size(); i += sizeof(number)) {
                values.push_back(detail::load_little_endian<number>(bytes.data() + i));
            }
        },
        result.values);
    return result;
}

ALWANN_SEPARABLE dataset read_npy_dataset(const std::filesystem::path& images,
                                          const std::filesystem::path& labels, std::string name,
                                          std::size_t classes) {
    auto array = read_npy(images);
    const auto numbers = read_npy(labels);
    const auto& dims = array.dims;
    auto* pixels = std::get_if<std::vector<std::uint8_t>>(&array.values);
    if (pixels == nullptr) {
        throw format_error(images.string(), "descr", "'|u1' for images", "wider integers");
    }
    if (dims.size() != 3 && dims.size() != 4) {
        throw format_error(images.string(), "shape", "3 or 4 dimensions (images, rows, columns, channels)",
                           std::to_string(dims.size()));
    }
    if (numbers.dims.size() != 1) {
        throw format_error(labels.string(), "shape", "1 dimension", std::to_string(numbers.dims.size()));
    }
    std::vector<int> converted;
    std::visit(
        [&](const auto& values) {
            for (const auto value : values) {
                if (value < 0 || value > std::numeric_limits<std::uint16_t>::max()) {
                    throw format_error(labels.string(), "label " + std::to_string(converted.size()),
                                       "0 to 65535", std::to_string(value));
                }
                converted.push_back(static_cast<int>(value));
            }
        },
        numbers.values);
    return make_dataset(name.empty() ? images.filename().string() : std::move(name),
                        {dims[1], dims[2], dims.size() == 4 ? dims[3] : 1}, std::move(*pixels),
                        std::move(converted), classes);
}

} // namespace alwann::inline ALWANN_ABI
