// SPDX-License-Identifier: MIT
/// @file
/// What a predicted loss is worth, learnt from designs that have been measured.
#pragma once

#include <alwann/core/config.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// What is expected of a loss: its mean and its standard deviation.
struct loss_prediction {
    double mean = 0;      ///< of the loss
    double deviation = 0; ///< of the loss around it, >= 0
};

/// Learns how measured losses follow predicted ones: local linear regression over the logarithm of the
/// prediction, with Gaussian weights.
class loss_trend {
public:
    /// `width`: standard deviation of the weights, as a difference of natural logarithms of predictions.
    explicit loss_trend(double width = 0.35) : width_(width) {}

    /// Notes a measured loss and what had been predicted, >= 0. What is not finite says nothing.
    void add(double predicted, double found) {
        if (std::isfinite(found) && std::isfinite(predicted)) {
            points_.emplace_back(logarithm(predicted), found);
        }
    }

    /// What is expected where this is predicted; zeros if nothing is known. O(points).
    [[nodiscard]] loss_prediction at(double predicted) const {
        const double here = logarithm(predicted);
        double weights = 0, x = 0, y = 0, xx = 0, xy = 0;
        for (const auto& [place, found] : points_) {
            const double u = place - here;
            const double w = weight(u);
            weights += w;
            x += w * u;
            y += w * found;
            xx += w * u * u;
            xy += w * u * found;
        }
        if (!(weights > 0)) {
            return {};
        }
        const double ridge = 0.01 * weights * width_ * width_; // few points far away give no slope
        const double slope = (weights * xy - x * y) / (weights * (xx + ridge) - x * x);
        const double mean = (y - slope * x) / weights;
        double squares = 0;
        for (const auto& [place, found] : points_) {
            const double u = place - here;
            const double residual = found - mean - slope * u;
            squares += weight(u) * residual * residual;
        }
        return {mean, std::sqrt(squares / weights)};
    }

private:
    static double logarithm(double predicted) { return std::log(std::max(predicted, 1e-9)); }
    /// Far points keep a little weight: the nearest known one counts where none is near.
    [[nodiscard]] double weight(double u) const {
        return std::exp(-u * u / (2 * width_ * width_)) + 1e-6 / (1 + u * u);
    }

    std::vector<std::pair<double, double>> points_; ///< logarithm of the prediction, loss
    double width_;
};

} // namespace alwann::inline ALWANN_ABI
