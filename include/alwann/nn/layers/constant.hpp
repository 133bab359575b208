// SPDX-License-Identifier: MIT
/// @file
/// Values that do not depend on the image: positions of tokens, a class token.
#pragma once

#include <alwann/nn/layers/layer.hpp>

#include <algorithm>
#include <utility>

namespace alwann::inline ALWANN_ABI {

namespace code_op {

/// The same codes for each image.
struct constant {
    std::vector<std::uint8_t> codes; ///< of one image

    /// What listings call it.
    static constexpr std::string_view kind = "constant";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        for (std::size_t n = 0; n < batch.images; ++n) {
            std::copy(codes.begin(), codes.end(),
                      batch.result.begin() + static_cast<std::ptrdiff_t>(n * codes.size()));
        }
    }
    friend bool operator==(const constant&, const constant&) = default;
};

} // namespace code_op

namespace op {

/// The same values for each image; no inputs.
struct constant {
    image_shape extent;        ///< its shape
    std::vector<float> values; ///< [row][column][channel]

    /// What listings call it.
    static constexpr std::string_view kind = "constant";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        detail::require(inputs.empty(), "expected no inputs, found " + std::to_string(inputs.size()));
        detail::require(extent.size() > 0, "expected a shape without zeros, found " + to_string(extent));
        detail::require_count("values", values.size(), extent.size());
        detail::require_finite("values", values);
        return extent;
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.resize();
        for (std::size_t n = 0; n < batch.images; ++n) {
            std::copy(values.begin(), values.end(),
                      batch.result.begin() + static_cast<std::ptrdiff_t>(n * values.size()));
        }
    }
    /// The same operation on codes.
    [[nodiscard]] code_op::constant quantise(layer_quantisation& how) const {
        code_op::constant result;
        for (const float value : values) {
            result.codes.push_back(how.result.encode(value));
        }
        return result;
    }
    /// How many trained numbers it holds.
    [[nodiscard]] std::uint64_t parameters() const { return values.size(); }
    friend bool operator==(const constant&, const constant&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
