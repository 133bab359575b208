// SPDX-License-Identifier: MIT
/// @file
/// An ONNX model, put together operator by operator.
#pragma once

#include <alwann/io/detail/onnx_proto.hpp>
#include <alwann/tensor/shape.hpp>

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI::detail {

/// A model of one graph in operator set 13. Functions that add a constant return its name.
class onnx_builder {
public:
    onnx_builder() {
        model_.set_ir_version(7);
        model_.set_producer_name("alwann");
        auto& set = *model_.add_opset_import();
        set.set_domain("");
        set.set_version(13);
        graph().set_name("network");
    }

    ::onnx::GraphProto& graph() { return *model_.mutable_graph(); }
    /// Ends the work.
    ::onnx::ModelProto take() { return std::move(model_); }

    /// An input or output of the graph: images of a shape, or rows of its channels.
    static void describe_tensor(::onnx::ValueInfoProto& info, const char* name, const image_shape& shape,
                                bool row) {
        info.set_name(name);
        auto& type = *info.mutable_type()->mutable_tensor_type();
        type.set_elem_type(::onnx::TensorProto::FLOAT);
        auto& dims = *type.mutable_shape();
        dims.add_dim()->set_dim_param("batch");
        for (const auto extent :
             row ? std::vector{shape.channels} : std::vector{shape.channels, shape.height, shape.width}) {
            dims.add_dim()->set_dim_value(static_cast<std::int64_t>(extent));
        }
    }
    /// Something for people or programs to know about the model.
    void note(const std::string& key, const std::string& value) {
        auto& entry = *model_.add_metadata_props();
        entry.set_key(key);
        entry.set_value(value);
    }

    /// An operator of one result, which others read by the name `output`.
    ::onnx::NodeProto& operation(const std::string& type, const std::vector<std::string>& inputs,
                                 const std::string& output, const std::string& name) {
        auto& added = *graph().add_node();
        describe_operator(added, name, type, inputs, output);
        return added;
    }
    /// An attribute.
    static void set(::onnx::NodeProto& to, const char* name, std::int64_t value) {
        set_attribute(to, name, value);
    }
    static void set(::onnx::NodeProto& to, const char* name, const std::vector<std::size_t>& values) {
        auto& attribute = *to.add_attribute();
        attribute.set_name(name);
        attribute.set_type(::onnx::AttributeProto::INTS);
        for (const auto value : values) {
            attribute.add_ints(static_cast<std::int64_t>(value));
        }
    }
    /// A constant without values.
    ::onnx::TensorProto& tensor(const std::string& name, int type, const std::vector<std::size_t>& dims) {
        auto& added = *graph().add_initializer();
        added.set_name(name);
        added.set_data_type(type);
        for (const auto extent : dims) {
            added.add_dims(static_cast<std::int64_t>(extent));
        }
        return added;
    }
    std::string integers(const std::string& name, const std::vector<std::int64_t>& values) {
        auto& added = tensor(name, ::onnx::TensorProto::INT64, {values.size()});
        added.mutable_int64_data()->Assign(values.begin(), values.end());
        return name;
    }
    std::string number(const std::string& name, double value) {
        tensor(name, ::onnx::TensorProto::FLOAT, {}).add_float_data(static_cast<float>(value));
        return name;
    }
    std::string floats(const std::string& name, const std::vector<std::size_t>& dims,
                       const std::vector<float>& values) {
        tensor(name, ::onnx::TensorProto::FLOAT, dims)
            .mutable_float_data()
            ->Assign(values.begin(), values.end());
        return name;
    }
    std::string bytes(const std::string& name, const std::vector<std::size_t>& dims,
                      const std::vector<std::uint8_t>& codes) {
        tensor(name, ::onnx::TensorProto::UINT8, dims).set_raw_data(codes.data(), codes.size());
        return name;
    }

    /// The attributes of a convolution or pooling.
    static void set_window(::onnx::NodeProto& to, const window& w) {
        set(to, "kernel_shape", {w.kernel_height, w.kernel_width});
        set(to, "strides", {w.stride_height, w.stride_width});
        set(to, "pads", {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right});
    }
    static void set_dilations(::onnx::NodeProto& to, const window& w) {
        if (w.dilation_height != 1 || w.dilation_width != 1) {
            set(to, "dilations", {w.dilation_height, w.dilation_width});
        }
    }

private:
    ::onnx::ModelProto model_;
};

} // namespace alwann::inline ALWANN_ABI::detail
