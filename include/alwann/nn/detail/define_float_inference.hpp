// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/float_inference.hpp.
#pragma once

#include <alwann/nn/float_inference.hpp>

#include <variant>

namespace alwann::inline ALWANN_ABI {

namespace detail {

ALWANN_SEPARABLE void evaluate_node(const graph_node& node, const float_batch& batch) {
    std::visit([&batch](const auto& layer) { evaluate(layer, batch); }, node.what);
}

} // namespace detail

} // namespace alwann::inline ALWANN_ABI
