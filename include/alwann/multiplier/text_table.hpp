// SPDX-License-Identifier: MIT
/// @file
/// Truth tables as texts: 65,536 integers, usually in 256 rows of 256, index 256 * x + w.
///
/// Blanks, line ends, commas and semicolons separate; # begins a comment. One comment has a meaning: what the
/// codes of operands stand for that are not of 8 bits and unsigned,
///
///     # operands: activation 8 bits twos-complement, weight 8 bits twos-complement
#pragma once

#include <alwann/multiplier/table.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// Largest text of a truth table in bytes.
inline constexpr std::size_t text_table_max_bytes = std::size_t{4} << 20;

namespace detail {

/// The form of operands as the comment of a text says it.
[[nodiscard]] ALWANN_SEPARABLE std::string to_text(const multiplier_form& form);

} // namespace detail

/// Reads a truth table from a text; `file` names it in messages.
///
/// Products are from 0 to 65535, or from -32768 to 32767 of signed operands. Where a product is negative and
/// no comment tells the operands' form, they are of 8 bits in two's complement. Throws format_error with
/// file:line:column.
[[nodiscard]] ALWANN_SEPARABLE table parse_text_table(std::string_view text, const std::string& file,
                                                      std::string name);

/// Reads a truth table from a text file, named after the file without its extension. Throws io_error, or
/// format_error as above.
[[nodiscard]] ALWANN_SEPARABLE table read_text_table(const std::filesystem::path& path);

/// Writes a truth table as 256 rows of 256 integers, after a comment that tells the form of operands which
/// are not of 8 bits and unsigned. Throws io_error if that fails, a full disk included.
ALWANN_SEPARABLE void write_text_table(const table& multiplier, const std::filesystem::path& path);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/multiplier/detail/define_text_table.hpp>
#endif
