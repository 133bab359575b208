// SPDX-License-Identifier: MIT
/// @file
/// Networks from ONNX files.
///
/// Belongs to the component onnx: needs libonnx (its generated protobuf classes) and protobuf.
#pragma once

#include <alwann/io/detail/onnx_input.hpp>
#include <alwann/io/detail/onnx_operators.hpp>
#include <alwann/nn/graph.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

[[nodiscard]] inline ::onnx::ModelProto parse_onnx(const std::filesystem::path& path) {
    constexpr std::uintmax_t limit = std::uintmax_t{1} << 31; // of protobuf
    const auto bytes = read_plain_file(path, limit);
    if (bytes.size() == limit) {
        throw format_error(path.string(), "size", "less than 2 GiB", "more");
    }
    ::onnx::ModelProto model;
    if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph()) {
        throw format_error(path.string(), "content",
                           "an ONNX model (a complete protobuf message with a graph)",
                           std::to_string(bytes.size()) + " bytes of something else");
    }
    return model;
}

[[nodiscard]] inline std::int64_t read_onnx_opset(const std::string& file, const ::onnx::ModelProto& model) {
    for (const auto& set : model.opset_import()) {
        if (!set.domain().empty() && set.domain() != "ai.onnx") {
            continue; // a node that uses it is rejected
        }
        if (set.version() < 7 || set.version() > 18) {
            throw format_error(file, "opset_import", "an operator set from 7 to 18",
                               std::to_string(set.version()));
        }
        return set.version();
    }
    throw format_error(file, "opset_import", "an operator set from 7 to 18", "none");
}

/// The nodes that lead to the result, in the file's order; counts the uses of each tensor among those.
[[nodiscard]] inline std::vector<int> needed_onnx_nodes(onnx_import& state, const ::onnx::GraphProto& proto) {
    std::vector<int> needed;
    state.uses[state.result] = 1;
    for (int i = proto.node_size(); i-- > 0;) {
        const auto& outputs = proto.node(i).output();
        if (std::any_of(outputs.begin(), outputs.end(),
                        [&](const auto& name) { return !name.empty() && state.uses.contains(name); })) {
            needed.push_back(i);
            for (const auto& input : proto.node(i).input()) {
                ++state.uses[input];
            }
        }
    }
    std::reverse(needed.begin(), needed.end());
    return needed;
}

/// Imports a parsed model. `file` is its path: tensors may lie beside it.
[[nodiscard]] inline graph import_onnx(const ::onnx::ModelProto& model, const std::string& file) {
    const auto& proto = model.graph();
    auto state = start_onnx_import(file, proto);
    state.opset = read_onnx_opset(file, model);
    if (proto.output_size() != 1) {
        throw format_error(file, "graph.output", "one tensor", std::to_string(proto.output_size()));
    }
    state.result = proto.output(0).name();
    const auto needed = needed_onnx_nodes(state, proto);
    for (const auto& tensor : proto.initializer()) {
        if (state.uses.contains(tensor.name()) &&
            !state.values.emplace(tensor.name(), read_onnx_tensor(file, tensor)).second) {
            throw format_error(file, "tensor '" + tensor.name() + "'", "a name of its own", "a second one");
        }
    }
    for (const int index : needed) {
        const onnx_node node(file, proto.node(index), static_cast<std::size_t>(index));
        for (const auto& input : node.inputs) {
            if (!input.empty() && !state.values.contains(input)) {
                node.malformed("input '" + input + "'", "an initializer or the result of an earlier node",
                               "nothing of that name");
            }
        }
        import_onnx_node(state, node);
    }
    const auto result = state.values.find(state.result);
    const auto* last = result == state.values.end() ? nullptr : std::get_if<onnx_activation>(&result->second);
    if (last == nullptr) {
        throw format_error(file, "output '" + state.result + "'", "a tensor computed from the input",
                           result == state.values.end() ? "nothing of that name" : "a constant");
    }
    state.network.set_output(last->node);
    for (const auto& entry : model.metadata_props()) {
        state.network.metadata[entry.key()] = entry.value();
    }
    return std::move(state.network);
}

} // namespace detail

/// Reads a float network: operator sets 7 to 18, one input, one output, images of a fixed size.
///
/// Convolutions, batch normalisation (as op::scale_channels), ReLU, Clip, pooling, Gemm and MatMul with
/// constant weights, additions, arithmetic with one constant for each channel, concatenation of channels,
/// Pad, Slice, and what merely rearranges dimensions. Arithmetic on shapes and other constants is evaluated.
/// A final Softmax is left out, as it does not change which class wins, and noted as metadata "softmax":
/// "dropped". The file's own metadata are kept.
///
/// Throws io_error where a file cannot be read, format_error for a damaged or contradictory one,
/// unsupported_error for an operator or variant without a counterpart, naming the node, and what graph::add
/// throws.
[[nodiscard]] inline graph read_onnx(const std::filesystem::path& path) {
    return detail::import_onnx(detail::parse_onnx(path), path.string());
}

} // namespace alwann::inline ALWANN_ABI
