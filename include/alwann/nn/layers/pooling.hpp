// SPDX-License-Identifier: MIT
/// @file
/// Pooling: the largest value or the mean of a window, or of a whole channel.
#pragma once

#include <alwann/kernel/requantisation.hpp>
#include <alwann/nn/detail/code_pools.hpp>
#include <alwann/nn/detail/move_values.hpp>
#include <alwann/nn/layers/layer.hpp>

#include <algorithm>
#include <limits>
#include <string>

namespace alwann::inline ALWANN_ABI {

namespace code_op {

/// The greatest value of each window.
struct max_pool {
    window geometry; ///< kernel, steps and padding

    /// What listings call it.
    static constexpr std::string_view kind = "max pool";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        detail::pool_max({batch.images, batch.in().shape, batch.shape, geometry, batch.in().codes.data(),
                          batch.result.data()});
    }
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const { return detail::describe(geometry); }
    friend bool operator==(const max_pool&, const max_pool&) = default;
};

/// Mean over a window, into codes of another scale. factor[n - 1] belongs to a window of n positions inside
/// the image.
struct average_pool {
    window geometry;                  ///< kernel, steps and padding
    std::int32_t input_zero = 0;      ///< the code of 0 before
    std::vector<fixed_factor> factor; ///< from sums to codes, by the number of values
    code_range codes;                 ///< the codes that the result can have

    /// What listings call it.
    static constexpr std::string_view kind = "average pool";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        detail::pool_mean({batch.images, batch.in().shape, batch.shape, geometry, batch.in().codes.data(),
                           batch.result.data()},
                          {input_zero, factor, codes});
    }
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const { return detail::describe(geometry); }
    friend bool operator==(const average_pool&, const average_pool&) = default;
};

} // namespace code_op

namespace detail {

[[nodiscard]] inline image_shape pooled_shape(std::span<const image_shape> inputs, const window& geometry) {
    require(geometry.pad_top < geometry.kernel_height && geometry.pad_bottom < geometry.kernel_height &&
                geometry.pad_left < geometry.kernel_width && geometry.pad_right < geometry.kernel_width,
            "pooling: padding must be smaller than the kernel");
    return window_positions(only_input(inputs), geometry);
}

/// Mean of codes of scale `from` into codes of scale `to`.
[[nodiscard]] inline code_op::average_pool make_average(const window& geometry, bool count_padding,
                                                        const quantisation& from, const quantisation& to) {
    code_op::average_pool result{geometry, from.zero, {}, all_codes(to)};
    const std::size_t all = geometry.kernel_height * geometry.kernel_width;
    for (std::size_t count = 1; count <= all; ++count) {
        result.factor.emplace_back(std::min(
            from.scale / (to.scale * static_cast<double>(count_padding ? all : count)), saturating_factor));
    }
    return result;
}

template <class Reduce>
void pool_floats(const float_batch& batch, const window& g, Reduce&& reduce) {
    batch.resize();
    for_each_window(
        batch.images, batch.in().shape, batch.shape, g, [&](std::size_t out, const auto& visit_positions) {
            batch.result[out] = reduce([&](auto&& visit) {
                visit_positions([&](std::size_t position) { visit(batch.in().values[position]); });
            });
        });
}

} // namespace detail

namespace op {

/// The greatest value of each window.
struct max_pool {
    window geometry; ///< padded positions never win

    /// What listings call it.
    static constexpr std::string_view kind = "max pool";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        return detail::pooled_shape(inputs, geometry);
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        detail::pool_floats(batch, geometry, [](const auto& window) {
            float best = -std::numeric_limits<float>::infinity();
            window([&](float value) { best = std::max(best, value); });
            return best;
        });
    }
    /// The same operation on codes.
    [[nodiscard]] code_op::max_pool quantise(layer_quantisation& how) const {
        how.result = how.inputs.front();
        return {geometry};
    }
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const { return detail::describe(geometry); }
    friend bool operator==(const max_pool&, const max_pool&) = default;
};

/// The mean of each window.
struct average_pool {
    window geometry;            ///< kernel, steps and padding
    bool count_padding = false; ///< whether padded zeros count in the mean

    /// What listings call it.
    static constexpr std::string_view kind = "average pool";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        return detail::pooled_shape(inputs, geometry);
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        detail::pool_floats(batch, geometry, [&](const auto& window) {
            float sum = 0;
            std::size_t count = 0;
            window([&](float value) {
                sum += value;
                ++count;
            });
            return sum /
                   static_cast<float>(count_padding ? geometry.kernel_height * geometry.kernel_width : count);
        });
    }
    /// The same operation on codes.
    [[nodiscard]] code_op::average_pool quantise(layer_quantisation& how) const {
        return detail::make_average(geometry, count_padding, how.inputs.front(), how.result);
    }
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const { return detail::describe(geometry); }
    friend bool operator==(const average_pool&, const average_pool&) = default;
};

/// Mean of each channel.
struct global_average_pool {
    /// What listings call it.
    static constexpr std::string_view kind = "global average pool";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        const auto& in = detail::only_input(inputs);
        detail::require(in.height * in.width <= largest_kernel, "pooling: expected at most " +
                                                                    std::to_string(largest_kernel) +
                                                                    " positions, found " + to_string(in));
        return {1, 1, in.channels};
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.resize();
        const auto& in = batch.in();
        const std::size_t channels = batch.shape.channels;
        const std::size_t area = in.shape.height * in.shape.width;
        for (std::size_t n = 0; n < batch.images; ++n) {
            float* out = batch.result.data() + n * channels;
            for (std::size_t i = 0; i < area; ++i) {
                for (std::size_t c = 0; c < channels; ++c) {
                    out[c] += in.values[(n * area + i) * channels + c];
                }
            }
            for (std::size_t c = 0; c < channels; ++c) {
                out[c] /= static_cast<float>(area);
            }
        }
    }
    /// The same operation on codes.
    [[nodiscard]] code_op::average_pool quantise(layer_quantisation& how) const {
        window whole;
        whole.kernel_height = how.shapes.front().height;
        whole.kernel_width = how.shapes.front().width;
        return detail::make_average(whole, false, how.inputs.front(), how.result);
    }
    friend bool operator==(const global_average_pool&, const global_average_pool&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
