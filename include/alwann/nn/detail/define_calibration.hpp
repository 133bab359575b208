// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/calibration.hpp.
#pragma once

#include <alwann/nn/calibration.hpp>
#include <alwann/nn/float_inference.hpp>
#include <alwann/nn/fold.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Runs images (NHWC) in small batches: visit(node, values of the batch). Throws value_error for activations
/// that are not finite, naming the node, and shape_error for images of another shape.
template <class Visit>
void for_each_activation(const graph& network, tensor_view<const float, 4> images, Visit&& visit) {
    constexpr std::size_t batch = 16; // activations of no more images are in memory at a time
    for (std::size_t begin = 0; begin < images.extent(0); begin += batch) {
        const auto part = images.rows(begin, std::min(batch, images.extent(0) - begin));
        (void)run_float(network, part, [&](std::size_t node, std::span<const float> values) {
            const auto odd =
                std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
            if (odd != values.end()) {
                throw value_error(network.source() + ": node '" + network.nodes()[node].name +
                                  "': expected finite activations, found " + std::to_string(*odd));
            }
            visit(node, values);
        });
    }
}

inline void require_images(const graph& network, std::size_t images) {
    if (images == 0) {
        throw value_error(network.source() + ": calibration: expected at least one image");
    }
}

} // namespace detail

ALWANN_SEPARABLE calibrator::calibrator(const graph& trained)
    : network_(drop_final_softmax(fold_batch_norm(trained))), seen_(network_.nodes().size()) {}

ALWANN_SEPARABLE void calibrator::add(tensor_view<const float, 4> images) {
    detail::for_each_activation(
        network_, images, [&](std::size_t node, std::span<const float> values) { seen_[node].add(values); });
    images_ += images.extent(0);
}

ALWANN_SEPARABLE std::vector<value_range> observe_ranges(const graph& network,
                                                         tensor_view<const float, 4> images) {
    detail::require_images(network, images.extent(0));
    std::vector<value_range> ranges(network.nodes().size());
    detail::for_each_activation(network, images, [&](std::size_t node, std::span<const float> values) {
        const auto [least, most] = std::minmax_element(values.begin(), values.end());
        ranges[node].low = std::min<double>(ranges[node].low, *least);
        ranges[node].high = std::max<double>(ranges[node].high, *most);
    });
    return ranges;
}

} // namespace alwann::inline ALWANN_ABI
