// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/onnx.hpp.
#pragma once

#include <alwann/io/detail/onnx_composites.hpp>
#include <alwann/io/detail/onnx_input.hpp>
#include <alwann/io/detail/onnx_notes.hpp>
#include <alwann/io/detail/onnx_operators.hpp>
#include <alwann/io/onnx.hpp>
#include <alwann/nn/fold.hpp>
#include <alwann/nn/quantized_graph.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

inline constexpr std::uintmax_t onnx_most_bytes = std::uintmax_t{1} << 31; ///< of protobuf

[[nodiscard]] inline ::onnx::ModelProto parse_onnx_model(std::string_view bytes, const std::string& file) {
    if (bytes.size() >= onnx_most_bytes) {
        throw format_error(file, "size", "less than 2 GiB", "more");
    }
    ::onnx::ModelProto model;
    if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph()) {
        throw format_error(file, "content", "an ONNX model (a complete protobuf message with a graph)",
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
[[nodiscard]] inline std::vector<int> needed_onnx_nodes(onnx_import& state, const onnx_composites& nodes,
                                                        int count) {
    std::vector<int> needed;
    state.uses[state.result] = 1;
    for (int i = count; i-- > 0;) {
        const auto& outputs = nodes.node(i).output();
        if (std::any_of(outputs.begin(), outputs.end(),
                        [&](const auto& name) { return !name.empty() && state.uses.contains(name); })) {
            needed.push_back(i);
            for (const auto& input : nodes.node(i).input()) {
                ++state.uses[input];
            }
        }
    }
    std::reverse(needed.begin(), needed.end());
    return needed;
}

/// The name of the result: the only one, or of several the only one of floats. Exporters of classifiers add
/// the labels.
[[nodiscard]] inline std::string read_onnx_output(const std::string& file, const ::onnx::GraphProto& proto) {
    std::vector<std::string> floats;
    for (const auto& output : proto.output()) {
        const auto type = output.type().tensor_type().elem_type();
        if (proto.output_size() == 1 || type == ::onnx::TensorProto::FLOAT) {
            floats.push_back(output.name());
        }
    }
    if (floats.size() != 1) {
        throw format_error(file, "graph.output", "one tensor, or one of floats",
                           std::to_string(proto.output_size()) + " tensors, " +
                               std::to_string(floats.size()) + " of floats");
    }
    return floats.front();
}

/// Imports a parsed model. `file` is its path: tensors may lie beside it.
[[nodiscard]] inline quantized_graph import_onnx(const ::onnx::ModelProto& model, const std::string& file) {
    const auto& proto = model.graph();
    auto state = start_onnx_import(file, proto);
    state.opset = read_onnx_opset(file, model);
    state.result = read_onnx_output(file, proto);
    const onnx_composites nodes(file, proto);
    const auto needed = needed_onnx_nodes(state, nodes, proto.node_size());
    for (const auto& tensor : proto.initializer()) {
        if (state.uses.contains(tensor.name()) &&
            !state.values.emplace(tensor.name(), read_onnx_tensor(file, tensor)).second) {
            throw format_error(file, "tensor '" + tensor.name() + "'", "a name of its own", "a second one");
        }
    }
    for (const int index : needed) {
        const onnx_node node(file, nodes.node(index), static_cast<std::size_t>(index));
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
    const auto moved = state.network.set_output(last->node);
    for (const auto& entry : model.metadata_props()) {
        state.network.metadata[entry.key()] = entry.value();
    }
    quantized_graph imported{std::move(state.network), {}};
    for (auto& [node, weights] : state.weights) {
        const std::size_t at = node < moved.size() ? moved[node] : 0;
        if (at > 0) {
            imported.weights.emplace(at, std::move(weights));
        }
    }
    return imported;
}

} // namespace detail

ALWANN_SEPARABLE quantized_graph parse_onnx(std::string_view bytes, const std::string& file) {
    return detail::import_onnx(detail::parse_onnx_model(bytes, file), file);
}

ALWANN_SEPARABLE quantized_graph read_onnx_codes(const std::filesystem::path& path) {
    return parse_onnx(detail::read_plain_file(path, detail::onnx_most_bytes), path.string());
}

ALWANN_SEPARABLE graph read_onnx(const std::filesystem::path& path) {
    return read_onnx_codes(path).network;
}

ALWANN_SEPARABLE network quantized_network(quantized_graph from) {
    const auto taken = [&](const char* key) {
        const auto note = from.network.metadata.extract(key);
        return note.empty() ? std::optional<std::string>() : std::optional(note.mapped());
    };
    const auto approximable = taken(detail::onnx_approximable_key);
    const auto scales = taken(detail::onnx_scales_key);
    if (const auto moved = detail::drop_softmax(from.network); !moved.empty()) {
        std::map<std::size_t, coded_weights> weights;
        for (auto& [node, codes] : from.weights) {
            if (node < moved.size() && moved[node] > 0) {
                weights.emplace(moved[node], std::move(codes));
            }
        }
        from.weights = std::move(weights);
    }
    auto result = to_network(from);
    if (!approximable && !scales) {
        return result;
    }
    auto nodes = result.nodes();
    if (approximable) {
        detail::restore_approximable(*approximable, nodes);
    }
    if (scales) {
        detail::restore_scales(result.source(), *scales, nodes);
    }
    network restored(std::move(nodes), result.source());
    restored.metadata = result.metadata;
    return restored;
}

ALWANN_SEPARABLE network read_quantized_onnx(const std::filesystem::path& path) {
    auto from = read_onnx_codes(path);
    if (!has_codes(from.network)) {
        throw unsupported_error(path.string(), from.network.nodes().front().name, "input",
                                "nothing is quantised: expected QuantizeLinear; see quantize()");
    }
    return quantized_network(std::move(from));
}

} // namespace alwann::inline ALWANN_ABI
