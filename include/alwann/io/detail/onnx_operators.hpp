// SPDX-License-Identifier: MIT
/// @file
/// The ONNX operators that can be imported.
#pragma once

#include <alwann/io/detail/onnx_arithmetic.hpp>
#include <alwann/io/detail/onnx_elementwise.hpp>
#include <alwann/io/detail/onnx_layers.hpp>
#include <alwann/io/detail/onnx_layout.hpp>
#include <alwann/io/detail/onnx_pooling.hpp>
#include <alwann/io/detail/onnx_regions.hpp>

#include <map>
#include <string_view>

namespace alwann::inline ALWANN_ABI {
namespace detail {

using onnx_handler = void (*)(onnx_import&, const onnx_node&);

/// Adds one node to the graph. Throws unsupported_error for an operator without a counterpart.
inline void import_onnx_node(onnx_import& state, const onnx_node& node) {
    static const std::map<std::string_view, onnx_handler> handlers{
        {"Add", import_arithmetic},
        {"AveragePool", import_pool},
        {"BatchNormalization", import_batch_normalization},
        {"Cast", import_cast},
        {"Clip", import_clip},
        {"Concat", import_concat},
        {"Conv", import_conv},
        {"Div", import_arithmetic},
        {"Dropout", import_dropout},
        {"Flatten", import_flatten},
        {"Gemm", import_dense},
        {"GlobalAveragePool", import_global_pool},
        {"GlobalMaxPool", import_global_pool},
        {"Identity", import_nothing},
        {"LogSoftmax", import_softmax},
        {"MatMul", import_dense},
        {"MaxPool", import_pool},
        {"Mul", import_arithmetic},
        {"Pad", import_pad},
        {"ReduceMean", import_reduce_mean},
        {"Relu", import_relu},
        {"Reshape", import_reshape},
        {"Shape", import_shape},
        {"Slice", import_slice},
        {"Softmax", import_softmax},
        {"Squeeze", import_squeeze},
        {"Sub", import_arithmetic},
        {"Transpose", import_transpose},
        {"Unsqueeze", import_unsqueeze}};
    if (const auto fold = find_onnx_fold(state, node)) {
        return state.define(node, fold(state, node));
    }
    const auto found = handlers.find(node.operation);
    if (found == handlers.end()) {
        node.unsupported();
    }
    found->second(state, node);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
