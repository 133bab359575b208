// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/operand_weights.hpp.
#pragma once

#include <alwann/circuit/operand_weights.hpp>
#include <alwann/core/detail/number_text.hpp>
#include <alwann/core/format.hpp>
#include <alwann/core/output_file.hpp>
#include <alwann/core/parse_number.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE void check(const operand_weights& operands) {
    const auto check_list = [](const char* name, const std::array<double, operand_codes>& list) {
        double sum = 0;
        for (std::size_t code = 0; code < list.size(); ++code) {
            if (!(list[code] >= 0) || !std::isfinite(list[code])) {
                throw value_error(std::string("operand weights: ") + name + "[" + std::to_string(code) +
                                  "] is not a number from 0 on");
            }
            sum += list[code];
        }
        if (!(sum > 0) || !std::isfinite(sum)) {
            throw value_error(std::string("operand weights: the ") + name + " add up to " +
                              (sum > 0 ? "infinity" : "zero"));
        }
    };
    check_list("activations", operands.activations);
    check_list("weights", operands.weights);
}

ALWANN_SEPARABLE double weighted_error_percent(const table& multiplier, const operand_weights& operands) {
    check(operands);
    const auto sum_of = [](const auto& list) { return std::accumulate(list.begin(), list.end(), 0.0); };
    const double activation_sum = sum_of(operands.activations), weight_sum = sum_of(operands.weights);
    const multiplier_form form = multiplier.form();
    double error = 0;
    for (std::size_t x = 0; x < operand_codes; ++x) {
        double of_activation = 0;
        for (std::size_t w = 0; w < operand_codes; ++w) {
            const std::int64_t difference =
                std::int64_t{multiplier.product(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(w))} -
                form.exact(x, w);
            of_activation += operands.weights[w] / weight_sum * std::abs(static_cast<double>(difference));
        }
        error += operands.activations[x] / activation_sum * of_activation;
    }
    return 100 * error / static_cast<double>(std::uint64_t{1} << (form.activation.bits + form.weight.bits));
}

ALWANN_SEPARABLE operand_weights parse_operand_weights(std::string_view text, const std::string& file) {
    const std::string expected = "512 numbers: counts of 256 activation codes, then of 256 weight codes";
    detail::text_cursor cursor(file, text, operand_weights_max_bytes);
    operand_weights found;
    std::size_t count = 0;
    detail::for_each_number(
        cursor,
        [&](text_position at, std::string_view digits) {
            const auto value = parse_number<double>(digits);
            if (!value || *value < 0) {
                cursor.fail(at, "histogram", "a number from 0 on", detail::quoted(digits));
            }
            if (count == 2 * operand_codes) {
                cursor.fail(at, "histogram", expected, "more");
            }
            (count < operand_codes ? found.activations : found.weights)[count % operand_codes] = *value;
            ++count;
        },
        [](text_position, std::string_view) {}, [](text_position) {});
    if (count != 2 * operand_codes) {
        cursor.fail(cursor.position(), "histogram", expected, std::to_string(count));
    }
    try {
        check(found);
    } catch (const value_error& problem) {
        throw format_error(file, "histogram", expected, problem.what());
    }
    return found;
}

ALWANN_SEPARABLE operand_weights read_operand_weights(const std::filesystem::path& path) {
    return parse_operand_weights(detail::read_text_file(path, operand_weights_max_bytes), path.string());
}

ALWANN_SEPARABLE void write_operand_weights(const operand_weights& operands,
                                            const std::filesystem::path& path) {
    std::string text;
    for (const auto& [title, list] : {std::pair{"# activation codes 0 to 255\n", &operands.activations},
                                      {"# weight codes 0 to 255\n", &operands.weights}}) {
        text += title;
        for (std::size_t code = 0; code < list->size(); ++code) {
            text += format_number((*list)[code]);
            text += code % 16 == 15 ? '\n' : ' ';
        }
    }
    write_file(path, text);
}

} // namespace alwann::inline ALWANN_ABI
