// SPDX-License-Identifier: MIT
/// @file
/// One node of an ONNX file: typed attributes, and errors that name it.
#pragma once

#include <alwann/io/detail/onnx_tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A node as the importer sees it. Keeps a reference to the file's node.
class onnx_node {
public:
    onnx_node(const std::string& file, const ::onnx::NodeProto& proto, std::size_t index)
        : name(proto.name().empty() ? proto.op_type() + "_" + std::to_string(index) : proto.name()),
          operation(proto.domain().empty() || proto.domain() == "ai.onnx"
                        ? proto.op_type()
                        : proto.domain() + "::" + proto.op_type()),
          inputs(proto.input().begin(), proto.input().end()),
          outputs(proto.output().begin(), proto.output().end()),
          file_(file),
          proto_(proto) {}

    const std::string name;      ///< given, or made of operator and position
    const std::string operation; ///< with its domain, unless that is the standard one
    const std::vector<std::string> inputs, outputs;

    [[nodiscard]] const std::string& file() const noexcept { return file_; }

    /// Optional inputs and outputs may be missing at the end or have empty names.
    [[nodiscard]] bool has_input(std::size_t i) const { return i < inputs.size() && !inputs[i].empty(); }
    [[nodiscard]] bool has_output(std::size_t i) const { return i < outputs.size() && !outputs[i].empty(); }

    [[noreturn]] void unsupported(const std::string& detail = {}) const {
        throw unsupported_error(file_, name, operation, detail);
    }
    [[noreturn]] void malformed(const std::string& field, const std::string& expected,
                                const std::string& found = {}) const {
        throw format_error(file_, "node '" + name + "' (" + operation + ") " + field, expected, found);
    }

    [[nodiscard]] bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
    [[nodiscard]] std::int64_t integer(std::string_view attribute, std::int64_t otherwise) const {
        const auto* found = find(attribute, ::onnx::AttributeProto::INT, "an integer");
        return found == nullptr ? otherwise : found->i();
    }
    [[nodiscard]] float real(std::string_view attribute, float otherwise) const {
        const auto* found = find(attribute, ::onnx::AttributeProto::FLOAT, "a float");
        return found == nullptr ? otherwise : found->f();
    }
    [[nodiscard]] std::string text(std::string_view attribute, const std::string& otherwise) const {
        const auto* found = find(attribute, ::onnx::AttributeProto::STRING, "a string");
        return found == nullptr ? otherwise : found->s();
    }
    /// Empty where the attribute is missing.
    [[nodiscard]] std::vector<std::int64_t> integers(std::string_view attribute) const {
        const auto* found = find(attribute, ::onnx::AttributeProto::INTS, "integers");
        return found == nullptr ? std::vector<std::int64_t>{}
                                : std::vector<std::int64_t>(found->ints().begin(), found->ints().end());
    }
    [[nodiscard]] std::vector<float> reals(std::string_view attribute) const {
        const auto* found = find(attribute, ::onnx::AttributeProto::FLOATS, "floats");
        return found == nullptr ? std::vector<float>{}
                                : std::vector<float>(found->floats().begin(), found->floats().end());
    }
    /// Gives another node the attributes of this one.
    void copy_attributes(::onnx::NodeProto& to) const { *to.mutable_attribute() = proto_.attribute(); }
    [[nodiscard]] onnx_constant tensor(std::string_view attribute) const {
        const auto* found = find(attribute, ::onnx::AttributeProto::TENSOR, "a tensor");
        if (found == nullptr) {
            malformed("attribute '" + std::string(attribute) + "'", "a tensor", "nothing");
        }
        return read_onnx_tensor(file_, found->t());
    }

private:
    [[nodiscard]] const ::onnx::AttributeProto* find(std::string_view attribute) const {
        for (const auto& candidate : proto_.attribute()) {
            if (candidate.name() == attribute) {
                return &candidate;
            }
        }
        return nullptr;
    }
    [[nodiscard]] const ::onnx::AttributeProto* find(std::string_view attribute,
                                                     ::onnx::AttributeProto::AttributeType type,
                                                     const std::string& expected) const {
        const auto* found = find(attribute);
        if (found != nullptr && found->type() != type) {
            malformed("attribute '" + std::string(attribute) + "'", expected,
                      "an attribute of type " + std::to_string(found->type()));
        }
        return found;
    }

    const std::string& file_;
    const ::onnx::NodeProto& proto_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
