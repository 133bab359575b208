// SPDX-License-Identifier: MIT
/// @file
/// The front of what was evaluated so far, with the measurements that others are compared with.
#pragma once

#include <alwann/nn/accuracy.hpp>
#include <alwann/search/pareto.hpp>
#include <alwann/search/problem.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI::detail {

/// May be used by several threads at once.
class rival_front {
public:
    /// Its members; in an interrupted search, what there is so far.
    [[nodiscard]] std::vector<individual> members() const {
        const std::lock_guard lock(access_);
        std::vector<individual> result;
        for (const auto& each : rivals_) {
            result.push_back(each.who);
        }
        return result;
    }

    /// Takes one that no member dominates, and lets go of those that it dominates.
    void join(individual who, const measurement& found) {
        if (!who.value.feasible()) {
            return;
        }
        const std::lock_guard lock(access_);
        for (const auto& other : rivals_) {
            if (other.who.value.objectives == who.value.objectives || dominates(other.who.value, who.value)) {
                return;
            }
        }
        std::erase_if(rivals_, [&](const rival& other) { return dominates(who.value, other.who.value); });
        rivals_.push_back({std::move(who), std::make_shared<const measurement>(found)});
    }

    /// The most accurate member that is no worse in all objectives but the one at `loss`; null if there is
    /// none.
    [[nodiscard]] std::shared_ptr<const measurement> find(const evaluation& what, std::size_t loss) const {
        const std::lock_guard lock(access_);
        std::shared_ptr<const measurement> best;
        for (const auto& other : rivals_) {
            bool no_worse = true;
            for (std::size_t o = 0; o < what.objectives.size(); ++o) {
                no_worse = no_worse && (o == loss || other.who.value.objectives[o] <= what.objectives[o]);
            }
            if (no_worse && (best == nullptr || other.found->correct > best->correct)) {
                best = other.found;
            }
        }
        return best;
    }

private:
    struct rival {
        individual who;
        std::shared_ptr<const measurement> found;
    };

    mutable std::mutex access_;
    std::vector<rival> rivals_;
};

} // namespace alwann::inline ALWANN_ABI::detail
