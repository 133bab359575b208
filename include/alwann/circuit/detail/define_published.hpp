// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/published.hpp.
#pragma once

#include <alwann/circuit/published.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace alwann::inline ALWANN_ABI {

namespace detail {

[[nodiscard]] inline std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n") {
    const std::size_t first = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// The text of a line that is nothing but a comment: // or # or inside of /* */.
[[nodiscard]] inline std::string_view comment_of_line(std::string_view line) {
    line = trimmed(line);
    const bool comment = line.starts_with("//") || line.starts_with("/*") || line.starts_with('*') ||
                         line.starts_with('#') || line.ends_with("*/");
    return comment ? trimmed(line, " \t\r/*#") : std::string_view();
}

} // namespace detail

ALWANN_SEPARABLE std::optional<printed_figure> read_figure(std::string_view text) {
    printed_figure figure{.text = std::string(text)};
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, figure.value);
    if (problem != std::errc{} || stop != end || !std::isfinite(figure.value)) {
        return std::nullopt;
    }
    const std::size_t mantissa_end = std::min(text.find_first_of("eE"), text.size());
    int exponent = 0;
    if (mantissa_end < text.size()) {
        const std::size_t digits = mantissa_end + (text.substr(mantissa_end + 1).starts_with('+') ? 2 : 1);
        if (std::from_chars(text.data() + digits, end, exponent).ec != std::errc{}) {
            return std::nullopt;
        }
    }
    const std::size_t point = text.substr(0, mantissa_end).find('.');
    const auto decimals = point == std::string_view::npos ? 0 : static_cast<double>(mantissa_end - point - 1);
    figure.precision = 0.5 * std::pow(10.0, exponent - decimals);
    return figure;
}

ALWANN_SEPARABLE published_figures read_published(std::string_view text) {
    struct cost_name {
        std::string_view name, unit;
        double cost::*value;
    };
    constexpr std::array<cost_name, 3> cost_names = {{{"PDK45_PWR", "mW", &cost::power_mw},
                                                      {"PDK45_AREA", "um2", &cost::area_um2},
                                                      {"PDK45_DELAY", "ns", &cost::delay_ns}}};
    published_figures figures;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t line_end = std::min(text.find('\n'), text.size());
        const std::string_view line = detail::comment_of_line(text.substr(0, line_end));
        text.remove_prefix(std::min(line_end + 1, text.size()));
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) {
            continue;
        }
        const std::string_view key = detail::trimmed(line.substr(0, equals));
        const std::string_view rest = detail::trimmed(line.substr(equals + 1));
        const std::string_view number_text = rest.substr(0, std::min(rest.find_first_of(" \t"), rest.size()));
        const std::string_view unit = detail::trimmed(rest.substr(number_text.size()));
        const auto price =
            std::find_if(cost_names.begin(), cost_names.end(), [&](const auto& c) { return c.name == key; });
        const auto metric = std::find_if(metric_names.begin(), metric_names.end(),
                                         [&](const auto& m) { return m.name == key; });
        if (price == cost_names.end() && metric == metric_names.end()) {
            continue;
        }
        const std::string_view expected_unit = price != cost_names.end() ? price->unit
                                               : key.ends_with('%')      ? "%"
                                                                         : "";
        const auto figure = read_figure(number_text);
        if (!figure || figure->value < 0 || (!unit.empty() && unit != expected_unit)) {
            if (figures.problems.size() == 8) {
                continue;
            }
            std::string problem = "line " + std::to_string(number) + ": " + std::string(key) +
                                  ": expected a number that is not negative";
            problem.append(expected_unit.empty() ? "" : " and the unit ").append(expected_unit);
            figures.problems.push_back(problem.append(", found '").append(rest).append("'"));
        } else if (price != cost_names.end()) {
            if (!std::isfinite(figures.price.*price->value)) {
                figures.price.*price->value = figure->value;
                figures.price.source = provenance::published;
            }
        } else if (std::none_of(figures.metrics.begin(), figures.metrics.end(),
                                [&](const auto& known) { return known.metric.name == key; })) {
            figures.metrics.push_back({*metric, *figure, number});
        }
    }
    return figures;
}

} // namespace alwann::inline ALWANN_ABI
