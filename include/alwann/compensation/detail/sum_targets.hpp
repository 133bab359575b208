// SPDX-License-Identifier: MIT
/// @file
/// What a convolution should give for the sum behind it to be right.
#pragma once

#include <alwann/nn/network.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Copies what the other addend, [image][row][column][channel], has at output positions of the convolution;
/// image 0 is that of position `first`.
inline void copy_addends(std::size_t outputs, const std::uint8_t* addends,
                         std::span<const std::uint32_t> positions, std::size_t first, std::uint8_t* to) {
    for (const auto position : positions) {
        to = std::copy_n(addends + (position - first) * outputs, outputs, to);
    }
}

/// What the convolution should give for the sum to be right: `targets`, [sample][output], less what the other
/// addend, codes of scale `scale`, has too much.
[[nodiscard]] inline std::vector<std::int32_t>
targets_for_sum(const quantized_convolution& layer, std::span<const std::int32_t> targets, double scale,
                std::span<const std::uint8_t> exact, std::span<const std::uint8_t> found) {
    std::vector<std::int32_t> result(targets.begin(), targets.end());
    for (std::size_t i = 0; i < result.size(); ++i) {
        const double unit = layer.input.scale * layer.weight_scale[i % layer.outputs].scale;
        const double excess = (int{found[i]} - int{exact[i]}) * scale / unit;
        constexpr double most = 0x1p31 - 1; // beyond it in channels whose weights are next to nothing
        result[i] = static_cast<std::int32_t>(std::lround(std::clamp(targets[i] - excess, -most, most)));
    }
    return result;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
