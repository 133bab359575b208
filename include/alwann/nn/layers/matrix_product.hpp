// SPDX-License-Identifier: MIT
/// @file
/// Matrix products of two tensors that both depend on the input, as attention has them.
#pragma once

#include <alwann/nn/layers/convolution.hpp>

#include <cmath>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Lays a second operand out as the weights of a 1x1 convolution with groups are, [output][depth].
/// `from` has `pixels` of `channels`. As rows, pixel n has the weights of output n of every group; as
/// columns, pixel k has the k-th weight of all outputs.
template <class T>
void arrange_operand(const T* from, std::size_t pixels, std::size_t channels, std::size_t groups,
                     weight_source source, T* to) {
    const std::size_t width = channels / groups; // channels of a group: the depth of rows, outputs of columns
    for (std::size_t p = 0; p < pixels; ++p) {
        for (std::size_t g = 0; g < groups; ++g) {
            for (std::size_t i = 0; i < width; ++i, ++from) {
                to[source == weight_source::rows ? (g * pixels + p) * width + i
                                                 : (g * width + i) * pixels + p] = *from;
            }
        }
    }
}

} // namespace detail

namespace op {

/// Products of two matrices for each group of channels: each pixel of the first input is a row, whose
/// channels of a group are multiplied with a matrix that the second input gives to this group. With K
/// channels of the first input in a group,
///
///     result[pixel][group][n] = factor * sum_k a[pixel][group][k] * b[n][group][k]      rows
///     result[pixel][group][n] = factor * sum_k a[pixel][group][k] * b[k][group][n]      columns
///
/// with pixels n and k of the second input. Where pixels are tokens and groups the heads of attention
/// (Vaswani et al., Attention Is All You Need, 2017), queries times keys is the first, with a factor of
/// 1 / sqrt(K); its softmax times values is the second.
struct matrix_product {
    std::size_t groups = 1;                     ///< into how many parts the channels are divided; 1: none
    weight_source second = weight_source::rows; ///< rows or columns
    float factor = 1;                           ///< above 0

    /// What listings call it.
    static constexpr std::string_view kind = "matrix product";
    /// The shape of the result; throws shape_error for inputs that do not fit.
    [[nodiscard]] image_shape shape(std::span<const image_shape> inputs) const;
    /// Runs a batch; the shapes were checked before.
    void run(const float_batch& batch) const;
    [[nodiscard]] quantized_convolution quantise(layer_quantisation& how) const;
    /// What it does, in short, for listings.
    [[nodiscard]] std::string text() const {
        return std::string("with ") + (second == weight_source::rows ? "rows" : "columns") +
               (groups > 1 ? ", " + std::to_string(groups) + " groups" : "");
    }
    friend bool operator==(const matrix_product&, const matrix_product&) = default;
};

inline image_shape matrix_product::shape(std::span<const image_shape> inputs) const {
    detail::require(inputs.size() == 2,
                    "a matrix product needs 2 inputs, found " + std::to_string(inputs.size()));
    if (!(factor > 0) || !std::isfinite(factor)) {
        throw value_error("factor: expected a number above 0, found " + std::to_string(factor));
    }
    const auto& a = inputs[0];
    const auto& b = inputs[1];
    detail::require(groups > 0 && a.channels % groups == 0 && b.channels % groups == 0,
                    std::to_string(a.channels) + " and " + std::to_string(b.channels) +
                        " channels cannot be split into " + std::to_string(groups) + " groups");
    const std::size_t pixels = b.height * b.width;
    const bool rows = second == weight_source::rows;
    detail::require(second != weight_source::constants &&
                        (rows ? a.channels == b.channels : a.channels == groups * pixels),
                    "the matrices " + to_string(a) + " and " + to_string(b) + " do not fit");
    return {a.height, a.width, rows ? groups * pixels : b.channels};
}

inline void matrix_product::run(const float_batch& batch) const {
    batch.resize();
    const auto& a = *batch.inputs[0];
    const auto& b = *batch.inputs[1];
    const std::size_t pixels = a.shape.height * a.shape.width, depth = a.shape.channels / groups;
    const std::size_t outputs = batch.shape.channels, width = outputs / groups;
    aligned_vector<float> weights(b.shape.size());
    for (std::size_t n = 0; n < batch.images; ++n) {
        detail::arrange_operand(b.values.data() + n * b.shape.size(), b.shape.height * b.shape.width,
                                b.shape.channels, groups, second, weights.data());
        for (std::size_t p = 0; p < pixels; ++p) {
            const float* row = a.values.data() + n * a.shape.size() + p * a.shape.channels;
            float* out = batch.result.data() + n * batch.shape.size() + p * outputs;
            for (std::size_t f = 0; f < outputs; ++f) {
                float sum = 0;
                for (std::size_t k = 0; k < depth; ++k) {
                    sum += row[f / width * depth + k] * weights[f * depth + k];
                }
                out[f] = factor * sum;
            }
        }
    }
}

/// A 1x1 convolution whose weights are the second input's codes.
inline quantized_convolution matrix_product::quantise(layer_quantisation& how) const {
    quantized_convolution result;
    const auto& b = how.shapes[1];
    result.outputs = second == weight_source::rows ? groups * b.height * b.width : b.channels;
    result.groups = groups;
    result.source = second;
    result.factor = factor;
    result.weight_scale.assign(result.outputs, detail::scaled(how.inputs[1], factor));
    result.bias.assign(result.outputs, 0.0);
    result.input = how.inputs[0];
    result.output = how.result;
    result.codes = detail::all_codes(how.result);
    return result;
}

} // namespace op
} // namespace alwann::inline ALWANN_ABI
