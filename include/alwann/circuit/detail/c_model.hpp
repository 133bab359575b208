// SPDX-License-Identifier: MIT
/// @file
/// Runs the one function of a C model on signals: straight-line code over integers.
#pragma once

#include <alwann/circuit/detail/c_expression.hpp>
#include <alwann/circuit/multiplier_circuit.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

inline constexpr std::array<std::string_view, 18> c_symbols = {
    "<<=", ">>=", "|=", "&=", "^=", "+=", "-=", "*=", "<<",
    ">>",  "==",  "!=", "&&", "||", "++", "--", "<=", ">="};
inline constexpr std::array<std::string_view, 2> c_directives = {"include", "pragma"};
inline constexpr lexical_rules c_rules{c_symbols, '#', c_directives, false};

/// Reads a C text with one function of two arguments and runs it.
class c_model {
public:
    c_model(const std::string& file, std::string_view text, const circuit_reading& reading)
        : text_(file, text, c_rules), reading_(reading) {}

    /// The circuit, without what the comments state.
    [[nodiscard]] multiplier_circuit run() {
        read_heading();
        bind_arguments();
        while (!text_.next().is("return")) {
            read_statement();
        }
        const token at = text_.take();
        const c_value product = code_->expression().converted(result_type_);
        text_.expect(";", "return");
        text_.expect("}", "function");
        while (text_.accept(";")) {
        }
        if (text_.next().kind != token_kind::end) {
            text_.fail("file", "nothing after the one function");
        }
        circuit_.circuit = code_->builder().finish(product_bits(product, at));
        return std::move(circuit_);
    }

private:
    static constexpr std::size_t most_arguments = 64; // that are counted

    struct argument {
        c_type type;
        token name;
    };

    c_type expect_type(const char* field) {
        const auto type = accept_c_type(text_);
        if (!type) {
            text_.fail(field, "an integer type");
        }
        return *type;
    }

    void read_heading() {
        do { // over prototypes to the function
            while (text_.accept(";")) {
            }
            result_type_ = expect_type("function");
            const token name = text_.expect_word("function", "its name");
            circuit_.name = std::string(name.text);
            arguments_.clear();
            text_.expect("(", "function");
            do {
                const c_type type = expect_type("argument");
                arguments_.push_back({type, text_.expect_word("argument", "its name")});
                if (arguments_.size() > most_arguments) {
                    text_.fail("function", "2 arguments");
                }
            } while (text_.accept(","));
            text_.expect(")", "function");
            if (arguments_.size() != 2) {
                text_.fail_at(name.at, "function", "2 arguments", std::to_string(arguments_.size()));
            }
        } while (text_.accept(";"));
        text_.expect("{", "function");
    }

    void bind_arguments() {
        std::size_t activation = 0;
        if (!reading_.activation.empty() && arguments_[0].name.text != reading_.activation) {
            activation = 1;
            if (arguments_[1].name.text != reading_.activation) {
                text_.fail(arguments_[0].name, "arguments", "one named '" + reading_.activation + "'");
            }
        }
        const auto named = parse_multiplier_name(circuit_.name);
        const c_type byte{8, true};
        circuit_.is_signed = reading_.is_signed.value_or(
            named ? named->is_signed : arguments_[0].type == byte && arguments_[1].type == byte);
        const auto width = [&](std::size_t place, std::size_t wanted) {
            const multiplier_name stated = named.value_or(multiplier_name{});
            const std::size_t bits = wanted != 0  ? wanted
                                     : place == 0 ? stated.first_bits
                                                  : stated.second_bits;
            if (bits > operand_max_bits) {
                text_.fail_at(arguments_[place].name.at, "argument", "1 to 8 bits", std::to_string(bits));
            }
            return bits;
        };
        circuit_.activation_bits = width(activation, reading_.activation_bits);
        circuit_.weight_bits = width(1 - activation, reading_.weight_bits);
        code_.emplace(text_, circuit_.activation_bits + circuit_.weight_bits);
        for (std::size_t place = 0; place < 2; ++place) {
            const bool first = place == activation;
            c_value value{.type = {64, circuit_.is_signed}, .low = {}};
            for (std::size_t i = 0; i < (first ? circuit_.activation_bits : circuit_.weight_bits); ++i) {
                value.low.push_back(netlist::input((first ? 0 : circuit_.activation_bits) + i));
            }
            value.rest = circuit_.is_signed ? value.low.back() : netlist::zero;
            value.shorten();
            code_->assign(code_->declare(arguments_[place].name, arguments_[place].type),
                          value.converted(arguments_[place].type));
        }
    }

    void read_statement() {
        if (text_.accept(";")) {
            return;
        }
        if (const auto type = accept_c_type(text_)) {
            do {
                read_declarator(*type);
            } while (text_.accept(","));
            text_.expect(";", "declaration");
            return;
        }
        if (text_.next().kind != token_kind::word || !code_->is_variable(text_.next().text)) {
            text_.fail("statement", "a declaration, an assignment to a variable, or return");
        }
        do {
            read_assignment();
        } while (text_.accept(","));
        text_.expect(";", "assignment");
    }

    void read_declarator(c_type type) {
        const token name = text_.expect_word("declaration", "a name");
        if (text_.accept("[")) {
            const std::size_t count = code_->constant("array", 1, c_model_max_variables);
            text_.expect("]", "array");
            code_->declare(name, type, count);
        } else {
            const std::size_t place = code_->declare(name, type);
            if (text_.accept("=")) {
                code_->assign(place, code_->expression().converted(type));
            }
        }
    }

    void read_assignment() {
        constexpr std::array<std::string_view, 9> assignments = {
            "=", "|=", "&=", "^=", "+=", "-=", "*=", "<<=", ">>="};
        const c_expressions::place target = code_->expect_place();
        const token sign = text_.next();
        if (sign.kind != token_kind::symbol ||
            std::find(assignments.begin(), assignments.end(), sign.text) == assignments.end()) {
            text_.fail("assignment", "'=' or another assignment");
        }
        text_.take();
        const token at = text_.next();
        c_value right = code_->expression();
        if (sign.text != "=") {
            const std::string_view symbol = sign.text.substr(0, sign.text.size() - 1);
            right = code_->apply(symbol, code_->value(target), right, at);
        }
        code_->assign(target, right);
    }

    /// The bits of the result that can be other than zero, or 16 of them if it is signed.
    [[nodiscard]] word product_bits(const c_value& product, const token& at) const {
        word bits;
        for (std::size_t i = 0; i < 16; ++i) {
            bits.push_back(product.extended_bit(i));
        }
        if (circuit_.is_signed) {
            return bits;
        }
        for (std::size_t i = 16; i < product.type.bits; ++i) {
            if (product.bit(i) != netlist::zero) {
                text_.fail_at(at.at, "return", "a product of at most 16 bits",
                              "bit " + std::to_string(i) + " in use");
            }
        }
        while (bits.size() > circuit_.activation_bits + circuit_.weight_bits &&
               bits.back() == netlist::zero) {
            bits.pop_back();
        }
        return bits;
    }

    lexer text_;
    const circuit_reading& reading_;
    multiplier_circuit circuit_;
    c_type result_type_;
    std::vector<argument> arguments_;
    std::optional<c_expressions> code_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
