// SPDX-License-Identifier: MIT
/// @file
/// ONNX operators on codes: QuantizeLinear, DequantizeLinear, and those that are short for several.
#pragma once

#include <alwann/io/detail/onnx_constants.hpp>
#include <alwann/io/detail/onnx_proto.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Scale and zero point, inputs `scale` and `scale + 1` of a node. `type` is that of the codes unless a zero
/// point says it. The dimension is the attribute `axis`.
[[nodiscard]] inline onnx_coding read_onnx_coding(const onnx_import& state, const onnx_node& node,
                                                  std::size_t scale, int type, const onnx_dims& dims) {
    using proto = ::onnx::TensorProto;
    onnx_coding result;
    result.scale = state.reals(node, scale);
    if (result.scale.empty() || !std::all_of(result.scale.begin(), result.scale.end(),
                                             [](float value) { return value > 0 && std::isfinite(value); })) {
        node.malformed("scale '" + node.inputs[scale] + "'", "positive, finite numbers");
    }
    result.zero.assign(result.scale.size(), 0);
    if (node.has_input(scale + 1)) {
        const auto zeros = state.integers(node, scale + 1);
        if (zeros.size() != result.scale.size()) {
            node.malformed("zero point '" + node.inputs[scale + 1] + "'",
                           std::to_string(result.scale.size()) + " values, as many as scales",
                           std::to_string(zeros.size()));
        }
        type = state.constant(node, scale + 1).type;
        for (std::size_t i = 0; i < zeros.size(); ++i) {
            const std::int64_t low = type == proto::INT8 ? -128 : 0, high = type == proto::INT8 ? 127 : 255;
            if (zeros[i] < low || zeros[i] > high || (type == proto::INT32 && zeros[i] != 0)) {
                node.malformed("zero point '" + node.inputs[scale + 1] + "'", "a code of its type",
                               std::to_string(zeros[i]));
            }
            result.zero[i] = static_cast<std::int32_t>(zeros[i]);
        }
    }
    if (type != proto::UINT8 && type != proto::INT8 && type != proto::INT32) {
        node.unsupported("codes of type " + std::to_string(type));
    }
    result.bytes = type != proto::INT32;
    if (type == proto::INT8) { // the same codes, counted from 128 below
        std::for_each(result.zero.begin(), result.zero.end(), [](std::int32_t& zero) { zero += 128; });
    }
    if (result.scale.size() > 1) {
        result.axis = onnx_dimension(node, node.integer("axis", 1), dims.size());
        if (dims[result.axis] != static_cast<std::int64_t>(result.scale.size())) {
            node.malformed("scale '" + node.inputs[scale] + "'",
                           "one value or " + std::to_string(dims[result.axis]),
                           std::to_string(result.scale.size()));
        }
    }
    result.type = type;
    return result;
}

/// The scale's position for each value of a constant.
template <class Visit>
void visit_onnx_codes(const onnx_dims& dims, std::size_t count, const onnx_coding& coding, Visit visit) {
    const std::size_t inner =
        coding.scale.size() > 1 ? static_cast<std::size_t>(row_major_strides(dims)[coding.axis]) : 1;
    for (std::size_t i = 0; i < count; ++i) {
        visit(i, coding.scale.size() > 1 ? i / inner % coding.scale.size() : 0);
    }
}

inline onnx_constant fold_quantize_linear(onnx_import& state, const onnx_node& node) {
    const auto& from = state.constant(node, 0);
    const auto& reals = state.reals(node, 0);
    using proto = ::onnx::TensorProto;
    const auto coding = read_onnx_coding(state, node, 1, proto::UINT8, from.dims);
    if (!coding.bytes) {
        node.unsupported("codes of 32 bits");
    }
    std::vector<onnx_integer> codes(count_folded(state, node, from.dims));
    const std::int64_t shift = coding.type == proto::INT8 ? 128 : 0;
    visit_onnx_codes(from.dims, codes.size(), coding, [&](std::size_t i, std::size_t at) {
        codes[i].value = encode_even({double{coding.scale[at]}, coding.zero[at]}, reals[i]) - shift;
    });
    return {from.dims, std::move(codes), coding.type, {}};
}

inline onnx_constant fold_dequantize_linear(onnx_import& state, const onnx_node& node) {
    const auto& from = state.constant(node, 0);
    const auto codes = state.integers(node, 0);
    using proto = ::onnx::TensorProto;
    auto coding = read_onnx_coding(state, node, 1, from.type, from.dims);
    if (coding.type != from.type) {
        node.malformed("zero point", "the type of the codes, " + std::to_string(from.type),
                       std::to_string(coding.type));
    }
    std::vector<float> reals(count_folded(state, node, from.dims));
    const std::int64_t shift = coding.type == proto::INT8 ? 128 : 0;
    visit_onnx_codes(from.dims, reals.size(), coding, [&](std::size_t i, std::size_t at) {
        reals[i] = static_cast<float>(static_cast<double>(codes[i] + shift - coding.zero[at]) *
                                      double{coding.scale[at]});
    });
    if (from.dims.size() <= 2 && !coding.bytes) {
        for (const auto code : codes) {
            coding.codes.push_back(static_cast<std::int32_t>(code));
        }
    }
    return {from.dims, std::move(reals), proto::FLOAT, std::move(coding)};
}

/// Scale and zero point of an activation.
[[nodiscard]] inline onnx_codes read_onnx_activation_codes(const onnx_import& state, const onnx_node& node,
                                                           int type) {
    using proto = ::onnx::TensorProto;
    const auto& constant = state.constant(node, 1);
    if (constant.size() > 1) {
        node.unsupported("several scales for one activation");
    }
    const auto coding = read_onnx_coding(state, node, 1, type, {});
    if (!coding.bytes) {
        node.unsupported("activations of 32 bits");
    }
    return {{double{coding.scale.front()}, coding.zero.front()}, coding.type == proto::INT8};
}

/// Activations go on as the numbers that have codes.
inline void import_quantize_linear(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    const auto codes = read_onnx_activation_codes(state, node, ::onnx::TensorProto::UINT8);
    onnx_activation result{0, in.axes, codes, in.parts};
    result.node = state.add(node, op::requantise{codes.scale}, {in.node});
    state.define(node, std::move(result));
}

inline void import_dequantize_linear(onnx_import& state, const onnx_node& node) {
    auto result = state.activation(node, 0);
    using proto = ::onnx::TensorProto;
    if (!result.codes) {
        node.malformed("input '" + node.inputs[0] + "'", "codes, the result of QuantizeLinear", "floats");
    }
    const auto codes =
        read_onnx_activation_codes(state, node, result.codes->is_signed ? proto::INT8 : proto::UINT8);
    if (codes != *result.codes) {
        node.unsupported("with another scale, zero point or type than '" + node.inputs[0] +
                         "' was quantised with");
    }
    result.codes.reset();
    state.define(node, std::move(result));
}

/// Makes ordinary nodes of one that works on codes, as its definition does.
class onnx_expansion {
public:
    using importer = void (*)(onnx_import&, const onnx_node&);

    onnx_expansion(onnx_import& state, const onnx_node& node, importer import)
        : state_(state), node_(node), import_(import) {}

    /// The real numbers of input `x` with scale and zero point at `scale`.
    std::string dequantise(std::size_t x, std::size_t scale, std::int64_t axis = 1) {
        const auto name = result_name(x);
        auto proto = start("DequantizeLinear", {input(x), input(scale), input(scale + 1)}, name);
        set_attribute(proto, "axis", axis);
        add(proto);
        return name;
    }
    /// A bias of 32-bit codes: its steps are products of two scales.
    std::string bias(std::size_t x, std::size_t scale_a, std::size_t scale_b) {
        if (!node_.has_input(x)) {
            return {};
        }
        const auto& from = state_.constant(node_, x);
        const auto codes = state_.integers(node_, x);
        const auto& a = state_.reals(node_, scale_a);
        const auto& b = state_.reals(node_, scale_b);
        if (from.type != ::onnx::TensorProto::INT32 || a.size() != 1 ||
            (b.size() != 1 && b.size() != codes.size())) {
            node_.malformed("bias '" + node_.inputs[x] + "'", "32-bit integers, one for each output");
        }
        onnx_coding coding;
        coding.bytes = false;
        std::vector<float> reals;
        for (std::size_t i = 0; i < codes.size(); ++i) {
            coding.scale.push_back(a.front() * b[b.size() == 1 ? 0 : i]);
            coding.zero.push_back(0);
            coding.codes.push_back(static_cast<std::int32_t>(codes[i]));
            reals.push_back(static_cast<float>(double{coding.scale.back()} * static_cast<double>(codes[i])));
        }
        state_.account(node_, codes.size());
        const auto name = result_name(x);
        onnx_constant result{from.dims, std::move(reals), ::onnx::TensorProto::FLOAT, std::move(coding)};
        state_.values.insert_or_assign(name, std::move(result));
        return name;
    }
    /// The operator itself on such numbers, with the attributes of the node. Real results unless `scale`.
    void compute(const std::string& operation, const std::vector<std::string>& inputs, std::size_t scale) {
        const bool real = !node_.has_input(scale);
        const auto name = real ? output() : output() + "/reals";
        auto proto = start(operation, inputs, name);
        node_.copy_attributes(proto);
        add(proto);
        if (!real) {
            auto quantise = start("QuantizeLinear", {name, input(scale), input(scale + 1)}, output());
            add(quantise);
        }
    }
    [[nodiscard]] std::string input(std::size_t i) const {
        return i < node_.inputs.size() ? node_.inputs[i] : std::string();
    }

private:
    [[nodiscard]] std::string output() const {
        if (!node_.has_output(0)) {
            node_.malformed("output 0", "a name", "nothing");
        }
        return node_.outputs[0];
    }
    /// No other tensor is called like this.
    [[nodiscard]] std::string result_name(std::size_t x) const {
        return output() + "/" + std::to_string(x) + "/" + input(x);
    }
    ::onnx::NodeProto start(const std::string& operation, const std::vector<std::string>& inputs,
                            const std::string& result) const {
        ::onnx::NodeProto proto;
        describe_operator(proto, node_.name, operation, inputs, result);
        return proto;
    }
    void add(const ::onnx::NodeProto& proto) {
        const onnx_node node(node_.file(), proto, 0);
        for (const auto& name : node.inputs) {
            if (!name.empty() && !state_.values.contains(name)) {
                node_.malformed("input '" + name + "'", "a tensor", "nothing of that name");
            }
        }
        state_.uses.emplace(node.outputs[0], 1);
        import_(state_, node);
    }

    onnx_import& state_;
    const onnx_node& node_;
    importer import_;
};

/// Expands a node whose operator is short for others; false if it is not one of those.
[[nodiscard]] inline bool expand_onnx_node(onnx_import& state, const onnx_node& node,
                                           onnx_expansion::importer import) {
    const std::string_view operation = node.operation.starts_with("com.microsoft::")
                                           ? std::string_view(node.operation).substr(15)
                                           : std::string_view(node.operation);
    onnx_expansion parts(state, node, import);
    const auto need = [&](std::size_t least) {
        if (node.inputs.size() < least) {
            node.malformed("inputs", "at least " + std::to_string(least), std::to_string(node.inputs.size()));
        }
        if (node.integer("channels_last", 0) != 0) {
            node.unsupported("channels_last");
        }
    };
    if (operation == "QLinearConv") {
        need(8);
        auto bias = parts.bias(8, 1, 4);
        const auto x = parts.dequantise(0, 1), w = parts.dequantise(3, 4, 0);
        parts.compute("Conv", {x, w, bias}, 6);
    } else if (operation == "QLinearMatMul") {
        need(8);
        const auto a = parts.dequantise(0, 1), b = parts.dequantise(3, 4, 1);
        parts.compute("MatMul", {a, b}, 6);
    } else if (operation == "QGemm") {
        need(6);
        auto bias = parts.bias(6, 1, 4);
        const auto a = parts.dequantise(0, 1),
                   b = parts.dequantise(3, 4, node.integer("transB", 0) != 0 ? 0 : 1);
        parts.compute("Gemm", {a, b, bias}, 7);
    } else if (operation == "QLinearAdd" || operation == "QLinearMul") {
        need(7);
        const auto a = parts.dequantise(0, 1), b = parts.dequantise(3, 4);
        parts.compute(std::string(operation.substr(7)), {a, b}, 6);
    } else if (operation == "QLinearGlobalAveragePool" || operation == "QLinearAveragePool" ||
               operation == "QLinearSigmoid" || operation == "QLinearLeakyRelu") {
        need(4);
        parts.compute(std::string(operation.substr(7)), {parts.dequantise(0, 1)}, 3);
    } else if (operation == "QLinearConcat") {
        need(5);
        std::vector<std::string> inputs;
        for (std::size_t i = 2; i + 2 < node.inputs.size(); i += 3) {
            inputs.push_back(parts.dequantise(i, i + 1));
        }
        parts.compute("Concat", inputs, 0);
    } else {
        return false;
    }
    return true;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
