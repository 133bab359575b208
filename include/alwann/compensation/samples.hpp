// SPDX-License-Identifier: MIT
/// @file
/// A sample of one layer's work: operands and the sums they should have given.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/core/executor.hpp>
#include <alwann/kernel/engine.hpp>
#include <alwann/nn/setting.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Some output positions of a convolution: the activation codes under them as the design computes them, and
/// the accumulators of the exact network at the same positions.
struct layer_samples {
    /// One sample is one pixel whose channels are the codes of each group's products, k by k.
    convolution_shape shape;
    aligned_vector<std::uint8_t> patches;  ///< [sample][group][k]
    std::span<const std::int32_t> targets; ///< [sample][output]

    /// How many there are.
    [[nodiscard]] std::size_t count() const noexcept { return shape.images; }
};

namespace detail {

/// Copies the codes under output positions [sample][group][k]; image 0 of `activations` is that of position
/// `first`.
inline void copy_patches(const convolution_shape& shape, const std::uint8_t* activations,
                         std::uint8_t padding, std::span<const std::uint32_t> positions, std::size_t first,
                         std::uint8_t* to) {
    const auto& g = shape.geometry;
    const auto& in = shape.input;
    const auto out = shape.output();
    const std::size_t area = out.height * out.width;
    for (const std::size_t counted : positions) {
        const std::size_t position = counted - first;
        const std::uint8_t* image = activations + position / area * in.size();
        const std::size_t oy = position % area / out.width;
        const std::size_t ox = position % out.width;
        for (std::size_t group = 0; group < shape.groups; ++group) {
            for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
                for (std::size_t kx = 0; kx < g.kernel_width; ++kx, to += shape.group_inputs()) {
                    const std::size_t y = oy * g.stride_height + ky * g.dilation_height - g.pad_top;
                    const std::size_t x = ox * g.stride_width + kx * g.dilation_width - g.pad_left;
                    if (y < in.height && x < in.width) {
                        std::copy_n(image + (y * in.width + x) * in.channels + group * shape.group_inputs(),
                                    shape.group_inputs(), to);
                    } else {
                        std::fill_n(to, shape.group_inputs(), padding);
                    }
                }
            }
        }
    }
}

} // namespace detail

/// Room for the samples of a convolution at `count` positions.
[[nodiscard]] ALWANN_SEPARABLE layer_samples make_samples(const convolution_shape& shape, std::size_t count,
                                                          std::span<const std::int32_t> targets);

/// Copies the codes under chosen output positions of a convolution. A position counts images, rows and
/// columns; positions outside the image hold `padding`.
[[nodiscard]] ALWANN_SEPARABLE layer_samples gather_samples(const convolution_shape& shape,
                                                            const std::uint8_t* activations,
                                                            std::uint8_t padding,
                                                            std::span<const std::uint32_t> positions,
                                                            std::span<const std::int32_t> targets);

/// The sum of activation codes under each sample, [sample][group].
[[nodiscard]] ALWANN_SEPARABLE std::vector<std::int32_t> input_sums(const layer_samples& samples);

/// Accumulators (without correction and bias) of a layer on samples, [sample][output]: the products of the
/// given weight codes, the zero points' corrections of the layer's own. The table is in its network_form().
[[nodiscard]] ALWANN_SEPARABLE std::vector<std::int32_t>
accumulators(const quantized_convolution& layer, const layer_samples& samples, const table& multiplier,
             const std::vector<std::uint8_t>& weights, engine request = requested_engine(),
             executor_ref workers = serial_executor{});

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/compensation/detail/define_samples.hpp>
#endif
