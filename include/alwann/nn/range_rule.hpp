// SPDX-License-Identifier: MIT
/// @file
/// Which part of the values seen at calibration gets codes: all of it, all but the tails, or the part that
/// makes the least error.
#pragma once

#include <alwann/core/format.hpp>
#include <alwann/core/parse_number.hpp>
#include <alwann/nn/quantisation.hpp>
#include <alwann/nn/value_histogram.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// A range rule chooses the interval that codes cover; values beyond it are clipped. The narrower it is, the
/// finer are the codes.
///
/// - `rule.name()`: how the user calls it;
/// - `rule.range(seen, bits)`: the interval for the values seen (at least one) and codes of so many bits. It
/// is
///   widened to contain 0 by whoever makes codes of it. Const, and depends on nothing but its arguments.
template <class R>
concept range_rule = std::copy_constructible<R> &&
    requires(const R& rule, const value_histogram& seen, unsigned bits) {
    { rule.name() } -> std::convertible_to<std::string>;
    { rule.range(seen, bits) } -> std::convertible_to<value_range>;
};

/// From the smallest to the largest value seen: nothing of the calibration images is clipped.
struct minmax_range {
    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "minmax"; }
    /// From the least value to the greatest.
    [[nodiscard]] static value_range range(const value_histogram& seen, unsigned) { return seen.range(); }
};
static_assert(range_rule<minmax_range>);

/// Leaves out rare large values: of all values seen, `percent` are not above the range, and as many not
/// below.
struct percentile_range {
    double percent = 99.99; ///< of the values that lie within

    /// The name in listings and messages.
    [[nodiscard]] std::string name() const { return "percentile:" + format_number(percent); }
    /// Throws value_error unless 50 < percent <= 100.
    [[nodiscard]] value_range range(const value_histogram& seen, unsigned) const {
        if (!(percent > 50 && percent <= 100)) {
            throw value_error("percentile range: expected more than 50 and at most 100 per cent, found " +
                              std::to_string(percent));
        }
        return {seen.quantile(1 - percent / 100), seen.quantile(percent / 100)};
    }
};
static_assert(range_rule<percentile_range>);

/// The range whose codes have the least mean squared error on the values seen, rounding and clipping
/// together: of the ranges that are shrunk in steps of `step` at either end.
///
/// An approximate multiplier's errors grow with the step between codes as those of rounding do, but are
/// larger: with `noise` above 1 the range is narrower, which trades clipping of rare large values for less
/// noise on all.
struct mse_range {
    double noise = 1;            ///< at least 1: all errors of a code over those of rounding, as variances
    double step = 0.05;          ///< 0 to 1
    std::size_t candidates = 60; ///< for each end

    /// The name in listings and messages.
    [[nodiscard]] std::string name() const { return noise == 1 ? "mse" : "mse:" + format_number(noise); }

    /// The range that leaves the least squared error. Throws value_error for a noise below 1.
    [[nodiscard]] value_range range(const value_histogram& seen, unsigned bits) const {
        if (!(noise >= 1 && std::isfinite(noise))) {
            throw value_error("mse range: expected a noise of at least 1, found " + std::to_string(noise));
        }
        const value_range all{std::min(seen.range().low, 0.0), std::max(seen.range().high, 0.0)};
        value_range best = all;
        double least = squared_error(seen, best, bits, noise);
        const auto improve = [&](bool low, bool high) {
            const value_range start = best;
            for (double share = 1 - step, i = 0; i < static_cast<double>(candidates);
                 share *= 1 - step, ++i) {
                const value_range tried{low ? all.low * share : start.low,
                                        high ? all.high * share : start.high};
                const double found = squared_error(seen, tried, bits, noise);
                if (found < least) {
                    least = found;
                    best = tried;
                }
            }
        };
        if (all.low < 0 && all.high > 0) {
            improve(true, true);
            improve(true, false);
        } else if (all.low < 0) {
            improve(true, false);
        }
        if (all.high > 0) {
            improve(false, true);
        }
        return best;
    }

    /// The sum of squared errors that codes of a range make on the values seen, bin by bin, and of `noise` -
    /// 1 times what rounding makes of evenly spread values.
    [[nodiscard]] static double squared_error(const value_histogram& seen, const value_range& range,
                                              unsigned bits, double noise = 1) {
        const auto codes = quantisation_of_range(range.low, range.high, bits);
        double sum = 0;
        seen.for_each_bin([&](double value, std::uint64_t count) {
            const double error = value - codes.decode(codes.encode(value));
            sum += static_cast<double>(count) * error * error;
        });
        return sum + (noise - 1) * static_cast<double>(seen.count()) * codes.scale * codes.scale / 12;
    }
};
static_assert(range_rule<mse_range>);

/// Any range rule behind one type.
class any_range_rule {
public:
    /// Holds a copy of a rule.
    template <class R>
        requires(!std::same_as<R, any_range_rule> && range_rule<R>)
    any_range_rule(R rule) // NOLINT(google-explicit-constructor): every rule is one
        : name_(rule.name()), range_([rule = std::move(rule)](const value_histogram& seen, unsigned bits) {
              return rule.range(seen, bits);
          }) {}

    /// The name in listings and messages.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// What the rule says.
    [[nodiscard]] value_range range(const value_histogram& seen, unsigned bits) const {
        return range_(seen, bits);
    }

private:
    std::string name_;
    std::function<value_range(const value_histogram&, unsigned)> range_;
};
static_assert(range_rule<any_range_rule>);

/// The rule of a name: `minmax`, `percentile` (99.99), `percentile:P`, `mse` or `mse:NOISE`. Throws
/// name_error for another name and value_error for a percentage that is none or not above 50, and a noise
/// below 1.
[[nodiscard]] inline any_range_rule range_rule_from_string(std::string_view text) {
    constexpr std::string_view percentile = "percentile";
    if (text == "minmax") {
        return minmax_range{};
    }
    if (text == "mse") {
        return mse_range{};
    }
    if (text == percentile) {
        return percentile_range{};
    }
    if (text.starts_with("percentile:")) {
        const percentile_range rule{parse_number<double>(text.substr(percentile.size() + 1)).value_or(0)};
        if (!(rule.percent > 50 && rule.percent <= 100)) {
            throw value_error("ranges '" + std::string(text) +
                              "': expected more than 50 and at most 100 per cent, such as percentile:99.9");
        }
        return rule;
    }
    if (text.starts_with("mse:")) {
        const mse_range rule{parse_number<double>(text.substr(4)).value_or(0)};
        if (!(rule.noise >= 1)) {
            throw value_error("ranges '" + std::string(text) +
                              "': expected a noise of at least 1, such as mse:30");
        }
        return rule;
    }
    throw name_error("ranges '" + std::string(text) +
                     "': expected minmax, percentile, percentile:P, mse or mse:NOISE");
}

} // namespace alwann::inline ALWANN_ABI
