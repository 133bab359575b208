// SPDX-License-Identifier: MIT
/// @file
/// Groups of ONNX nodes that stand for one operator: layer normalisation before operator set 17.
#pragma once

#include <alwann/io/detail/onnx_tensor.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Finds the nodes Div(d, Sqrt(ReduceMean(d^2) + epsilon)) with d = Sub(x, ReduceMean(x)), both means over
/// the same dimension, and says what to read in place of Div: a LayerNormalization of x over this dimension
/// alone (attribute `axes`), without factors and offsets. What follows Div, usually Mul and Add, is left as
/// it is; nodes that nothing else needs lead nowhere then.
class onnx_composites {
public:
    onnx_composites(const std::string& file, const ::onnx::GraphProto& proto) : file_(file), proto_(proto) {
        for (int i = 0; i < proto.node_size(); ++i) {
            for (const auto& output : proto.node(i).output()) {
                producers_.emplace(output, i);
            }
        }
        for (const auto& tensor : proto.initializer()) {
            initializers_.emplace(tensor.name(), &tensor);
        }
        for (int i = 0; i < proto.node_size(); ++i) {
            if (auto found = layer_norm(proto.node(i))) {
                replaced_.emplace(i, std::move(*found));
            }
        }
    }

    /// Node `i`, or what stands for it.
    [[nodiscard]] const ::onnx::NodeProto& node(int i) const {
        const auto found = replaced_.find(i);
        return found == replaced_.end() ? proto_.node(i) : found->second;
    }

private:
    using node_proto = ::onnx::NodeProto;

    /// The node with the result `name`, if it is this operator with at least so many inputs.
    const node_proto* producer(const std::string& name, std::string_view operation, int inputs) const {
        const auto found = producers_.find(name);
        if (found == producers_.end()) {
            return nullptr;
        }
        const auto& node = proto_.node(found->second);
        const bool standard = node.domain().empty() || node.domain() == "ai.onnx";
        return standard && node.op_type() == operation && node.input_size() >= inputs ? &node : nullptr;
    }
    static const ::onnx::AttributeProto* attribute(const node_proto& node, std::string_view name) {
        for (const auto& candidate : node.attribute()) {
            if (candidate.name() == name) {
                return &candidate;
            }
        }
        return nullptr;
    }
    /// A constant of one value.
    std::optional<double> number(const std::string& name) const {
        const ::onnx::TensorProto* tensor = nullptr;
        if (const auto found = initializers_.find(name); found != initializers_.end()) {
            tensor = found->second;
        } else if (const auto* constant = producer(name, "Constant", 0)) {
            const auto* value = attribute(*constant, "value");
            tensor = value == nullptr ? nullptr : &value->t();
        }
        std::int64_t count = 1;
        for (int d = 0; tensor != nullptr && d < tensor->dims_size(); ++d) {
            count = tensor->dims(d) == 1 ? count : 0;
        }
        if (tensor == nullptr || count != 1) {
            return std::nullopt;
        }
        const auto values = read_onnx_tensor(file_, *tensor).values;
        if (const auto* reals = std::get_if<std::vector<float>>(&values)) {
            return double{reals->front()};
        }
        return static_cast<double>(std::get<std::vector<onnx_integer>>(values).front().value);
    }
    /// The only dimension of a ReduceMean that keeps its place.
    std::optional<std::int64_t> mean_axis(const node_proto& mean) const {
        const auto* kept = attribute(mean, "keepdims");
        if (kept != nullptr && kept->i() == 0) {
            return std::nullopt;
        }
        if (const auto* axes = attribute(mean, "axes")) {
            return axes->ints_size() == 1 ? std::optional(axes->ints(0)) : std::nullopt;
        }
        const auto axis = mean.input_size() > 1 ? number(mean.input(1)) : std::nullopt;
        return axis && std::abs(*axis) < 16 ? std::optional(static_cast<std::int64_t>(*axis)) : std::nullopt;
    }
    /// Sub(x, ReduceMean(x)): x and the dimension.
    std::optional<std::pair<std::string, std::int64_t>> centred(const std::string& name) const {
        const auto* difference = producer(name, "Sub", 2);
        const auto* mean = difference == nullptr ? nullptr : producer(difference->input(1), "ReduceMean", 1);
        const auto axis = mean == nullptr ? std::nullopt : mean_axis(*mean);
        if (!axis || mean->input(0) != difference->input(0)) {
            return std::nullopt;
        }
        return std::pair(difference->input(0), *axis);
    }
    /// What a square is of: x^2 or x * x.
    std::optional<std::string> root(const std::string& name) const {
        if (const auto* power = producer(name, "Pow", 2)) {
            return number(power->input(1)) == 2.0 ? std::optional(power->input(0)) : std::nullopt;
        }
        const auto* product = producer(name, "Mul", 2);
        return product != nullptr && product->input(0) == product->input(1) ? std::optional(product->input(0))
                                                                            : std::nullopt;
    }
    std::optional<node_proto> layer_norm(const node_proto& quotient) const {
        if (quotient.op_type() != "Div" || quotient.input_size() != 2 || quotient.output_size() != 1) {
            return std::nullopt;
        }
        const auto* deviation = producer(quotient.input(1), "Sqrt", 1);
        const auto* sum = deviation == nullptr ? nullptr : producer(deviation->input(0), "Add", 2);
        if (sum == nullptr) {
            return std::nullopt;
        }
        const auto left = number(sum->input(0)), right = number(sum->input(1));
        const auto* variance = producer(sum->input(right ? 0 : 1), "ReduceMean", 1);
        const auto of = variance == nullptr ? std::nullopt : root(variance->input(0));
        const auto numerator = centred(quotient.input(0));
        if (!of || !numerator || (!left && !right) || mean_axis(*variance) != numerator->second ||
            centred(*of) != numerator) {
            return std::nullopt;
        }
        node_proto result;
        result.set_name(quotient.name());
        result.set_op_type("LayerNormalization");
        result.add_input(numerator->first);
        result.add_output(quotient.output(0));
        auto& axes = *result.add_attribute();
        axes.set_name("axes");
        axes.set_type(::onnx::AttributeProto::INTS);
        axes.add_ints(numerator->second);
        auto& epsilon = *result.add_attribute();
        epsilon.set_name("epsilon");
        epsilon.set_type(::onnx::AttributeProto::FLOAT);
        epsilon.set_f(static_cast<float>(right ? *right : *left));
        return result;
    }

    const std::string& file_;
    const ::onnx::GraphProto& proto_;
    std::map<std::string, int> producers_;
    std::map<std::string, const ::onnx::TensorProto*> initializers_;
    std::map<int, node_proto> replaced_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
