// SPDX-License-Identifier: MIT
/// @file
/// The definitions of multiplier/text_table.hpp.
#pragma once

#include <alwann/core/detail/number_text.hpp>
#include <alwann/core/output_file.hpp>
#include <alwann/core/parse_number.hpp>
#include <alwann/multiplier/text_table.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

inline constexpr std::string_view operands_mark = "operands:";

ALWANN_SEPARABLE std::string to_text(const multiplier_form& form) {
    const auto one = [](const char* name, const operand_form& operand) {
        return std::string(name) + " " + std::to_string(operand.bits) + " bits " +
               std::string(to_string(operand.coding));
    };
    return one("activation", form.activation) + ", " + one("weight", form.weight);
}

/// Reads what to_text() writes; blanks do not matter.
[[nodiscard]] inline std::optional<multiplier_form> form_from_text(std::string_view text) {
    std::vector<std::string> words{""};
    for (const char c : text) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\r';
        if ((is_blank || c == ',') && !words.back().empty()) {
            words.emplace_back();
        }
        if (!is_blank) {
            words.back() += c;
        }
        if (c == ',') {
            words.emplace_back();
        }
    }
    if (words.back().empty()) {
        words.pop_back();
    }
    const auto operand = [&](std::size_t first, std::string_view name) -> std::optional<operand_form> {
        const auto coding = operand_coding_from_string(words[first + 3]);
        const std::string& digits = words[first + 1];
        if (words[first] != name || digits.size() != 1 || digits[0] < '1' || digits[0] > '8' ||
            words[first + 2] != "bits" || !coding) {
            return std::nullopt;
        }
        return operand_form{static_cast<std::uint8_t>(digits[0] - '0'), *coding};
    };
    if (words.size() != 9 || words[4] != ",") {
        return std::nullopt;
    }
    const auto activation = operand(0, "activation"), weight = operand(5, "weight");
    return activation && weight ? std::optional(multiplier_form{*activation, *weight}) : std::nullopt;
}

/// Reads a text table token by token.
class text_table_reader {
public:
    text_table_reader(std::string_view text, const std::string& file)
        : cursor_(file, text, text_table_max_bytes) {
        products_.reserve(operand_pairs);
    }

    [[nodiscard]] table read(std::string name) {
        for_each_number(
            cursor_, [&](text_position at, std::string_view text) { product(at, text); },
            [&](text_position at, std::string_view text) { comment(at, text); },
            [&](text_position at) { end_row(at); });
        if (products_.size() != operand_pairs) {
            cursor_.fail(cursor_.position(), "truth table", "65536 integers",
                         std::to_string(products_.size()) + in_rows());
        }
        constexpr operand_form signed_code{8, operand_coding::twos_complement};
        const multiplier_form form =
            form_.value_or(negative_ ? multiplier_form{signed_code, signed_code} : multiplier_form{});
        if (large_ && form.is_signed()) {
            cursor_.fail(*large_, "product", "one up to 32767, as the operands are signed");
        }
        if (negative_ && !form.is_signed()) {
            cursor_.fail(*negative_, "product", "one from 0 on, as the operands are unsigned");
        }
        return table(std::move(name), products_, form);
    }

private:
    void comment(text_position at, std::string_view text) {
        if (!text.starts_with(operands_mark)) {
            return;
        }
        const auto found = form_from_text(text.substr(operands_mark.size()));
        if (!found || (form_ && *form_ != *found)) {
            cursor_.fail(at, "operands",
                         found ? "one form of the operands"
                               : "a form such as '" + to_text(multiplier_form{}) + "'",
                         quoted(text));
        }
        form_ = found;
    }

    void product(text_position at, std::string_view digits) {
        const auto found = parse_number<int>(digits);
        if (!found || *found < -32768 || *found > 65535) {
            cursor_.fail(at, "product", "an integer from -32768 to 65535", quoted(digits));
        }
        const int value = *found;
        if (products_.size() == operand_pairs) {
            cursor_.fail(at, "truth table", "65536 integers", "more" + in_rows());
        }
        if (value < 0) {
            negative_ = negative_.value_or(at);
        } else if (value > 32767) {
            large_ = large_.value_or(at);
        }
        if (negative_ && large_) {
            cursor_.fail(at, "product", "one from -32768 to 32767, as others are negative", quoted(digits));
        }
        products_.push_back(static_cast<std::uint16_t>(value));
    }

    void end_row(text_position at) {
        const std::size_t size = products_.size() - row_start_;
        if (size != 0 && size != operand_codes && uneven_line_ == 0) {
            uneven_line_ = at.line;
            uneven_size_ = size;
        }
        row_start_ = products_.size();
    }
    [[nodiscard]] std::string in_rows() const {
        return uneven_line_ == 0
                   ? std::string()
                   : " (line " + std::to_string(uneven_line_) + " has " + std::to_string(uneven_size_) + ")";
    }

    text_cursor cursor_;
    std::vector<std::uint16_t> products_;
    std::optional<multiplier_form> form_;
    std::optional<text_position> negative_, large_;                 ///< where the first such product is
    std::size_t uneven_line_ = 0, uneven_size_ = 0, row_start_ = 0; ///< the first row that is not one of 256
};

} // namespace detail

ALWANN_SEPARABLE table parse_text_table(std::string_view text, const std::string& file, std::string name) {
    return detail::text_table_reader(text, file).read(std::move(name));
}

ALWANN_SEPARABLE table read_text_table(const std::filesystem::path& path) {
    return parse_text_table(detail::read_text_file(path, text_table_max_bytes), path.string(),
                            path.stem().string());
}

ALWANN_SEPARABLE void write_text_table(const table& multiplier, const std::filesystem::path& path) {
    std::string text;
    if (multiplier.form() != multiplier_form{}) {
        text = "# " + std::string(detail::operands_mark) + " " + detail::to_text(multiplier.form()) + "\n";
    }
    for (std::size_t i = 0; i < operand_pairs; ++i) {
        text += std::to_string(multiplier.product(static_cast<std::uint8_t>(i / operand_codes),
                                                  static_cast<std::uint8_t>(i % operand_codes)));
        text += i % operand_codes == operand_codes - 1 ? '\n' : ' ';
    }
    write_file(path, text);
}

} // namespace alwann::inline ALWANN_ABI
