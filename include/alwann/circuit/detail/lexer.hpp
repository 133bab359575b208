// SPDX-License-Identifier: MIT
/// @file
/// Words, numbers and symbols of C and Verilog texts, with their places.
#pragma once

#include <alwann/circuit/multiplier_circuit.hpp>
#include <alwann/core/source_text.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// Most gates a circuit file may ask for, before simplification.
inline constexpr std::size_t circuit_max_gates = 1'000'000;
/// Deepest nesting of parentheses, operators and braces in a circuit file.
inline constexpr std::size_t circuit_max_nesting = 100;

namespace detail {

enum class token_kind { word, number, symbol, end };

/// A piece of a text; `text` refers to the text that is parsed.
struct token {
    token_kind kind = token_kind::end;
    std::string_view text;
    text_position at;

    [[nodiscard]] bool is(std::string_view symbol_or_word) const noexcept {
        return (kind == token_kind::symbol || kind == token_kind::word) && text == symbol_or_word;
    }
};

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_word_start(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
[[nodiscard]] constexpr bool is_word_part(char c) noexcept {
    return is_word_start(c) || is_digit(c);
}
[[nodiscard]] constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/// What the two languages spell differently.
struct lexical_rules {
    /// Symbols of more than one character, longer ones first.
    std::span<const std::string_view> symbols;
    /// What begins a line for the preprocessor, and which of these lines have no meaning here.
    char directive;
    std::span<const std::string_view> harmless_directives;
    /// Verilog: `\any-name `, 8'hFF, $ in words, attributes in (* *).
    bool verilog;
};

/// Hands out the tokens of a text one by one. Cheap to copy: a copy goes on from the same place.
class lexer {
public:
    lexer(std::string file, std::string_view text, const lexical_rules& rules)
        : cursor_(std::move(file), text, circuit_max_bytes), rules_(&rules) {
        read_next();
    }

    /// The token that take() is going to return.
    [[nodiscard]] const token& next() const noexcept { return next_; }
    token take() {
        const token current = next_;
        if (current.kind != token_kind::end) {
            read_next();
        }
        return current;
    }
    /// Takes the token if it is this symbol or word.
    bool accept(std::string_view what) {
        const bool found = next_.is(what);
        if (found) {
            take();
        }
        return found;
    }
    /// Takes the token, which has to be this symbol or word.
    token expect(std::string_view what, const char* field) {
        if (!next_.is(what)) {
            fail(field, "'" + std::string(what) + "'");
        }
        return take();
    }
    /// Takes the token, which has to be a word.
    token expect_word(const char* field, const char* expected) {
        if (next_.kind != token_kind::word) {
            fail(field, expected);
        }
        return take();
    }

    /// Throws format_error: the next token is not what was expected.
    [[noreturn]] void fail(const char* field, const std::string& expected) const {
        fail(next_, field, expected);
    }
    [[noreturn]] void fail(const token& found, const char* field, const std::string& expected) const {
        cursor_.fail(found.at, field, expected,
                     found.kind == token_kind::end ? "the end of the text" : quoted(found.text));
    }
    [[noreturn]] void fail_at(text_position at, const std::string& field, const std::string& expected,
                              const std::string& found = {}) const {
        cursor_.fail(at, field, expected, found);
    }

private:
    void read_next() {
        skip_blanks();
        next_.at = cursor_.position();
        const std::size_t first = cursor_.offset();
        const char c = cursor_.peek();
        if (cursor_.at_end()) {
            next_.kind = token_kind::end;
        } else if (is_word_start(c)) {
            next_.kind = token_kind::word;
            skip_word();
        } else if (rules_->verilog && c == '\\') {
            next_.kind = token_kind::word;
            cursor_.advance();
            while (!cursor_.at_end() && !is_blank(cursor_.peek())) {
                cursor_.advance();
            }
        } else if (is_digit(c) || (rules_->verilog && c == '\'')) {
            next_.kind = token_kind::number;
            skip_word();
            if (rules_->verilog && cursor_.peek() == '\'') {
                cursor_.advance();
                skip_word();
            }
        } else {
            next_.kind = token_kind::symbol;
            const auto longer = std::find_if(rules_->symbols.begin(), rules_->symbols.end(),
                                             [&](std::string_view s) { return cursor_.starts_with(s); });
            cursor_.advance(longer == rules_->symbols.end() ? 1 : longer->size());
        }
        next_.text = cursor_.since(first);
        if (next_.kind == token_kind::word && next_.text.front() == '\\') {
            next_.text.remove_prefix(1);
        }
    }

    void skip_word() {
        while (is_word_part(cursor_.peek()) || (rules_->verilog && cursor_.peek() == '$')) {
            cursor_.advance();
        }
    }
    void skip_line() {
        while (!cursor_.at_end() && cursor_.peek() != '\n') {
            cursor_.advance();
        }
    }
    void skip_to(std::string_view end, const char* what, std::size_t opening) {
        const text_position start = cursor_.position();
        cursor_.advance(opening);
        while (!cursor_.starts_with(end)) {
            if (cursor_.at_end()) {
                cursor_.fail(start, what, "'" + std::string(end) + "' at its end", "the end of the text");
            }
            cursor_.advance();
        }
        cursor_.advance(end.size());
    }
    void skip_blanks() {
        while (true) {
            if (is_blank(cursor_.peek())) {
                cursor_.advance();
            } else if (cursor_.starts_with("//")) {
                skip_line();
            } else if (cursor_.starts_with("/*")) {
                skip_to("*/", "comment", 2);
            } else if (rules_->verilog && cursor_.starts_with("(*") && cursor_.peek(2) != ')') {
                skip_to("*)", "attribute", 2);
            } else if (cursor_.peek() == rules_->directive) {
                skip_directive();
            } else {
                return;
            }
        }
    }
    void skip_directive() {
        const text_position at = cursor_.position();
        cursor_.advance();
        while (cursor_.peek() == ' ' || cursor_.peek() == '\t') {
            cursor_.advance();
        }
        const std::size_t first = cursor_.offset();
        skip_word();
        const std::string_view word = cursor_.since(first);
        if (std::find(rules_->harmless_directives.begin(), rules_->harmless_directives.end(), word) ==
            rules_->harmless_directives.end()) {
            std::string known;
            for (const std::string_view harmless : rules_->harmless_directives) {
                known.append(known.empty() ? "" : ", ").append(1, rules_->directive).append(harmless);
            }
            cursor_.fail(at, "directive", "one of " + known, quoted(word));
        }
        skip_line();
    }

    text_cursor cursor_;
    const lexical_rules* rules_;
    token next_;
};

/// Counts levels of nesting while it lives, so that no text exhausts the stack.
class nesting_level {
public:
    nesting_level(const lexer& text, std::size_t& depth) : depth_(depth) {
        if (depth_ >= circuit_max_nesting) {
            text.fail("nesting", "at most " + std::to_string(circuit_max_nesting) + " levels");
        }
        ++depth_;
    }
    nesting_level(const nesting_level&) = delete;
    nesting_level& operator=(const nesting_level&) = delete;
    ~nesting_level() { --depth_; }

private:
    std::size_t& depth_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
