// SPDX-License-Identifier: MIT
/// @file
/// Layers that only move values: flatten, pad, slice.
#pragma once

#include <alwann/nn/detail/move_values.hpp>
#include <alwann/nn/layers/layer.hpp>

#include <cmath>
#include <cstddef>

namespace alwann::inline ALWANN_ABI {

namespace op {

/// Constant values around the image; dimensions in the order height, width, channels.
struct pad {
    std::size_t before[3] = {0, 0, 0}; ///< rows, columns and channels
    std::size_t after[3] = {0, 0, 0};  ///< rows, columns and channels
    float value = 0;                   ///< what is added

    /// What listings call it.
    static constexpr std::string_view kind = "pad";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        detail::require(std::isfinite(value), "pad: expected a finite value");
        const auto& in = detail::only_input(inputs);
        for (std::size_t d = 0; d < 3; ++d) {
            detail::require(before[d] <= largest_extent && after[d] <= largest_extent,
                            "pad: expected at most 2^24 values on a side");
        }
        return {in.height + before[0] + after[0], in.width + before[1] + after[1],
                in.channels + before[2] + after[2]};
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.resize();
        detail::pad_values(batch.in().values.data(), batch.images, batch.in().shape, batch.shape, *this,
                           value, batch.result.data());
    }
    [[nodiscard]] auto quantise(layer_quantisation& how) const;
    friend bool operator==(const pad&, const pad&) = default;
};

/// A regular part of the image: count values from start, every step-th (step may be negative).
struct slice {
    std::size_t start[3] = {0, 0, 0};   ///< the first row, column and channel
    std::ptrdiff_t step[3] = {1, 1, 1}; ///< from one to the next, backwards if negative
    std::size_t count[3] = {1, 1, 1};   ///< rows, columns and channels

    /// What listings call it.
    static constexpr std::string_view kind = "slice";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        const auto& in = detail::only_input(inputs);
        const std::size_t extents[3] = {in.height, in.width, in.channels};
        constexpr auto farthest = static_cast<std::ptrdiff_t>(largest_extent);
        for (std::size_t d = 0; d < 3; ++d) {
            detail::require(start[d] < extents[d] && count[d] <= extents[d] && step[d] >= -farthest &&
                                step[d] <= farthest,
                            "slice: reaches outside " + to_string(in));
            const auto last =
                static_cast<std::ptrdiff_t>(start[d]) + static_cast<std::ptrdiff_t>(count[d] - 1) * step[d];
            detail::require(count[d] > 0 && step[d] != 0 && last >= 0 &&
                                last < static_cast<std::ptrdiff_t>(extents[d]),
                            "slice: reaches outside " + to_string(in) + " or is empty");
        }
        return {count[0], count[1], count[2]};
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.resize();
        detail::slice_values(batch.in().values.data(), batch.images, batch.in().shape, *this,
                             batch.result.data());
    }
    /// The same operation on codes.
    [[nodiscard]] auto quantise(layer_quantisation& how) const;
    friend bool operator==(const slice&, const slice&) = default;
};

} // namespace op

namespace code_op {

/// All values of an image as channels of one pixel.
struct flatten {
    /// What listings call it.
    static constexpr std::string_view kind = "flatten";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        detail::flatten_values(batch.in().codes.data(), batch.images, batch.in().shape, batch.result.data());
    }
    friend bool operator==(const flatten&, const flatten&) = default;
};

/// Adds values around an image.
struct pad {
    op::pad amounts;       ///< how much, and the value
    std::uint8_t code = 0; ///< the code of the value

    /// What listings call it.
    static constexpr std::string_view kind = "pad";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        detail::pad_values(batch.in().codes.data(), batch.images, batch.in().shape, batch.shape, amounts,
                           code, batch.result.data());
    }
    friend bool operator==(const pad&, const pad&) = default;
};

/// A part of an image.
struct slice {
    op::slice part; ///< which part

    /// What listings call it.
    static constexpr std::string_view kind = "slice";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        detail::slice_values(batch.in().codes.data(), batch.images, batch.in().shape, part,
                             batch.result.data());
    }
    friend bool operator==(const slice&, const slice&) = default;
};

} // namespace code_op

namespace op {

/// Height and width 1; values in ONNX order (channel, row, column), the channel varying slowest.
struct flatten {
    /// What listings call it.
    static constexpr std::string_view kind = "flatten";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        return {1, 1, detail::only_input(inputs).size()};
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.resize();
        detail::flatten_values(batch.in().values.data(), batch.images, batch.in().shape, batch.result.data());
    }
    /// The same operation on codes.
    [[nodiscard]] code_op::flatten quantise(layer_quantisation& how) const {
        how.result = how.inputs.front();
        return {};
    }
    friend bool operator==(const flatten&, const flatten&) = default;
};

/// Throws value_error for a padding value that the codes of the input cannot express.
inline auto pad::quantise(layer_quantisation& how) const {
    how.result = how.inputs.front();
    const auto code = how.result.encode(value);
    if (std::abs(how.result.decode(code) - value) > how.result.scale / 2 * 1.0001) {
        throw value_error("the padding value " + std::to_string(value) +
                          " is outside the range of the activations it surrounds");
    }
    return code_op::pad{*this, code};
}

inline auto slice::quantise(layer_quantisation& how) const {
    how.result = how.inputs.front();
    return code_op::slice{*this};
}

} // namespace op
} // namespace alwann::inline ALWANN_ABI
