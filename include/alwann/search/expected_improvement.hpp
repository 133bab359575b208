// SPDX-License-Identifier: MIT
/// @file
/// What a front may gain from a design whose cost is known and whose loss is only predicted.
#pragma once

#include <alwann/search/loss_trend.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numbers>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A front of cost and loss, both minimised, and the hypervolume that a newcomer is expected to add to it.
///
/// The integral of the expected improvement (Mockus 1978; Jones, Schonlau and Welch 1998) over cost: with one
/// of two objectives known it is exact, a sum over the steps of the front.
class improvement_front {
public:
    /// Hypervolume is measured to these limits.
    improvement_front(double cost_limit, double loss_limit)
        : cost_limit_(cost_limit), loss_limit_(loss_limit) {}

    /// A point joins; nothing happens if another one is as good.
    void add(double cost, double loss) {
        const auto place = std::upper_bound(steps_.begin(), steps_.end(), std::pair{cost, loss});
        if (place != steps_.begin() && std::prev(place)->second <= loss) {
            return;
        }
        const auto end =
            std::find_if(place, steps_.end(), [loss](const auto& step) { return step.second < loss; });
        steps_.insert(steps_.erase(place, end), {cost, loss});
    }

    /// Expected gain of hypervolume by a point of this cost. Never more after an add(). O(front).
    [[nodiscard]] double gain(double cost, const loss_prediction& loss) const {
        auto next = std::upper_bound(steps_.begin(), steps_.end(), cost,
                                     [](double at, const auto& step) { return at < step.first; });
        double best = next == steps_.begin() ? loss_limit_ : std::min(loss_limit_, std::prev(next)->second);
        double sum = 0;
        while (cost < cost_limit_) {
            const double until = next == steps_.end() ? cost_limit_ : std::min(cost_limit_, next->first);
            sum += (until - cost) * below(best, loss);
            cost = until;
            if (next != steps_.end()) {
                best = std::min(best, next->second);
                ++next;
            }
        }
        return sum;
    }

private:
    /// Expected max(0, best - x) for a normal x.
    static double below(double best, const loss_prediction& loss) {
        const double room = best - loss.mean;
        if (!(loss.deviation > 0)) {
            return std::max(0.0, room);
        }
        const double z = room / loss.deviation;
        const double share = 0.5 * std::erfc(-z / std::numbers::sqrt2);
        const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
        return loss.deviation * (z * share + density);
    }

    std::vector<std::pair<double, double>> steps_; ///< cost ascending, loss descending
    double cost_limit_, loss_limit_;
};

} // namespace alwann::inline ALWANN_ABI
