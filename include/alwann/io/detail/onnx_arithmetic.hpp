// SPDX-License-Identifier: MIT
/// @file
/// Rearranging and computing with constants, and the table of everything that is evaluated at import.
#pragma once

#include <alwann/io/detail/onnx_quantised.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

inline onnx_constant fold_unsqueeze(onnx_import& state, const onnx_node& node) {
    auto dims = state.constant(node, 0).dims;
    const auto axes = state.integers(node, "axes", 1);
    for (const auto axis : onnx_dimensions(node, axes, dims.size() + axes.size())) {
        dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), 1);
    }
    return fold_renamed(state, node, std::move(dims));
}

inline onnx_constant fold_squeeze(onnx_import& state, const onnx_node& node) {
    const auto& from = state.constant(node, 0).dims;
    const auto numbers = state.integers(node, "axes", 1);
    const auto axes = onnx_dimensions(node, numbers, from.size());
    onnx_dims dims;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const bool dropped = numbers.empty() ? from[i] == 1 : std::binary_search(axes.begin(), axes.end(), i);
        if (!dropped) {
            dims.push_back(from[i]);
        }
    }
    return fold_renamed(state, node, std::move(dims)); // rejects a dropped dimension that is not 1
}

inline onnx_constant fold_reshape(onnx_import& state, const onnx_node& node) {
    const auto& from = state.constant(node, 0);
    auto dims = state.integers(node, 1);
    std::size_t known = 1;
    std::int64_t* open = nullptr;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] == 0 && node.integer("allowzero", 0) == 0 && i < from.dims.size()) {
            dims[i] = from.dims[i];
        }
        if (dims[i] == -1 && open == nullptr) {
            open = &dims[i];
        } else if (dims[i] < 0 || known > onnx_most_values || dims[i] > onnx_largest_extent) {
            node.malformed("shape", "sizes with at most one -1", to_string(dims));
        } else {
            known *= static_cast<std::size_t>(dims[i]);
        }
    }
    if (open != nullptr) {
        *open = known == 0 ? 0 : static_cast<std::int64_t>(from.size() / known);
    }
    return fold_renamed(state, node, std::move(dims));
}

inline onnx_constant fold_slice(onnx_import& state, const onnx_node& node) {
    const auto& from = state.constant(node, 0);
    auto dims = from.dims;
    auto strides = row_major_strides(dims);
    std::int64_t offset = 0;
    for (const auto& part : read_onnx_slice(state, node, dims.size())) {
        const auto range = resolve_onnx_slice(part, dims[part.axis]);
        dims[part.axis] = range.count;
        offset += range.start * strides[part.axis];
        strides[part.axis] *= range.step;
    }
    return fold_strided(state, node, from, std::move(dims), strides, offset);
}

/// The order of dimensions that a Transpose asks for; reversed unless it says otherwise.
[[nodiscard]] inline std::vector<std::size_t> read_onnx_permutation(const onnx_node& node, std::size_t rank) {
    std::vector<std::size_t> order;
    for (const auto number : node.integers("perm")) {
        order.push_back(onnx_dimension(node, number, rank));
    }
    for (std::size_t i = rank; order.size() < rank && !node.has("perm") && i-- > 0;) {
        order.push_back(i);
    }
    if (order.size() != rank || onnx_dimensions(node, {order.begin(), order.end()}, rank).size() != rank) {
        node.malformed("attribute 'perm'", "each of " + std::to_string(rank) + " dimensions once");
    }
    return order;
}

inline onnx_constant fold_transpose(onnx_import& state, const onnx_node& node) {
    const auto& from = state.constant(node, 0);
    const auto steps = row_major_strides(from.dims);
    onnx_dims dims, strides;
    auto coding = from.coding;
    for (const auto axis : read_onnx_permutation(node, from.dims.size())) {
        if (coding && axis == from.coding->axis) {
            coding->axis = dims.size();
        }
        dims.push_back(from.dims[axis]);
        strides.push_back(steps[axis]);
    }
    auto result = fold_strided(state, node, from, std::move(dims), strides);
    result.coding = std::move(coding);
    return result;
}

/// Two numbers to one. The number of images can only be multiplied with a number.
struct onnx_arithmetic {
    const onnx_node& node;
    const std::string_view operation = node.operation;

    [[nodiscard]] float operator()(float a, float b) const {
        return operation == "Add" ? a + b : operation == "Sub" ? a - b : operation == "Mul" ? a * b : a / b;
    }
    [[nodiscard]] onnx_integer operator()(onnx_integer a, onnx_integer b) const {
        const bool multiple = operation == "Mul" && a.is_batch != b.is_batch && a.value > 0 && b.value > 0;
        if ((a.is_batch || b.is_batch) && !multiple) {
            node.unsupported("arithmetic on the number of images");
        }
        // Shapes are small: a limit far below 2^63 keeps the products exact.
        constexpr std::int64_t most = std::int64_t{1} << 31;
        if (std::max(a.value, b.value) > most || std::min(a.value, b.value) < -most) {
            node.malformed("inputs", "integers up to 2^31");
        }
        if (operation == "Div" && b.value == 0) {
            node.malformed("inputs", "a divisor other than 0", "0");
        }
        return {operation == "Add"   ? a.value + b.value
                : operation == "Sub" ? a.value - b.value
                : operation == "Mul" ? a.value * b.value
                                     : a.value / b.value,
                multiple};
    }
};

inline onnx_constant fold_arithmetic(onnx_import& state, const onnx_node& node) {
    const onnx_constant* inputs[2] = {&state.constant(node, 0), &state.constant(node, 1)};
    const auto rank = std::max(inputs[0]->dims.size(), inputs[1]->dims.size());
    if (inputs[0]->values.index() != inputs[1]->values.index()) {
        node.malformed("inputs", "tensors of one type");
    }
    onnx_dims dims(rank, 1);
    for (const auto* input : inputs) {
        const auto missing = rank - input->dims.size();
        for (std::size_t i = missing; i < rank; ++i) {
            const auto extent = input->dims[i - missing];
            if (extent != 1 && dims[i] != 1 && dims[i] != extent) {
                node.malformed("inputs", "shapes that can be broadcast",
                               to_string(inputs[0]->dims) + " and " + to_string(inputs[1]->dims));
            }
            dims[i] = extent == 1 ? dims[i] : extent;
        }
    }
    onnx_constant sides[2];
    for (std::size_t side = 0; side < 2; ++side) {
        const auto& from = *inputs[side];
        const auto missing = rank - from.dims.size();
        const auto steps = row_major_strides(from.dims);
        onnx_dims strides(rank, 0); // 0 repeats the value along a dimension
        for (std::size_t i = missing; i < rank; ++i) {
            strides[i] = from.dims[i - missing] == 1 ? 0 : steps[i - missing];
        }
        sides[side] = fold_strided(state, node, from, dims, strides);
    }
    std::visit(
        [&](auto& left) {
            const auto& right = std::get<std::remove_cvref_t<decltype(left)>>(sides[1].values);
            std::transform(left.begin(), left.end(), right.begin(), left.begin(), onnx_arithmetic{node});
        },
        sides[0].values);
    return sides[0];
}

/// Whether integers are the same: 1 or 0. The number of images is none of those that are written down.
inline onnx_constant fold_equal(onnx_import& state, const onnx_node& node) {
    const auto &a = state.marked_integers(node, 0), &b = state.marked_integers(node, 1);
    const auto& dims = state.constant(node, 0).dims;
    if (dims != state.constant(node, 1).dims) {
        node.unsupported("of constants of different shapes");
    }
    state.account(node, a.size());
    std::vector<onnx_integer> result;
    for (std::size_t i = 0; i < a.size(); ++i) {
        result.push_back({a[i] == b[i] ? 1 : 0});
    }
    return {dims, std::move(result), ::onnx::TensorProto::BOOL, {}};
}

/// Integers of one list or the other.
inline onnx_constant fold_where(onnx_import& state, const onnx_node& node) {
    const auto& chosen = state.marked_integers(node, 0);
    const auto &yes = state.marked_integers(node, 1), &no = state.marked_integers(node, 2);
    const auto& dims = state.constant(node, 0).dims;
    if (dims != state.constant(node, 1).dims || dims != state.constant(node, 2).dims) {
        node.unsupported("of constants of different shapes");
    }
    state.account(node, chosen.size());
    std::vector<onnx_integer> result;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        result.push_back(chosen[i].value != 0 ? yes[i] : no[i]);
    }
    return {dims, std::move(result), state.constant(node, 1).type, {}};
}

/// Repeats values along dimensions of one, but not for each image: what reads constants does that anyway.
inline onnx_constant fold_expand(onnx_import& state, const onnx_node& node) {
    const auto& from = state.constant(node, 0);
    auto target = state.marked_integers(node, 1);
    const auto rank = std::max(target.size(), from.dims.size());
    const auto steps = row_major_strides(from.dims);
    target.insert(target.begin(), rank - target.size(), onnx_integer{1});
    onnx_dims dims(rank, 1), strides(rank, 0);
    for (std::size_t i = 0; i < rank; ++i) {
        const auto missing = rank - from.dims.size();
        const auto own = i < missing ? 1 : from.dims[i - missing];
        const bool images = target[i].is_batch || (i == 0 && rank > 1 && target[i].value == state.batch);
        if (images ? own != 1 || (target[i].is_batch && target[i].value != 1)
                   : own != 1 && target[i].value != 1 && target[i].value != own) {
            node.malformed("shape", "sizes that " + to_string(from.dims) + " can be repeated to");
        }
        dims[i] = images ? 1 : own == 1 ? target[i].value : own;
        strides[i] = own == 1 ? 0 : steps[i - missing];
    }
    return fold_strided(state, node, from, std::move(dims), strides);
}

using onnx_fold = onnx_constant (*)(onnx_import&, const onnx_node&);

/// The operator's name without the domain in which ONNX Runtime had it before ONNX did.
[[nodiscard]] inline std::string_view onnx_handler_name(const onnx_node& node) {
    constexpr std::string_view extension = "com.microsoft::";
    const std::string_view name = node.operation;
    const bool quantises = name.ends_with("::QuantizeLinear") || name.ends_with("::DequantizeLinear");
    return quantises && name.starts_with(extension) ? name.substr(extension.size()) : name;
}

/// The evaluator of an operator whose inputs are all constant, or nothing.
[[nodiscard]] inline onnx_fold find_onnx_fold(const onnx_import& state, const onnx_node& node) {
    static const std::map<std::string_view, onnx_fold> folds{{"Add", fold_arithmetic},
                                                             {"Cast", fold_cast},
                                                             {"Concat", fold_concat},
                                                             {"Constant", fold_constant},
                                                             {"ConstantOfShape", fold_constant_of_shape},
                                                             {"DequantizeLinear", fold_dequantize_linear},
                                                             {"Div", fold_arithmetic},
                                                             {"Equal", fold_equal},
                                                             {"Expand", fold_expand},
                                                             {"Gather", fold_gather},
                                                             {"Identity", fold_identity},
                                                             {"Mul", fold_arithmetic},
                                                             {"QuantizeLinear", fold_quantize_linear},
                                                             {"Reshape", fold_reshape},
                                                             {"Slice", fold_slice},
                                                             {"Squeeze", fold_squeeze},
                                                             {"Sub", fold_arithmetic},
                                                             {"Transpose", fold_transpose},
                                                             {"Unsqueeze", fold_unsqueeze},
                                                             {"Where", fold_where}};
    const auto found = folds.find(onnx_handler_name(node));
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.has_input(i) && !state.is_constant(node, i)) {
            return nullptr;
        }
    }
    return found == folds.end() ? nullptr : found->second;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
