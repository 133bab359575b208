// SPDX-License-Identifier: MIT
/// @file
/// What a frozen TensorFlow graph consists of.
#pragma once

#include <alwann/core/error.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Element types of tensors; the numbers are TensorFlow's.
enum class graph_def_type {
    float32 = 1,
    float64 = 2,
    int32 = 3,
    uint8 = 4,
    text = 7,
    int64 = 9,
    boolean = 10,
    qint8 = 11,
    quint8 = 12,
    qint32 = 13,
    bfloat16 = 14,
    float16 = 19
};

/// A constant tensor; the last dimension varies fastest.
struct graph_def_tensor {
    graph_def_type type = graph_def_type::float32;
    std::vector<std::int64_t> dims;
    /// Floats for all floating types, integers for all integer types, bytes for uint8 and quint8; nothing for
    /// other types.
    std::variant<std::monostate, std::vector<float>, std::vector<std::int64_t>, std::vector<std::uint8_t>>
        values;
};

/// A shape; -1 is a dimension of unknown extent.
struct graph_def_shape {
    std::vector<std::int64_t> dims;
    bool known_rank = true;
};

/// A value of an attribute; monostate for kinds that no inference graph of images needs.
using graph_def_attribute =
    std::variant<std::monostate, std::string, std::int64_t, float, bool, graph_def_type, graph_def_shape,
                 graph_def_tensor, std::vector<std::int64_t>, std::vector<float>>;

/// An operator.
struct graph_def_node {
    std::string name, operation;
    std::vector<std::string> inputs; ///< "name", "name:output", or "^name" for an order without data
    std::map<std::string, graph_def_attribute> attributes;
};

/// A graph: nodes in any order.
struct graph_def {
    std::string file; ///< for messages
    std::vector<graph_def_node> nodes;
};

} // namespace alwann::inline ALWANN_ABI
