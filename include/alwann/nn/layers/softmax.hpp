// SPDX-License-Identifier: MIT
/// @file
/// Softmax, in floats and in integers.
#pragma once

#include <alwann/kernel/requantisation.hpp>
#include <alwann/nn/layers/layer.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace alwann::inline ALWANN_ABI {

namespace code_op {

/// Softmax over the channels of each pixel, or of each group of them, in integers: exponentials come from a
/// table.
struct softmax {
    std::array<std::uint32_t, 256> exponential{}; ///< [largest code - code], in steps of 2^-24
    std::uint64_t per_unit = 0;                   ///< codes of the result for the number 1, in steps of 2^-16
    code_range codes;                             ///< the codes that the result can have
    std::size_t groups = 1;                       ///< into how many parts the channels are divided; 1: none

    /// What listings call it.
    static constexpr std::string_view kind = "softmax";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        const std::size_t count = batch.shape.channels / groups;
        for (std::size_t i = 0; i < batch.result.size(); i += count) {
            row(batch.in().codes.data() + i, count, batch.result.data() + i);
        }
    }
    /// Of `count` codes; `to` may be `from`. The largest has an exponential of 2^24, so the sum is never 0;
    /// rows are shorter than 2^24.
    void row(const std::uint8_t* from, std::size_t count, std::uint8_t* to) const {
        if (count == 0) {
            return;
        }
        const std::uint8_t largest = *std::max_element(from, from + count);
        std::uint64_t sum = 0;
        for (std::size_t c = 0; c < count; ++c) {
            sum += exponential[static_cast<std::size_t>(largest - from[c])];
        }
        for (std::size_t c = 0; c < count; ++c) {
            const std::uint64_t part = exponential[static_cast<std::size_t>(largest - from[c])] * per_unit;
            to[c] = codes(static_cast<std::int64_t>((part / sum + 0x8000) >> 16));
        }
    }
    friend bool operator==(const softmax&, const softmax&) = default;
};

} // namespace code_op

namespace op {

/// e^x over the sum of all e^x of the same pixel's channels, or of the same group of them; or the logarithm
/// of that.
struct softmax {
    bool logarithm = false; ///< whether the logarithm is the result
    std::size_t groups = 1; ///< of channels that lie side by side, such as the heads of attention

    /// What listings call it.
    static constexpr std::string_view kind = "softmax";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        const auto& in = detail::only_input(inputs);
        detail::require(groups > 0 && in.channels % groups == 0, std::to_string(in.channels) +
                                                                     " channels cannot be split into " +
                                                                     std::to_string(groups) + " groups");
        return in;
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.result = batch.in().values;
        const std::size_t channels = batch.shape.channels / groups;
        for (auto row = batch.result.begin(); row != batch.result.end();
             row += static_cast<std::ptrdiff_t>(channels)) {
            const auto end = row + static_cast<std::ptrdiff_t>(channels);
            const float largest = *std::max_element(row, end);
            double sum = 0;
            std::for_each(row, end, [&](float value) { sum += std::exp(double{value} - largest); });
            std::for_each(row, end, [&](float& value) {
                const double reduced = double{value} - largest;
                value = static_cast<float>(logarithm ? reduced - std::log(sum) : std::exp(reduced) / sum);
            });
        }
    }
    /// Throws value_error for a logarithm, which has no integer form.
    [[nodiscard]] code_op::softmax quantise(layer_quantisation& how) const {
        if (logarithm) {
            throw value_error("the logarithm of a softmax can be quantised at the end of a network only");
        }
        code_op::softmax result;
        for (std::size_t d = 0; d < 256; ++d) {
            result.exponential[d] = static_cast<std::uint32_t>(
                std::lround(0x1p24 * std::exp(-how.inputs.front().scale * static_cast<double>(d))));
        }
        result.per_unit =
            static_cast<std::uint64_t>(std::llround(0x1p16 / std::max(how.result.scale, 0x1p-20)));
        result.codes = detail::all_codes(how.result);
        result.groups = groups;
        return result;
    }
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const {
        return std::string(logarithm ? "(logarithm)" : "") +
               (groups > 1 ? "in " + std::to_string(groups) + " groups" : "");
    }
    friend bool operator==(const softmax&, const softmax&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
