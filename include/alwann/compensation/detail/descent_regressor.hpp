// SPDX-License-Identifier: MIT
/// @file
/// What the output stage can take back of a channel's errors, beside a constant.
#pragma once

#include <alwann/compensation/detail/wide_integer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The regressor Z beside the constant, shared by all channels of a group: whole numbers, one a sample. Its
/// part of the errors is taken back by the output stage, so it does not count in the objective.
struct descent_regressor {
    std::vector<std::int32_t> values; ///< below 2^11 in magnitude; empty: none
    std::int64_t total = 0;           ///< sum of Z
    std::int64_t squares = 0;         ///< sum of Z^2

    /// Of the sums of activation codes, centred and scaled; none if they do not vary.
    descent_regressor() = default;
    explicit descent_regressor(const std::vector<std::int32_t>& sums) {
        const auto [least, most] = std::minmax_element(sums.begin(), sums.end());
        if (sums.empty() || *least == *most) {
            return;
        }
        std::int64_t sum = 0;
        for (const auto value : sums) {
            sum += value;
        }
        const std::int64_t centre = sum / static_cast<std::int64_t>(sums.size());
        const std::int64_t largest = std::max(*most - centre, centre - *least);
        for (const auto value : sums) {
            const std::int64_t scaled = (value - centre) * 2047 / std::max<std::int64_t>(2047, largest);
            values.push_back(static_cast<std::int32_t>(scaled));
            total += scaled;
            squares += scaled * scaled;
        }
        if (!(determinant() > 0)) { // it is a constant after all
            *this = {};
        }
    }

    /// J, times N or, with a regressor, the determinant, see descent_block: of the sums of r^2, r and Z r.
    [[nodiscard]] wide_integer left(std::size_t count, wide_integer of_squares, wide_integer of_errors,
                                    wide_integer with_errors) const noexcept {
        const auto samples = static_cast<wide_integer>(count);
        if (values.empty()) {
            return samples * of_squares - of_errors * of_errors;
        }
        return determinant() * of_squares - squares * of_errors * of_errors +
               2 * total * of_errors * with_errors - samples * with_errors * with_errors;
    }

    /// Of the sums of squares of the constant and the regressor.
    [[nodiscard]] std::int64_t determinant() const noexcept {
        return static_cast<std::int64_t>(values.size()) * squares - total * total;
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
