// SPDX-License-Identifier: MIT
/// @file
/// Products of two tensors that both depend on the input.
#pragma once

#include <alwann/kernel/requantisation.hpp>
#include <alwann/nn/layers/layer.hpp>

#include <algorithm>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The pixel of the second operand that belongs to value `i` of a batch of `shape`: itself, or the only one
/// of its image.
[[nodiscard]] inline std::size_t partner(std::size_t i, const image_shape& shape, bool one_pixel) {
    return one_pixel ? i / shape.size() * shape.channels + i % shape.channels : i;
}

} // namespace detail

namespace code_op {

/// Product of two inputs: factor * (a - zero a) * (b - zero b).
struct multiply {
    std::int32_t zero[2] = {0, 0}; ///< zero points of both inputs
    fixed_factor factor;           ///< from products to steps of the result
    code_range codes;              ///< the codes that the result can have

    /// What listings call it.
    static constexpr std::string_view kind = "multiply";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        const std::uint8_t* a = batch.inputs[0]->codes.data();
        const std::uint8_t* b = batch.inputs[1]->codes.data();
        const bool one_pixel = batch.inputs[1]->shape != batch.shape;
        for (std::size_t i = 0; i < batch.result.size(); ++i) {
            const std::int32_t other = b[detail::partner(i, batch.shape, one_pixel)];
            batch.result[i] = codes(factor((a[i] - zero[0]) * (other - zero[1])));
        }
    }
    friend bool operator==(const multiply&, const multiply&) = default;
};

} // namespace code_op

namespace op {

/// Elementwise product. The second input has the shape of the first, or one pixel for all pixels of an image.
struct multiply {
    /// What listings call it.
    static constexpr std::string_view kind = "multiply";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const {
        detail::require(inputs.size() == 2,
                        "a product needs 2 inputs, found " + std::to_string(inputs.size()));
        detail::require(inputs[0] == inputs[1] || inputs[1] == image_shape{1, 1, inputs[0].channels},
                        "cannot multiply " + to_string(inputs[0]) + " and " + to_string(inputs[1]));
        return inputs[0];
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const {
        batch.result = batch.in().values;
        const auto& other = *batch.inputs[1];
        const bool one_pixel = other.shape != batch.shape;
        for (std::size_t i = 0; i < batch.result.size(); ++i) {
            batch.result[i] *= other.values[detail::partner(i, batch.shape, one_pixel)];
        }
    }
    /// The same operation on codes.
    [[nodiscard]] code_op::multiply quantise(layer_quantisation& how) const {
        const auto& [a, b] = std::pair(how.inputs[0], how.inputs[1]);
        return {{a.zero, b.zero},
                fixed_factor(std::min(a.scale * b.scale / how.result.scale, saturating_factor)),
                detail::all_codes(how.result)};
    }
    friend bool operator==(const multiply&, const multiply&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
