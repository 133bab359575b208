// SPDX-License-Identifier: MIT
/// @file
/// Truth tables as binary files: 65,536 little-endian 16-bit products, index 256 * x + w.
///
/// The file has no place for what the operands' codes stand for: whoever reads a table of signed or narrow
/// operands has to know. Text tables (multiplier/text_table.hpp) say it.
#pragma once

#include <alwann/core/output_file.hpp>
#include <alwann/multiplier/table.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Size of a binary truth table in bytes.
inline constexpr std::size_t table_file_bytes = 2 * operand_pairs;

/// A truth table from the bytes of a file; `file` names it in messages. Throws format_error if they are not
/// 131,072.
[[nodiscard]] inline table parse_table(std::string_view bytes, const std::string& file, std::string name) {
    if (bytes.size() != table_file_bytes) {
        throw format_error(file, "truth table", "131072 bytes (65536 little-endian 16-bit products)",
                           bytes.size() > table_file_bytes ? "more"
                                                           : std::to_string(bytes.size()) + " bytes");
    }
    std::vector<std::uint16_t> products(operand_pairs);
    for (std::size_t i = 0; i < operand_pairs; ++i) {
        const auto low = static_cast<unsigned char>(bytes[2 * i]);
        const auto high = static_cast<unsigned char>(bytes[2 * i + 1]);
        products[i] = static_cast<std::uint16_t>(low | (high << 8));
    }
    return table(std::move(name), products);
}

/// Reads a binary truth table, named after the file without its extension.
///
/// Throws io_error if it cannot be read and format_error if it is not exactly 131,072 bytes long.
[[nodiscard]] inline table read_table(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw io_error(path.string(), "cannot be opened for reading");
    }
    std::string bytes(table_file_bytes + 1, '\0'); // one more, to notice a longer file
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (file.bad()) {
        throw io_error(path.string(), "cannot be read");
    }
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return parse_table(bytes, path.string(), path.stem().string());
}

/// Writes a binary truth table, in one step. Throws io_error if that fails, a full disk included.
inline void write_table(const table& multiplier, const std::filesystem::path& path) {
    std::string bytes;
    bytes.reserve(table_file_bytes);
    for (const std::uint16_t product : multiplier.products()) {
        bytes.push_back(static_cast<char>(product & 0xFF));
        bytes.push_back(static_cast<char>(product >> 8));
    }
    write_file(path, bytes);
}

} // namespace alwann::inline ALWANN_ABI
