// SPDX-License-Identifier: MIT
/// @file
/// The input of an ONNX network: how large its images are and in which order their dimensions come.
#pragma once

#include <alwann/io/detail/onnx_import.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Whether the images come as row, column, channel. The file does not say so: networks that were converted
/// from such a framework start by moving the channels forward, perhaps after adjusting the values.
[[nodiscard]] inline bool has_channels_last(const ::onnx::GraphProto& proto, const std::string& input,
                                            const std::vector<std::int64_t>& dims) {
    static const std::set<std::string_view> in_place{"Add",      "Cast", "Clip", "Div",  "Dropout",
                                                     "Identity", "Mul",  "Pad",  "Relu", "Sub"};
    std::set<std::string> images{input};
    for (const auto& node : proto.node()) {
        const auto& names = node.input();
        if (!std::any_of(names.begin(), names.end(),
                         [&](const auto& name) { return images.contains(name); })) {
            continue;
        }
        if (in_place.contains(node.op_type())) {
            images.insert(node.output().begin(), node.output().end());
        } else if (node.op_type() == "Transpose") {
            for (const auto& attribute : node.attribute()) {
                const std::vector<std::int64_t> order(attribute.ints().begin(), attribute.ints().end());
                if (attribute.name() == "perm" && order == std::vector<std::int64_t>{0, 3, 1, 2}) {
                    return true;
                }
            }
        } else if (node.op_type() == "Reshape" && dims[3] == 1 && dims[1] > 1 && dims[2] > 1) {
            return true; // a single channel can be moved forward without a transposition
        }
    }
    return false;
}

/// The state that the import starts from. Throws format_error naming the input.
[[nodiscard]] inline onnx_import start_onnx_import(const std::string& file, const ::onnx::GraphProto& proto) {
    std::set<std::string_view> initialized; // old files list those among the inputs, too
    for (const auto& tensor : proto.initializer()) {
        initialized.insert(tensor.name());
    }
    std::vector<const ::onnx::ValueInfoProto*> inputs;
    for (const auto& input : proto.input()) {
        if (!initialized.contains(input.name())) {
            inputs.push_back(&input);
        }
    }
    if (inputs.size() != 1) {
        throw format_error(file, "graph.input", "one tensor that is not an initializer",
                           std::to_string(inputs.size()));
    }
    const auto& name = inputs.front()->name();
    const std::string field = "input '" + name + "'";
    const auto& type = inputs.front()->type();
    using proto_type = ::onnx::TensorProto;
    const auto element = type.tensor_type().elem_type();
    if (!type.has_tensor_type() ||
        (element != proto_type::FLOAT && element != proto_type::DOUBLE && element != proto_type::FLOAT16)) {
        throw format_error(file, field + " type", "a tensor of floats", "type " + std::to_string(element));
    }
    std::vector<std::int64_t> dims;
    for (const auto& dim : type.tensor_type().shape().dim()) {
        const auto number = dims.size();
        const auto extent = dim.has_dim_value() ? dim.dim_value() : 0;
        if (number > 0 && (extent < 1 || extent > onnx_largest_extent)) {
            throw format_error(file, field + " dimension " + std::to_string(number),
                               "a fixed size up to 2^24",
                               dim.has_dim_value() ? std::to_string(extent) : "'" + dim.dim_param() + "'");
        }
        dims.push_back(extent);
    }
    const auto at = [&](std::size_t i) { return static_cast<std::size_t>(dims[i]); };
    onnx_axes axes;
    image_shape shape;
    if (dims.size() == 2) {
        axes = onnx_rows;
        shape.channels = at(1);
    } else if (dims.size() == 3) { // images without a dimension for the channel
        axes = {onnx_axis::batch, onnx_axis::height, onnx_axis::width};
        shape = {at(1), at(2), 1};
    } else if (dims.size() == 4) {
        const bool last = has_channels_last(proto, name, dims);
        axes = last ? onnx_nhwc : onnx_nchw;
        shape = last ? image_shape{at(1), at(2), at(3)} : image_shape{at(2), at(3), at(1)};
    } else {
        throw format_error(file, field + " shape", "2 to 4 dimensions", std::to_string(dims.size()));
    }
    if (shape.width * shape.height > onnx_most_values / shape.channels) {
        throw format_error(file, field + " shape", "at most 2^31 values", to_string(shape));
    }
    onnx_import state(graph(shape, file), dims[0] > 0 ? std::optional(dims[0]) : std::nullopt);
    state.values.emplace(name, onnx_activation{0, std::move(axes)});
    return state;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
