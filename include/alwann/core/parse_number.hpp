// SPDX-License-Identifier: MIT
/// @file
/// Reads a number that is all of a text.
#pragma once

#include <alwann/core/config.hpp>

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace alwann::inline ALWANN_ABI {

/// The number that is all of `text`, in decimal notation and whatever the locale; nothing if there is
/// anything else in it, blanks included, if it does not fit a `Number`, or is infinite or NaN.
template <class Number>
    requires std::integral<Number> || std::floating_point<Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || stop != end) {
        return std::nullopt;
    }
    if constexpr (std::floating_point<Number>) {
        if (!std::isfinite(value)) {
            return std::nullopt;
        }
    }
    return value;
}

} // namespace alwann::inline ALWANN_ABI
