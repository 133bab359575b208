// SPDX-License-Identifier: MIT
/// @file
/// Float networks that were saved in training mode: without the statistics of their batch normalisation.
#pragma once

#include <alwann/nn/batch_normalisation.hpp>
#include <alwann/nn/graph.hpp>
#include <alwann/tensor/view.hpp>

#include <cmath>
#include <cstddef>
#include <map>

namespace alwann::inline ALWANN_ABI {

/// A float network, and its nodes (op::scale_channels) whose scaling follows from the batch. Without such
/// nodes the network is ready for use; else freeze() makes it so.
struct unfrozen_graph {
    graph network;                           ///< with statistics still to be had
    std::map<std::size_t, batch_norm> norms; ///< by node
};

namespace detail {

/// Normalisation with known moments as one scaling.
[[nodiscard]] inline op::scale_channels frozen_norm(const batch_norm& norm, const channel_moments& moments) {
    op::scale_channels result;
    for (std::size_t c = 0; c < norm.gamma.size(); ++c) {
        const double factor = norm.gamma[c] / std::sqrt(double{moments.variance[c]} + double{norm.epsilon});
        result.scale.push_back(static_cast<float>(factor));
        result.offset.push_back(static_cast<float>(norm.beta[c] - double{moments.mean[c]} * factor));
    }
    return result;
}

} // namespace detail

/// The network with the statistics of a batch of images (NHWC) in its batch normalisation. On these images
/// it computes what the network in training mode does.
///
/// Throws shape_error for images of another shape or none, and value_error for activations that are not
/// finite.
[[nodiscard]] ALWANN_SEPARABLE graph freeze(const unfrozen_graph& trained, tensor_view<const float, 4> images,
                                            summation how = summation::double_precision);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_unfrozen_graph.hpp>
#endif
