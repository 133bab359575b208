// SPDX-License-Identifier: MIT
/// @file
/// Folds batch normalisation into the layer before it, and leaves out what does not matter for the result.
#pragma once

#include <alwann/nn/graph.hpp>

#include <cstddef>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// The same network without the per-channel scalings that directly follow a convolution or dense layer:
/// they go into its weights and bias. Scalings after anything else, or after a layer whose result is used
/// elsewhere too, stay.
[[nodiscard]] ALWANN_SEPARABLE graph fold_batch_norm(const graph& network);

/// The same network without a softmax over all its results at the end, which keeps their order: the metadata
/// then say "softmax": "dropped". Codes of probabilities would be ties for most images.
[[nodiscard]] ALWANN_SEPARABLE graph drop_final_softmax(graph network);

namespace detail {

/// The same in place. Where each node went, as graph::set_output() says; empty if nothing was dropped.
ALWANN_SEPARABLE std::vector<std::size_t> drop_softmax(graph& network);

} // namespace detail

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_fold.hpp>
#endif
