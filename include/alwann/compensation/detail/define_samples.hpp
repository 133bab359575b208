// SPDX-License-Identifier: MIT
/// @file
/// The definitions of compensation/samples.hpp.
#pragma once

#include <alwann/compensation/samples.hpp>
#include <alwann/kernel/activation_sums.hpp>
#include <alwann/kernel/product_sums.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE layer_samples make_samples(const convolution_shape& shape, std::size_t count,
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

ALWANN_SEPARABLE layer_samples gather_samples(const convolution_shape& shape, const std::uint8_t* activations,
                                              std::uint8_t padding, std::span<const std::uint32_t> positions,
                                              std::span<const std::int32_t> targets) {
    auto samples = make_samples(shape, positions.size(), targets);
    detail::copy_patches(shape, activations, padding, positions, 0, samples.patches.data());
    return samples;
}

ALWANN_SEPARABLE std::vector<std::int32_t> input_sums(const layer_samples& samples) {
    std::vector<std::int32_t> sums(samples.count() * samples.shape.groups);
    convolution_task task;
    task.shape = samples.shape;
    task.activations = samples.patches.data();
    activation_sums(task, sums.data());
    return sums;
}

ALWANN_SEPARABLE std::vector<std::int32_t> accumulators(const quantized_convolution& layer,
                                                        const layer_samples& samples, const table& multiplier,
                                                        const std::vector<std::uint8_t>& weights,
                                                        engine request, executor_ref workers) {
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
