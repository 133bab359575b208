// SPDX-License-Identifier: MIT
/// @file
/// The ONNX operators that can be imported.
#pragma once

#include <alwann/io/detail/onnx_arithmetic.hpp>
#include <alwann/io/detail/onnx_elementwise.hpp>
#include <alwann/io/detail/onnx_layers.hpp>
#include <alwann/io/detail/onnx_layout.hpp>
#include <alwann/io/detail/onnx_pooling.hpp>
#include <alwann/io/detail/onnx_quantised.hpp>
#include <alwann/io/detail/onnx_regions.hpp>

#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace alwann::inline ALWANN_ABI {
namespace detail {

using onnx_handler = void (*)(onnx_import&, const onnx_node&);

/// The codes that a node's inputs hold, where it leaves codes what they are. Throws unsupported_error for
/// other operators on codes.
[[nodiscard]] inline std::optional<onnx_codes> onnx_codes_of(const onnx_import& state,
                                                             const onnx_node& node) {
    static const std::set<std::string_view> moves{"Concat", "Flatten", "Identity", "MaxPool",   "Reshape",
                                                  "Slice",  "Split",   "Squeeze",  "Transpose", "Unsqueeze"};
    static const std::set<std::string_view> readers{"Cast", "DequantizeLinear", "Gather", "Shape",
                                                    "com.microsoft::DequantizeLinear"};
    std::optional<onnx_codes> found;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const auto* activation =
            node.has_input(i) ? std::get_if<onnx_activation>(&state.value(node, i)) : nullptr;
        if (activation == nullptr || readers.contains(node.operation)) {
            continue;
        }
        if (activation->codes && !moves.contains(node.operation)) {
            node.unsupported("on codes: expected DequantizeLinear before it");
        }
        if (i > 0 && moves.contains(node.operation) && activation->codes != found) {
            node.unsupported("of codes of different scales");
        }
        found = activation->codes;
    }
    return found;
}

/// The results of a node hold codes, as its inputs do.
inline void mark_onnx_codes(onnx_import& state, const onnx_node& node, const onnx_codes& codes) {
    for (const auto& name : node.outputs) {
        const auto found = state.values.find(name);
        auto* result = found == state.values.end() ? nullptr : std::get_if<onnx_activation>(&found->second);
        if (result != nullptr) {
            if (node.operation == "Concat") { // of real numbers, for us: say that they have codes
                result->node = state.add(node, op::requantise{codes.scale}, {result->node}, "/codes");
            }
            result->codes = codes;
        }
    }
}

/// Throws unsupported_error for operators that do not know dimensions that are parts of ours.
inline void check_onnx_parts(const onnx_import& state, const onnx_node& node, std::string_view operation) {
    static const std::set<std::string_view> aware{"Add",      "Cast",      "Clip",        "DequantizeLinear",
                                                  "Div",      "Dropout",   "Elu",         "Erf",
                                                  "Gather",   "Gemm",      "HardSigmoid", "HardSwish",
                                                  "Identity", "LeakyRelu", "LogSoftmax",  "MatMul",
                                                  "Max",      "Min",       "Mul",         "QuantizeLinear",
                                                  "Relu",     "Reshape",   "Shape",       "Sigmoid",
                                                  "Slice",    "Softmax",   "Split",       "Squeeze",
                                                  "Sub",      "Tanh",      "Transpose",   "Unsqueeze"};
    for (std::size_t i = 0; i < node.inputs.size() && !aware.contains(operation); ++i) {
        const auto* activation =
            node.has_input(i) ? std::get_if<onnx_activation>(&state.value(node, i)) : nullptr;
        if (activation != nullptr && !activation->parts.empty()) {
            node.unsupported("of a tensor whose dimensions are parts of pixels or channels, such as heads");
        }
    }
}

/// Gather from a table by codes, or of an activation.
inline void import_gather_of(onnx_import& state, const onnx_node& node) {
    if (state.is_constant(node, 0)) {
        import_table(state, node);
    } else {
        import_gather(state, node);
    }
}

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
        {"DequantizeLinear", import_dequantize_linear},
        {"Div", import_arithmetic},
        {"Dropout", import_dropout},
        {"Elu", import_elu},
        {"Erf", import_function<op::erf>},
        {"Flatten", import_flatten},
        {"Gather", import_gather_of},
        {"Gemm", import_dense},
        {"GlobalAveragePool", import_global_pool},
        {"GlobalMaxPool", import_global_pool},
        {"HardSigmoid", import_hard_sigmoid},
        {"HardSwish", import_function<op::hard_swish>},
        {"Identity", import_nothing},
        {"LayerNormalization", import_layer_normalization},
        {"LeakyRelu", import_leaky_relu},
        {"LogSoftmax", import_softmax},
        {"MatMul", import_dense},
        {"Max", import_limit},
        {"MaxPool", import_pool},
        {"Min", import_limit},
        {"Mul", import_arithmetic},
        {"Pad", import_pad},
        {"QuantizeLinear", import_quantize_linear},
        {"ReduceMean", import_reduce_mean},
        {"Relu", import_relu},
        {"Reshape", import_reshape},
        {"Shape", import_shape},
        {"Sigmoid", import_function<op::sigmoid>},
        {"Slice", import_slice},
        {"Softmax", import_softmax},
        {"Split", import_split},
        {"Squeeze", import_squeeze},
        {"Sub", import_arithmetic},
        {"Tanh", import_function<op::tanh>},
        {"Transpose", import_transpose},
        {"Unsqueeze", import_unsqueeze}};
    if (const auto fold = find_onnx_fold(state, node)) {
        return state.define(node, fold(state, node));
    }
    if (expand_onnx_node(state, node, import_onnx_node)) {
        return;
    }
    const auto found = handlers.find(onnx_handler_name(node));
    if (found == handlers.end()) {
        node.unsupported();
    }
    const auto codes = onnx_codes_of(state, node);
    check_onnx_parts(state, node, found->first);
    found->second(state, node);
    if (codes) {
        mark_onnx_codes(state, node, *codes);
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
