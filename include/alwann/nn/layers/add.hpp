// SPDX-License-Identifier: MIT
/// @file
/// Sums and joins of several inputs.
#pragma once

#include <alwann/nn/detail/code_lookup.hpp>
#include <alwann/nn/detail/move_values.hpp>
#include <alwann/nn/layers/lookup.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace alwann::inline ALWANN_ABI {

namespace code_op {

/// Sum of two inputs.
struct add : code_sum {
    /// What listings call it.
    static constexpr std::string_view kind = "add";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const;
    friend bool operator==(const add&, const add&) = default;
};

inline void add::run(const code_batch& batch) const {
    batch.resize();
    auto& result = batch.result;
    const std::uint8_t* a = batch.inputs[0]->codes.data();
    const std::uint8_t* b = batch.inputs[1]->codes.data();
    constexpr std::size_t worth_preparing = std::size_t{1} << 17; // codes
    if (batch.sum != nullptr) {
        (*batch.sum)(a, b, result.size(), result.data());
    } else if (result.size() >= worth_preparing) {
        prepared_sum{*this}(a, b, result.size(), result.data());
    } else {
        // 256 values a side: the multiplications are done once.
        std::array<std::array<std::int64_t, 256>, 2> terms;
        for (std::size_t side = 0; side < 2; ++side) {
            for (std::size_t code = 0; code < 256; ++code) {
                terms[side][code] = term(side, static_cast<std::uint8_t>(code));
            }
        }
        for (std::size_t i = 0; i < result.size(); ++i) {
            result[i] = of_terms(terms[0][a[i]], terms[1][b[i]]);
        }
    }
}

/// Joins channels or pixels, each input through a table of its own.
struct concat {
    std::vector<std::array<std::uint8_t, 256>> codes; ///< what becomes of the codes of each input
    bool pixels = false;                              ///< whether rows of pixels are joined, not channels

    /// What listings call it.
    static constexpr std::string_view kind = "concat";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        const auto& shape = batch.shape;
        std::size_t first = 0;
        if (pixels) { // images are rows of as many codes each
            for (std::size_t i = 0; i < batch.inputs.size(); ++i) {
                const std::size_t size = batch.inputs[i]->shape.size();
                detail::look_up(codes[i], {batch.inputs[i]->codes.data(), size, batch.result.data() + first,
                                           shape.size(), batch.images, size});
                first += size;
            }
            return;
        }
        for (std::size_t i = 0; i < batch.inputs.size(); ++i) {
            const std::size_t channels = batch.inputs[i]->shape.channels;
            detail::look_up(codes[i], {batch.inputs[i]->codes.data(), channels, batch.result.data() + first,
                                       shape.channels, batch.images * shape.height * shape.width, channels});
            first += channels;
        }
    }
    friend bool operator==(const concat&, const concat&) = default;
};

} // namespace code_op

namespace detail {

/// The sum of codes of scales `a` and `b` in codes of scale `to`.
[[nodiscard]] inline code_op::add make_add(const quantisation& a, const quantisation& b,
                                           const quantisation& to) {
    code_op::add result;
    // Terms of a sum that nearly cancels are far larger than the result. Beyond 2^27 the codes saturate
    // whatever the factor is.
    constexpr double largest = 0x1p27;
    const double ratio = std::max(a.scale, b.scale) / to.scale;
    result.fraction_bits = std::clamp(28 - std::ilogb(ratio), 1, 20);
    const double unit = std::ldexp(1.0, result.fraction_bits);
    result.zero = {a.zero, b.zero};
    result.factor = {fixed_factor(unit * std::min(a.scale / to.scale, largest)),
                     fixed_factor(unit * std::min(b.scale / to.scale, largest))};
    result.codes = all_codes(to);
    return result;
}

} // namespace detail

namespace op {

/// Elementwise sum of two inputs of one shape.
struct add {
    /// What listings call it.
    static constexpr std::string_view kind = "add";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        detail::require(inputs.size() == 2, "a sum needs 2 inputs, found " + std::to_string(inputs.size()));
        detail::require(inputs[0] == inputs[1],
                        "cannot add " + to_string(inputs[0]) + " and " + to_string(inputs[1]));
        return inputs[0];
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.result = batch.in().values;
        for (std::size_t i = 0; i < batch.result.size(); ++i) {
            batch.result[i] += batch.inputs[1]->values[i];
        }
    }
    /// The same operation on codes.
    [[nodiscard]] code_op::add quantise(layer_quantisation& how) const {
        return detail::make_add(how.inputs[0], how.inputs[1], how.result);
    }
    friend bool operator==(const add&, const add&) = default;
};

/// Joins inputs along the channels; or their pixels, in memory order, to one row of them.
struct concat {
    bool pixels = false; ///< whether rows of pixels are joined, not channels

    /// What listings call it.
    static constexpr std::string_view kind = "concat";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        detail::require(!inputs.empty(), "nothing to join");
        image_shape result = inputs.front();
        (pixels ? result.width : result.channels) = 0;
        for (const auto& in : inputs) {
            detail::require(pixels ? in.channels == result.channels
                                   : in.height == result.height && in.width == result.width,
                            "cannot join " + to_string(inputs.front()) + " and " + to_string(in) +
                                " along the " + (pixels ? "pixels" : "channels"));
            (pixels ? result.width : result.channels) += pixels ? in.height * in.width : in.channels;
        }
        result.height = pixels ? 1 : result.height;
        return result;
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.resize();
        std::size_t first = 0;
        for (const auto* from : batch.inputs) { // pixels: images are rows of as many values each
            const std::size_t count = pixels ? from->shape.size() : from->shape.channels;
            const std::size_t rows =
                pixels ? batch.images : batch.images * batch.shape.height * batch.shape.width;
            detail::copy_channels(from->values.data(), rows, count,
                                  pixels ? batch.shape.size() : batch.shape.channels, first,
                                  batch.result.data());
            first += count;
        }
    }
    /// The same operation on codes.
    [[nodiscard]] code_op::concat quantise(layer_quantisation& how) const {
        code_op::concat result;
        for (const auto& scale : how.inputs) {
            result.codes.push_back(detail::make_lookup(scale, how.result, [](float real) { return real; }));
        }
        result.pixels = pixels;
        return result;
    }
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const { return pixels ? "of pixels" : ""; }
    friend bool operator==(const concat&, const concat&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
