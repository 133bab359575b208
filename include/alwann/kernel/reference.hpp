// SPDX-License-Identifier: MIT
/// @file
/// The oracle: seven plain loops. Every other engine gives the same bits.
#pragma once

#include <alwann/kernel/convolution.hpp>

namespace alwann::inline ALWANN_ABI {

/// Visits the operands of each result: visit(position, output, x, w) for every product, k by k.
///
/// The position counts images, rows and columns; out-of-image activations are task.padding.
template <class Visit>
void for_each_product(const convolution_task& task, Visit&& visit) {
    const auto& shape = task.shape;
    const auto& g = shape.geometry;
    const auto& in = shape.input;
    const auto out = shape.output();
    std::size_t position = 0;
    for (std::size_t n = 0; n < shape.images; ++n) {
        for (std::size_t oy = 0; oy < out.height; ++oy) {
            for (std::size_t ox = 0; ox < out.width; ++ox, ++position) {
                for (std::size_t f = 0; f < shape.outputs; ++f) {
                    const std::size_t first_channel = f / shape.group_outputs() * shape.group_inputs();
                    const std::uint8_t* weight = task.weights + f * shape.depth();
                    for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
                        for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                            // Unsigned wrap-around makes positions above or left of the image large.
                            const std::size_t y = oy * g.stride_height + ky * g.dilation_height - g.pad_top;
                            const std::size_t x = ox * g.stride_width + kx * g.dilation_width - g.pad_left;
                            const bool inside = y < in.height && x < in.width;
                            for (std::size_t c = 0; c < shape.group_inputs(); ++c) {
                                const std::uint8_t code =
                                    inside ? task.activations[((n * in.height + y) * in.width + x) *
                                                                  in.channels +
                                                              first_channel + c]
                                           : task.padding;
                                visit(position, f, code, *weight++);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Engine `reference`: one table look-up per product, in the order of the formula.
struct reference_engine {
    static void run(const convolution_task& task) {
        const auto positions = task.shape.positions();
        for (std::size_t i = 0; i < positions * task.shape.outputs; ++i) {
            task.sums[i] = 0;
        }
        const table& multiplier = *task.multiplier;
        for_each_product(task, [&](std::size_t position, std::size_t f, std::uint8_t x, std::uint8_t w) {
            task.sums[position * task.shape.outputs + f] += static_cast<std::int32_t>(multiplier(x, w));
        });
    }
};

} // namespace alwann::inline ALWANN_ABI
