// SPDX-License-Identifier: MIT
/// @file
/// Plots of power against error on logarithmic axes.
#pragma once

#include <alwann/library/error_front.hpp>
#include <alwann/report/svg.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A library with a name for the legend.
struct plotted_library {
    std::string name; ///< for the legend
    library parts;    ///< its components
};

namespace detail {

/// Positive numbers from one edge of the plot to the other, by their logarithms.
class log_axis {
public:
    void include(double value) {
        low_ = std::min(low_, std::log10(value));
        high_ = std::max(high_, std::log10(value));
    }
    /// Leaves some room; an axis that has seen nothing goes from 0.1 to 10.
    void finish() {
        if (!(low_ <= high_)) {
            low_ = -1;
            high_ = 1;
        }
        const double room = 0.05 * (high_ - low_) + 0.05;
        low_ -= room;
        high_ += room;
    }
    /// From 0 to 1.
    [[nodiscard]] double share(double value) const { return (std::log10(value) - low_) / (high_ - low_); }

    struct tick {
        double value;
        std::string label; ///< empty between powers of ten, unless there are few of these
    };
    [[nodiscard]] std::vector<tick> ticks() const {
        std::vector<tick> all;
        const bool few = high_ - low_ < 2;
        for (int power = static_cast<int>(std::floor(low_)); power <= static_cast<int>(high_); ++power) {
            for (const int digit : {1, 2, 3, 4, 5, 6, 7, 8, 9}) {
                const double value = digit * std::pow(10.0, power);
                if (const double place = share(value); place >= 0 && place <= 1) {
                    const bool labelled = digit == 1 || (few && (digit == 2 || digit == 5));
                    all.push_back({value, labelled ? format_fixed(value, std::max(0, -power)) : ""});
                }
            }
        }
        return all;
    }

private:
    double low_ = std::numeric_limits<double>::infinity();
    double high_ = -std::numeric_limits<double>::infinity();
};

} // namespace detail

/// Power against an error for some libraries as SVG, the front of each as steps.
///
/// Designs without error or cost have no place on the axes and are left out.
template <component_projection Error>
[[nodiscard]] std::string front_plot_svg(const std::vector<plotted_library>& libraries, const Error& error,
                                         std::string_view error_name) {
    constexpr std::array<std::string_view, 6> colours = {"#1f77b4", "#d62728", "#2ca02c",
                                                         "#9467bd", "#ff7f0e", "#555555"};
    constexpr double left = 70, top = 20, width = 640, height = 440;
    detail::log_axis errors, powers;
    const auto is_shown = [&](const component& part) {
        return part.price.power_mw > 0 && project(part, error) > 0;
    };
    for (const plotted_library& each : libraries) {
        for (const component& part : each.parts) {
            if (is_shown(part)) {
                errors.include(project(part, error));
                powers.include(part.price.power_mw);
            }
        }
    }
    errors.finish();
    powers.finish();
    const auto across = [&](double value) { return left + width * errors.share(value); };
    const auto down = [&](double value) { return top + height * (1 - powers.share(value)); };
    svg_drawing drawing(left + width + 20, top + height + 60);
    for (const auto& tick : errors.ticks()) {
        drawing.line(across(tick.value), top, across(tick.value), top + height,
                     tick.label.empty() ? "#eeeeee" : "#cccccc");
        drawing.text(across(tick.value), top + height + 16, tick.label, "middle");
    }
    for (const auto& tick : powers.ticks()) {
        drawing.line(left, down(tick.value), left + width, down(tick.value),
                     tick.label.empty() ? "#eeeeee" : "#cccccc");
        drawing.text(left - 6, down(tick.value) + 4, tick.label, "end");
    }
    drawing.text(left + width / 2, top + height + 40, error_name, "middle");
    drawing.text(20, top + height / 2, "power, mW", "middle", -90);
    for (std::size_t i = 0; i < libraries.size(); ++i) {
        const std::string_view colour = colours[i % colours.size()];
        const library shown = libraries[i].parts.filter(is_shown);
        const error_front front(shown, error);
        for (std::size_t p = 0; p + 1 < front.points().size(); ++p) {
            const auto &a = front.points()[p], &b = front.points()[p + 1];
            drawing.line(across(a.error), down(a.power_mw), across(b.error), down(a.power_mw), colour);
            drawing.line(across(b.error), down(a.power_mw), across(b.error), down(b.power_mw), colour);
        }
        for (const component& part : shown) {
            drawing.circle(across(project(part, error)), down(part.price.power_mw), 3, colour,
                           part.name + ": " + format_fixed(part.price.power_mw, 4) + " mW, " +
                               std::string(error_name) + " " + format_fixed(project(part, error), 4));
        }
        const double y = top + 20 + 18 * static_cast<double>(i);
        drawing.circle(left + width - 190, y - 4, 4, colour, libraries[i].name);
        drawing.text(left + width - 180, y, libraries[i].name);
    }
    return drawing.finish();
}

} // namespace alwann::inline ALWANN_ABI
