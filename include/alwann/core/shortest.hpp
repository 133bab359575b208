// SPDX-License-Identifier: MIT
/// @file
/// Numbers as the shortest text, the same in every locale.
#pragma once

#include <alwann/core/config.hpp>

#include <array>
#include <charconv>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// The shortest decimal that reads back as the same double.
[[nodiscard]] inline std::string shortest(double value) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
}

} // namespace alwann::inline ALWANN_ABI
