// SPDX-License-Identifier: MIT
/// @file
/// Variables and expressions of a C model.
#pragma once

#include <alwann/circuit/detail/c_value.hpp>
#include <alwann/circuit/detail/operator_strength.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Most variables of a C model, elements of arrays included.
inline constexpr std::size_t c_model_max_variables = std::size_t{1} << 18;

namespace detail {

/// The variables of a function with their present values, and expressions over them.
class c_expressions {
public:
    c_expressions(lexer& text, std::size_t inputs) : text_(text), gates_(inputs, text), arithmetic_(gates_) {}

    [[nodiscard]] const netlist_builder& builder() const noexcept { return gates_.builder(); }

    /// Makes a variable or, with a count, an array. Returns the place of its first value.
    std::size_t declare(const token& name, c_type type, std::optional<std::size_t> count = {}) {
        if (!variables_.try_emplace(name.text, variable{type, values_.size(), count}).second) {
            text_.fail(name, "declaration", "a name that is not declared yet");
        }
        if (count.value_or(1) > c_model_max_variables - values_.size()) {
            text_.fail(name, "declaration",
                       "at most " + std::to_string(c_model_max_variables) + " variables");
        }
        values_.resize(values_.size() + count.value_or(1));
        return values_.size() - count.value_or(1);
    }
    [[nodiscard]] bool is_variable(std::string_view name) const { return variables_.contains(name); }

    /// A variable or array element.
    struct place {
        token name;
        c_type type;
        std::size_t index;
    };
    /// Takes a variable or array element.
    place expect_place() {
        const token name = text_.expect_word("variable", "a variable");
        const auto known = variables_.find(name.text);
        if (known == variables_.end()) {
            text_.fail(name, "variable", "a declared one");
        }
        const variable found = known->second;
        std::size_t index = found.first;
        if (found.count) {
            text_.expect("[", "array");
            index += constant("index", 0, *found.count - 1);
            text_.expect("]", "array");
        }
        return {name, found.type, index};
    }
    [[nodiscard]] const c_value& value(const place& from) const {
        if (!values_[from.index]) {
            text_.fail(from.name, "variable", "one that has a value by now");
        }
        return *values_[from.index];
    }
    void assign(const place& to, const c_value& value) { values_[to.index] = value.converted(to.type); }
    void assign(std::size_t index, const c_value& value) { values_[index] = value; }

    /// An expression without assignments.
    [[nodiscard]] c_value expression() {
        const c_value condition = operation(0);
        if (!text_.accept("?")) {
            return condition;
        }
        const nesting_level level(text_, depth_);
        const signal chosen = arithmetic_.truth(condition);
        const c_value left = expression();
        text_.expect(":", "conditional");
        return arithmetic_.choose(chosen, left, expression());
    }

    /// left `symbol` right; `at` is where the right operand is.
    [[nodiscard]] c_value apply(std::string_view symbol, const c_value& left, const c_value& right,
                                const token& at) {
        if (symbol == "&" || symbol == "|" || symbol == "^") {
            return arithmetic_.bitwise(symbol == "&"   ? gate_kind::and_gate
                                       : symbol == "|" ? gate_kind::or_gate
                                                       : gate_kind::xor_gate,
                                       left, right);
        }
        if (symbol == "+" || symbol == "-") {
            return arithmetic_.add(left, right, symbol == "-");
        }
        if (symbol == "*") {
            return arithmetic_.multiply(left, right);
        }
        if (symbol == "<<" || symbol == ">>") {
            const std::size_t bits = std::max<std::size_t>(left.type.bits, 32);
            const auto by = right.number();
            if (!by || *by >= bits) {
                text_.fail(at, "shift", "a constant from 0 to " + std::to_string(bits - 1));
            }
            return symbol == "<<" ? c_arithmetic::shifted_left(left, *by)
                                  : c_arithmetic::shifted_right(left, *by);
        }
        if (symbol == "==" || symbol == "!=") {
            const signal differ = arithmetic_.truth(arithmetic_.bitwise(gate_kind::xor_gate, left, right));
            return c_arithmetic::from_truth(symbol == "!=" ? differ : gates_.gate_not(differ));
        }
        const signal a = arithmetic_.truth(left), b = arithmetic_.truth(right);
        return c_arithmetic::from_truth(symbol == "&&" ? gates_.gate_and(a, b) : gates_.gate_or(a, b));
    }

    /// An expression whose value is a constant in a range.
    [[nodiscard]] std::size_t constant(const char* field, std::size_t least, std::size_t most) {
        const token at = text_.next();
        const auto number = expression().number();
        if (!number || *number < least || *number > most) {
            text_.fail(at, field, "a constant from " + std::to_string(least) + " to " + std::to_string(most));
        }
        return static_cast<std::size_t>(*number);
    }

private:
    struct variable {
        c_type type;
        std::size_t first;                // in values_
        std::optional<std::size_t> count; // of an array
    };

    /// Operators that bind more strongly than `weaker`; a loop over chains, recursion only for stronger ones.
    [[nodiscard]] c_value operation(int weaker) {
        c_value left = operand();
        while (true) {
            const int level = operator_strength(text_.next());
            if (level <= weaker) {
                return left;
            }
            const token symbol = text_.take();
            const token at = text_.next();
            const c_value right = operation(level);
            left = apply(symbol.text, left, right, at);
        }
    }

    [[nodiscard]] c_value operand() {
        const token first = text_.next();
        if (first.kind == token_kind::number) {
            return literal(text_.take());
        }
        if (first.kind == token_kind::word) {
            return value(expect_place());
        }
        const nesting_level level(text_, depth_);
        if (text_.accept("(")) {
            if (const auto type = accept_c_type(text_)) {
                text_.expect(")", "cast");
                return operand().converted(*type);
            }
            const c_value inner = expression();
            text_.expect(")", "parentheses");
            return inner;
        }
        if (text_.accept("~")) {
            return arithmetic_.complement(operand());
        }
        if (text_.accept("!")) {
            return c_arithmetic::from_truth(gates_.gate_not(arithmetic_.truth(operand())));
        }
        if (text_.accept("-")) {
            return arithmetic_.add(c_value::constant(0, {}), operand(), true);
        }
        if (text_.accept("+")) {
            return c_arithmetic::promoted(operand());
        }
        text_.fail("expression", "a number, a variable, '(' or an operator");
    }

    /// 12, 0x1F, 077, with any of the suffixes u, l, ll.
    [[nodiscard]] c_value literal(const token& number) const {
        std::string_view digits = number.text;
        const std::size_t length = digits.find_last_not_of("uUlL") + 1;
        std::string suffix(digits.substr(length));
        digits = digits.substr(0, length);
        for (char& c : suffix) {
            c = c == 'U' ? 'u' : c == 'L' ? 'l' : c;
        }
        const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
        const bool octal = !hexadecimal && digits.starts_with('0');
        if (hexadecimal) {
            digits.remove_prefix(2);
        }
        std::uint64_t value = 0;
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value,
                                                    hexadecimal ? 16
                                                    : octal     ? 8
                                                                : 10);
        const bool fine_suffix = suffix.empty() || suffix == "u" || suffix == "l" || suffix == "ll" ||
                                 suffix == "ul" || suffix == "lu" || suffix == "ull" || suffix == "llu";
        if (digits.empty() || problem != std::errc{} || end != digits.data() + digits.size() ||
            !fine_suffix) {
            text_.fail(number, "number", "an integer below 2^64");
        }
        const bool is_unsigned = suffix.find('u') != std::string::npos;
        const bool decimal = !hexadecimal && !octal;
        c_type type{.bits = suffix.find('l') != std::string::npos ? 64u : 32u, .is_signed = !is_unsigned};
        // The first type of C's list that holds the number.
        while (!holds(type, value)) {
            if (type.is_signed && !decimal) {
                type.is_signed = false;
            } else if (type.bits < 64) {
                type = {.bits = 64, .is_signed = !is_unsigned};
            } else {
                type.is_signed = false;
            }
        }
        return c_value::constant(value, type);
    }
    [[nodiscard]] static bool holds(c_type type, std::uint64_t value) noexcept {
        const std::size_t bits = type.bits - (type.is_signed ? 1 : 0);
        return bits == 64 || (value >> bits) == 0;
    }

    lexer& text_;
    counted_gates gates_;
    c_arithmetic arithmetic_;
    std::unordered_map<std::string_view, variable> variables_;
    std::vector<std::optional<c_value>> values_;
    std::size_t depth_ = 0;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
