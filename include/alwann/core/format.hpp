// SPDX-License-Identifier: MIT
/// @file
/// Numbers as text, the same in every locale.
#pragma once

#include <alwann/core/config.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// The shortest decimal that reads back as the same double.
[[nodiscard]] inline std::string format_number(double value) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
}

/// With a fixed number of decimals; as format_number() what is not finite or beyond 1e30.
[[nodiscard]] inline std::string format_fixed(double value, int decimals) {
    if (!std::isfinite(value) || std::abs(value) > 1e30) {
        return format_number(value);
    }
    std::array<char, 64> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals)
            .ptr;
    return {buffer.data(), end};
}

} // namespace alwann::inline ALWANN_ABI
