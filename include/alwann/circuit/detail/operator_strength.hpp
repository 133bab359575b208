// SPDX-License-Identifier: MIT
/// @file
/// The precedence of binary operators, the same in C and Verilog.
#pragma once

#include <alwann/circuit/detail/lexer.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// How strongly a binary operator binds, from 1 to strongest_operator; 0 for what is none.
[[nodiscard]] inline int operator_strength(const token& symbol) noexcept {
    constexpr std::array<std::pair<std::string_view, int>, 14> operators = {{{"||", 1},
                                                                             {"&&", 2},
                                                                             {"|", 3},
                                                                             {"^", 4},
                                                                             {"~^", 4}, // Verilog's only
                                                                             {"^~", 4},
                                                                             {"&", 5},
                                                                             {"==", 6},
                                                                             {"!=", 6},
                                                                             {"<<", 8},
                                                                             {">>", 8},
                                                                             {"+", 9},
                                                                             {"-", 9},
                                                                             {"*", 10}}};
    for (const auto& [text, level] : operators) {
        if (symbol.kind == token_kind::symbol && symbol.text == text) {
            return level;
        }
    }
    return 0;
}

inline constexpr int strongest_operator = 10;

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
