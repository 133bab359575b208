// SPDX-License-Identifier: MIT
/// @file
/// What a convolution should give for the sum behind it to be right.
#pragma once

#include <alwann/nn/network.hpp>
#include <alwann/nn/setting.hpp>

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

/// An accumulator of a convolution, as near as 32 bits come: less in channels whose weights are next to
/// nothing.
[[nodiscard]] inline std::int32_t nearest_sum(double value) {
    constexpr double most = 0x1p31 - 1;
    return static_cast<std::int32_t>(std::lround(std::clamp(value, -most, most)));
}

/// Codes of one scale.
struct scaled_codes {
    std::span<const std::uint8_t> codes;
    quantisation scale;
};

/// What the convolution should give for the sum to be right: `targets`, [sample][output], less what the other
/// addend has too much.
[[nodiscard]] inline std::vector<std::int32_t> targets_for_sum(const quantized_convolution& layer,
                                                               std::span<const std::int32_t> targets,
                                                               const scaled_codes& exact,
                                                               const scaled_codes& found) {
    std::vector<std::int32_t> result(targets.begin(), targets.end());
    for (std::size_t i = 0; i < result.size(); ++i) {
        const double excess = found.scale.decode(found.codes[i]) - exact.scale.decode(exact.codes[i]);
        result[i] = nearest_sum(targets[i] - excess / accumulator_scale(layer, i % layer.outputs));
    }
    return result;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
