// SPDX-License-Identifier: MIT
/// @file
/// Multiplications per image and layer.
#pragma once

#include <alwann/kernel/convolution.hpp>
#include <alwann/nn/network.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// How multiplications are counted.
enum class mac_count {
    executed, ///< those that happen
    paper     ///< as in the figures published with ALWANN: a stride counts as 1, on the padded input
};

/// Its name, as programs print it.
[[nodiscard]] constexpr std::string_view to_string(mac_count how) noexcept {
    return how == mac_count::executed ? "executed" : "paper";
}

/// Multiplications of one image in a convolution.
///
/// The published counts take a layer with stride 2 for one that is computed at every position of its padded
/// input (34 x 34 for a 32 x 32 image); layers with stride 1 agree.
[[nodiscard]] inline std::uint64_t macs_of(const convolution_shape& shape,
                                           mac_count how = mac_count::executed) {
    const auto& g = shape.geometry;
    const auto out = shape.output();
    std::uint64_t positions = std::uint64_t{out.height} * out.width;
    if (how == mac_count::paper && (g.stride_height > 1 || g.stride_width > 1)) {
        positions = std::uint64_t{shape.input.height + g.pad_top + g.pad_bottom} *
                    (shape.input.width + g.pad_left + g.pad_right);
    }
    return positions * shape.depth() * shape.outputs;
}

/// Multiplications of one image in each convolution that a design decides about.
[[nodiscard]] inline std::vector<std::uint64_t> macs_of(const network& network,
                                                        mac_count how = mac_count::executed) {
    std::vector<std::uint64_t> counts;
    for (const auto node : network.convolutions()) {
        counts.push_back(macs_of(network.shape_of(node, 1), how));
    }
    return counts;
}

} // namespace alwann::inline ALWANN_ABI
