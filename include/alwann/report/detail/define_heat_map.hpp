// SPDX-License-Identifier: MIT
/// @file
/// The definitions of report/heat_map.hpp.
#pragma once

#include <alwann/core/format.hpp>
#include <alwann/report/heat_map.hpp>
#include <alwann/report/svg.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// From blue (-1) over white (0) to red (1). Square roots, so that small errors beside great ones are seen.
[[nodiscard]] inline rgb error_colour(double share) {
    const double strength = std::sqrt(std::min(std::abs(share), 1.0));
    const auto mix = [&](double full) {
        return static_cast<std::uint8_t>(std::lround(255 + strength * (full - 255)));
    };
    return share < 0 ? rgb{mix(5), mix(48), mix(150)} : rgb{mix(165), mix(0), mix(20)};
}

/// The code at a place of an axis on which the numbers grow.
[[nodiscard]] inline std::uint8_t code_at(const operand_form& form, std::size_t place) noexcept {
    const bool flip = form.coding == operand_coding::twos_complement;
    return static_cast<std::uint8_t>(place ^ (flip ? std::size_t{1} << (form.bits - 1) : 0));
}

[[nodiscard]] inline std::int32_t error_at(const table& multiplier, std::uint8_t x, std::uint8_t w) {
    return multiplier.product(x, w) - multiplier.form().exact(x, w);
}

/// The greatest absolute error.
[[nodiscard]] inline std::int32_t widest_error(const table& multiplier) {
    std::int32_t widest = 0;
    for (std::size_t i = 0; i < operand_pairs; ++i) {
        widest = std::max(widest, std::abs(error_at(multiplier, static_cast<std::uint8_t>(i / operand_codes),
                                                    static_cast<std::uint8_t>(i % operand_codes))));
    }
    return widest;
}

} // namespace detail

ALWANN_SEPARABLE rgb_image error_heat_map(const table& multiplier, std::size_t magnification) {
    if (magnification < 1 || magnification > 16) {
        throw value_error("heat map: expected a magnification from 1 to 16, found " +
                          std::to_string(magnification));
    }
    const auto& [activation, weight] = multiplier.form();
    const std::size_t columns = std::size_t{1} << activation.bits, rows = std::size_t{1} << weight.bits;
    const auto widest = std::max<double>(detail::widest_error(multiplier), 1);
    rgb_image image(columns * magnification, rows * magnification);
    for (std::size_t row = 0; row < image.height(); ++row) {
        for (std::size_t column = 0; column < image.width(); ++column) {
            const auto x = detail::code_at(activation, column / magnification);
            const auto w = detail::code_at(weight, rows - 1 - row / magnification);
            image(column, row) = detail::error_colour(detail::error_at(multiplier, x, w) / widest);
        }
    }
    return image;
}

ALWANN_SEPARABLE std::string error_heat_map_svg(const table& multiplier) {
    const auto& [activation, weight] = multiplier.form();
    constexpr double left = 60, top = 40, side = 512, bar = left + side + 30;
    svg_drawing drawing(700, 620);
    drawing.text(left, 25, "Errors of " + multiplier.name() + " (approximate - exact product)");
    drawing.image(left, top, side, side,
                  "data:image/png;base64," + to_base64(to_png(error_heat_map(multiplier))));
    for (const int quarter : {0, 2, 4}) {
        const auto place = [&](const operand_form& form) {
            const std::int32_t low = form.value(detail::code_at(form, 0));
            const std::int32_t last = (std::int32_t{1} << form.bits) - 1;
            return std::to_string(low + last * quarter / 4);
        };
        const double offset = side * quarter / 4;
        drawing.text(left + offset, top + side + 18, place(activation), "middle");
        drawing.text(left - 6, top + side - offset + 4, place(weight), "end");
    }
    drawing.text(left + side / 2, top + side + 38, "activation", "middle");
    drawing.text(left - 42, top + side / 2, "weight", "middle", -90);
    const std::int32_t widest = detail::widest_error(multiplier);
    constexpr int steps = 64;
    for (int step = 0; step < steps; ++step) {
        const double share = 1 - 2 * (step + 0.5) / steps;
        const rgb colour = detail::error_colour(share);
        drawing.rectangle(bar, top + side * step / steps, 20, side / steps + 0.5,
                          "rgb(" + std::to_string(colour.red) + "," + std::to_string(colour.green) + "," +
                              std::to_string(colour.blue) + ")");
    }
    for (const int half : {-1, 0, 1}) {
        drawing.text(bar + 26, top + side / 2 * (1 - half) + 4, std::to_string(half * widest));
    }
    return drawing.finish();
}

} // namespace alwann::inline ALWANN_ABI
