// SPDX-License-Identifier: MIT
/// @file
/// Operators of ONNX as messages.
#pragma once

#include <alwann/core/config.hpp>

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI::detail {

/// Makes `to` an operator of one result, which others read by the name `output`.
inline void describe_operator(::onnx::NodeProto& to, const std::string& name, const std::string& type,
                              const std::vector<std::string>& inputs, const std::string& output) {
    to.set_name(name);
    to.set_op_type(type);
    for (const auto& from : inputs) {
        to.add_input(from);
    }
    to.add_output(output);
}

/// Adds an attribute.
inline void set_attribute(::onnx::NodeProto& to, const char* name, std::int64_t value) {
    auto& attribute = *to.add_attribute();
    attribute.set_name(name);
    attribute.set_type(::onnx::AttributeProto::INT);
    attribute.set_i(value);
}

} // namespace alwann::inline ALWANN_ABI::detail
