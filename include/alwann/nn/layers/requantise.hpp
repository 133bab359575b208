// SPDX-License-Identifier: MIT
/// @file
/// Rounding to codes, as network files with quantised tensors define it.
#pragma once

#include <alwann/nn/layers/layer.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The code that ONNX's QuantizeLinear defines: in single precision, halves to even. NaN becomes the zero.
[[nodiscard]] inline std::uint8_t encode_even(const quantisation& to, float value) {
    const float code = std::nearbyint(value / static_cast<float>(to.scale)) + static_cast<float>(to.zero);
    return std::isnan(code)
               ? static_cast<std::uint8_t>(std::clamp<std::int32_t>(to.zero, to.lowest, to.highest))
               : static_cast<std::uint8_t>(
                     std::clamp(code, static_cast<float>(to.lowest), static_cast<float>(to.highest)));
}

/// The number that ONNX's DequantizeLinear defines.
[[nodiscard]] inline float decode_single(const quantisation& from, std::int32_t code) {
    return static_cast<float>(code - from.zero) * static_cast<float>(from.scale);
}

/// The code in `to` of function(number) for every code of `from`, in single precision.
template <class Function>
[[nodiscard]] std::array<std::uint8_t, 256> make_lookup(const quantisation& from, const quantisation& to,
                                                        Function&& function) {
    std::array<std::uint8_t, 256> codes{};
    for (std::int32_t code = 0; code < 256; ++code) {
        codes[static_cast<std::size_t>(code)] = encode_even(to, function(decode_single(from, code)));
    }
    return codes;
}

} // namespace detail

namespace op {

/// The nearest number that has a code: QuantizeLinear and DequantizeLinear of ONNX, one after the other.
struct requantise {
    quantisation scale; ///< of the result

    /// What listings call it.
    static constexpr std::string_view kind = "requantise";
    /// Throws value_error for parameters that make no sense.
    void check() const {
        if (!(scale.scale > 0) || !std::isfinite(scale.scale)) {
            throw value_error("scale: expected a positive number, found " + std::to_string(scale.scale));
        }
    }
    /// See the concept.
    [[nodiscard]] float operator()(float value) const {
        return detail::decode_single(scale, detail::encode_even(scale, value));
    }
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const {
        return "scale " + std::to_string(scale.scale) + ", zero " + std::to_string(scale.zero);
    }
    friend bool operator==(const requantise&, const requantise&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
