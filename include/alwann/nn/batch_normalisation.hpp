// SPDX-License-Identifier: MIT
/// @file
/// Normalisation with the mean and variance of the batch at hand, in float32 as frameworks compute it.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/nn/min_first.hpp>

#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// How means and variances are summed up. The difference can be seen: over a million values the
/// sequential sums of float32 are off by 1e-6 or more, and that moves codes of later layers.
enum class summation {
    double_precision, ///< in double, rounded once: the better statistics
    sequential_float  ///< position after position in float32, as TensorFlow on a processor does it
};

/// Its name, as programs print it.
[[nodiscard]] constexpr std::string_view to_string(summation how) noexcept {
    return how == summation::double_precision ? "double" : "sequential float32";
}

/// Mean and biased variance of each channel.
struct channel_moments {
    std::vector<float> mean;     ///< by channel
    std::vector<float> variance; ///< by channel

    friend bool operator==(const channel_moments&, const channel_moments&) = default;
};

/// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta for each channel, moments not included.
struct batch_norm {
    std::vector<float> gamma; ///< factor; by channel
    std::vector<float> beta;  ///< offset; by channel
    float epsilon = 1e-3f;    ///< added to variances
};

namespace detail {

/// sums[c] of value(row, c) over all rows, one after the other.
template <class Sum, class Value>
[[nodiscard]] std::vector<Sum> column_sums(std::size_t rows, std::size_t channels, const Value& value) {
    std::vector<Sum> sums(channels, Sum{0});
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t c = 0; c < channels; ++c) {
            sums[c] += value(row, c);
        }
    }
    return sums;
}

/// Values that are read again and again: a number of rows of channels.
class plain_values {
public:
    plain_values(const float* values, std::size_t channels) : values_(values), channels_(channels) {}

    /// Calls use(accessor), where accessor(row, c) is function(c, value).
    template <class Function, class Use>
    auto map(const Function& function, const Use& use) const {
        return use([&](std::size_t row, std::size_t c) {
            return min_first::rounded(function(c, values_[row * channels_ + c]));
        });
    }

private:
    const float* values_;
    std::size_t channels_;
};

/// The same where values are looked up by 8-bit codes, so that functions are evaluated once for each code.
class coded_values {
public:
    coded_values(const std::uint8_t* codes, const float* table, std::size_t channels)
        : codes_(codes), table_(table), channels_(channels) {}

    template <class Function, class Use>
    auto map(const Function& function, const Use& use) const {
        std::vector<decltype(function(std::size_t{0}, 0.0f))> mapped(channels_ * 256);
        for (std::size_t i = 0; i < mapped.size(); ++i) {
            mapped[i] = function(i / 256, table_[i]);
        }
        return use(
            [&](std::size_t row, std::size_t c) { return mapped[c * 256 + codes_[row * channels_ + c]]; });
    }

private:
    const std::uint8_t* codes_;
    const float* table_;
    std::size_t channels_;
};

/// Mean and variance in the precision of `Sum`.
template <class Sum, class Values>
[[nodiscard]] channel_moments moments_in(const Values& values, std::size_t rows, std::size_t channels) {
    const auto sums = [&](const auto& function) {
        return values.map(function,
                          [&](const auto& accessor) { return column_sums<Sum>(rows, channels, accessor); });
    };
    const Sum share = Sum{1} / static_cast<Sum>(rows);
    auto mean = sums([](std::size_t, float value) { return static_cast<Sum>(value); });
    for (auto& sum : mean) {
        sum = std::is_same_v<Sum, float> ? sum * share : sum / static_cast<Sum>(rows);
    }
    const auto squares = sums([&](std::size_t c, float value) {
        const Sum difference = static_cast<Sum>(value) - mean[c];
        return difference * difference;
    });
    channel_moments result;
    for (std::size_t c = 0; c < channels; ++c) {
        result.mean.push_back(static_cast<float>(mean[c]));
        result.variance.push_back(static_cast<float>(
            std::is_same_v<Sum, float> ? squares[c] * share : squares[c] / static_cast<Sum>(rows)));
    }
    return result;
}

template <class Values>
[[nodiscard]] channel_moments moments_of(const Values& values, std::size_t rows, std::size_t channels,
                                         summation how) {
    return how == summation::double_precision ? moments_in<double>(values, rows, channels)
                                              : moments_in<float>(values, rows, channels);
}

} // namespace detail

/// Mean and variance of each channel of values [row][channel]. Throws value_error if there are none.
[[nodiscard]] inline channel_moments moments_of(const float* values, std::size_t rows, std::size_t channels,
                                                summation how = summation::double_precision) {
    if (rows == 0) {
        throw value_error("batch normalisation: expected at least one value");
    }
    return detail::moments_of(detail::plain_values(values, channels), rows, channels, how);
}

/// A batch normalisation with its moments, in the order of float32 operations that frameworks use.
class normaliser {
public:
    /// With the moments of a batch.
    normaliser(const batch_norm& what, const channel_moments& moments)
        : mean_(moments.mean), offset_(what.beta) {
        for (std::size_t c = 0; c < mean_.size(); ++c) {
            const float inverse = 1.0f / std::sqrt(moments.variance[c] + what.epsilon);
            scale_.push_back(inverse * what.gamma[c]);
        }
    }

    /// A value of a channel, normalised.
    [[nodiscard]] float operator()(std::size_t channel, float value) const noexcept {
        return min_first::rounded((value - mean_[channel]) * scale_[channel]) + offset_[channel];
    }

private:
    std::vector<float> mean_, offset_, scale_;
};

} // namespace alwann::inline ALWANN_ABI
