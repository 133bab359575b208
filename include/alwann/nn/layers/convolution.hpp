// SPDX-License-Identifier: MIT
/// @file
/// Convolutions, in floats and in integers.
#pragma once

#include <alwann/kernel/requantisation.hpp>
#include <alwann/nn/detail/float_patches.hpp>
#include <alwann/nn/layers/layer.hpp>

#include <algorithm>
#include <cstddef>

namespace alwann::inline ALWANN_ABI {

/// Where the weights of a quantised layer come from.
enum class weight_source {
    constants, ///< they belong to the layer
    rows,      ///< the second input: pixel n has those of output n of each group; see op::matrix_product
    columns    ///< the second input: pixel k has the k-th of all outputs
};

namespace detail {

/// The same codes, of numbers that are `factor` times as large.
[[nodiscard]] inline quantisation scaled(quantisation scale, double factor) {
    scale.scale *= factor;
    return scale;
}

} // namespace detail

/// A convolution or dense layer in integers, or a product of two matrices of activations.
///
/// A dense layer is a convolution whose kernel covers its whole input. Per output channel c
///
///     accumulator = sum_k M[x_k][w_k] - zero_w[c] * sum_k x_k - zero_x * sum_k w_k + K * zero_x * zero_w[c]
///     real result = scale_x * scale_w[c] * accumulator + bias[c]
///
/// Only products go through a multiplier; the sums of the corrections use the original weight codes.
///
/// A product of activations (is_product()) is a 1x1 convolution that takes its weights from a second input,
/// anew for each image: the first operand is what the multiplier calls activation, the second what it calls
/// weight. It counts as a convolution wherever designs, multiplications and energy do; there are no weights
/// to tune.
struct quantized_convolution {
    window geometry;                   ///< kernel, steps and padding
    std::size_t outputs = 0;           ///< how many output channels
    std::size_t groups = 1;            ///< into how many parts the channels are divided; 1: none
    std::vector<std::uint8_t> weights; ///< codes [output][kernel row][kernel column][input channel / groups]
    std::vector<quantisation> weight_scale; ///< per output channel
    std::vector<double> bias;               ///< real, per output channel
    quantisation input;                     ///< scale of the activations read
    quantisation output;                    ///< scale of the result
    code_range codes;                       ///< of the result
    bool approximable = true; ///< false: exact products, whatever the design (dense layers, stray scalings)
    bool real_output = false; ///< the network's result: real numbers instead of codes
    weight_source source = weight_source::constants; ///< if another, `weights` is empty
    float factor = 1; ///< of a product: part of weight_scale beside the second input's scale

    /// Whether both operands are activations.
    [[nodiscard]] bool is_product() const noexcept { return source != weight_source::constants; }

    /// What listings call it.
    static constexpr std::string_view kind = "convolution";
    /// Runs a batch; the shapes were checked before.
    void run(const code_batch&) const {} // see layer_plan
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const {
        return (is_product() ? "(product of activations)" : detail::describe(geometry)) +
               (groups > 1 ? ", " + std::to_string(groups) + " groups" : "") +
               (approximable ? "" : ", exact");
    }
    /// How many trained numbers it holds.
    [[nodiscard]] std::uint64_t parameters() const { return is_product() ? 0 : weights.size() + bias.size(); }
    friend bool operator==(const quantized_convolution&, const quantized_convolution&) = default;
};

namespace op {

/// Convolution. Weights [output channel][kernel row][kernel column][input channel / groups].
struct conv2d {
    window geometry;            ///< kernel, steps and padding
    std::size_t outputs = 0;    ///< output channels
    std::size_t groups = 1;     ///< into how many parts the channels are divided; 1: none
    std::vector<float> weights; ///< [output][kernel row][kernel column][channel of the group]
    std::vector<float> bias;    ///< one per output channel

    /// What listings call it.
    static constexpr std::string_view kind = "conv2d";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const;
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const;
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const {
        return detail::describe(geometry) + (groups > 1 ? ", " + std::to_string(groups) + " groups" : "");
    }
    /// How many trained numbers it holds.
    [[nodiscard]] std::uint64_t parameters() const { return weights.size() + bias.size(); }
    friend bool operator==(const conv2d&, const conv2d&) = default;
};

inline image_shape conv2d::shape(std::span<const image_shape> inputs) const {
    const auto& in = detail::only_input(inputs);
    detail::require(outputs > 0, "a convolution needs at least one output channel");
    detail::require(groups > 0 && in.channels % groups == 0 && outputs % groups == 0,
                    std::to_string(in.channels) + " input and " + std::to_string(outputs) +
                        " output channels cannot be split into " + std::to_string(groups) + " groups");
    auto result = window_positions(in, geometry);
    const std::size_t depth = geometry.kernel_height * geometry.kernel_width * (in.channels / groups);
    detail::require(depth <= std::size_t{1} << 32 && outputs <= largest_extent,
                    "expected at most 2^32 products for a result and 2^24 output channels");
    detail::require_count("weights", weights.size(), outputs * depth);
    detail::require_count("bias", bias.size(), outputs);
    detail::require_finite("weights", weights);
    detail::require_finite("bias", bias);
    result.channels = outputs;
    return result;
}

} // namespace op

namespace op {

inline void conv2d::run(const float_batch& batch) const {
    batch.resize();
    const auto& from = batch.in();
    const std::size_t group_in = from.shape.channels / groups;
    const std::size_t group_out = outputs / groups;
    const std::size_t depth = geometry.kernel_height * geometry.kernel_width * group_in;
    // [group][k][output]: the innermost loop runs over outputs, in vectors.
    aligned_vector<float> arranged(weights.size());
    for (std::size_t f = 0; f < outputs; ++f) {
        for (std::size_t k = 0; k < depth; ++k) {
            arranged[(f / group_out * depth + k) * group_out + f % group_out] = weights[f * depth + k];
        }
    }
    constexpr std::size_t block = 4; // positions that share a pass over the weights
    const std::size_t positions = batch.images * batch.shape.height * batch.shape.width;
    aligned_vector<float> patches(block * depth);
    for (std::size_t group = 0; group < groups; ++group) {
        for (std::size_t begin = 0; begin < positions; begin += block) {
            const std::size_t count = std::min(block, positions - begin);
            for (std::size_t p = 0; p < count; ++p) {
                detail::gather_patch(geometry, from, batch.shape, begin + p, group * group_in, group_in,
                                     patches.data() + p * depth);
            }
            detail::multiply_patches<block>(patches.data(), arranged.data() + group * depth * group_out,
                                            bias.data() + group * group_out, depth, group_out, count, outputs,
                                            batch.result.data() + begin * outputs + group * group_out);
        }
    }
}

} // namespace op
} // namespace alwann::inline ALWANN_ABI
