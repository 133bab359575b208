// SPDX-License-Identifier: MIT
/// @file
/// ONNX operators with weights: Conv, BatchNormalization, Gemm, MatMul.
#pragma once

#include <alwann/io/detail/onnx_elementwise.hpp>
#include <alwann/io/detail/onnx_patches.hpp>
#include <alwann/io/detail/onnx_windows.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Constant floats of one dimension.
[[nodiscard]] inline const std::vector<float>& read_onnx_vector(const onnx_import& state,
                                                                const onnx_node& node, std::size_t i,
                                                                std::size_t count, const std::string& field) {
    const auto& values = state.reals(node, i);
    const auto& dims = state.constant(node, i).dims;
    if (dims.size() != 1 || values.size() != count) {
        node.malformed(field, "[" + std::to_string(count) + "]", to_string(dims));
    }
    return values;
}

/// The codes of weights that came from codes, which are 1 of `node`'s inputs: recovered from the numbers,
/// which lie within rounding errors of whole steps. Nothing where weights are plain numbers.
[[nodiscard]] inline std::optional<coded_weights> read_onnx_codes(const onnx_import& state,
                                                                  const onnx_node& node, std::size_t axis,
                                                                  std::size_t outputs,
                                                                  const std::vector<float>& arranged) {
    const auto& coding = state.constant(node, 1).coding;
    if (!coding || !coding->bytes) {
        return std::nullopt;
    }
    const bool for_each = coding->scale.size() > 1;
    if (for_each && coding->axis != axis) {
        node.unsupported("scales of weights for each position of dimension " + std::to_string(coding->axis) +
                         ", which are not the outputs");
    }
    coded_weights result;
    const std::size_t depth = arranged.size() / outputs;
    for (std::size_t f = 0; f < outputs; ++f) {
        const std::size_t at = for_each ? f : 0;
        const quantisation scale{double{coding->scale[at]}, coding->zero[at]};
        result.scale.push_back(scale);
        for (std::size_t k = 0; k < depth; ++k) {
            result.codes.push_back(encode_even(scale, arranged[f * depth + k]));
        }
    }
    result.bias.assign(outputs, 0);
    return result;
}

inline void import_conv(onnx_import& state, const onnx_node& node) {
    const auto& image = state.image(node, 0);
    const auto& in = state.shape(image);
    const auto& dims = state.constant(node, 1).dims;
    const auto& values = state.reals(node, 1);
    if (dims.size() == 3 || dims.size() == 5) {
        node.unsupported("only convolutions of two dimensions are, and the weights are " + to_string(dims));
    }
    const auto groups = node.integer("group", 1);
    if (dims.size() != 4 || values.empty()) {
        node.malformed("weights", "[outputs,channels,rows,columns] without zeros", to_string(dims));
    }
    const auto channels = static_cast<std::int64_t>(in.channels);
    if (groups < 1 || channels % groups != 0 || dims[1] != channels / groups || dims[0] % groups != 0) {
        node.malformed("weights",
                       std::to_string(channels) + " input channels in " + std::to_string(groups) + " groups",
                       to_string(dims));
    }
    const auto outputs = static_cast<std::size_t>(dims[0]), inputs = static_cast<std::size_t>(dims[1]);
    const auto rows = static_cast<std::size_t>(dims[2]), columns = static_cast<std::size_t>(dims[3]);
    const auto kernel = node.integers("kernel_shape");
    if (node.has("kernel_shape") && kernel != std::vector<std::int64_t>{dims[2], dims[3]}) {
        node.malformed("attribute 'kernel_shape'", "that of the weights " + to_string(dims),
                       to_string(kernel));
    }
    op::conv2d conv;
    conv.geometry = read_onnx_window(node, in, rows, columns);
    conv.outputs = outputs;
    conv.groups = static_cast<std::size_t>(groups);
    conv.weights.resize(values.size());
    const std::size_t area = rows * columns;
    for (std::size_t o = 0; o < outputs; ++o) { // the channel varies fastest in ours
        for (std::size_t i = 0; i < inputs; ++i) {
            for (std::size_t k = 0; k < area; ++k) {
                conv.weights[(o * area + k) * inputs + i] = values[(o * inputs + i) * area + k];
            }
        }
    }
    conv.bias.assign(outputs, 0);
    if (node.has_input(2)) {
        conv.bias = read_onnx_vector(state, node, 2, outputs, "bias");
    }
    auto coded = read_onnx_codes(state, node, 0, outputs, conv.weights);
    if (coded && node.has_input(2)) {
        add_coded_bias(*coded, state.constant(node, 2), conv.bias);
    }
    const auto added = state.add(node, std::move(conv), {image.node});
    if (coded) {
        state.weights[added] = std::move(*coded);
    }
    state.define_image(node, added);
}

inline void import_batch_normalization(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    if (!state.matches(in, onnx_nchw) && !state.matches(in, onnx_rows)) {
        node.unsupported("channels are not the second dimension");
    }
    if (node.integer("training_mode", 0) != 0) {
        node.unsupported("statistics of the batch: export the network for inference");
    }
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
        if (node.has_output(i) && state.uses.contains(node.outputs[i])) {
            node.unsupported("its statistics are used");
        }
    }
    if (node.integer("spatial", 1) == 0) {
        node.unsupported("statistics for each position");
    }
    const std::size_t channels = state.shape(in).channels;
    const auto& scale = read_onnx_vector(state, node, 1, channels, "scale");
    const auto& offset = read_onnx_vector(state, node, 2, channels, "B");
    const auto& mean = read_onnx_vector(state, node, 3, channels, "input_mean");
    const auto& variance = read_onnx_vector(state, node, 4, channels, "input_var");
    const double epsilon = node.real("epsilon", 1e-5F);
    op::scale_channels result;
    for (std::size_t c = 0; c < channels; ++c) {
        const double factor = scale[c] / std::sqrt(variance[c] + epsilon);
        result.scale.push_back(static_cast<float>(factor));
        result.offset.push_back(static_cast<float>(offset[c] - mean[c] * factor));
    }
    const auto axes = in.axes;
    const auto added = state.add(node, std::move(result), {in.node});
    state.define(node, onnx_activation{added, axes});
}

/// Whether a tensor is one row of values for each image.
[[nodiscard]] inline bool is_onnx_row(const onnx_import& state, const onnx_activation& in) {
    const onnx_axes flat{onnx_axis::batch, onnx_axis::values};
    return state.matches(in, onnx_rows) || state.matches(in, flat);
}

/// A dense layer on rows of values, and where those lie.
[[nodiscard]] inline const onnx_activation& read_onnx_rows(const onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    if (!is_onnx_row(state, in)) {
        node.unsupported("input '" + node.inputs[0] + "' is not one row of values for each image");
    }
    return in;
}

/// Dense layers of all values of an image, and of each pixel or patch: convolutions.
inline void import_dense(onnx_import& state, const onnx_node& node) {
    const bool product_only = node.operation == "MatMul";
    if (product_only && !state.is_constant(node, 1)) {
        return import_matrix_product(state, node);
    }
    const bool transposed = node.integer("transB", 0) != 0;
    const auto& dims = state.constant(node, 1).dims;
    const auto& rows = state.activation(node, 0);
    const auto patches =
        is_onnx_row(state, rows) || dims.size() != 2
            ? std::nullopt
            : find_onnx_patches(state, rows, static_cast<std::size_t>(dims[transposed ? 0 : 1]),
                                state.constant(node, 1).size());
    const auto& in = patches ? rows : read_onnx_rows(state, node);
    if (node.integer("transA", 0) != 0) {
        node.unsupported("transA");
    }
    const float alpha = node.real("alpha", 1), beta = node.real("beta", 1);
    const auto& values = state.reals(node, 1);
    const std::size_t inputs = patches ? patches->order.size() : state.shape(in).size();
    const auto expected = static_cast<std::int64_t>(inputs);
    if (dims.size() != 2 || values.empty() || dims[transposed ? 1 : 0] != expected) {
        node.malformed("weights",
                       transposed ? "[outputs," + std::to_string(inputs) + "]"
                                  : "[" + std::to_string(inputs) + ",outputs]",
                       to_string(dims));
    }
    op::dense dense;
    dense.outputs = values.size() / inputs;
    dense.weights.resize(values.size());
    for (std::size_t o = 0; o < dense.outputs; ++o) {
        for (std::size_t i = 0; i < inputs; ++i) {
            const float weight = transposed ? values[o * inputs + i] : values[i * dense.outputs + o];
            dense.weights[o * inputs + (patches ? patches->order[i] : i)] =
                product_only ? weight : alpha * weight;
        }
    }
    dense.bias.assign(dense.outputs, 0);
    if (!product_only && node.has_input(2)) {
        const auto& bias = state.reals(node, 2);
        const auto& shape = state.constant(node, 2).dims;
        if (shape.size() > 2 || (shape.size() == 2 && shape[0] != 1) ||
            (bias.size() != 1 && bias.size() != dense.outputs)) {
            node.malformed("C", "[" + std::to_string(dense.outputs) + "]", to_string(shape));
        }
        for (std::size_t o = 0; o < dense.outputs; ++o) {
            dense.bias[o] = beta * bias[bias.size() == 1 ? 0 : o];
        }
    }
    auto coded = read_onnx_codes(state, node, transposed ? 0 : 1, dense.outputs, dense.weights);
    if (coded && !product_only) {
        if (alpha != 1 || (node.has_input(2) && beta != 1)) {
            node.unsupported("alpha or beta other than 1 with quantised weights");
        }
        if (node.has_input(2)) {
            add_coded_bias(*coded, state.constant(node, 2), dense.bias);
        }
    }
    const auto from = in.node;
    const auto added = patches ? state.add(node,
                                           op::conv2d{patches->geometry, dense.outputs, 1,
                                                      std::move(dense.weights), std::move(dense.bias)},
                                           {from})
                               : state.add(node, std::move(dense), {from});
    if (coded) {
        state.weights[added] = std::move(*coded);
    }
    if (patches) {
        state.pixel_layers.insert(added);
        return state.define(node, make_onnx_activation(state, added, patches->layout));
    }
    state.define(node, onnx_activation{added, onnx_rows});
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
