// SPDX-License-Identifier: MIT
/// @file
/// Weight tuning of networks whose ranges come from the batch.
#pragma once

#include <alwann/compensation/weight_tuning.hpp>
#include <alwann/nn/batch_inference.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A design with a multiplier for each convolution and the weights that suit it. Throws shape_error for
/// another number of multipliers.
[[nodiscard]] inline batch_design tuned_design(const batch_network& network,
                                               const std::vector<table>& multipliers,
                                               const weight_tuning& tuning = {}) {
    if (multipliers.size() != network.convolutions().size()) {
        throw shape_error(network.source() + ": expected a multiplier for each of " +
                          std::to_string(network.convolutions().size()) + " convolutions, found " +
                          std::to_string(multipliers.size()));
    }
    batch_design design;
    for (std::size_t l = 0; l < multipliers.size(); ++l) {
        auto& layer = design.emplace_back(multipliers[l], network.convolution(l));
        const auto& map = tuning.map_of(multipliers[l]);
        for (auto& weight : layer.weights) {
            weight = map[weight];
        }
    }
    return design;
}

} // namespace alwann::inline ALWANN_ABI
