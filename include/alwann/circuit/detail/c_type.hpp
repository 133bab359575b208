// SPDX-License-Identifier: MIT
/// @file
/// Integer types of C.
#pragma once

#include <alwann/circuit/detail/lexer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// An integer type of 8 to 64 bits.
struct c_type {
    std::size_t bits = 32;
    bool is_signed = true;

    friend constexpr bool operator==(const c_type&, const c_type&) = default;
};

/// Takes an integer type with its qualifiers, if there is one.
inline std::optional<c_type> accept_c_type(lexer& text) {
    constexpr std::array<std::pair<std::string_view, c_type>, 9> fixed = {{{"int8_t", {8, true}},
                                                                           {"int16_t", {16, true}},
                                                                           {"int32_t", {32, true}},
                                                                           {"int64_t", {64, true}},
                                                                           {"uint8_t", {8, false}},
                                                                           {"uint16_t", {16, false}},
                                                                           {"uint32_t", {32, false}},
                                                                           {"uint64_t", {64, false}},
                                                                           {"size_t", {64, false}}}};
    constexpr std::array<std::string_view, 6> qualifiers = {"const",    "static", "inline",
                                                            "register", "extern", "volatile"};
    c_type type;
    std::size_t words = 0, lengths = 0, signs = 0;
    bool is_fixed = false;
    for (; text.next().kind == token_kind::word; text.take()) {
        const std::string_view word = text.next().text;
        if (std::find(qualifiers.begin(), qualifiers.end(), word) != qualifiers.end()) {
            continue;
        }
        const auto known =
            std::find_if(fixed.begin(), fixed.end(), [&](const auto& type) { return type.first == word; });
        const bool is_sign = word == "unsigned" || word == "signed";
        const bool is_length = word == "char" || word == "short" || word == "long";
        if (known == fixed.end() && !is_sign && !is_length && word != "int") {
            break;
        }
        const bool second_long = word == "long" && lengths == 1 && type.bits == 64;
        if (is_fixed || (words > 0 && known != fixed.end()) || (is_sign && signs > 0) ||
            (is_length && lengths > 0 && !second_long)) {
            text.fail("type", "one type");
        }
        ++words;
        if (known != fixed.end()) {
            type = known->second;
            is_fixed = true;
        } else if (is_sign) {
            type.is_signed = word == "signed";
            ++signs;
        } else if (is_length) {
            type.bits = word == "char" ? 8 : word == "short" ? 16 : 64;
            ++lengths;
        }
    }
    return words > 0 ? std::optional(type) : std::nullopt;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
