// SPDX-License-Identifier: MIT
/// @file
/// What a node of a quantised network computes for a batch.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/tensor/shape.hpp>

#include <cstdint>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Codes of a batch, NHWC; real numbers where the network's result is real.
struct batch_codes {
    image_shape shape;
    aligned_vector<std::uint8_t> codes;
    std::vector<float> reals;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
