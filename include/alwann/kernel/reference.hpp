// SPDX-License-Identifier: MIT
/// @file
/// The oracle: seven plain loops. Every other engine gives the same bits.
#pragma once

#include <alwann/kernel/detail/prepared_engine.hpp>
#include <alwann/multiplier/table.hpp>

#include <vector>

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

/// The oracle by itself: one table look-up per product, in the order of the formula.
struct reference_engine {
    /// Writes the sums of a whole task. Throws as check(convolution_task) does.
    static void run(const convolution_task& task) {
        check(task);
        const auto positions = task.shape.positions();
        for (std::size_t i = 0; i < positions * task.shape.outputs; ++i) {
            task.sums[i] = 0;
        }
        const table& multiplier = *task.multiplier;
        for_each_product(task, [&](std::size_t position, std::size_t f, std::uint8_t x, std::uint8_t w) {
            task.sums[position * task.shape.outputs + f] += multiplier.product(x, w);
        });
    }
};

namespace detail {

/// Engine `reference` on the chunks of a plan: a look-up per product, output by output.
class reference_plan final : public prepared_engine {
public:
    reference_plan(const convolution_shape& shape, const chunk_layout& layout, const table& multiplier,
                   const std::uint8_t* weights)
        : shape_(shape),
          step_(layout.step),
          multiplier_(multiplier),
          weights_(weights, weights + shape.outputs * shape.depth()) {}

    void run(const chunk& part, const sums_writer& writer) const override {
        std::vector<std::int32_t> sums(shape_.outputs);
        for (std::size_t p = 0; p < part.positions(); ++p) {
            const std::uint8_t* codes = part.codes + part.first[p];
            for (std::size_t f = 0; f < shape_.outputs; ++f) {
                const std::size_t channel = f / shape_.group_outputs() * shape_.group_inputs();
                sums[f] = 0;
                for (std::size_t k = 0; k < shape_.depth(); ++k) {
                    sums[f] += static_cast<std::int32_t>(
                        multiplier_(codes[channel + step_[k]], weights_[f * shape_.depth() + k]));
                }
            }
            writer.write(p, 1, 0, shape_.outputs, sums.data(), shape_.outputs);
        }
    }

    [[nodiscard]] std::size_t scratch_bytes(std::size_t, std::size_t) const override {
        return shape_.outputs * sizeof(std::int32_t);
    }
    [[nodiscard]] std::size_t best_positions() const override { return 1024; }

private:
    convolution_shape shape_;
    std::vector<std::uint32_t> step_;
    table multiplier_;
    std::vector<std::uint8_t> weights_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
