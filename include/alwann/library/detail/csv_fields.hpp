// SPDX-License-Identifier: MIT
/// @file
/// Comma-separated values.
#pragma once

#include <alwann/core/config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI::detail {

/// The fields of a line of comma-separated values, without surrounding blanks and quotes.
[[nodiscard]] inline std::vector<std::string> csv_fields(std::string_view line) {
    std::vector<std::string> fields;
    while (true) {
        const std::size_t comma = std::min(line.find(','), line.size());
        std::string_view field = line.substr(0, comma);
        const std::size_t first = std::min(field.find_first_not_of(" \t\r"), field.size());
        field.remove_prefix(first);
        field = field.substr(0, field.find_last_not_of(" \t\r") + 1);
        if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
            field = field.substr(1, field.size() - 2);
        }
        fields.emplace_back(field);
        if (comma == line.size()) {
            return fields;
        }
        line.remove_prefix(comma + 1);
    }
}

} // namespace alwann::inline ALWANN_ABI::detail
