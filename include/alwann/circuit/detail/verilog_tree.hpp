// SPDX-License-Identifier: MIT
/// @file
/// Syntax trees of Verilog's expressions, and its numbers.
#pragma once

#include <alwann/circuit/detail/lexer.hpp>
#include <alwann/circuit/detail/words.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace alwann::inline ALWANN_ABI {
/// Widest vector, constant or expression of a Verilog file.
inline constexpr std::size_t verilog_max_width = 4096;
/// Most bits of all nets and numbers in a statement of a Verilog file.
inline constexpr std::size_t verilog_max_operands = std::size_t{1} << 18;
/// Most ports of a Verilog module, pins of an instance, and modules of a file.
inline constexpr std::size_t verilog_max_ports = 4096;

namespace detail {

/// A declared net or vector.
struct verilog_net {
    signal first = 0; ///< the lowest bit
    std::size_t width = 1;
    std::int64_t left = 0, right = 0; ///< the declared range
    bool is_vector = false;
    bool is_signed = false;
};
using verilog_scope = std::unordered_map<std::string_view, verilog_net>;

/// A node of an expression. `symbol` says what it is: "net", "number", "{" (concatenation), or the operator.
struct verilog_expression {
    std::string_view symbol;
    text_position at;
    std::size_t width = 1; ///< of the expression by itself
    bool is_signed = false;
    bool is_unsized = false; ///< a plain number: fits everywhere
    word bits{};             ///< of nets and numbers
    std::vector<verilog_expression> operands{};
    std::vector<std::string_view> symbols{}; ///< of a chain: symbols[i] stands between operands i and i + 1
};

/// Refuses what is wider than anything should be.
inline void check_width(const lexer& text, std::uint64_t width, text_position at) {
    if (width > verilog_max_width) {
        text.fail_at(at, "width", "at most " + std::to_string(verilog_max_width) + " bits",
                     std::to_string(width));
    }
}

/// Decimal digits.
[[nodiscard]] inline std::uint64_t plain_number(const lexer& text, std::string_view digits,
                                                const token& literal) {
    std::uint64_t value = 0;
    for (const char c : digits) {
        if (c == '_') {
            continue;
        }
        if (!is_digit(c) || value > (std::uint64_t{1} << 31)) {
            text.fail(literal, "number", "digits and at most 2^31");
        }
        value = 10 * value + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

/// 12, 8'hFF, 4'b1010, 3'sd2.
[[nodiscard]] inline verilog_expression read_number(const lexer& source, const token& literal) {
    verilog_expression node{.symbol = "number", .at = literal.at};
    const std::string_view text = literal.text;
    const std::size_t tick = text.find('\'');
    std::string_view digits = text.substr(0, std::min(tick, text.size()));
    const auto refuse = [&]() {
        source.fail(literal, "number", "a binary, octal, decimal or hexadecimal one");
    };
    std::uint64_t base = 10, width = 32;
    node.is_unsized = tick == 0 || tick == std::string_view::npos;
    node.is_signed = tick == std::string_view::npos;
    if (tick != std::string_view::npos) {
        if (tick > 0) {
            width = plain_number(source, digits, literal);
            check_width(source, width, literal.at);
        }
        digits = text.substr(tick + 1);
        if (digits.starts_with('s') || digits.starts_with('S')) {
            node.is_signed = true;
            digits.remove_prefix(1);
        }
        const char letter = digits.empty() ? '?' : static_cast<char>(digits.front() | 0x20);
        base = letter == 'b' ? 2 : letter == 'o' ? 8 : letter == 'd' ? 10 : letter == 'h' ? 16 : 0;
        digits = digits.substr(std::min<std::size_t>(1, digits.size()));
    }
    if (base == 0 || width == 0 || digits.find_first_not_of('_') == std::string_view::npos) {
        refuse();
    }
    node.width = static_cast<std::size_t>(width);
    if (base == 10) {
        const std::uint64_t value = plain_number(source, digits, literal);
        for (std::size_t i = 0; i < node.width; ++i) {
            node.bits.push_back(i < 64 && ((value >> i) & 1u) != 0 ? netlist::one : netlist::zero);
        }
        return node;
    }
    const std::size_t step = base == 2 ? 1 : base == 8 ? 3 : 4;
    for (auto c = digits.rbegin(); c != digits.rend() && node.bits.size() < node.width; ++c) {
        if (*c == '_') {
            continue;
        }
        const char lower = static_cast<char>(*c | 0x20);
        const std::uint64_t value = is_digit(*c) ? static_cast<std::uint64_t>(*c - '0')
                                    : lower >= 'a' && lower <= 'f'
                                        ? static_cast<std::uint64_t>(lower - 'a') + 10
                                        : base;
        if (value >= base) {
            refuse();
        }
        for (std::size_t i = 0; i < step; ++i) {
            node.bits.push_back(((value >> i) & 1u) != 0 ? netlist::one : netlist::zero);
        }
    }
    node.bits.resize(node.width, netlist::zero);
    return node;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
