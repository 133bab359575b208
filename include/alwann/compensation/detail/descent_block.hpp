// SPDX-License-Identifier: MIT
/// @file
/// Table coordinate descent of a few output channels at once.
#pragma once

#include <alwann/compensation/detail/descent_column.hpp>
#include <alwann/compensation/detail/descent_kernels.hpp>
#include <alwann/compensation/detail/descent_regressor.hpp>
#include <alwann/compensation/detail/wide_integer.hpp>
#include <alwann/core/aligned.hpp>
#include <alwann/multiplier/table.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Up to `Lanes` output channels whose errors are kept side by side, [sample][lane].
///
/// The objective of a channel is J, the sum of squares that is left of its errors r when a constant and the
/// regressor Z have been fitted to them. With R = sum_n r_n, P = sum_n Z_n r_n and the sums of squares
/// G = (N, sum Z; sum Z, sum Z^2)
///
///     J = sum_n r_n^2 - (R, P) G^-1 (R, P)^T          without regressor: sum_n r_n^2 - R^2 / N
///
/// A constant on all errors changes nothing, so a change of weight k is booked only for samples whose
/// activation is not the most frequent one: for the others it is a constant.
template <class Isa, std::size_t Lanes>
class descent_block {
public:
    /// `errors` has N samples for each of `channels` channels, [sample][stride]. The regressor must outlive
    /// this object.
    descent_block(const std::int64_t* errors, std::size_t samples, std::size_t stride, std::size_t channels,
                  const descent_regressor& regressor)
        : samples_(samples),
          channels_(channels),
          regressor_(regressor),
          errors_(samples * Lanes, 0),
          sums_(operand_codes * Lanes),
          change_(operand_codes * Lanes),
          wide_sums_(sums_stride * Lanes) {
        // Larger errors would not fit the objective: N^3 2^22 limit^2 < 2^126.
        std::int64_t limit = std::int64_t{1} << 30;
        while (1.5 * std::log2(static_cast<double>(samples)) + std::log2(static_cast<double>(limit)) > 52) {
            limit /= 2;
        }
        for (std::size_t lane = 0; lane < channels; ++lane) {
            std::int64_t sum = 0;
            for (std::size_t n = 0; n < samples; ++n) {
                sum += errors[n * stride + lane];
            }
            const std::int64_t centre = sum / static_cast<std::int64_t>(samples);
            for (std::size_t n = 0; n < samples; ++n) {
                const std::int64_t error = std::clamp(errors[n * stride + lane] - centre, -limit, limit);
                errors_[n * Lanes + lane] = static_cast<std::int32_t>(error);
                total_[lane] += error;
                squares_[lane] += error * error;
                if (!regressor.values.empty()) {
                    with_inputs_[lane] += error * regressor.values[n];
                }
            }
        }
        measure();
    }

    /// J of a channel, exactly: times N, with a regressor times the determinant of G.
    [[nodiscard]] wide_integer objective(std::size_t lane) const noexcept {
        return regressor_.left(samples_, squares_[lane], total_[lane], with_inputs_[lane]);
    }

    /// One step for all channels: weight k of each, `weights[lane * depth]`, becomes the code of its window
    /// that lessens the objective most. Calls watch(lane, new code, objective) for each that changes.
    template <class Watch>
    void step(const product_rows& products, const code_column& column, const descent_window* windows,
              std::uint8_t* weights, std::size_t depth, Watch&& watch) {
        collect(column);
        std::array<double, operand_codes> counts{};
        std::array<double, operand_codes> inputs{};
        for (std::size_t v = column.first(); v < column.last(); ++v) {
            counts[v] = static_cast<double>(column.count(v));
            inputs[v] = static_cast<double>(column.inputs(v));
        }
        descent_codes codes{column.first() / 8 * 8, (column.last() + 7) / 8 * 8, counts.data(), inputs.data(),
                            nullptr};
        std::int32_t largest_change = 0;
        for (std::size_t lane = 0; lane < channels_; ++lane) {
            std::uint8_t& weight = weights[lane * depth];
            const std::uint8_t better = best(products, column, codes, windows[lane * depth], lane, weight);
            if (better == weight) {
                continue;
            }
            if (largest_change == 0) {
                std::fill(change_.begin(), change_.end(), 0);
                largest_change = 1;
            }
            if (move(products, column, lane, weight, better, largest_change)) {
                weight = better;
                watch(lane, better, objective(lane));
            }
        }
        if (largest_change != 0) {
            Isa::template apply<Lanes>(column.part(0, column.listed()), change_.data(), errors_.data());
            largest_ += largest_change;
            if (++steps_ == 32) {
                measure();
            }
        }
    }

private:
    static constexpr std::size_t sums_stride = operand_codes + 8; ///< no power of 2: those share cache sets

    /// The largest error, exactly; between two such measurements it is a bound.
    void measure() {
        std::int32_t least = 0, most = 1;
        for (const auto error : errors_) {
            least = std::min(least, error);
            most = std::max(most, error);
        }
        largest_ = std::max<std::int64_t>(-std::int64_t{least}, most);
        steps_ = 0;
    }

    /// wide_sums_[lane][v]: the sum of the errors of samples with code v.
    void collect(const code_column& column) {
        // As many samples at a time as are certain to fit 32 bits.
        const auto part = static_cast<std::size_t>(
            std::max<std::int64_t>(1, std::numeric_limits<std::int32_t>::max() / largest_));
        for (std::size_t first = 0; first == 0 || first < column.listed(); first += part) {
            std::fill(sums_.begin(), sums_.end(), 0);
            Isa::template collect<Lanes>(column.part(first, part), errors_.data(), sums_.data());
            for (std::size_t v = column.first(); v < column.last(); ++v) {
                for (std::size_t lane = 0; lane < Lanes; ++lane) {
                    std::int64_t& sum = wide_sums_[lane * sums_stride + v];
                    sum = (first == 0 ? 0 : sum) + sums_[v * Lanes + lane];
                }
            }
        }
        for (std::size_t lane = 0; lane < channels_; ++lane) {
            std::int64_t* sums = wide_sums_.data() + lane * sums_stride;
            std::int64_t rest = total_[lane];
            sums[column.most_frequent()] = 0;
            for (std::size_t v = column.first(); v < column.last(); ++v) {
                rest -= sums[v];
            }
            sums[column.most_frequent()] = rest;
        }
    }

    [[nodiscard]] std::uint8_t best(const product_rows& products, const code_column& column,
                                    descent_codes codes, const descent_window& window, std::size_t lane,
                                    std::uint8_t weight) const {
        // Whole numbers below 2^53 are exact, and so are their sums: sum |d| 2 |S| < 2^17 N 2 |r|.
        const double bound = 0x1p18 * static_cast<double>(samples_) * static_cast<double>(largest_);
        int shift = 0; // where they are larger, low bits are left out in choosing, not in the outcome
        while (std::ldexp(bound, -shift) >= 0x1p53) {
            ++shift;
        }
        std::array<double, operand_codes> twice_sums{};
        const std::int64_t* sums = wide_sums_.data() + lane * sums_stride;
        for (std::size_t v = column.first(); v < column.last(); ++v) {
            twice_sums[v] = static_cast<double>((2 * sums[v]) >> shift << shift);
        }
        codes.twice_sums = twice_sums.data();
        const auto total = static_cast<double>(total_[lane]);
        const auto with_inputs = static_cast<double>(with_inputs_[lane]);
        const auto samples = static_cast<double>(samples_);
        const bool sloped = !regressor_.values.empty();
        const double determinant = sloped ? static_cast<double>(regressor_.determinant()) : samples;
        const double of_mean = sloped ? static_cast<double>(regressor_.squares) / determinant : 1 / samples;
        const double of_both = sloped ? 2 * static_cast<double>(regressor_.total) / determinant : 0.0;
        const double of_slope = sloped ? samples / determinant : 0.0;
        const float* from = products[weight];
        std::uint8_t chosen = weight;
        double least = 0;
        for (std::size_t u = window.first(); u <= window.last(); ++u) {
            const descent_rate rate = Isa::rate(codes, from, products[u]);
            // (R + m)^2 - R^2 = m (2 R + m), and so on for what else is fitted
            const double mean_part = rate.mean * (2 * total + rate.mean);
            const double slope_part = rate.slope * (2 * with_inputs + rate.slope);
            const double both_part = rate.mean * with_inputs + rate.slope * total + rate.mean * rate.slope;
            const double fitted = mean_part * of_mean - both_part * of_both + slope_part * of_slope;
            const double change = rate.square + rate.own - fitted;
            if (change < least) {
                least = change;
                chosen = static_cast<std::uint8_t>(u);
            }
        }
        return chosen;
    }

    /// Books a change of code in the objective and in change_, if it is for the better.
    bool move(const product_rows& products, const code_column& column, std::size_t lane, std::uint8_t from,
              std::uint8_t to, std::int32_t& largest_change) {
        const std::size_t common = column.most_frequent();
        const std::int32_t constant = products(common, to) - products(common, from);
        const std::int64_t* sums = wide_sums_.data() + lane * sums_stride;
        wide_integer squares = squares_[lane];
        std::int64_t total = total_[lane];
        std::int64_t with_inputs = with_inputs_[lane];
        for (std::size_t v = column.first(); v < column.last(); ++v) {
            const std::int64_t d = products(v, to) - products(v, from) - constant;
            squares += static_cast<wide_integer>(2 * sums[v] + column.count(v) * d) * d;
            total += column.count(v) * d;
            with_inputs += column.inputs(v) * d;
        }
        if (!(regressor_.left(samples_, squares, total, with_inputs) < objective(lane))) {
            return false;
        }
        squares_[lane] = squares;
        total_[lane] = total;
        with_inputs_[lane] = with_inputs;
        for (std::size_t v = column.first(); v < column.last(); ++v) {
            const std::int32_t d = products(v, to) - products(v, from) - constant;
            change_[v * Lanes + lane] = d;
            largest_change = std::max(largest_change, std::abs(d));
        }
        return true;
    }

    std::size_t samples_;
    std::size_t channels_;
    const descent_regressor& regressor_;
    aligned_vector<std::int32_t> errors_; ///< [sample][lane]
    aligned_vector<std::int32_t> sums_;   ///< [code][lane]
    aligned_vector<std::int32_t> change_; ///< [code][lane]
    std::vector<std::int64_t> wide_sums_; ///< [lane][code]
    std::array<wide_integer, Lanes> squares_{};
    std::array<std::int64_t, Lanes> total_{};
    std::array<std::int64_t, Lanes> with_inputs_{}; ///< sum of Z r
    std::int64_t largest_ = 1;                      ///< no error is larger
    std::size_t steps_ = 0;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
