// SPDX-License-Identifier: MIT
/// @file
/// Weights as files of quantised networks have them.
#pragma once

#include <alwann/nn/quantisation.hpp>

#include <cstdint>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Weights of a layer, or the values of an op::constant (of one scale), as codes.
struct coded_weights {
    std::vector<std::uint8_t> codes;      ///< laid out as the float weights are
    std::vector<quantisation> scale;      ///< per output channel
    std::vector<double> bias;             ///< real, per output channel; or
    std::vector<std::int32_t> bias_codes; ///< if not empty: steps of
    std::vector<double> bias_scale;       ///< these sizes

    friend bool operator==(const coded_weights&, const coded_weights&) = default;
};

} // namespace alwann::inline ALWANN_ABI
