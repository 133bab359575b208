// SPDX-License-Identifier: MIT
/// @file
/// The definitions of report/design_plot.hpp.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/report/design_plot.hpp>
#include <alwann/report/svg.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// One design on the plot, in percent.
struct plotted_design {
    double energy = 0, accuracy = 0, low = 0, high = 0;
    std::string key = {}, words = {};
};

[[nodiscard]] inline std::vector<plotted_design> plotted_designs(const json& results, const char* kind) {
    std::vector<plotted_design> designs;
    for (const auto& each : results.at(kind)) {
        const auto share = [](const json& value) { return 100 * value.get<double>(); };
        plotted_design d;
        d.energy = share(each.at("relative_energy"));
        if (const auto& tested = each.at("test_accuracy"); !tested.is_null()) {
            d.accuracy = share(tested);
            d.low = share(each.at("test_interval").at(0));
            d.high = share(each.at("test_interval").at(1));
        } else { // of a search that was interrupted before the last measurement
            d.accuracy = d.low = d.high = share(each.at("search_accuracy"));
        }
        d.key = std::string(kind) + "-" + std::to_string(designs.size());
        d.words = format_fixed(d.energy, 1) + " % energy, " + format_fixed(d.accuracy, 2) + " % accuracy:";
        for (const auto& tile : each.at("tiles")) {
            d.words += " " + tile.get<std::string>();
        }
        designs.push_back(std::move(d));
    }
    return designs;
}

/// A round number of which 4 to 10 make `span`.
[[nodiscard]] inline double round_step(double span) {
    const double power = std::pow(10.0, std::floor(std::log10(span / 4)));
    for (const double digit : {1.0, 2.0, 5.0}) {
        if (span / (digit * power) <= 10) {
            return digit * power;
        }
    }
    return 10 * power;
}

/// Decimals that tell multiples of a round step apart.
[[nodiscard]] inline int decimals_of(double step) {
    return std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
}

} // namespace detail

ALWANN_SEPARABLE std::string design_plot_svg(const json& results) {
    constexpr double left = 60, top = 20, width = 660, height = 420;
    std::vector<detail::plotted_design> front, uniform;
    try {
        front = detail::plotted_designs(results, "front");
        uniform = detail::plotted_designs(results, "uniform");
    } catch (const json::exception& problem) {
        throw value_error(std::string("plot: the results lack what it shows: ") + problem.what());
    }
    double lowest = 100, highest = 0, dearest = 0;
    for (const auto* list : {&front, &uniform}) {
        for (const auto& d : *list) {
            lowest = std::min(lowest, d.low);
            highest = std::max(highest, d.high);
            dearest = std::max(dearest, d.energy);
        }
    }
    const double energy_step = detail::round_step(std::max(dearest, 1.0));
    const double last_energy = energy_step * std::ceil(std::max(dearest, 1.0) / energy_step);
    const double accuracy_step = detail::round_step(std::max(highest - lowest, 0.1));
    const double first = accuracy_step * std::floor(lowest / accuracy_step);
    const double last = std::max(accuracy_step * std::ceil(highest / accuracy_step), first + accuracy_step);
    const auto across = [&](double energy) { return left + width * energy / last_energy; };
    const auto down = [&](double accuracy) { return top + height * (last - accuracy) / (last - first); };

    svg_drawing drawing(left + width + 20, top + height + 60);
    for (int i = 0; i * energy_step <= last_energy * (1 + 1e-9); ++i) {
        const double x = across(i * energy_step);
        drawing.line(x, top, x, top + height, "#dddddd");
        drawing.text(x, top + height + 16, format_fixed(i * energy_step, detail::decimals_of(energy_step)),
                     "middle");
    }
    for (int i = 0; first + i * accuracy_step <= last * (1 + 1e-9); ++i) {
        const double y = down(first + i * accuracy_step);
        drawing.line(left, y, left + width, y, "#dddddd");
        drawing.text(left - 6, y + 4,
                     format_fixed(first + i * accuracy_step, detail::decimals_of(accuracy_step)), "end");
    }
    drawing.text(left + width / 2, top + height + 40, "relative energy, % of the exact multiplier's",
                 "middle");
    drawing.text(18, top + height / 2, "test accuracy, %", "middle", -90);

    const auto points = [&](const std::vector<detail::plotted_design>& designs, std::string_view colour,
                            double radius) {
        for (const auto& d : designs) {
            const double x = across(d.energy);
            drawing.line(x, down(d.low), x, down(d.high), colour);
            drawing.circle(x, down(d.accuracy), radius, colour, d.words, d.key);
        }
    };
    points(uniform, "#2563a8", 3);
    std::sort(front.begin(), front.end(), [](const auto& a, const auto& b) { return a.energy < b.energy; });
    for (std::size_t i = 0; i + 1 < front.size(); ++i) {
        const auto &a = front[i], &b = front[i + 1];
        drawing.line(across(a.energy), down(a.accuracy), across(b.energy), down(a.accuracy), "#c2410c");
        drawing.line(across(b.energy), down(a.accuracy), across(b.energy), down(b.accuracy), "#c2410c");
    }
    points(front, "#c2410c", 4);
    drawing.circle(left + width - 190, top + height - 36, 4, "#c2410c", "front");
    drawing.text(left + width - 180, top + height - 32, "front");
    if (!uniform.empty()) {
        drawing.circle(left + width - 190, top + height - 18, 3, "#2563a8", "one multiplier everywhere");
        drawing.text(left + width - 180, top + height - 14, "one multiplier everywhere");
    }
    return drawing.finish();
}

} // namespace alwann::inline ALWANN_ABI
