// SPDX-License-Identifier: MIT
/// @file
/// Truth tables as binary files: 65,536 little-endian 16-bit products, index 256 * x + w.
#pragma once

#include <alwann/multiplier/table.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Size of a binary truth table in bytes.
inline constexpr std::size_t table_file_bytes = 2 * operand_pairs;

/// Reads a binary truth table, named after the file without its extension.
///
/// Throws io_error if it cannot be read and format_error if it is not exactly 131,072 bytes long.
[[nodiscard]] inline table read_table(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw io_error(path.string(), "cannot be opened for reading");
    }
    std::vector<char> bytes(table_file_bytes + 1); // one more, to notice a longer file
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (file.bad()) {
        throw io_error(path.string(), "cannot be read");
    }
    const auto count = static_cast<std::size_t>(file.gcount());
    if (count != table_file_bytes) {
        throw format_error(path.string(), "truth table", "131072 bytes (65536 little-endian 16-bit products)",
                           count > table_file_bytes ? "more" : std::to_string(count) + " bytes");
    }
    std::vector<std::uint16_t> products(operand_pairs);
    for (std::size_t i = 0; i < operand_pairs; ++i) {
        const auto low = static_cast<unsigned char>(bytes[2 * i]);
        const auto high = static_cast<unsigned char>(bytes[2 * i + 1]);
        products[i] = static_cast<std::uint16_t>(low | (high << 8));
    }
    return table(path.stem().string(), products);
}

/// Writes a binary truth table. Throws io_error if that fails, a full disk included.
inline void write_table(const table& multiplier, const std::filesystem::path& path) {
    std::vector<char> bytes;
    bytes.reserve(table_file_bytes);
    for (const std::uint16_t product : multiplier.products()) {
        bytes.push_back(static_cast<char>(product & 0xFF));
        bytes.push_back(static_cast<char>(product >> 8));
    }
    std::ofstream file(path, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
        throw io_error(path.string(), "cannot be written");
    }
}

} // namespace alwann::inline ALWANN_ABI
