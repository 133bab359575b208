// SPDX-License-Identifier: MIT
/// @file
/// Which operands the multipliers of a network see.
#pragma once

#include <alwann/circuit/operand_weights.hpp>
#include <alwann/nn/inference.hpp>
#include <alwann/nn/setting.hpp>

#include <cstddef>
#include <span>

namespace alwann::inline ALWANN_ABI {

/// How often the products of some convolutions have each activation code and each weight code, on images that
/// the exact 8-bit network computes; layer l is network.convolutions()[l], none means all.
///
/// A product counts once in either list, so layers count by their multiplications, and positions outside of
/// the image count as the zero point, which goes through the multipliers. Weights are those of the network,
/// before any compensation. Throws value_error for a layer that is not there, and shape_error for images of
/// another shape. Takes one pass of the exact network.
[[nodiscard]] ALWANN_SEPARABLE operand_weights operand_histogram(const network& network,
                                                                 const coded_images& images,
                                                                 std::span<const std::size_t> layers = {},
                                                                 engine request = requested_engine());

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_operand_histogram.hpp>
#endif
