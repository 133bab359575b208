// SPDX-License-Identifier: MIT
/// @file
/// Truth tables as files, index 256 * x + w: binary, 65,536 little-endian 16-bit products; or text, 65,536
/// integers.
#pragma once

#include <alwann/core/source_text.hpp>
#include <alwann/multiplier/table.hpp>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Size of a binary truth table in bytes.
inline constexpr std::size_t table_file_bytes = 2 * operand_pairs;
/// Largest text of a truth table in bytes.
inline constexpr std::size_t text_table_max_bytes = std::size_t{4} << 20;

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

/// Reads a truth table from a text of 65,536 integers, usually in 256 rows of 256; `file` names it in
/// messages.
///
/// Blanks, line ends, commas and semicolons separate; # begins a comment. Products are from 0 to 65535, or
/// from -32768 on for signed multipliers, stored as their two's complement. Throws format_error with
/// file:line:column.
[[nodiscard]] inline table parse_text_table(std::string_view text, const std::string& file,
                                            std::string name) {
    detail::text_cursor cursor(file, text, text_table_max_bytes);
    std::vector<std::uint16_t> products;
    products.reserve(operand_pairs);
    text_position uneven{0, 0}; // the first row that is not one of 256
    std::size_t uneven_size = 0, row_start = 0;
    const auto in_rows = [&] {
        return uneven.line == 0
                   ? std::string()
                   : " (line " + std::to_string(uneven.line) + " has " + std::to_string(uneven_size) + ")";
    };
    while (!cursor.at_end()) {
        const char c = cursor.peek();
        if (c == '\n') {
            const std::size_t size = products.size() - row_start;
            if (size != 0 && size != operand_codes && uneven.line == 0) {
                uneven = cursor.position();
                uneven_size = size;
            }
            row_start = products.size();
        }
        if (c == '#') {
            while (!cursor.at_end() && cursor.peek() != '\n') {
                cursor.advance();
            }
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ';') {
            cursor.advance();
        } else {
            const text_position at = cursor.position();
            const std::size_t first = cursor.offset();
            while (!cursor.at_end() &&
                   std::string_view(" \t\r\n,;#").find(cursor.peek()) == std::string_view::npos) {
                cursor.advance();
            }
            const std::string_view digits = cursor.since(first);
            int product = 0;
            const auto [end, problem] =
                std::from_chars(digits.data(), digits.data() + digits.size(), product);
            if (problem != std::errc{} || end != digits.data() + digits.size() || product < -32768 ||
                product > 65535) {
                cursor.fail(at, "product", "an integer from -32768 to 65535", detail::quoted(digits));
            }
            if (products.size() == operand_pairs) {
                cursor.fail(at, "truth table", "65536 integers", "more" + in_rows());
            }
            products.push_back(static_cast<std::uint16_t>(product));
        }
    }
    if (products.size() != operand_pairs) {
        cursor.fail(cursor.position(), "truth table", "65536 integers",
                    std::to_string(products.size()) + in_rows());
    }
    return table(std::move(name), products);
}

/// Reads a truth table from a text file, named after the file without its extension. Throws io_error, or
/// format_error as above.
[[nodiscard]] inline table read_text_table(const std::filesystem::path& path) {
    return parse_text_table(detail::read_text_file(path, text_table_max_bytes), path.string(),
                            path.stem().string());
}

/// Writes a truth table as 256 rows of 256 integers. Throws io_error if that fails, a full disk included.
inline void write_text_table(const table& multiplier, const std::filesystem::path& path) {
    std::string text;
    std::size_t column = 0;
    for (const std::uint16_t product : multiplier.products()) {
        text += std::to_string(product);
        column = (column + 1) % operand_codes;
        text += column == 0 ? '\n' : ' ';
    }
    std::ofstream file(path, std::ios::binary);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) {
        throw io_error(path.string(), "cannot be written");
    }
}

} // namespace alwann::inline ALWANN_ABI
