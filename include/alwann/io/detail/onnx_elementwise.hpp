// SPDX-License-Identifier: MIT
/// @file
/// ONNX operators on single values: activation functions, sums, and arithmetic with constants.
#pragma once

#include <alwann/io/detail/onnx_fusions.hpp>
#include <alwann/io/detail/onnx_tokens.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Appends an operator whose result has the order of dimensions of its input.
inline void import_in_place(onnx_import& state, const onnx_node& node, const onnx_activation& in,
                            operation what) {
    onnx_activation result{0, in.axes, {}, in.parts};
    result.node = state.add(node, std::move(what), {in.node});
    state.define(node, std::move(result));
}

inline void import_nothing(onnx_import& state, const onnx_node& node) {
    state.forward(node);
}

inline void import_relu(onnx_import& state, const onnx_node& node) {
    import_in_place(state, node, state.activation(node, 0), op::clip{});
}

/// Limits are attributes until operator set 10, then inputs; either may be missing.
inline void import_clip(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const auto limit = [&](std::size_t i, const char* name, float otherwise) {
        float value = node.real(name, otherwise);
        if (node.has_input(i)) {
            const auto& values = state.reals(node, i);
            if (values.size() != 1) {
                node.malformed(name, "one value", std::to_string(values.size()));
            }
            value = values.front();
        }
        if (std::isnan(value)) {
            node.malformed(name, "a number", "NaN");
        }
        return std::abs(value) == std::numeric_limits<float>::max() ? std::copysign(infinity, value) : value;
    };
    const float low = limit(1, "min", -infinity), high = limit(2, "max", infinity);
    if (low > high) {
        node.malformed("min, max", "min <= max", std::to_string(low) + " > " + std::to_string(high));
    }
    import_in_place(state, node, in, op::clip{low, high});
}

inline void import_cast(onnx_import& state, const onnx_node& node) {
    using proto = ::onnx::TensorProto;
    const auto to = node.integer("to", 0);
    const auto& in = state.activation(node, 0);
    const bool to_reals = to == proto::FLOAT || to == proto::DOUBLE || to == proto::FLOAT16;
    const bool to_integers = to == proto::INT32 || to == proto::INT64 || to == proto::UINT8;
    if (in.codes ? !to_integers || in.codes->is_signed : !to_reals) {
        node.unsupported("activations of type " + std::to_string(to));
    }
    state.forward(node);
}

/// The entries of a table that codes point to: a function of codes.
inline void import_table(onnx_import& state, const onnx_node& node) {
    const auto& codes = state.activation(node, 1);
    const auto& table = state.reals(node, 0);
    if (!codes.codes || codes.codes->is_signed || node.integer("axis", 0) != 0) {
        node.unsupported("other than of a table by unsigned codes");
    }
    if (state.constant(node, 0).dims.size() != 1 || table.size() != 256) {
        node.malformed("table", "[256]", to_string(state.constant(node, 0).dims));
    }
    op::tabulated what{codes.codes->scale, {}};
    std::copy(table.begin(), table.end(), what.values.begin());
    onnx_activation result{0, codes.axes, {}, codes.parts};
    result.node = state.add(node, std::move(what), {codes.node});
    state.define(node, std::move(result));
}

/// Does nothing in inference.
inline void import_dropout(onnx_import& state, const onnx_node& node) {
    if (node.has_output(1) && state.uses.contains(node.outputs[1])) {
        node.unsupported("its mask is used");
    }
    if (node.has_input(2) && state.integers(node, 2) != std::vector<std::int64_t>{0}) {
        node.unsupported("training mode");
    }
    state.forward(node);
}

/// Functions of single values without parameters.
template <class Function>
void import_function(onnx_import& state, const onnx_node& node) {
    import_in_place(state, node, state.activation(node, 0), Function{});
}

inline void import_leaky_relu(onnx_import& state, const onnx_node& node) {
    import_in_place(state, node, state.activation(node, 0), op::leaky_relu{node.real("alpha", 0.01F)});
}

inline void import_elu(onnx_import& state, const onnx_node& node) {
    import_in_place(state, node, state.activation(node, 0), op::elu{node.real("alpha", 1)});
}

inline void import_hard_sigmoid(onnx_import& state, const onnx_node& node) {
    import_in_place(state, node, state.activation(node, 0),
                    op::hard_sigmoid{node.real("alpha", 0.2F), node.real("beta", 0.5F)});
}

/// The larger or smaller of a tensor and one number.
inline void import_limit(onnx_import& state, const onnx_node& node) {
    if (node.inputs.size() != 2 || state.is_constant(node, 0) == state.is_constant(node, 1)) {
        node.unsupported("other than of a tensor and a constant");
    }
    const std::size_t constant = state.is_constant(node, 0) ? 0 : 1;
    const auto& values = state.reals(node, constant);
    if (values.size() != 1 || std::isnan(values.front())) {
        node.unsupported("of a tensor and anything but one number");
    }
    constexpr float infinity = std::numeric_limits<float>::infinity();
    import_in_place(state, node, state.activation(node, 1 - constant),
                    node.operation == "Max" ? op::clip{values.front(), infinity}
                                            : op::clip{-infinity, values.front()});
}

/// Before operator set 13 the softmax of everything from the axis on, since then of one dimension.
inline void import_softmax(onnx_import& state, const onnx_node& node) {
    const auto& in = state.activation(node, 0);
    const auto axis = onnx_dimension(node, node.integer("axis", state.opset < 13 ? 1 : -1), in.rank());
    const auto& shape = state.shape(in);
    if (!in.parts.empty()) { // groups of channels: heads of attention
        const auto parts = simplify(in.parts[axis]);
        const bool side_by_side = parts.size() == 1 && parts.front().stride == 1 && !parts.front().is_batch &&
                                  shape.channels % parts.front().extent == 0;
        if (!side_by_side || (state.opset < 13 && axis + 1 != in.rank())) {
            node.unsupported("other than over channels that lie side by side");
        }
        return import_in_place(
            state, node, in,
            op::softmax{node.operation == "LogSoftmax", shape.channels / parts.front().extent});
    }
    bool over_channels = in.axes[axis] == onnx_axis::channel ||
                         (in.axes[axis] == onnx_axis::values && shape.size() == shape.channels);
    for (std::size_t i = axis + 1; state.opset < 13 && i < in.axes.size(); ++i) {
        over_channels = over_channels && state.extent(in, in.axes[i]) == 1;
    }
    if (over_channels) {
        return import_in_place(state, node, in, op::softmax{node.operation == "LogSoftmax"});
    }
    // At the end of a network it keeps the order of all values, so a classifier's answer is the same without.
    const bool over_all = shape.size() == state.extent(in, in.axes[axis]) ||
                          (state.opset < 13 && axis == 1); // then a matrix of everything from the axis on
    const auto name = node.has_output(0) ? node.outputs[0] : std::string();
    if (in.axes[axis] == onnx_axis::batch || !over_all || name != state.result || state.uses.at(name) > 1) {
        node.unsupported("other than over the channels, or over all values at the end of the network");
    }
    state.network.metadata["softmax"] = "dropped";
    state.forward(node);
}

/// A constant that is repeated along everything but the channels, as one value for each channel; or nothing.
[[nodiscard]] inline std::optional<std::vector<float>> read_onnx_per_channel(const onnx_import& state,
                                                                             const onnx_node& node,
                                                                             std::size_t i,
                                                                             const onnx_activation& with) {
    const auto& values = state.reals(node, i);
    const auto& dims = state.constant(node, i).dims;
    const std::size_t channels = state.shape(with).channels;
    bool fits = dims.size() <= with.rank() && !values.empty();
    for (std::size_t d = 0; fits && d < dims.size() && values.size() > 1; ++d) {
        if (!with.parts.empty()) {
            return std::nullopt;
        }
        const auto axis = with.axes[with.axes.size() - dims.size() + d];
        fits = dims[d] == 1 || (axis == onnx_axis::channel && static_cast<std::size_t>(dims[d]) == channels);
    }
    if (!fits) {
        return std::nullopt;
    }
    return values.size() == 1 ? std::vector<float>(channels, values.front()) : values;
}

/// Mul of two activations. x * sigmoid(x), x * hard_sigmoid(x) and x * (1 + erf(x / sqrt(2))) are functions
/// of their own.
inline void import_product(onnx_import& state, const onnx_node& node) {
    const auto& nodes = state.network.nodes();
    for (const std::size_t which : {0U, 1U}) {
        const auto& factor = state.activation(node, which);
        const auto& other = state.activation(node, 1 - which);
        if (!same_dimensions(state, factor, other)) {
            continue;
        }
        if (const auto gelu = find_onnx_gelu(state.network, factor.node, other.node)) {
            auto result = other;
            result.node = state.add(node, gelu->first, {gelu->second});
            return state.define(node, std::move(result));
        }
        if (nodes[factor.node].inputs != std::vector<std::size_t>{other.node}) {
            continue;
        }
        const auto* hard = std::get_if<op::hard_sigmoid>(&nodes[factor.node].what);
        if (hard != nullptr && std::abs(hard->slope - 1 / 6.0F) < 1e-6F && hard->offset == 0.5F) {
            return import_in_place(state, node, other, op::hard_swish{});
        }
        if (std::holds_alternative<op::sigmoid>(nodes[factor.node].what)) {
            return import_in_place(state, node, other, op::swish{});
        }
    }
    for (const std::size_t large : {0U, 1U}) {
        const auto& of = state.activation(node, large);
        const auto& by = state.activation(node, 1 - large);
        const image_shape pixel{1, 1, state.shape(of).channels};
        if ((same_dimensions(state, by, of) && state.shape(by) == state.shape(of)) ||
            (state.matches(by, of.axes) && state.shape(by) == pixel)) {
            onnx_activation product{0, of.axes, {}, of.parts};
            product.node = state.add(node, op::multiply{}, {of.node, by.node});
            return state.define(node, std::move(product));
        }
    }
    node.unsupported("of " + to_string(state.shape(state.activation(node, 0))) + " and " +
                     to_string(state.shape(state.activation(node, 1))) +
                     ": only tensors of one shape, or images and a factor for each channel");
}

/// A sum with a constant that has a value for each place, such as positions of tokens; a difference, too.
inline void import_values(onnx_import& state, const onnx_node& node, std::size_t in) {
    const auto& with = state.activation(node, in);
    auto values = node.operation == "Add" || (node.operation == "Sub" && in == 0)
                      ? spread_onnx_constant(state, node, 1 - in, with)
                      : std::nullopt;
    if (!values) {
        node.unsupported("constant '" + node.inputs[1 - in] + "' of shape " +
                         to_string(state.constant(node, 1 - in).dims) +
                         " is not one value or one for each of " +
                         std::to_string(state.shape(with).channels) + " channels");
    }
    if (node.operation == "Sub") {
        if (state.constant(node, 1 - in).coding) {
            node.unsupported("of quantised values for each place");
        }
        std::for_each(values->begin(), values->end(), [](float& value) { value = -value; });
    }
    onnx_activation result{0, with.axes, {}, with.parts};
    const auto added =
        add_onnx_values(state, node, 1 - in, state.shape(with), std::move(*values), "/constant");
    result.node = state.add(node, op::add{}, {with.node, added});
    state.define(node, std::move(result));
}

/// Add, Sub, Mul, Div of activations and constants.
inline void import_arithmetic(onnx_import& state, const onnx_node& node) {
    if (node.inputs.size() != 2) {
        node.malformed("inputs", "2", std::to_string(node.inputs.size()));
    }
    const bool constant_left = state.is_constant(node, 0);
    const std::size_t in = constant_left ? 1 : 0;
    const auto& activation = state.activation(node, in);
    if (!constant_left && !state.is_constant(node, 1)) {
        const auto& other = state.activation(node, 1);
        if (node.operation == "Mul") {
            return import_product(state, node);
        }
        if (node.operation != "Add") {
            node.unsupported("of two tensors that depend on the network's input");
        }
        if (!same_dimensions(state, activation, other) || state.shape(activation) != state.shape(other)) {
            node.unsupported("of " + to_string(state.shape(activation)) + " and " +
                             to_string(state.shape(other)) + ": only tensors of one shape can be added");
        }
        onnx_activation sum{0, activation.axes, {}, activation.parts};
        sum.node = state.add(node, op::add{}, {activation.node, other.node});
        return state.define(node, std::move(sum));
    }
    const auto per_channel = read_onnx_per_channel(state, node, 1 - in, activation);
    if (!per_channel) {
        return import_values(state, node, in);
    }
    const auto& constant = *per_channel;
    op::scale_channels change{std::vector<float>(constant.size(), 1), std::vector<float>(constant.size(), 0)};
    for (std::size_t c = 0; c < constant.size(); ++c) {
        if (node.operation == "Add") {
            change.offset[c] = constant[c];
        } else if (node.operation == "Sub") {
            change.scale[c] = constant_left ? -1.0F : 1.0F;
            change.offset[c] = constant_left ? constant[c] : -constant[c];
        } else if (node.operation == "Mul") {
            change.scale[c] = constant[c];
        } else if (constant_left) {
            node.unsupported("a constant divided by a tensor");
        } else {
            change.scale[c] = 1 / constant[c];
        }
    }
    if (auto fused = fuse_onnx_change(state, node, in, change)) {
        const auto layer = state.network.nodes()[activation.node];
        onnx_activation result{0, activation.axes, {}, activation.parts};
        const auto coded = state.weights.find(activation.node);
        result.node = state.network.add(layer.name, std::move(*fused), layer.inputs);
        if (state.pixel_layers.contains(activation.node)) {
            state.pixel_layers.insert(result.node);
        }
        if (coded != state.weights.end()) {
            state.weights[result.node] = coded->second;
            add_coded_bias(state.weights[result.node], state.constant(node, 1 - in), constant);
        }
        return state.define(node, std::move(result)); // the layer without its bias leads nowhere now
    }
    import_in_place(state, node, activation, std::move(change));
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
