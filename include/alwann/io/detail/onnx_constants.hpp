// SPDX-License-Identifier: MIT
/// @file
/// Evaluates what does not depend on the network's input, mostly the arithmetic on shapes that exporters
/// emit.
#pragma once

#include <alwann/io/detail/onnx_slicing.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

using onnx_dims = std::vector<std::int64_t>;

/// The number of values of a result, within the importer's budget.
[[nodiscard]] inline std::size_t count_folded(onnx_import& state, const onnx_node& node,
                                              const onnx_dims& dims) {
    const auto count = onnx_count(dims);
    if (!count) {
        node.malformed("result", "up to 16 dimensions and 2^31 values", to_string(dims));
    }
    state.account(node, *count);
    return *count;
}

/// Distances in memory between neighbours along each dimension.
[[nodiscard]] inline onnx_dims row_major_strides(const onnx_dims& dims) {
    onnx_dims strides(dims.size(), 1);
    for (std::size_t i = dims.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * std::max<std::int64_t>(dims[i], 1);
    }
    return strides;
}

/// The positions in memory of `count` values with these strides, in order.
template <class Visit>
void visit_strided(const onnx_dims& dims, const onnx_dims& strides, std::int64_t offset, std::size_t count,
                   Visit visit) {
    onnx_dims index(dims.size(), 0);
    for (std::size_t n = 0; n < count; ++n) {
        visit(static_cast<std::size_t>(offset));
        for (std::size_t i = dims.size(); i-- > 0;) {
            offset += strides[i];
            if (++index[i] < dims[i]) {
                break;
            }
            offset -= strides[i] * dims[i];
            index[i] = 0;
        }
    }
}

/// Values of `from` at regular positions: transposition, slice, broadcast.
[[nodiscard]] inline onnx_constant fold_strided(onnx_import& state, const onnx_node& node,
                                                const onnx_constant& from, onnx_dims dims,
                                                const onnx_dims& strides, std::int64_t offset = 0) {
    const auto count = count_folded(state, node, dims);
    onnx_constant result;
    std::visit(
        [&](const auto& values) {
            std::remove_cvref_t<decltype(values)> picked;
            picked.reserve(count);
            visit_strided(dims, strides, offset, count,
                          [&](std::size_t at) { picked.push_back(values[at]); });
            result.values = std::move(picked);
        },
        from.values);
    result.dims = std::move(dims);
    result.type = from.type;
    return result;
}

/// The same values with other dimensions.
[[nodiscard]] inline onnx_constant fold_renamed(onnx_import& state, const onnx_node& node, onnx_dims dims) {
    const auto& from = state.constant(node, 0);
    if (count_folded(state, node, dims) != from.size()) {
        node.malformed("shape", std::to_string(from.size()) + " values", to_string(dims));
    }
    auto result = from;
    if (from.coding && from.coding->scale.size() > 1 && dims != from.dims) {
        result.coding.reset();
    }
    result.dims = std::move(dims);
    return result;
}

inline onnx_constant fold_identity(onnx_import& state, const onnx_node& node) {
    return fold_renamed(state, node, state.constant(node, 0).dims);
}

inline onnx_constant fold_constant(onnx_import& state, const onnx_node& node) {
    const auto flat = [&](std::size_t count) { return onnx_dims{static_cast<std::int64_t>(count)}; };
    onnx_constant result;
    if (node.has("value")) {
        result = node.tensor("value");
    } else if (node.has("value_float")) {
        result.values = std::vector<float>{node.real("value_float", 0)};
    } else if (node.has("value_floats")) {
        result.values = node.reals("value_floats");
        result.dims = flat(result.size());
    } else if (node.has("value_int")) {
        result.values = std::vector<onnx_integer>{{node.integer("value_int", 0)}};
    } else if (node.has("value_ints")) {
        std::vector<onnx_integer> values;
        for (const auto value : node.integers("value_ints")) {
            values.push_back({value});
        }
        result.dims = flat(values.size());
        result.values = std::move(values);
    } else {
        node.unsupported("the value is neither numbers nor a dense tensor");
    }
    state.account(node, result.size());
    return result;
}

inline onnx_constant fold_constant_of_shape(onnx_import& state, const onnx_node& node) {
    const auto dims = state.integers(node, 0);
    const auto count = count_folded(state, node, dims);
    const auto value =
        node.has("value") ? node.tensor("value") : onnx_constant{{1}, std::vector<float>{0}, {}, {}};
    if (value.size() != 1) {
        node.malformed("attribute 'value'", "one value", std::to_string(value.size()));
    }
    onnx_constant result{dims, {}, value.type, {}};
    std::visit(
        [&](const auto& one) { result.values = std::remove_cvref_t<decltype(one)>(count, one.front()); },
        value.values);
    return result;
}

inline onnx_constant fold_cast(onnx_import& state, const onnx_node& node) {
    using proto = ::onnx::TensorProto;
    const auto to = node.integer("to", 0);
    const bool to_real =
        to == proto::FLOAT || to == proto::DOUBLE || to == proto::FLOAT16 || to == proto::BFLOAT16;
    if (!to_real && to != proto::INT64 && to != proto::INT32) {
        node.unsupported("constants of type " + std::to_string(to));
    }
    const auto& from = state.constant(node, 0);
    const auto* reals = std::get_if<std::vector<float>>(&from.values);
    if (to_real == (reals != nullptr)) {
        return fold_identity(state, node);
    }
    state.account(node, from.size());
    if (to_real) {
        std::vector<float> result;
        for (const auto value : state.integers(node, 0)) {
            result.push_back(static_cast<float>(value));
        }
        return {from.dims, std::move(result), {}, {}};
    }
    std::vector<onnx_integer> result;
    for (const float value : *reals) {
        if (!(std::abs(value) < 0x1p62F)) {
            node.malformed("input", "numbers that fit an integer", std::to_string(value));
        }
        result.push_back({static_cast<std::int64_t>(value)});
    }
    return {from.dims, std::move(result), {}, {}};
}

/// Pieces of the inputs one after the other: along `axis`, one or more positions of one input at a time.
inline onnx_constant fold_concat(onnx_import& state, const onnx_node& node) {
    auto dims = state.constant(node, 0).dims;
    const auto axis = onnx_dimension(node, node.integer("axis", 0), dims.size());
    dims[axis] = 0;
    std::size_t outer = 1;
    for (std::size_t i = 0; i < axis; ++i) {
        outer *= static_cast<std::size_t>(dims[i]);
    }
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const auto& piece = state.constant(node, i);
        auto fitting = piece.dims;
        if (fitting.size() != dims.size() || piece.values.index() != state.constant(node, 0).values.index()) {
            node.malformed("inputs", "tensors of one type and rank");
        }
        dims[axis] += std::exchange(fitting[axis], dims[axis]);
        fitting[axis] = dims[axis];
        if (fitting != dims) {
            node.malformed("inputs", "tensors that differ in one dimension only", to_string(piece.dims));
        }
    }
    const auto count = count_folded(state, node, dims);
    outer = count == 0 ? 0 : outer; // nothing to copy, however many times
    onnx_constant result{dims, {}, state.constant(node, 0).type, {}};
    std::visit(
        [&](const auto& first) {
            std::remove_cvref_t<decltype(first)> joined;
            joined.reserve(count);
            for (std::size_t row = 0; row < outer; ++row) {
                for (std::size_t i = 0; i < node.inputs.size(); ++i) {
                    const auto& piece =
                        std::get<std::remove_cvref_t<decltype(first)>>(state.constant(node, i).values);
                    const auto length = static_cast<std::ptrdiff_t>(piece.size() / outer);
                    const auto begin = piece.begin() + static_cast<std::ptrdiff_t>(row) * length;
                    joined.insert(joined.end(), begin, begin + length);
                }
            }
            result.values = std::move(joined);
        },
        state.constant(node, 0).values);
    return result;
}

inline onnx_constant fold_gather(onnx_import& state, const onnx_node& node) {
    const auto& from = state.constant(node, 0);
    const auto axis = onnx_dimension(node, node.integer("axis", 0), from.dims.size());
    const auto& indices = state.constant(node, 1);
    const auto at = static_cast<std::ptrdiff_t>(axis);
    onnx_dims dims(from.dims.begin(), from.dims.begin() + at);
    dims.insert(dims.end(), indices.dims.begin(), indices.dims.end());
    dims.insert(dims.end(), from.dims.begin() + at + 1, from.dims.end());
    const auto count = count_folded(state, node, dims);
    const auto extent = from.dims[axis];
    auto picked = state.integers(node, 1);
    for (auto& index : picked) {
        if (index < -extent || index >= extent) {
            node.malformed("indices", "a position in " + std::to_string(extent), std::to_string(index));
        }
        index += index < 0 ? extent : 0;
    }
    const auto inner = static_cast<std::size_t>(row_major_strides(from.dims)[axis]);
    onnx_constant result{std::move(dims), {}, from.type, {}};
    std::visit(
        [&](const auto& values) {
            std::remove_cvref_t<decltype(values)> gathered;
            gathered.reserve(count);
            while (gathered.size() < count) { // one turn for each combination of the dimensions before
                const auto block =
                    gathered.size() / (picked.size() * inner) * static_cast<std::size_t>(extent);
                for (const auto index : picked) {
                    const auto begin =
                        values.begin() +
                        static_cast<std::ptrdiff_t>((block + static_cast<std::size_t>(index)) * inner);
                    gathered.insert(gathered.end(), begin, begin + static_cast<std::ptrdiff_t>(inner));
                }
            }
            result.values = std::move(gathered);
        },
        from.values);
    return result;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
