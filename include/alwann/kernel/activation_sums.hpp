// SPDX-License-Identifier: MIT
/// @file
/// The sum of activation codes under each result, which zero points of weights need.
#pragma once

#include <alwann/kernel/convolution.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// sums[position][group] = sum over k of x_k; out-of-image activations count as `padding`.
///
/// First over channels, then over the kernel: about 1 / channels of the work of the products.
inline void activation_sums(const convolution_task& task, std::int32_t* sums) {
    const auto& shape = task.shape;
    const auto& g = shape.geometry;
    const auto& in = shape.input;
    const auto out = shape.output();
    const std::size_t groups = shape.groups;
    const std::size_t channels = shape.group_inputs();
    const std::size_t width = in.width + g.pad_left + g.pad_right;
    const std::size_t height = in.height + g.pad_top + g.pad_bottom;
    // Sums over channels, per pixel and group, padding included.
    std::vector<std::int32_t> pixels(height * width * groups,
                                     static_cast<std::int32_t>(task.padding * channels));
    for (std::size_t n = 0; n < shape.images; ++n) {
        const std::uint8_t* from = task.activations + n * in.size();
        for (std::size_t y = 0; y < in.height; ++y) {
            std::int32_t* to = pixels.data() + ((y + g.pad_top) * width + g.pad_left) * groups;
            for (std::size_t i = 0; i < in.width * groups; ++i, from += channels) {
                std::int32_t sum = 0;
                for (std::size_t c = 0; c < channels; ++c) {
                    sum += from[c];
                }
                to[i] = sum;
            }
        }
        for (std::size_t oy = 0; oy < out.height; ++oy, sums += out.width * groups) {
            std::fill_n(sums, out.width * groups, 0);
            for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
                for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                    const std::int32_t* row =
                        pixels.data() +
                        ((oy * g.stride_height + ky * g.dilation_height) * width + kx * g.dilation_width) *
                            groups;
                    if (g.stride_width == 1) { // the common case, which vectorises
                        for (std::size_t i = 0; i < out.width * groups; ++i) {
                            sums[i] += row[i];
                        }
                    } else {
                        for (std::size_t i = 0; i < out.width * groups; ++i) {
                            sums[i] += row[i / groups * g.stride_width * groups + i % groups];
                        }
                    }
                }
            }
        }
    }
}

} // namespace alwann::inline ALWANN_ABI
