// SPDX-License-Identifier: MIT
/// @file
/// The operators of a quantised network on a batch of codes, NHWC.
#pragma once

#include <alwann/kernel/activation_sums.hpp>
#include <alwann/kernel/engine.hpp>
#include <alwann/nn/detail/move_values.hpp>
#include <alwann/nn/setting.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Codes of a batch; real numbers where the network's result is real.
struct batch_codes {
    image_shape shape;
    aligned_vector<std::uint8_t> codes;
    std::vector<float> reals;
};

/// Positions a convolution processes at a time: its 32-bit sums stay in the cache, the memory bounded.
inline constexpr std::size_t positions_per_part = 16384;

/// Runs a convolution: products by the engine, then the output stage.
inline void run_convolution(const quantized_convolution& layer, const convolution_shape& shape,
                            const table& multiplier, const std::uint8_t* weights,
                            const std::vector<channel_correction>& corrections,
                            const std::uint8_t* activations, engine request, batch_codes& result) {
    const output_stage stage = make_output_stage(layer, corrections);
    const auto out = shape.output();
    const std::size_t area = out.height * out.width;
    const std::size_t part = std::max<std::size_t>(1, positions_per_part / area);
    const std::size_t group_outputs = shape.group_outputs();
    std::vector<std::int32_t> sums, inputs;
    if (layer.real_output) {
        result.reals.resize(shape.images * out.size());
    } else {
        result.codes.resize(shape.images * out.size());
    }
    for (std::size_t begin = 0; begin < shape.images; begin += part) {
        convolution_task task;
        task.shape = shape;
        task.shape.images = std::min(part, shape.images - begin);
        task.multiplier = &multiplier;
        task.activations = activations + begin * shape.input.size();
        task.weights = weights;
        task.padding = static_cast<std::uint8_t>(layer.input.zero);
        const std::size_t positions = task.shape.images * area;
        sums.resize(positions * shape.outputs);
        inputs.resize(positions * shape.groups);
        task.sums = sums.data();
        product_sums(task, request);
        activation_sums(task, inputs.data());
        const std::size_t first = begin * out.size();
        if (!layer.real_output) {
            requantise(stage, positions, shape.groups, sums.data(), inputs.data(),
                       result.codes.data() + first);
            continue;
        }
        for (std::size_t i = 0; i < positions * shape.outputs; ++i) {
            const std::size_t f = i % shape.outputs;
            const std::int32_t input = inputs[i / shape.outputs * shape.groups + f / group_outputs];
            result.reals[first + i] = static_cast<float>(accumulator_scale(layer, f, corrections[f]) *
                                                         stage.accumulator(f, sums[i], input));
        }
    }
}

/// Evaluates one node other than a convolution.
struct code_operators {
    std::size_t images;
    image_shape shape; ///< of the result
    const std::vector<const batch_codes*>& inputs;
    aligned_vector<std::uint8_t>& result;

    const batch_codes& in() const { return *inputs.front(); }
    void resize() const { result.resize(images * shape.size()); }

    void operator()(const code_op::input&) const {}
    void operator()(const quantized_convolution&) const {}

    void operator()(const code_op::lookup& node) const {
        resize();
        std::transform(in().codes.begin(), in().codes.end(), result.begin(),
                       [&](std::uint8_t code) { return node.codes[code]; });
    }
    void operator()(const code_op::max_pool& node) const {
        resize();
        for_each_window(images, in().shape, shape, node.geometry,
                        [&](std::size_t out, const auto& positions) {
                            std::uint8_t best = 0;
                            positions([&](std::size_t i) { best = std::max(best, in().codes[i]); });
                            result[out] = best;
                        });
    }
    void operator()(const code_op::average_pool& node) const {
        resize();
        for_each_window(images, in().shape, shape, node.geometry,
                        [&](std::size_t out, const auto& positions) {
                            std::int32_t sum = 0;
                            std::size_t count = 0;
                            positions([&](std::size_t i) {
                                sum += in().codes[i] - node.input_zero;
                                ++count;
                            });
                            // Dilated windows may miss the image; their padding counts as zeros then.
                            result[out] = node.codes(count == 0 ? 0 : node.factor[count - 1](sum));
                        });
    }
    void operator()(const code_op::add& node) const {
        resize();
        const auto& a = inputs[0]->codes;
        const auto& b = inputs[1]->codes;
        const std::int64_t half = std::int64_t{1} << (node.fraction_bits - 1);
        // 256 values a side: the multiplications are done once.
        std::array<std::array<std::int64_t, 256>, 2> terms;
        for (std::size_t side = 0; side < 2; ++side) {
            for (std::int32_t code = 0; code < 256; ++code) {
                terms[side][static_cast<std::size_t>(code)] = node.factor[side](code - node.zero[side]);
            }
        }
        for (std::size_t i = 0; i < result.size(); ++i) {
            const std::int64_t sum = terms[0][a[i]] + terms[1][b[i]];
            result[i] = node.codes((sum + half - (sum < 0 ? 1 : 0)) >> node.fraction_bits);
        }
    }
    void operator()(const code_op::concat& node) const {
        resize();
        std::size_t first = 0;
        aligned_vector<std::uint8_t> rescaled;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            rescaled.resize(inputs[i]->codes.size());
            std::transform(inputs[i]->codes.begin(), inputs[i]->codes.end(), rescaled.begin(),
                           [&](std::uint8_t code) { return node.codes[i][code]; });
            copy_channels(rescaled.data(), images * shape.height * shape.width, inputs[i]->shape.channels,
                          shape.channels, first, result.data());
            first += inputs[i]->shape.channels;
        }
    }
    void operator()(const code_op::flatten&) const {
        resize();
        flatten_values(in().codes.data(), images, in().shape, result.data());
    }
    void operator()(const code_op::pad& node) const {
        resize();
        pad_values(in().codes.data(), images, in().shape, shape, node.amounts, node.code, result.data());
    }
    void operator()(const code_op::slice& node) const {
        resize();
        slice_values(in().codes.data(), images, in().shape, node.part, result.data());
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
