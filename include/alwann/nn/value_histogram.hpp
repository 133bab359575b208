// SPDX-License-Identifier: MIT
/// @file
/// The distribution of values that stream by, in bounded memory.
#pragma once

#include <alwann/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Smallest and largest value seen.
struct value_range {
    double low = std::numeric_limits<double>::infinity();   ///< the least value
    double high = -std::numeric_limits<double>::infinity(); ///< the greatest value

    friend bool operator==(const value_range&, const value_range&) = default;
};

/// Counts values in bins of one width, at most 8,192 of them (64 KiB), between the extremes seen.
///
/// The width is the least power of two that divides the largest magnitude into at most 4,096 bins; bins begin
/// at multiples of it. When a larger value comes, pairs of bins are joined, so the counts are those of all
/// values in the final bins: the order and the portions in which values come do not matter.
class value_histogram {
public:
    /// Counts values. Throws value_error for one that is not finite, before any is counted.
    void add(std::span<const float> values) {
        for (const float value : values) {
            if (!std::isfinite(value)) {
                throw value_error("expected finite values, found " + std::to_string(value));
            }
        }
        if (values.empty()) {
            return;
        }
        const auto [least, most] = std::minmax_element(values.begin(), values.end());
        widen(*least, *most);
        const double per_width = 1 / width_;
        for (const float value : values) {
            const auto bin = static_cast<std::ptrdiff_t>(std::floor(value * per_width));
            ++bins_[static_cast<std::size_t>(bin - first_)];
        }
        count_ += values.size();
    }

    /// The extremes; an empty range before any value.
    [[nodiscard]] const value_range& range() const noexcept { return range_; }
    /// Values seen.
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// Of each bin.
    [[nodiscard]] double bin_width() const noexcept { return width_; }

    /// Calls visit(middle of the bin, count) for the bins that are not empty, from low to high.
    template <class Visit>
    void for_each_bin(Visit&& visit) const {
        for (std::size_t i = 0; i < bins_.size(); ++i) {
            if (bins_[i] != 0) {
                visit((static_cast<double>(first_ + static_cast<std::ptrdiff_t>(i)) + 0.5) * width_,
                      bins_[i]);
            }
        }
    }

    /// The value that a share (0 to 1) of all values does not exceed, interpolated within its bin. Throws
    /// value_error before any value was counted.
    [[nodiscard]] double quantile(double share) const {
        if (count_ == 0) {
            throw value_error("histogram: expected at least one value");
        }
        const double wanted = std::clamp(share, 0.0, 1.0) * static_cast<double>(count_);
        double below = 0;
        for (std::size_t i = 0; i < bins_.size(); ++i) {
            const auto here = static_cast<double>(bins_[i]);
            if (here > 0 && below + here >= wanted) {
                const double begin = static_cast<double>(first_ + static_cast<std::ptrdiff_t>(i)) * width_;
                return std::clamp(begin + width_ * (wanted - below) / here, range_.low, range_.high);
            }
            below += here;
        }
        return range_.high;
    }

private:
    static constexpr double most_bins = 4096; ///< on each side of 0

    /// Bins for values from `least` to `most`, beside those seen.
    void widen(double least, double most) {
        range_.low = std::min(range_.low, least);
        range_.high = std::max(range_.high, most);
        const double magnitude = std::max(std::abs(range_.low), std::abs(range_.high));
        double width = std::max(width_, 0x1p-200); // any float but 0 asks for more
        while (magnitude >= most_bins * width) {
            width = std::max(2 * width, std::ldexp(1.0, std::ilogb(magnitude) - 13));
        }
        const auto ratio = width_ > 0 ? width / width_ : 1;
        width_ = width;
        const auto first = static_cast<std::ptrdiff_t>(std::floor(range_.low / width));
        const auto last = static_cast<std::ptrdiff_t>(std::floor(range_.high / width));
        std::vector<std::uint64_t> bins(static_cast<std::size_t>(last - first + 1), 0);
        for (std::size_t i = 0; i < bins_.size(); ++i) {
            const double begin = static_cast<double>(first_ + static_cast<std::ptrdiff_t>(i));
            const auto moved = static_cast<std::ptrdiff_t>(std::floor(begin / ratio));
            if (bins_[i] != 0) {
                bins[static_cast<std::size_t>(moved - first)] += bins_[i];
            }
        }
        bins_ = std::move(bins);
        first_ = first;
    }

    value_range range_;
    double width_ = 0;
    std::ptrdiff_t first_ = 0; ///< bins_[0] begins at first_ * width_
    std::vector<std::uint64_t> bins_;
    std::uint64_t count_ = 0;
};

} // namespace alwann::inline ALWANN_ABI
