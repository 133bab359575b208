// SPDX-License-Identifier: MIT
/// @file
/// Functions of one code: what activation functions become when a network is quantised.
#pragma once

#include <alwann/nn/detail/code_lookup.hpp>
#include <alwann/nn/layers/requantise.hpp>

#include <array>

namespace alwann::inline ALWANN_ABI {
namespace code_op {

/// Any function of one code: an activation function, or a change of scale.
struct lookup {
    std::array<std::uint8_t, 256> codes{}; ///< the result for each code

    /// What listings call it.
    static constexpr std::string_view kind = "look-up";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        detail::look_up(codes, {batch.in().codes.data(), 0, batch.result.data(), 0, 1, batch.result.size()});
    }
    friend bool operator==(const lookup&, const lookup&) = default;
};

/// A function of one code for each channel.
struct channel_lookup {
    std::vector<std::array<std::uint8_t, 256>> codes; ///< by channel

    /// What listings call it.
    static constexpr std::string_view kind = "look-up by channel";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch& batch) const {
        batch.resize();
        const std::uint8_t* from = batch.in().codes.data();
        for (std::size_t i = 0; i < batch.result.size(); i += codes.size()) {
            for (std::size_t c = 0; c < codes.size(); ++c) {
                batch.result[i + c] = codes[c][from[i + c]];
            }
        }
    }
    friend bool operator==(const channel_lookup&, const channel_lookup&) = default;
};

} // namespace code_op

namespace op {

/// A function of codes, given number by number.
struct tabulated {
    quantisation scale;              ///< of the codes
    std::array<float, 256> values{}; ///< by code

    /// What listings call it.
    static constexpr std::string_view kind = "table";
    /// Throws value_error for parameters that make no sense.
    void check() const { detail::require_finite("values", {values.begin(), values.end()}); }
    /// See the concept.
    [[nodiscard]] float operator()(float number) const { return values[detail::encode_even(scale, number)]; }
    friend bool operator==(const tabulated&, const tabulated&) = default;
};

} // namespace op
} // namespace alwann::inline ALWANN_ABI
