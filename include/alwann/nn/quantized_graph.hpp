// SPDX-License-Identifier: MIT
/// @file
/// Networks that were quantised elsewhere: from floats that are known to be codes to integers.
#pragma once

#include <alwann/nn/coded_weights.hpp>
#include <alwann/nn/graph.hpp>
#include <alwann/nn/network.hpp>

#include <cstddef>
#include <map>

namespace alwann::inline ALWANN_ABI {

/// A float network that stands for a quantised one: activations pass op::requantise, and the weights of
/// convolutions and dense layers are codes. In floats it computes what its file defines.
struct quantized_graph {
    graph network;                                ///< floats with the ranges to be
    std::map<std::size_t, coded_weights> weights; ///< by node
};

/// Whether a network has quantised activations.
[[nodiscard]] ALWANN_SEPARABLE bool has_codes(const graph& network);

/// The integer network that a quantised float network stands for: scales, zero points and codes are taken as
/// they are, nothing is calibrated. Convolutions are approximable, dense layers are not.
///
/// Sums, and so the accumulators, are exact; results of convolutions, sums and means are rounded as
/// fixed_factor does, where floats round halves to even; functions of single values are what the float
/// network computes, bit for bit. Products of activations are approximable, as convolutions are.
///
/// Throws unsupported_error, naming the node, for layers that work on real numbers.
[[nodiscard]] ALWANN_SEPARABLE network to_network(const quantized_graph& from);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_quantized_graph.hpp>
#endif
