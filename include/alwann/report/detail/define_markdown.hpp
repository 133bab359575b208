// SPDX-License-Identifier: MIT
/// @file
/// The definitions of report/markdown.hpp.
#pragma once

#include <alwann/report/markdown.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// What a cell can hold: names come from files.
[[nodiscard]] inline std::string cell_text(const std::string& text) {
    std::string cell;
    for (const char letter : text) {
        const auto code = static_cast<unsigned char>(letter);
        cell += code < 0x20 || code == 0x7F ? "?" : letter == '|' ? "\\|" : std::string(1, letter);
    }
    return cell;
}

} // namespace detail

ALWANN_SEPARABLE std::string format_table(const std::vector<std::vector<std::string>>& texts) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& text : texts) {
        auto& row = rows.emplace_back();
        std::transform(text.begin(), text.end(), std::back_inserter(row), detail::cell_text);
    }
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()), 0);
        for (std::size_t c = 0; c < row.size(); ++c) {
            widths[c] = std::max(widths[c], row[c].size());
        }
    }
    std::string text;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t c = 0; c < widths.size(); ++c) {
            const std::string cell = c < rows[r].size() ? rows[r][c] : "";
            text += "| " + cell + std::string(widths[c] - cell.size() + 1, ' ');
        }
        text += "|\n";
        if (r == 0) {
            for (const auto width : widths) {
                text += "|" + std::string(width + 2, '-');
            }
            text += "|\n";
        }
    }
    return text;
}

ALWANN_SEPARABLE std::string format_percent(double share, const confidence_interval& interval, int decimals) {
    return format_fixed(100 * share, decimals) + " [" + format_fixed(100 * interval.low, decimals) + ", " +
           format_fixed(100 * interval.high, decimals) + "]";
}

ALWANN_SEPARABLE std::string describe_layers(const std::vector<std::size_t>& multipliers,
                                             const library& parts) {
    std::string text;
    for (std::size_t l = 0; l < multipliers.size();) {
        std::size_t end = l;
        while (end < multipliers.size() && multipliers[end] == multipliers[l]) {
            ++end;
        }
        text += (l == 0 ? "" : ", ") + (end - l > 1 ? std::to_string(end - l) + " x " : std::string()) +
                parts.at(multipliers[l]).name;
        l = end;
    }
    return text;
}

ALWANN_SEPARABLE std::string to_markdown(std::span<const explored_design> designs, const library& parts) {
    std::vector<std::vector<std::string>> rows{
        {"energy %", "test accuracy %", "loss, points", "p", "search %", "multipliers"}};
    for (const auto& d : designs) {
        const bool tested = d.test_images > 0;
        rows.push_back({format_fixed(100 * d.energy, 1),
                        tested ? format_percent(d.test_accuracy, d.test_interval) : "-",
                        tested ? format_percent(d.test_loss, d.loss_interval) : "-",
                        tested ? format_fixed(d.mcnemar, 3) : "-", format_fixed(100 * d.search_accuracy, 1),
                        describe_layers(d.what.multipliers(), parts)});
    }
    return format_table(rows);
}

} // namespace alwann::inline ALWANN_ABI
