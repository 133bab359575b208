// SPDX-License-Identifier: MIT
/// @file
/// Gates for expressions of Verilog.
#pragma once

#include <alwann/circuit/detail/net_graph.hpp>
#include <alwann/circuit/detail/verilog_syntax.hpp>
#include <alwann/circuit/detail/words.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Turns expressions into gates, with Verilog's rules for widths and signs.
class verilog_gates {
public:
    verilog_gates(const verilog_syntax& syntax, net_graph& graph) : syntax_(syntax), graph_(graph) {}

    /// The expression as `width` bits, longer or shorter than it is by itself.
    [[nodiscard]] word bits_of(const verilog_expression& e, std::size_t width) {
        graph_.at(e.at);
        word bits = evaluate(e, std::max(width, e.width), e.is_signed);
        bits.resize(width);
        return bits;
    }

private:
    [[nodiscard]] word extended(word bits, std::size_t width, bool is_signed) const {
        bits.resize(width, is_signed ? bits.back() : netlist::zero);
        return bits;
    }
    [[nodiscard]] signal any(const word& bits) {
        return fold_word(bits, netlist::zero, [&](signal a, signal b) { return graph_.gate_or(a, b); });
    }
    [[nodiscard]] signal all(const word& bits) {
        return fold_word(bits, netlist::one, [&](signal a, signal b) { return graph_.gate_and(a, b); });
    }
    [[nodiscard]] signal parity(const word& bits) {
        return fold_word(bits, netlist::zero, [&](signal a, signal b) { return graph_.gate_xor(a, b); });
    }
    [[nodiscard]] word alone(const verilog_expression& e) { return evaluate(e, e.width, e.is_signed); }

    /// The expression in a context of `width` bits, at least its own: operands are extended to it.
    [[nodiscard]] word evaluate(const verilog_expression& e, std::size_t width, bool is_signed) {
        graph_.spend(width, e.at);
        if (e.symbol == "net" || e.symbol == "number") {
            for (const signal bit : e.bits) {
                graph_.read(bit, e.at);
            }
            return extended(e.bits, width, is_signed);
        }
        if (e.symbol == "{") {
            word joined;
            for (auto part = e.operands.rbegin(); part != e.operands.rend(); ++part) {
                const word low = alone(*part);
                joined.insert(joined.end(), low.begin(), low.end());
            }
            return extended(std::move(joined), width, false);
        }
        if (e.symbol == "repeat") {
            const word once = alone(e.operands[0]);
            word joined;
            while (joined.size() < e.width) {
                joined.insert(joined.end(), once.begin(), once.end());
            }
            return extended(std::move(joined), width, false);
        }
        if (e.symbol == "?") {
            const signal condition = any(alone(e.operands[0]));
            word left = evaluate(e.operands[1], width, is_signed);
            const word right = evaluate(e.operands[2], width, is_signed);
            for (std::size_t i = 0; i < width; ++i) {
                left[i] = choose(graph_, condition, left[i], right[i]);
            }
            return left;
        }
        return e.symbols.empty() ? unary(e, width, is_signed) : chain(e, width, is_signed);
    }

    [[nodiscard]] word unary(const verilog_expression& e, std::size_t width, bool is_signed) {
        const verilog_expression& operand = e.operands[0];
        if (e.symbol == "~") {
            return invert_word(graph_, evaluate(operand, width, is_signed));
        }
        if (e.symbol == "+") {
            return evaluate(operand, width, is_signed);
        }
        if (e.symbol == "-") {
            return subtract_words(graph_, word(width, netlist::zero), evaluate(operand, width, is_signed));
        }
        const word bits = alone(operand);
        const bool inverted = e.symbol != "&" && e.symbol != "|" && e.symbol != "^";
        const char gate = e.symbol == "!" ? '|' : e.symbol == "^~" ? '^' : e.symbol.back();
        const signal value = gate == '&' ? all(bits) : gate == '|' ? any(bits) : parity(bits);
        return extended({inverted ? graph_.gate_not(value) : value}, width, false);
    }

    /// a == b, a && b and the like, also a == b == c.
    [[nodiscard]] signal truth(const verilog_expression& e) {
        const bool compares = e.symbols[0] == "==" || e.symbols[0] == "!=";
        const auto size_with = [&](std::size_t width, std::size_t i) {
            return compares ? std::max(width, e.operands[i].width) : width;
        };
        const bool first_signed = e.operands[0].is_signed && e.operands[1].is_signed;
        word left = evaluate(e.operands[0], size_with(e.operands[0].width, 1), first_signed);
        for (std::size_t i = 0; i < e.symbols.size(); ++i) {
            const verilog_expression& operand = e.operands[i + 1];
            signal value = 0;
            if (compares) {
                const word right = evaluate(operand, size_with(left.size(), i + 1), i == 0 && first_signed);
                left = extended(std::move(left), right.size(), false); // a truth value by now, or long enough
                for (std::size_t k = 0; k < left.size(); ++k) {
                    left[k] = graph_.gate_xor(left[k], right[k]);
                }
                value = any(left);
                value = e.symbols[i] == "==" ? graph_.gate_not(value) : value;
            } else {
                const signal a = any(left), b = any(alone(operand));
                value = e.symbols[i] == "&&" ? graph_.gate_and(a, b) : graph_.gate_or(a, b);
            }
            left = {value};
        }
        return left[0];
    }

    [[nodiscard]] word chain(const verilog_expression& e, std::size_t width, bool is_signed) {
        if (is_truth(e.symbols[0])) {
            return extended({truth(e)}, width, false);
        }
        word left = evaluate(e.operands[0], width, is_signed);
        for (std::size_t i = 0; i < e.symbols.size(); ++i) {
            const std::string_view symbol = e.symbols[i];
            if (symbol == "<<" || symbol == ">>") {
                const std::int64_t amount = syntax_.constant_of(e.operands[i + 1]);
                const auto by = static_cast<std::ptrdiff_t>(
                    std::clamp<std::int64_t>(amount, 0, static_cast<std::int64_t>(width)));
                if (symbol == "<<") {
                    left.insert(left.begin(), static_cast<std::size_t>(by), netlist::zero);
                } else {
                    left.erase(left.begin(), left.begin() + by);
                }
                left.resize(width, netlist::zero);
                continue;
            }
            const word right = evaluate(e.operands[i + 1], width, is_signed);
            if (symbol == "+") {
                left = add_words(graph_, left, right);
            } else if (symbol == "-") {
                left = subtract_words(graph_, left, right);
            } else if (symbol == "*") {
                left = multiply_words(graph_, left, right);
            } else {
                for (std::size_t k = 0; k < width; ++k) {
                    left[k] = symbol == "&"   ? graph_.gate_and(left[k], right[k])
                              : symbol == "|" ? graph_.gate_or(left[k], right[k])
                                              : graph_.gate_xor(left[k], right[k]);
                }
                left = symbol.size() == 1 ? left : invert_word(graph_, std::move(left));
            }
        }
        return left;
    }

    const verilog_syntax& syntax_;
    net_graph& graph_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
