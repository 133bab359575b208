// SPDX-License-Identifier: MIT
/// @file
/// Jobs that workers take one after the other, each those first that suit it best.
#pragma once

#include <alwann/core/config.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Jobs 0, 1, ..., each handed out once. A worker is at home in some groups of jobs and takes what is left of
/// these, in order; then it helps where most is left, from the end. Not for several threads at once.
class job_queue {
public:
    /// `groups`: that of each job, any numbers. Jobs of a group go to the same worker as long as it keeps up;
    /// where there are fewer groups than workers, several are at home in one.
    job_queue(std::span<const std::size_t> groups, std::size_t workers)
        : homes_(std::clamp<std::size_t>(std::set<std::size_t>(groups.begin(), groups.end()).size(), 1,
                                         std::max<std::size_t>(workers, 1))) {
        for (std::size_t job = 0; job < groups.size(); ++job) {
            homes_[groups[job] % homes_.size()].push_back(job);
        }
    }

    /// The next job for a worker, counted from 0; none if all are taken.
    [[nodiscard]] std::optional<std::size_t> take(std::size_t worker) {
        auto& home = homes_[worker % homes_.size()];
        if (!home.empty()) {
            const std::size_t job = home.front();
            home.pop_front();
            return job;
        }
        auto& most = *std::max_element(homes_.begin(), homes_.end(),
                                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
        if (most.empty()) {
            return std::nullopt;
        }
        const std::size_t job = most.back();
        most.pop_back();
        return job;
    }

private:
    std::vector<std::deque<std::size_t>> homes_;
};

} // namespace alwann::inline ALWANN_ABI
