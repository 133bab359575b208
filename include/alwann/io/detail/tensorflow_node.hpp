// SPDX-License-Identifier: MIT
/// @file
/// One node of a TensorFlow graph: typed attributes, resolved inputs, and errors that name it.
#pragma once

#include <alwann/io/detail/graph_def_types.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

[[nodiscard]] inline std::string bracketed(const std::vector<std::int64_t>& numbers) {
    std::string text = "[";
    for (const auto number : numbers) {
        text += (text.size() > 1 ? "," : "") + std::to_string(number);
    }
    return text + "]";
}

/// One result of an earlier node.
struct tensorflow_source {
    std::size_t node = 0; ///< position in the order of evaluation
    std::size_t output = 0;

    friend bool operator==(const tensorflow_source&, const tensorflow_source&) = default;
};

/// A node as importers see it. Refers to the file's node.
class tensorflow_node {
public:
    tensorflow_node(const std::string& file, const graph_def_node& node, std::vector<tensorflow_source> from)
        : name(node.name), operation(node.operation), inputs(std::move(from)), file_(file), node_(node) {}

    const std::string& name;
    const std::string& operation;
    const std::vector<tensorflow_source> inputs; ///< in the order of the file, without mere control

    [[noreturn]] void unsupported(const std::string& detail = {}) const {
        throw unsupported_error(file_, name, operation, detail);
    }
    [[noreturn]] void malformed(const std::string& field, const std::string& expected,
                                const std::string& found = {}) const {
        throw format_error(file_, "node '" + name + "' (" + operation + ") " + field, expected, found);
    }
    void require_inputs(std::size_t count) const {
        if (inputs.size() != count) {
            malformed("inputs", std::to_string(count), std::to_string(inputs.size()));
        }
    }

    [[nodiscard]] std::int64_t integer(std::string_view attribute, std::int64_t otherwise) const {
        return value(attribute, otherwise, "an integer");
    }
    [[nodiscard]] float real(std::string_view attribute, float otherwise) const {
        return value(attribute, otherwise, "a float");
    }
    [[nodiscard]] bool flag(std::string_view attribute, bool otherwise) const {
        return value(attribute, otherwise, "a bool");
    }
    [[nodiscard]] std::string text(std::string_view attribute, const std::string& otherwise) const {
        return value(attribute, otherwise, "a string");
    }
    [[nodiscard]] graph_def_type type(std::string_view attribute, graph_def_type otherwise) const {
        return value(attribute, otherwise, "a type");
    }
    [[nodiscard]] std::vector<std::int64_t> integers(std::string_view attribute,
                                                     const std::vector<std::int64_t>& otherwise) const {
        return value(attribute, otherwise, "a list of integers");
    }
    [[nodiscard]] graph_def_shape shape(std::string_view attribute) const {
        return value(attribute, graph_def_shape{{}, false}, "a shape");
    }
    /// The attribute's tensor, which lives as long as the graph.
    [[nodiscard]] const graph_def_tensor& tensor(const std::string& attribute) const {
        const auto found = node_.attributes.find(attribute);
        const auto* result =
            found == node_.attributes.end() ? nullptr : std::get_if<graph_def_tensor>(&found->second);
        if (result == nullptr) {
            malformed("attribute '" + attribute + "'", "a tensor");
        }
        return *result;
    }

private:
    template <class Value>
    [[nodiscard]] Value value(std::string_view attribute, const Value& otherwise,
                              const std::string& expected) const {
        const auto found = node_.attributes.find(std::string(attribute));
        if (found == node_.attributes.end()) {
            return otherwise;
        }
        const auto* result = std::get_if<Value>(&found->second);
        if (result == nullptr) {
            malformed("attribute '" + std::string(attribute) + "'", expected, "another kind");
        }
        return *result;
    }

    const std::string& file_;
    const graph_def_node& node_;
};

/// How many numbers a network may hold: many nodes can share one constant, and each makes a copy of it, so
/// that a small file could ask for a large memory.
class tensorflow_budget {
public:
    void take(const tensorflow_node& node, std::size_t count) {
        constexpr std::size_t most = std::size_t{1} << 28;
        if (count > most - taken_) {
            node.malformed("constants", "at most 2^28 numbers in all nodes together", "more");
        }
        taken_ += count;
    }

private:
    std::size_t taken_ = 0;
};

/// A constant's floats. Throws format_error naming the node that uses it.
[[nodiscard]] inline const std::vector<float>&
floats_of(const graph_def_tensor& tensor, const tensorflow_node& user, const std::string& field) {
    const auto* values = std::get_if<std::vector<float>>(&tensor.values);
    if (values == nullptr) {
        user.malformed(field, "floats", "type " + std::to_string(static_cast<int>(tensor.type)));
    }
    return *values;
}

/// A constant's integers.
[[nodiscard]] inline const std::vector<std::int64_t>&
integers_of(const graph_def_tensor& tensor, const tensorflow_node& user, const std::string& field) {
    const auto* values = std::get_if<std::vector<std::int64_t>>(&tensor.values);
    if (values == nullptr) {
        user.malformed(field, "integers", "type " + std::to_string(static_cast<int>(tensor.type)));
    }
    return *values;
}

/// A constant that is one float.
[[nodiscard]] inline float float_of(const graph_def_tensor& tensor, const tensorflow_node& user,
                                    const std::string& field) {
    const auto& values = floats_of(tensor, user, field);
    if (values.size() != 1) {
        user.malformed(field, "one float", std::to_string(values.size()));
    }
    return values.front();
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
