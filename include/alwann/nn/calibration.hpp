// SPDX-License-Identifier: MIT
/// @file
/// What activations look like on calibration images.
#pragma once

#include <alwann/nn/float_inference.hpp>
#include <alwann/nn/fold.hpp>
#include <alwann/nn/graph.hpp>
#include <alwann/nn/value_histogram.hpp>
#include <alwann/tensor/view.hpp>

#include <cstddef>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// The distribution of every activation over calibration images, which stream by in batches of any size.
///
/// Memory does not grow with the images: the activations of 16 of them and a value_histogram a node.
class calibrator {
public:
    /// For a trained network, whose batch normalisation is folded and whose final softmax is dropped first.
    ALWANN_SEPARABLE explicit calibrator(const graph& trained);

    /// Runs images (NHWC) through the float network. Throws shape_error for images of another shape and
    /// value_error for activations that are not finite, naming the node.
    ALWANN_SEPARABLE void add(tensor_view<const float, 4> images);

    /// The folded network, whose nodes seen() is about.
    [[nodiscard]] const graph& network() const noexcept { return network_; }
    /// A histogram for each node.
    [[nodiscard]] const std::vector<value_histogram>& seen() const noexcept { return seen_; }
    /// How many were seen.
    [[nodiscard]] std::size_t images() const noexcept { return images_; }

private:
    graph network_;
    std::vector<value_histogram> seen_; ///< by node
    std::size_t images_ = 0;
};

/// The range of every node's result over some images (NHWC), which are streamed in small batches.
///
/// Throws value_error for no images and for activations that are not finite, naming the node.
[[nodiscard]] ALWANN_SEPARABLE std::vector<value_range> observe_ranges(const graph& network,
                                                                       tensor_view<const float, 4> images);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_calibration.hpp>
#endif
