// SPDX-License-Identifier: MIT
/// @file
/// What the products of a multiplier do under a distribution of activations, in closed form.
#pragma once

#include <alwann/compensation/detail/wide_integer.hpp>
#include <alwann/compensation/samples.hpp>
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

/// How often each activation code occurs.
using code_histogram = std::array<std::uint32_t, operand_codes>;

/// The histogram of each input channel of a layer, over all sampled positions and all places of the kernel;
/// codes of the padding count where they occur.
[[nodiscard]] inline std::vector<code_histogram> channel_histograms(const quantized_convolution& layer,
                                                                    const layer_samples& samples) {
    const std::size_t depth = samples.shape.depth();
    const std::size_t area = layer.geometry.kernel_height * layer.geometry.kernel_width;
    const std::size_t group_inputs = depth / area;
    std::vector<code_histogram> histograms(layer.groups * group_inputs);
    const std::uint8_t* code = samples.patches.data();
    for (std::size_t n = 0; n < samples.count(); ++n) {
        for (std::size_t group = 0; group < layer.groups; ++group) {
            for (std::size_t place = 0; place < area; ++place) {
                for (std::size_t i = 0; i < group_inputs; ++i, ++code) {
                    ++histograms[group * group_inputs + i][*code];
                }
            }
        }
    }
    return histograms;
}

/// The input channel of product k of output f: an index into channel_histograms().
[[nodiscard]] inline std::size_t input_channel(const quantized_convolution& layer, std::size_t input_channels,
                                               std::size_t f, std::size_t k) noexcept {
    const std::size_t group_inputs = input_channels / layer.groups;
    return f / (layer.outputs / layer.groups) * group_inputs + k % group_inputs;
}

/// Sums over a histogram from which the mean and the spread of x * w - M[x][u] follow for any w and u.
///
/// All in integers: what is equal compares equal. Of signed operands, x and w are the numbers that the codes
/// stand for. As many steps to make as there are pairs of a code that occurs and a weight
/// code, a few for each answer.
class product_errors {
public:
    /// Of a multiplier whose activations are as common as the histogram says.
    product_errors(const table& multiplier, const code_histogram& histogram) : form_(multiplier.form()) {
        struct activation {
            std::size_t code;
            std::int64_t count, value;
        };
        std::vector<activation> common;
        for (std::size_t x = 0; x < operand_codes; ++x) {
            if (histogram[x] != 0) {
                common.push_back({x, histogram[x], form_.activation.value(x)});
                const auto& [code, count, value] = common.back();
                count_ += count;
                x_ += count * value;
                xx_ += count * value * value;
            }
        }
        for (std::size_t u = 0; u < operand_codes; ++u) {
            const auto bits = multiplier.of_weight(static_cast<std::uint8_t>(u));
            std::int64_t product_sum = 0, with_x = 0, squares = 0;
            for (const auto& [code, count, value] : common) {
                const std::int64_t product =
                    multiplier.is_signed() ? static_cast<std::int16_t>(bits[code]) : bits[code];
                const std::int64_t weighted = count * product;
                product_sum += weighted;
                with_x += weighted * value;
                squares += weighted * product;
            }
            product_[u] = product_sum;
            product_x_[u] = with_x;
            product_square_[u] = squares;
            product_spread_[u] = wide(count_) * squares - wide(product_sum) * product_sum;
            twice_spread_with_x_[u] = 2 * (wide(count_) * with_x - wide(product_sum) * x_);
            about_product_spread_[u] = static_cast<double>(product_spread_[u]);
            about_twice_spread_with_x_[u] = static_cast<double>(twice_spread_with_x_[u]);
        }
        spread_x_ = wide(count_) * xx_ - wide(x_) * x_;
    }

    /// Activations in the histogram.
    [[nodiscard]] std::int64_t count() const noexcept { return count_; }
    /// Mean of the activations.
    [[nodiscard]] double mean_x() const noexcept { return ratio(x_); }
    /// count^2 times the variance of x.
    [[nodiscard]] double spread_x() const noexcept { return static_cast<double>(spread_x_); }

    /// The mean of M[x][u] - x * w.
    [[nodiscard]] double mean(std::uint8_t w, std::uint8_t u) const noexcept {
        return ratio(product_[u] - value(w) * x_);
    }
    /// count^2 times the covariance of M[x][u] - x * w and x.
    [[nodiscard]] double spread_with_x(std::uint8_t w, std::uint8_t u) const noexcept {
        return static_cast<double>(wide(count_) * (product_x_[u] - value(w) * xx_) -
                                   wide(product_[u] - value(w) * x_) * x_);
    }
    /// count times the mean of (M[x][u] - x * w)^2.
    [[nodiscard]] std::int64_t squares(std::uint8_t w, std::uint8_t u) const noexcept {
        return product_square_[u] - 2 * value(w) * product_x_[u] + value(w) * value(w) * xx_;
    }
    /// count^2 times the variance of M[x][u] - x * w.
    [[nodiscard]] detail::wide_integer spread(std::uint8_t w, std::uint8_t u) const noexcept {
        return product_spread_[u] - value(w) * twice_spread_with_x_[u] + value(w) * value(w) * spread_x_;
    }

    /// The code that minimises `objective(w, u)`; among equals the nearest to w, of two such the smaller.
    template <class Objective>
    [[nodiscard]] static std::uint8_t best(std::uint8_t w, Objective&& objective) {
        std::uint8_t chosen = w;
        auto least = objective(w, w);
        for (int distance = 1; distance < 256; ++distance) {
            for (const int u : {w - distance, w + distance}) {
                if (u >= 0 && u < 256) {
                    const auto found = objective(w, static_cast<std::uint8_t>(u));
                    if (found < least) {
                        least = found;
                        chosen = static_cast<std::uint8_t>(u);
                    }
                }
            }
        }
        return chosen;
    }

    /// best() by spread(): in double precision first, exactly only where that leaves a choice.
    [[nodiscard]] std::uint8_t least_spread(std::uint8_t w) const noexcept {
        constexpr std::size_t lanes = 8;
        const auto factor = static_cast<double>(value(w));
        std::array<double, operand_codes> least; // no more than this
        std::array<double, lanes> most;          // the least of them no less than the least of these
        most.fill(std::numeric_limits<double>::infinity());
        for (std::size_t u = 0; u < operand_codes; u += lanes) {
            for (std::size_t i = 0; i < lanes; ++i) {
                const double own = about_product_spread_[u + i];
                const double shared = factor * about_twice_spread_with_x_[u + i];
                const double slack = (std::abs(own) + std::abs(shared)) * 0x1p-50;
                least[u + i] = own - shared - slack;
                most[i] = own - shared + slack < most[i] ? own - shared + slack : most[i];
            }
        }
        const double bound = *std::min_element(most.begin(), most.end());
        std::uint8_t chosen = w;
        auto smallest = std::numeric_limits<detail::wide_integer>::max();
        for (std::size_t code = 0; code < operand_codes; ++code) {
            if (least[code] <= bound) {
                const auto u = static_cast<std::uint8_t>(code);
                const auto found = spread(w, u);
                if (found < smallest || (found == smallest && std::abs(u - w) < std::abs(chosen - w))) {
                    smallest = found;
                    chosen = u;
                }
            }
        }
        return chosen;
    }

private:
    [[nodiscard]] static detail::wide_integer wide(std::int64_t value) noexcept { return value; }
    [[nodiscard]] std::int64_t value(std::uint8_t w) const noexcept { return form_.weight.value(w); }
    [[nodiscard]] double ratio(std::int64_t sum) const noexcept {
        return count_ == 0 ? 0.0 : static_cast<double>(sum) / static_cast<double>(count_);
    }

    multiplier_form form_;
    std::int64_t count_ = 0, x_ = 0, xx_ = 0;
    std::array<std::int64_t, operand_codes> product_{}, product_x_{}, product_square_{}; ///< by u
    // count^2 times the variance of x, and by u that of M[x][u] and twice its covariance with x.
    detail::wide_integer spread_x_ = 0;
    std::array<detail::wide_integer, operand_codes> product_spread_{}, twice_spread_with_x_{};
    std::array<double, operand_codes> about_product_spread_{}, about_twice_spread_with_x_{};
};

/// product_errors of each input channel of a layer.
[[nodiscard]] inline std::vector<product_errors>
channel_errors(const quantized_convolution& layer, const layer_samples& samples, const table& multiplier) {
    std::vector<product_errors> errors;
    for (const auto& histogram : channel_histograms(layer, samples)) {
        errors.emplace_back(multiplier, histogram);
    }
    return errors;
}

} // namespace alwann::inline ALWANN_ABI
