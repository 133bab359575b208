// SPDX-License-Identifier: MIT
/// @file
/// The sum of activation codes under each result, which zero points of weights need.
#pragma once

#include <alwann/kernel/convolution.hpp>

#include <cstddef>
#include <cstdint>
#include <numeric>
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
    const std::size_t channels = shape.group_inputs();
    std::vector<std::int32_t> pixels(in.height * in.width * shape.groups);
    const auto outside = static_cast<std::int32_t>(task.padding * channels);
    for (std::size_t n = 0; n < shape.images; ++n) {
        const std::uint8_t* from = task.activations + n * in.size();
        for (auto& pixel : pixels) {
            pixel = std::accumulate(from, from + channels, std::int32_t{0});
            from += channels;
        }
        for (std::size_t oy = 0; oy < out.height; ++oy) {
            for (std::size_t ox = 0; ox < out.width; ++ox, sums += shape.groups) {
                for (std::size_t group = 0; group < shape.groups; ++group) {
                    sums[group] = 0;
                }
                for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
                    for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                        const std::size_t y = oy * g.stride_height + ky * g.dilation_height - g.pad_top;
                        const std::size_t x = ox * g.stride_width + kx * g.dilation_width - g.pad_left;
                        const bool inside = y < in.height && x < in.width;
                        for (std::size_t group = 0; group < shape.groups; ++group) {
                            sums[group] +=
                                inside ? pixels[(y * in.width + x) * shape.groups + group] : outside;
                        }
                    }
                }
            }
        }
    }
}

} // namespace alwann::inline ALWANN_ABI
