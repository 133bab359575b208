// SPDX-License-Identifier: MIT
/// @file
/// The inner loops of convolutions in floats.
#pragma once

#include <alwann/nn/layers/layer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

#include <xsimd/xsimd.hpp>

namespace alwann::inline ALWANN_ABI::detail {

/// The values under one position of a window, which counts images, rows and columns of `out`.
inline void gather_patch(const window& g, const batch_values<float>& from, const image_shape& out,
                         std::size_t position, std::size_t first_channel, std::size_t channels,
                         float* patch) {
    const std::size_t n = position / (out.height * out.width);
    const std::size_t oy = position / out.width % out.height;
    const std::size_t ox = position % out.width;
    for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
        for (std::size_t kx = 0; kx < g.kernel_width; ++kx, patch += channels) {
            const std::size_t y = oy * g.stride_height + ky * g.dilation_height - g.pad_top;
            const std::size_t x = ox * g.stride_width + kx * g.dilation_width - g.pad_left;
            if (y < from.shape.height && x < from.shape.width) {
                const float* at = from.values.data() +
                                  ((n * from.shape.height + y) * from.shape.width + x) * from.shape.channels +
                                  first_channel;
                std::copy(at, at + channels, patch);
            } else {
                std::fill_n(patch, channels, 0.0f);
            }
        }
    }
}

/// sums[p][i] = sum over k of patch[p][k] * weights[k][i], for Block patches and the outputs of Vectors
/// registers. In the order of k, one product at a time: the same numbers as without vectors.
template <std::size_t Block, std::size_t Vectors>
void multiply_patches(const float* patches, const float* weights, std::size_t depth, std::size_t outputs,
                      float* sums) {
    using batch = xsimd::batch<float>;
    std::array<std::array<batch, Vectors>, Block> found;
    for (auto& row : found) {
        row.fill(batch(0.0f));
    }
    for (std::size_t k = 0; k < depth; ++k, weights += outputs) {
        for (std::size_t v = 0; v < Vectors; ++v) {
            const auto w = batch::load_unaligned(weights + v * batch::size);
            for (std::size_t p = 0; p < Block; ++p) {
                found[p][v] += batch(patches[p * depth + k]) * w;
            }
        }
    }
    for (std::size_t p = 0; p < Block; ++p) {
        for (std::size_t v = 0; v < Vectors; ++v) {
            found[p][v].store_unaligned(sums + (p * Vectors + v) * batch::size);
        }
    }
}

/// out[p][f] = bias[f] + sum over k of patch[p][k] * weights[k][f], for the first `count` of Block patches.
template <std::size_t Block>
void multiply_patches(const float* patches, const float* weights, const float* bias, std::size_t depth,
                      std::size_t outputs, std::size_t count, std::size_t stride, float* out) {
    constexpr std::size_t vectors = std::max<std::size_t>(1, 8 / xsimd::batch<float>::size);
    constexpr std::size_t lanes = vectors * xsimd::batch<float>::size; // sums that stay in registers
    std::array<float, Block * lanes> sums;
    for (std::size_t f = 0; f < outputs; f += lanes) {
        const std::size_t wide = std::min(lanes, outputs - f);
        if (wide == lanes) {
            multiply_patches<Block, vectors>(patches, weights + f, depth, outputs, sums.data());
        } else {
            sums.fill(0);
            for (std::size_t k = 0; k < depth; ++k) {
                for (std::size_t p = 0; p < Block; ++p) {
                    for (std::size_t i = 0; i < wide; ++i) {
                        sums[p * lanes + i] += patches[p * depth + k] * weights[k * outputs + f + i];
                    }
                }
            }
        }
        for (std::size_t p = 0; p < count; ++p) {
            for (std::size_t i = 0; i < wide; ++i) {
                out[p * stride + f + i] = bias[f + i] + sums[p * lanes + i];
            }
        }
    }
}

} // namespace alwann::inline ALWANN_ABI::detail
