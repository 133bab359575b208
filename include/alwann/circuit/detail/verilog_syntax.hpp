// SPDX-License-Identifier: MIT
/// @file
/// Expressions of Verilog as syntax trees, with their widths.
#pragma once

#include <alwann/circuit/detail/operator_strength.hpp>
#include <alwann/circuit/detail/verilog_tree.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Whether an operator of chains gives a truth value, one bit.
[[nodiscard]] constexpr bool is_truth(std::string_view symbol) noexcept {
    return symbol == "||" || symbol == "&&" || symbol == "==" || symbol == "!=";
}

/// Reads expressions. Names are looked up on the way.
class verilog_syntax {
public:
    verilog_syntax(lexer& text, verilog_scope& scope) : text_(text), scope_(scope) {}

    [[nodiscard]] verilog_expression read() { return expression(); }
    /// What was read so far is used up: limits count anew.
    void begin_statement() noexcept { bits_ = 0; }

    /// The nets of an expression that something is assigned to.
    [[nodiscard]] word target(const verilog_expression& e) const {
        word nets;
        if (e.symbol == "{") {
            for (auto part = e.operands.rbegin(); part != e.operands.rend(); ++part) {
                const word low = target(*part);
                nets.insert(nets.end(), low.begin(), low.end());
            }
        } else if (e.symbol == "net") {
            nets = e.bits;
        } else {
            text_.fail_at(e.at, "assignment", "nets or a concatenation of nets");
        }
        return nets;
    }

    /// A number that is known now, for ranges and indices.
    [[nodiscard]] std::int64_t constant() { return constant_of(read()); }
    [[nodiscard]] std::int64_t constant_of(const verilog_expression& e) const {
        if (e.symbol == "number") {
            std::int64_t value = 0;
            for (std::size_t i = 0; i < e.bits.size(); ++i) {
                if (i > 31 && e.bits[i] != netlist::zero) {
                    text_.fail_at(e.at, "constant", "at most 2^32");
                }
                value |= i > 31 ? 0 : std::int64_t{e.bits[i]} << i;
            }
            return value;
        }
        if (!e.symbols.empty()) {
            std::int64_t value = constant_of(e.operands[0]);
            for (std::size_t i = 0; i < e.symbols.size(); ++i) {
                const std::int64_t right = constant_of(e.operands[i + 1]);
                if (e.symbols[i] != "+" && e.symbols[i] != "-") {
                    text_.fail_at(e.at, "constant", "a number, or a sum of numbers");
                }
                value += e.symbols[i] == "+" ? right : -right;
            }
            return value;
        }
        text_.fail_at(e.at, "constant", "a number, or a sum of numbers");
    }

private:
    [[nodiscard]] verilog_expression make(std::string_view symbol, text_position at) {
        count(1, at);
        return {.symbol = symbol, .at = at};
    }
    void count(std::size_t bits, text_position at) {
        bits_ += bits;
        if (bits_ > verilog_max_operands) {
            text_.fail_at(at, "statement", "at most " + std::to_string(verilog_max_operands) + " bits");
        }
    }

    [[nodiscard]] verilog_expression expression() {
        verilog_expression condition = operation(1);
        if (!text_.next().is("?")) {
            return condition;
        }
        const nesting_level level(text_, depth_);
        verilog_expression choice = make("?", text_.take().at);
        verilog_expression left = expression();
        text_.expect(":", "conditional");
        verilog_expression right = expression();
        choice.width = std::max(left.width, right.width);
        choice.is_signed = left.is_signed && right.is_signed;
        choice.operands.push_back(std::move(condition));
        choice.operands.push_back(std::move(left));
        choice.operands.push_back(std::move(right));
        return choice;
    }

    /// A chain of operators of one level, or what stands there without one.
    [[nodiscard]] verilog_expression operation(int level) {
        verilog_expression first = level == strongest_operator ? operand() : operation(level + 1);
        if (operator_strength(text_.next()) != level) {
            return first;
        }
        verilog_expression chain = make(text_.next().text, text_.next().at);
        chain.width = first.width;
        chain.is_signed = first.is_signed;
        chain.operands.push_back(std::move(first));
        while (operator_strength(text_.next()) == level) {
            const token symbol = text_.take();
            verilog_expression right = level == strongest_operator ? operand() : operation(level + 1);
            if (is_truth(symbol.text)) {
                chain.width = 1;
                chain.is_signed = false;
            } else if (level != 8) { // amounts of shifts do not count
                chain.width = std::max(chain.width, right.width);
                chain.is_signed = chain.is_signed && right.is_signed;
            }
            chain.symbols.push_back(symbol.text);
            chain.operands.push_back(std::move(right));
        }
        return chain;
    }

    [[nodiscard]] verilog_expression operand() {
        const token first = text_.next();
        if (first.kind == token_kind::number) {
            verilog_expression number = read_number(text_, text_.take());
            count(number.width, number.at);
            return number;
        }
        if (first.kind == token_kind::word) {
            return net(text_.take());
        }
        const nesting_level level(text_, depth_);
        if (text_.accept("(")) {
            verilog_expression inner = expression();
            text_.expect(")", "parentheses");
            return inner;
        }
        if (text_.accept("{")) {
            return concatenation(first);
        }
        constexpr std::array<std::string_view, 11> unary = {"~",  "!",  "&",  "|", "^", "~&",
                                                            "~|", "~^", "^~", "-", "+"};
        if (first.kind != token_kind::symbol ||
            std::find(unary.begin(), unary.end(), first.text) == unary.end()) {
            text_.fail("expression", "a net, a number, '(', '{' or an operator");
        }
        text_.take();
        verilog_expression node = make(first.text, first.at);
        node.operands.push_back(operand());
        if (first.text == "~" || first.text == "-" || first.text == "+") {
            node.width = node.operands[0].width;
            node.is_signed = node.operands[0].is_signed;
        }
        return node;
    }

    /// {a, b, c} or {4{a}}, the brace is taken already.
    [[nodiscard]] verilog_expression concatenation(const token& brace) {
        verilog_expression joined = make("{", brace.at);
        verilog_expression first = expression();
        std::size_t copies = 1;
        const bool is_replication = text_.accept("{");
        if (is_replication) {
            const std::int64_t number = constant_of(first);
            if (number < 1 || number > static_cast<std::int64_t>(verilog_max_width)) {
                text_.fail_at(first.at, "replication",
                              "1 to " + std::to_string(verilog_max_width) + " copies",
                              std::to_string(number));
            }
            copies = static_cast<std::size_t>(number);
            first = expression();
        }
        joined.width = 0;
        const auto add = [&](verilog_expression part) {
            if (part.is_unsized) {
                text_.fail_at(part.at, "concatenation", "numbers with a width, such as 4'd3");
            }
            joined.width += part.width;
            joined.operands.push_back(std::move(part));
            check_width(text_, joined.width * copies, brace.at);
        };
        add(std::move(first));
        while (text_.accept(",")) {
            add(expression());
        }
        text_.expect("}", "concatenation");
        if (is_replication) {
            text_.expect("}", "replication");
            verilog_expression repeated = make("repeat", brace.at);
            repeated.width = joined.width * copies;
            repeated.operands.push_back(std::move(joined));
            return repeated;
        }
        return joined;
    }

    /// A name with an optional bit or part select.
    [[nodiscard]] verilog_expression net(const token& name) {
        const auto known = scope_.find(name.text);
        if (known == scope_.end()) {
            text_.fail(name, "expression", "a declared net");
        }
        const verilog_net found = known->second;
        verilog_expression node = make("net", name.at);
        std::size_t first = 0, width = found.width;
        node.is_signed = found.is_signed;
        if (text_.next().is("[")) {
            const token bracket = text_.take();
            node.is_signed = false;
            const std::int64_t left = constant_of(expression());
            const std::int64_t right = text_.accept(":") ? constant_of(expression()) : left;
            text_.expect("]", "select");
            const bool ascending = found.left < found.right;
            const std::int64_t high = ascending ? found.right - left : left - found.right;
            const std::int64_t low = ascending ? found.right - right : right - found.right;
            if (!found.is_vector || low < 0 || high < low || high >= static_cast<std::int64_t>(found.width)) {
                text_.fail_at(
                    bracket.at, "select of '" + std::string(name.text) + "'",
                    found.is_vector
                        ? "a part of [" + std::to_string(found.left) + ":" + std::to_string(found.right) + "]"
                        : "none, it is no vector",
                    "[" + std::to_string(left) + (left == right ? "]" : ":" + std::to_string(right) + "]"));
            }
            first = static_cast<std::size_t>(low);
            width = static_cast<std::size_t>(high - low) + 1;
        }
        node.width = width;
        count(width, name.at);
        for (std::size_t i = first; i < first + width; ++i) {
            node.bits.push_back(found.first + static_cast<signal>(i));
        }
        return node;
    }

    lexer& text_;
    verilog_scope& scope_;
    std::size_t depth_ = 0, bits_ = 0;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
