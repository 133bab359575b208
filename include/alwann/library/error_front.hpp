// SPDX-License-Identifier: MIT
/// @file
/// What a library asks for a given error: to compare designs of different libraries.
#pragma once

#include <alwann/library/library.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// The Pareto front of an error and power, as a function from error to power.
class error_front {
public:
    /// A design on the front.
    struct point {
        double error = 0;    ///< as the projection gives it
        double power_mw = 0; ///< of the component
        std::string name;    ///< of the component
    };

    /// Designs without a cost do not count.
    template <component_projection Error>
    error_front(const library& parts, const Error& error) {
        for (const component& part : parts.pareto(error, &cost::power_mw)) {
            points_.push_back({project(part, error), part.price.power_mw, part.name});
        }
        std::sort(points_.begin(), points_.end(),
                  [](const point& a, const point& b) { return a.error < b.error; });
    }

    /// By rising error and falling power.
    [[nodiscard]] const std::vector<point>& points() const noexcept { return points_; }

    /// The least power of a design whose error is not larger; NaN if there is none, or for NaN.
    [[nodiscard]] double power_within(double error) const {
        const auto above = first_above(error);
        return above == points_.begin() || std::isnan(error) ? std::numeric_limits<double>::quiet_NaN()
                                                             : std::prev(above)->power_mw;
    }

    /// The power at an error on straight lines between neighbours of the front, on logarithmic axes where
    /// both have an error above zero; that of the last one beyond it. NaN below the first.
    ///
    /// A fairer comparison than power_within where designs lie far apart, but nothing that could be built.
    [[nodiscard]] double interpolated_power(double error) const {
        const auto above = first_above(error);
        if (above == points_.begin() || above == points_.end()) {
            return power_within(error);
        }
        const point &a = *std::prev(above), &b = *above;
        if (a.error > 0 && a.power_mw > 0 && b.power_mw > 0) {
            const double share = std::log(error / a.error) / std::log(b.error / a.error);
            return a.power_mw * std::pow(b.power_mw / a.power_mw, share);
        }
        return a.power_mw + (b.power_mw - a.power_mw) * (error - a.error) / (b.error - a.error);
    }

private:
    [[nodiscard]] std::vector<point>::const_iterator first_above(double error) const {
        return std::find_if(points_.begin(), points_.end(), [&](const point& p) { return p.error > error; });
    }

    std::vector<point> points_;
};

} // namespace alwann::inline ALWANN_ABI
