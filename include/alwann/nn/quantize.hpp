// SPDX-License-Identifier: MIT
/// @file
/// Post-training quantisation: a float network and some images become a quantised network.
#pragma once

#include <alwann/nn/calibration.hpp>
#include <alwann/nn/network.hpp>
#include <alwann/nn/quantize_options.hpp>

#include <cstddef>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A quantised network, and where the results of the float network are in it.
struct traced_network {
    network quantized; ///< the network
    /// For each node of the calibrated (folded) float network, the node of `quantized` that has its result.
    /// Of several nodes in one, the last counts: the codes of a layer with a fused clip stand for those of
    /// the clip.
    std::vector<std::size_t> node_of;
};

/// Quantises a calibrated network: chooses the range of every activation, freezes it, and rounds the weights.
///
/// Results of the quantised network never depend on the batch an image comes in. Throws value_error if there
/// were no calibration images or for less than 2 or more than 8 bits, and shape_error for layers of more
/// products than 32 bits hold.
[[nodiscard]] ALWANN_SEPARABLE traced_network quantize_traced(const calibrator& seen,
                                                              const quantize_options& options = {});

/// The same without the trace.
[[nodiscard]] ALWANN_SEPARABLE network quantize(const calibrator& seen, const quantize_options& options = {});

/// The same in one go: folds batch normalisation, drops a final softmax and calibrates on the images (NHWC).
/// Throws shape_error for images of another shape and value_error for none at all or for pixels that are not
/// finite, too.
[[nodiscard]] ALWANN_SEPARABLE network quantize(const graph& trained,
                                                tensor_view<const float, 4> calibration_images,
                                                const quantize_options& options = {});

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_quantize.hpp>
#endif
