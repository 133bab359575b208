// SPDX-License-Identifier: MIT
/// @file
/// The sum that ends a residual block.
#pragma once

#include <alwann/nn/network.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The sum that a convolution's result goes into.
struct block_sum {
    std::size_t node = 0;  ///< of the network
    std::size_t other = 0; ///< which of its two inputs is the other addend
};

/// The sum that reads the convolution at `node` and nothing else does, if its other addend is computed before
/// that convolution.
[[nodiscard]] inline std::optional<block_sum> sum_behind(const network& network, std::size_t node) {
    std::optional<block_sum> found;
    std::size_t readers = 0;
    for (std::size_t i = node + 1; i < network.nodes().size(); ++i) {
        const auto& reader = network.nodes()[i];
        const auto place = std::find(reader.inputs.begin(), reader.inputs.end(), node);
        if (place == reader.inputs.end()) {
            continue;
        }
        ++readers;
        const auto other = static_cast<std::size_t>(place == reader.inputs.begin());
        if (std::holds_alternative<code_op::add>(reader.what) && reader.inputs[other] < node) {
            found = block_sum{i, other};
        }
    }
    return readers == 1 ? found : std::nullopt;
}

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
