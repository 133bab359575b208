// SPDX-License-Identifier: MIT
/// @file
/// Ranges of activations on calibration images.
#pragma once

#include <alwann/nn/float_inference.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Smallest and largest value seen.
struct value_range {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
};

/// The range of every node's result over some images (NHWC), which are streamed in small batches.
///
/// Throws value_error for no images and for activations that are not finite, naming the node.
[[nodiscard]] inline std::vector<value_range> observe_ranges(const graph& network,
                                                             tensor_view<const float, 4> images) {
    constexpr std::size_t batch = 16;
    if (images.extent(0) == 0) {
        throw value_error(network.source() + ": calibration: expected at least one image");
    }
    std::vector<value_range> ranges(network.nodes().size());
    for (std::size_t begin = 0; begin < images.extent(0); begin += batch) {
        const auto part = images.rows(begin, std::min(batch, images.extent(0) - begin));
        (void)run_float(network, part, [&](std::size_t node, std::span<const float> values) {
            for (const float value : values) {
                if (!std::isfinite(value)) {
                    throw value_error(network.source() + ": node '" + network.nodes()[node].name +
                                      "': expected finite activations, found " + std::to_string(value));
                }
                ranges[node].low = std::min<double>(ranges[node].low, value);
                ranges[node].high = std::max<double>(ranges[node].high, value);
            }
        });
    }
    return ranges;
}

} // namespace alwann::inline ALWANN_ABI
