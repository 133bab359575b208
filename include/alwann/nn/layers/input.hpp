// SPDX-License-Identifier: MIT
/// @file
/// The input of a network.
#pragma once

#include <alwann/nn/layers/layer.hpp>

namespace alwann::inline ALWANN_ABI {

namespace code_op {

/// The images.
struct input {
    /// What listings call it.
    static constexpr std::string_view kind = "input";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch&) const {}
    friend bool operator==(const input&, const input&) = default;
};

} // namespace code_op

namespace op {

/// The network's input; always node 0.
struct input {
    image_shape size; ///< of one image

    /// What listings call it.
    static constexpr std::string_view kind = "input";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape>) const {
        throw shape_error("a network has one input, and that is node 0");
    }
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch&) const {}
    /// The same operation on codes.
    [[nodiscard]] code_op::input quantise(layer_quantisation&) const { return {}; }
    friend bool operator==(const input&, const input&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
