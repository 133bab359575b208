// SPDX-License-Identifier: MIT
/// @file
/// Lines of comma-separated values, quoted as in RFC 4180.
#pragma once

#include <alwann/core/config.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A field as it is written: in quotes if it has commas, quotes, blanks at an end or line breaks.
[[nodiscard]] inline std::string csv_field(std::string_view text) {
    const bool plain =
        text.find_first_of(",\"\r\n") == std::string_view::npos &&
        (text.empty() || (text.find_first_of(" \t") != 0 && text.find_last_of(" \t") != text.size() - 1));
    if (plain) {
        return std::string(text);
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c;
        if (c == '"') {
            quoted += c;
        }
    }
    return quoted + '"';
}

/// The fields of a line, without quotes and without blanks around them; nothing if a quote is not closed, or
/// something other than a comma follows it. A field in quotes cannot go on in the next line.
[[nodiscard]] inline std::optional<std::vector<std::string>> csv_fields(std::string_view line) {
    constexpr std::string_view blanks = " \t\r";
    const auto skip_blanks = [&] {
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    };
    std::vector<std::string> fields;
    while (true) {
        std::string field;
        skip_blanks();
        if (line.starts_with('"')) {
            line.remove_prefix(1);
            while (true) {
                const std::size_t quote = line.find('"');
                if (quote == std::string_view::npos) {
                    return std::nullopt;
                }
                field += line.substr(0, quote);
                line.remove_prefix(quote + 1);
                if (!line.starts_with('"')) {
                    break;
                }
                field += '"';
                line.remove_prefix(1);
            }
            skip_blanks();
            if (!line.empty() && line.front() != ',') {
                return std::nullopt;
            }
        } else {
            const auto text = line.substr(0, line.find(','));
            field = text.substr(0, text.find_last_not_of(blanks) + 1);
            line.remove_prefix(text.size());
        }
        fields.push_back(std::move(field));
        if (line.empty()) {
            return fields;
        }
        line.remove_prefix(1);
    }
}

} // namespace alwann::inline ALWANN_ABI
