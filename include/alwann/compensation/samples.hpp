// SPDX-License-Identifier: MIT
/// @file
/// A sample of one layer's work: operands and the sums they should have given.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/kernel/activation_sums.hpp>
#include <alwann/kernel/product_sums.hpp>
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
[[nodiscard]] inline layer_samples make_samples(const convolution_shape& shape, std::size_t count,
                                                std::span<const std::int32_t> targets) {
    layer_samples samples;
    samples.shape.images = count;
    samples.shape.input = {1, 1, shape.groups * shape.depth()};
    samples.shape.outputs = shape.outputs;
    samples.shape.groups = shape.groups;
    samples.targets = targets;
    samples.patches.resize(count * samples.shape.input.channels);
    return samples;
}

/// Copies the codes under chosen output positions of a convolution. A position counts images, rows and
/// columns; positions outside the image hold `padding`.
[[nodiscard]] inline layer_samples gather_samples(const convolution_shape& shape,
                                                  const std::uint8_t* activations, std::uint8_t padding,
                                                  std::span<const std::uint32_t> positions,
                                                  std::span<const std::int32_t> targets) {
    auto samples = make_samples(shape, positions.size(), targets);
    detail::copy_patches(shape, activations, padding, positions, 0, samples.patches.data());
    return samples;
}

/// The sum of activation codes under each sample, [sample][group].
[[nodiscard]] inline std::vector<std::int32_t> input_sums(const layer_samples& samples) {
    std::vector<std::int32_t> sums(samples.count() * samples.shape.groups);
    convolution_task task;
    task.shape = samples.shape;
    task.activations = samples.patches.data();
    activation_sums(task, sums.data());
    return sums;
}

/// Accumulators (without correction and bias) of a layer on samples, [sample][output]: the products of the
/// given weight codes, the zero points' corrections of the layer's own. The table is in its network_form().
[[nodiscard]] inline std::vector<std::int32_t>
accumulators(const quantized_convolution& layer, const layer_samples& samples, const table& multiplier,
             const std::vector<std::uint8_t>& weights, engine request = requested_engine(),
             executor_ref workers = serial_executor{}) {
    std::vector<std::int32_t> sums(samples.count() * layer.outputs);
    const auto inputs = input_sums(samples);
    convolution_task task;
    task.shape = samples.shape;
    task.multiplier = &multiplier;
    task.activations = samples.patches.data();
    task.weights = weights.data();
    task.sums = sums.data();
    product_sums(task, request, workers);
    quantized_convolution plain = layer; // the same zero points, no bias
    plain.bias.assign(layer.outputs, 0.0);
    const output_stage stage =
        make_output_stage(plain, std::vector<channel_correction>(layer.outputs), multiplier.form());
    const std::size_t group_outputs = samples.shape.group_outputs();
    for (std::size_t n = 0; n < samples.count(); ++n) {
        for (std::size_t f = 0; f < layer.outputs; ++f) {
            sums[n * layer.outputs + f] = stage.accumulator(f, sums[n * layer.outputs + f],
                                                            inputs[n * layer.groups + f / group_outputs]);
        }
    }
    return sums;
}

} // namespace alwann::inline ALWANN_ABI
