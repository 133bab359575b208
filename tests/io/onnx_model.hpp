// SPDX-License-Identifier: MIT
// Builds small ONNX files.
#pragma once

#include <alwann/io/onnx.hpp>
#include <alwann/nn/float_inference.hpp>

#include "io/files.hpp"

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

using ints = std::vector<std::int64_t>;
using names = std::vector<std::string>;

/// A node under construction.
struct node_builder {
    ::onnx::NodeProto& proto;

    ::onnx::AttributeProto& attribute(const std::string& name, ::onnx::AttributeProto::AttributeType type) {
        auto& added = *proto.add_attribute();
        added.set_name(name);
        added.set_type(type);
        return added;
    }
    node_builder& set(const std::string& name, std::int64_t value) {
        attribute(name, ::onnx::AttributeProto::INT).set_i(value);
        return *this;
    }
    node_builder& set(const std::string& name, float value) {
        attribute(name, ::onnx::AttributeProto::FLOAT).set_f(value);
        return *this;
    }
    node_builder& set(const std::string& name, const char* value) {
        attribute(name, ::onnx::AttributeProto::STRING).set_s(value);
        return *this;
    }
    node_builder& set(const std::string& name, const ints& values) {
        attribute(name, ::onnx::AttributeProto::INTS).mutable_ints()->Assign(values.begin(), values.end());
        return *this;
    }
    ::onnx::TensorProto& tensor(const std::string& name) {
        return *attribute(name, ::onnx::AttributeProto::TENSOR).mutable_t();
    }
};

/// A file under construction. The input is "x" with a dynamic number of images, the output "y".
struct model_builder {
    ::onnx::ModelProto model;
    temporary_directory folder;

    explicit model_builder(const ints& image_dims, std::int64_t opset = 13) {
        model.set_ir_version(7);
        auto& set = *model.add_opset_import();
        set.set_version(opset);
        auto& input = *model.mutable_graph()->add_input();
        input.set_name("x");
        auto& type = *input.mutable_type()->mutable_tensor_type();
        type.set_elem_type(::onnx::TensorProto::FLOAT);
        type.mutable_shape()->add_dim()->set_dim_param("batch");
        for (const auto extent : image_dims) {
            type.mutable_shape()->add_dim()->set_dim_value(extent);
        }
        model.mutable_graph()->add_output()->set_name("y");
    }

    ::onnx::TensorShapeProto& input_dims() {
        return *model.mutable_graph()
                    ->mutable_input(0)
                    ->mutable_type()
                    ->mutable_tensor_type()
                    ->mutable_shape();
    }
    node_builder node(const std::string& operation, const names& inputs, const names& outputs,
                      const std::string& name = {}) {
        auto& added = *model.mutable_graph()->add_node();
        added.set_op_type(operation);
        added.set_name(name);
        for (const auto& input : inputs) {
            added.add_input(input);
        }
        for (const auto& output : outputs) {
            added.add_output(output);
        }
        return {added};
    }
    ::onnx::TensorProto& tensor(const std::string& name, const ints& dims, int type) {
        auto& added = *model.mutable_graph()->add_initializer();
        added.set_name(name);
        added.set_data_type(type);
        for (const auto extent : dims) {
            added.add_dims(extent);
        }
        return added;
    }
    void floats(const std::string& name, const ints& dims, const std::vector<float>& values) {
        tensor(name, dims, ::onnx::TensorProto::FLOAT)
            .mutable_float_data()
            ->Assign(values.begin(), values.end());
    }
    void integers(const std::string& name, const ints& dims, const ints& values) {
        tensor(name, dims, ::onnx::TensorProto::INT64)
            .mutable_int64_data()
            ->Assign(values.begin(), values.end());
    }
    /// A list of integers.
    void integers(const std::string& name, const ints& values) {
        integers(name, {static_cast<std::int64_t>(values.size())}, values);
    }

    [[nodiscard]] std::string bytes() const { return model.SerializeAsString(); }
    [[nodiscard]] alwann::graph read() const {
        return alwann::read_onnx(folder.write("model.onnx", bytes()));
    }
};

/// The node that computes the result.
template <class Operation>
const Operation& last(const alwann::graph& network) {
    return std::get<Operation>(network.nodes().back().what);
}

/// Results for images in our order (row, column, channel).
inline std::vector<float> evaluate(const alwann::graph& network, const std::vector<float>& images) {
    const auto& in = network.input_shape();
    const std::array<std::size_t, 4> extents{images.size() / in.size(), in.height, in.width, in.channels};
    return alwann::run_float(network, alwann::tensor_view<const float, 4>(images.data(), extents));
}

/// 0, 1, 2, ... - offset.
inline std::vector<float> counting(std::size_t count, float offset = 0) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(static_cast<float>(i) - offset);
    }
    return values;
}

/// From [channel][row][column], as in ONNX files, to [row][column][channel].
inline std::vector<float> channels_last(const std::vector<float>& values, std::size_t channels) {
    const std::size_t area = values.size() / channels;
    std::vector<float> result(values.size());
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t i = 0; i < area; ++i) {
            result[i * channels + c] = values[c * area + i];
        }
    }
    return result;
}
