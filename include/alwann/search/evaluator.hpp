// SPDX-License-Identifier: MIT
/// @file
/// Measures designs on images, each different one once.
#pragma once

#include <alwann/compensation/compensation_data.hpp>
#include <alwann/library/library.hpp>
#include <alwann/nn/accuracy.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Compensates and measures designs, given by the multiplier of each layer. Remembers what it measured:
/// designs that differ only in how tiles are numbered are one.
template <compensation Compensation>
class design_evaluator {
public:
    /// All arguments but the compensation must outlive this object.
    design_evaluator(const network& network, const library& parts, const compensation_data& calibration,
                     Compensation how, const benchmark_images& images)
        : network_(network),
          parts_(parts),
          calibration_(calibration),
          how_(std::move(how)),
          images_(images) {}

    /// Each design's measurement, in order. Those not known yet are shared out among the workers.
    template <executor Executor>
    [[nodiscard]] std::vector<measurement> measure_all(std::span<const std::vector<std::size_t>> designs,
                                                       const Executor& workers) const {
        std::vector<std::vector<std::size_t>> fresh;
        {
            const std::lock_guard lock(access_);
            for (const auto& multipliers : designs) {
                if (!known_.contains(key(multipliers))) {
                    fresh.push_back(key(multipliers));
                }
            }
        }
        std::sort(fresh.begin(), fresh.end());
        fresh.erase(std::unique(fresh.begin(), fresh.end()), fresh.end());
        workers.for_each(fresh.size(),
                         [&](std::size_t i) { remember(fresh[i], compute(fresh[i], images_)); });
        std::vector<measurement> result;
        const std::lock_guard lock(access_);
        for (const auto& multipliers : designs) {
            result.push_back(known_.at(key(multipliers)));
        }
        return result;
    }

    /// One design's measurement.
    [[nodiscard]] measurement measure(const std::vector<std::size_t>& multipliers) const {
        const std::vector<std::vector<std::size_t>> one{multipliers};
        return measure_all(std::span<const std::vector<std::size_t>>(one), serial_executor{}).front();
    }

    /// The same design on other images; not remembered. May be called by several threads at once.
    [[nodiscard]] measurement compute(const std::vector<std::size_t>& multipliers,
                                      const benchmark_images& images) const {
        std::vector<table> tables;
        for (const auto index : multipliers) {
            tables.push_back(parts_.at(index).products);
        }
        return images.measure(calibration_.compensate(tables, how_));
    }

    [[nodiscard]] const benchmark_images& images() const noexcept { return images_; }
    [[nodiscard]] const library& parts() const noexcept { return parts_; }
    [[nodiscard]] const class network& target() const noexcept { return network_; }
    [[nodiscard]] const Compensation& how() const noexcept { return how_; }

    /// Different designs measured so far.
    [[nodiscard]] std::size_t measured() const {
        const std::lock_guard lock(access_);
        return known_.size();
    }

private:
    /// Components with equal tables compute the same: the first of them stands for all.
    [[nodiscard]] std::vector<std::size_t> key(std::vector<std::size_t> multipliers) const {
        for (auto& index : multipliers) {
            for (std::size_t other = 0; other < index; ++other) {
                if (parts_[other].hash == parts_.at(index).hash) {
                    index = other;
                }
            }
        }
        return multipliers;
    }

    void remember(const std::vector<std::size_t>& multipliers, measurement found) const {
        const std::lock_guard lock(access_);
        known_.emplace(multipliers, std::move(found));
    }

    const class network& network_;
    const library& parts_;
    const compensation_data& calibration_;
    Compensation how_;
    const benchmark_images& images_;
    mutable std::mutex access_;
    mutable std::map<std::vector<std::size_t>, measurement> known_;
};

} // namespace alwann::inline ALWANN_ABI
