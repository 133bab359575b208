// SPDX-License-Identifier: MIT
/// @file
/// What the products of a multiplier do under a distribution of activations, in closed form.
#pragma once

#include <alwann/compensation/detail/wide_integer.hpp>
#include <alwann/compensation/samples.hpp>
#include <alwann/multiplier/table.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
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
/// stand for. 65,536 steps to make, a few for each answer.
class product_errors {
public:
    /// Of a multiplier whose activations are as common as the histogram says.
    product_errors(const table& multiplier, const code_histogram& histogram) : form_(multiplier.form()) {
        for (std::size_t x = 0; x < operand_codes; ++x) {
            const std::int64_t count = histogram[x];
            if (count == 0) {
                continue;
            }
            const std::int64_t value = form_.activation.value(x);
            count_ += count;
            x_ += count * value;
            xx_ += count * value * value;
        }
        for (std::size_t u = 0; u < operand_codes; ++u) {
            const auto bits = multiplier.of_weight(static_cast<std::uint8_t>(u));
            std::int64_t product_sum = 0, with_x = 0, squares = 0;
            for (std::size_t x = 0; x < operand_codes; ++x) {
                const std::int64_t count = histogram[x];
                const std::int64_t product =
                    multiplier.is_signed() ? static_cast<std::int16_t>(bits[x]) : bits[x];
                product_sum += count * product;
                with_x += count * product * form_.activation.value(x);
                squares += count * product * product;
            }
            product_[u] = product_sum;
            product_x_[u] = with_x;
            product_square_[u] = squares;
        }
    }

    /// Activations in the histogram.
    [[nodiscard]] std::int64_t count() const noexcept { return count_; }
    /// Mean of the activations.
    [[nodiscard]] double mean_x() const noexcept { return ratio(x_); }
    /// count^2 times the variance of x.
    [[nodiscard]] double spread_x() const noexcept {
        return static_cast<double>(wide(count_) * xx_ - wide(x_) * x_);
    }

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
        const std::int64_t sum = product_[u] - value(w) * x_;
        return wide(count_) * squares(w, u) - wide(sum) * sum;
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

private:
    [[nodiscard]] static detail::wide_integer wide(std::int64_t value) noexcept { return value; }
    [[nodiscard]] std::int64_t value(std::uint8_t w) const noexcept { return form_.weight.value(w); }
    [[nodiscard]] double ratio(std::int64_t sum) const noexcept {
        return count_ == 0 ? 0.0 : static_cast<double>(sum) / static_cast<double>(count_);
    }

    multiplier_form form_;
    std::int64_t count_ = 0, x_ = 0, xx_ = 0;
    std::array<std::int64_t, operand_codes> product_{}, product_x_{}, product_square_{}; ///< by u
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
