// SPDX-License-Identifier: MIT
/// @file
/// Activation functions: functions of single values, without weights.
#pragma once

#include <alwann/nn/layers/layer.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace alwann::inline ALWANN_ABI {
namespace op {

/// Limits values to [low, high]. ReLU is clip{0, infinity}, ReLU6 clip{0, 6}.
struct clip {
    float low = 0;                                       ///< the least result
    float high = std::numeric_limits<float>::infinity(); ///< the greatest result

    /// What listings call it.
    static constexpr std::string_view kind = "clip";
    /// Throws value_error for parameters that make no sense.
    void check() const { detail::require(low <= high, "clip: expected low <= high"); }
    /// See the concept.
    [[nodiscard]] float operator()(float value) const { return std::clamp(value, low, high); }
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const {
        return "[" + std::to_string(low) + ", " + std::to_string(high) + "]";
    }
    friend bool operator==(const clip&, const clip&) = default;
};

/// x for positive numbers, slope * x for others.
struct leaky_relu {
    float slope = 0.01F; ///< of negative numbers

    /// What listings call it.
    static constexpr std::string_view kind = "leaky ReLU";
    /// Throws value_error for parameters that make no sense.
    void check() const { detail::require_finite("slope", {slope}); }
    /// See the concept.
    [[nodiscard]] float operator()(float value) const { return value < 0 ? slope * value : value; }
    friend bool operator==(const leaky_relu&, const leaky_relu&) = default;
};

/// x for positive numbers, scale * (e^x - 1) for others.
struct elu {
    float scale = 1; ///< of negative numbers

    /// What listings call it.
    static constexpr std::string_view kind = "ELU";
    /// Throws value_error for parameters that make no sense.
    void check() const { detail::require_finite("scale", {scale}); }
    /// See the concept.
    [[nodiscard]] float operator()(float value) const {
        return value < 0 ? scale * std::expm1(value) : value;
    }
    friend bool operator==(const elu&, const elu&) = default;
};

/// 1 / (1 + e^-x).
struct sigmoid {
    /// What listings call it.
    static constexpr std::string_view kind = "sigmoid";
    /// See the concept.
    [[nodiscard]] float operator()(float value) const { return 1 / (1 + std::exp(-value)); }
    friend bool operator==(const sigmoid&, const sigmoid&) = default;
};

/// slope * x + offset, limited to [0, 1].
struct hard_sigmoid {
    float slope = 0.2F;  ///< at 0
    float offset = 0.5F; ///< the result at 0

    /// What listings call it.
    static constexpr std::string_view kind = "hard sigmoid";
    /// Throws value_error for parameters that make no sense.
    void check() const { detail::require_finite("slope and offset", {slope, offset}); }
    /// See the concept.
    [[nodiscard]] float operator()(float value) const {
        return std::clamp(slope * value + offset, 0.0F, 1.0F);
    }
    friend bool operator==(const hard_sigmoid&, const hard_sigmoid&) = default;
};

/// x * hard_sigmoid(x) with slope 1/6 and offset 1/2 (Howard et al., Searching for MobileNetV3, 2019).
struct hard_swish {
    /// What listings call it.
    static constexpr std::string_view kind = "hard swish";
    /// See the concept.
    [[nodiscard]] float operator()(float value) const {
        return value * std::clamp(value / 6 + 0.5F, 0.0F, 1.0F);
    }
    friend bool operator==(const hard_swish&, const hard_swish&) = default;
};

/// x * sigmoid(x).
struct swish {
    /// What listings call it.
    static constexpr std::string_view kind = "swish";
    /// See the concept.
    [[nodiscard]] float operator()(float value) const { return value / (1 + std::exp(-value)); }
    friend bool operator==(const swish&, const swish&) = default;
};

/// The error function.
struct erf {
    /// What listings call it.
    static constexpr std::string_view kind = "erf";
    /// See the concept.
    [[nodiscard]] float operator()(float value) const { return std::erf(value); }
    friend bool operator==(const erf&, const erf&) = default;
};

/// scale * x * (1 + erf(x / sqrt(2))); with a scale of 1/2 the GELU of Hendrycks and Gimpel (Gaussian Error
/// Linear Units, 2016).
struct gelu {
    float scale = 0.5F; ///< of the result: 0.5 for the usual one

    /// What listings call it.
    static constexpr std::string_view kind = "GELU";
    /// Throws value_error for parameters that make no sense.
    void check() const { detail::require_finite("scale", {scale}); }
    /// See the concept.
    [[nodiscard]] float operator()(float value) const {
        return scale * value * (1 + std::erf(value * 0.70710678F));
    }
    friend bool operator==(const gelu&, const gelu&) = default;
};

/// Hyperbolic tangent.
struct tanh {
    /// What listings call it.
    static constexpr std::string_view kind = "tanh";
    /// See the concept.
    [[nodiscard]] float operator()(float value) const { return std::tanh(value); }
    friend bool operator==(const tanh&, const tanh&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
