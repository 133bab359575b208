// SPDX-License-Identifier: MIT
/// @file
/// Lists of numbers as texts.
#pragma once

#include <alwann/core/source_text.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Goes through a list of numbers to its end: blanks, line ends, commas and semicolons separate, # begins a
/// comment.
///
/// Calls number(place, text) for each item, comment(place, text without the #) and line_end(place).
template <class Number, class Comment, class LineEnd>
void for_each_number(text_cursor& cursor, Number&& number, Comment&& comment, LineEnd&& line_end) {
    constexpr std::string_view separators = " \t\r\n,;", ends = " \t\r\n,;#";
    const auto until = [&](std::string_view stop) {
        const std::size_t first = cursor.offset();
        while (!cursor.at_end() && stop.find(cursor.peek()) == std::string_view::npos) {
            cursor.advance();
        }
        return cursor.since(first);
    };
    while (!cursor.at_end()) {
        const char c = cursor.peek();
        const text_position at = cursor.position();
        if (c == '\n') {
            line_end(at);
        }
        if (c == '#') {
            std::string_view text = until("\n");
            text.remove_prefix(std::min(text.find_first_not_of("# \t"), text.size()));
            comment(at, text);
        } else if (separators.find(c) != std::string_view::npos) {
            cursor.advance();
        } else {
            number(at, until(ends));
        }
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
