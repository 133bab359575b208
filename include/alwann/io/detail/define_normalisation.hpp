// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/normalisation.hpp.
#pragma once

#include <alwann/core/parse_number.hpp>
#include <alwann/io/normalisation.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

inline std::vector<double> parse_numbers(std::string_view text, std::string_view whole) {
    std::vector<double> numbers;
    while (true) {
        const auto comma = std::min(text.find(','), text.size());
        const auto value = parse_number<double>(text.substr(0, comma));
        if (!value) {
            throw value_error("normalisation '" + std::string(whole) +
                              "': expected none, raw, imagenet, cifar10 or means/deviations such as "
                              "0.5,0.5,0.5/0.2,0.2,0.2");
        }
        numbers.push_back(*value);
        if (comma == text.size()) {
            return numbers;
        }
        text.remove_prefix(comma + 1);
    }
}

} // namespace detail

ALWANN_SEPARABLE normalisation normalisation_from_string(std::string_view text) {
    normalisation result;
    result.name = text;
    if (text == "none") {
        return result;
    }
    if (text == "raw") {
        result.scale = 1;
        return result;
    }
    if (text == "imagenet") {
        result.mean = {0.485, 0.456, 0.406};
        result.deviation = {0.229, 0.224, 0.225};
        return result;
    }
    if (text == "cifar10") {
        result.mean = {0.4914, 0.4822, 0.4465};
        result.deviation = {0.2470, 0.2435, 0.2616};
        return result;
    }
    const auto slash = std::min(text.find('/'), text.size());
    result.mean = detail::parse_numbers(text.substr(0, slash), text);
    result.deviation = detail::parse_numbers(text.substr(std::min(slash + 1, text.size())), text);
    for (const double deviation : result.deviation) {
        if (!(deviation > 0)) {
            throw value_error("normalisation '" + std::string(text) + "': expected deviations above 0");
        }
    }
    return result;
}

} // namespace alwann::inline ALWANN_ABI
