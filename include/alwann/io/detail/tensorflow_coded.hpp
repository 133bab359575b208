// SPDX-License-Identifier: MIT
/// @file
/// What the nodes of a quantised TensorFlow graph stand for while it is imported.
#pragma once

#include <alwann/io/detail/tensorflow_order.hpp>
#include <alwann/nn/min_first.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A node of the network. If it has codes or sums, results 1 and 2 are their interval.
struct coded_result {
    std::size_t node = 0;
};

/// A quantised constant, its interval in results 1 and 2.
struct coded_constant {
    std::vector<std::uint8_t> codes;
    std::vector<std::int64_t> dims;
    code_interval range;
};

/// Another node's values in one row; the smallest or largest of them; the interval for another node's sums.
/// `of` counts nodes of the file, in the order of evaluation.
struct all_values {
    std::size_t of = 0;
};
struct extreme_value {
    std::size_t of = 0;
    bool largest = false;
};
struct sums_range {
    std::size_t of = 0;
};

using coded_value = std::variant<coded_result, const graph_def_tensor*, coded_constant, all_values,
                                 extreme_value, sums_range>;

/// Floats as codes in the interval from their smallest to their largest.
[[nodiscard]] inline coded_constant encode_constant(const std::vector<float>& values,
                                                    const std::vector<std::int64_t>& dims,
                                                    const tensorflow_node& user) {
    const bool finite =
        std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
    if (values.empty() || !finite) {
        user.malformed("constant", "finite floats", values.empty() ? "none" : "others");
    }
    const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
    coded_constant result{{}, dims, min_first::interval_of(*smallest, *largest)};
    const min_first::encoder<std::uint8_t> encode(result.range);
    result.codes.resize(values.size());
    std::transform(values.begin(), values.end(), result.codes.begin(), encode);
    return result;
}

/// The values of all nodes so far, and the ways in which operators take them.
class coded_values_of_nodes {
public:
    explicit coded_values_of_nodes(const std::vector<tensorflow_node>& order)
        : order_(order), values_(order.size()) {}

    void define(std::size_t node, coded_value value) { values_[node] = std::move(value); }
    [[nodiscard]] const coded_value& operator[](std::size_t node) const { return values_[node]; }

    /// What input `i` is; of nodes with several results any of them.
    [[nodiscard]] const coded_value& at(const tensorflow_node& node, std::size_t i) const {
        if (i >= node.inputs.size()) {
            node.malformed("inputs", "at least " + std::to_string(i + 1), std::to_string(node.inputs.size()));
        }
        return values_[node.inputs[i].node];
    }

    /// Input `i`, a float tensor that depends on the network's input: its node of the network.
    [[nodiscard]] std::size_t result(const tensorflow_node& node, std::size_t i) const {
        const auto* found = std::get_if<coded_result>(&at(node, i));
        if (found == nullptr || node.inputs[i].output != 0) {
            node.unsupported("input " + std::to_string(i) + " does not depend on the network's input");
        }
        return found->node;
    }

    /// Input `i`, codes or sums whose interval are the inputs `range` and the one after.
    [[nodiscard]] std::size_t codes(const tensorflow_node& node, std::size_t i, std::size_t range) const {
        const auto found = result(node, i);
        require_range_of(node, i, range);
        return found;
    }

    [[nodiscard]] const graph_def_tensor& tensor(const tensorflow_node& node, std::size_t i) const {
        const auto* found = std::get_if<const graph_def_tensor*>(&at(node, i));
        if (found == nullptr) {
            node.unsupported("input " + std::to_string(i) + " is not constant");
        }
        return **found;
    }

    /// Input `i`, constant codes whose interval are the inputs `range` and the one after.
    [[nodiscard]] coded_constant coded(const tensorflow_node& node, std::size_t i, std::size_t range) const {
        if (const auto* found = std::get_if<coded_constant>(&at(node, i))) {
            require_range_of(node, i, range);
            return *found;
        }
        const auto& constant = tensor(node, i);
        const auto* codes = std::get_if<std::vector<std::uint8_t>>(&constant.values);
        if (codes == nullptr) {
            node.malformed("input " + std::to_string(i), "quint8 codes",
                           "type " + std::to_string(static_cast<int>(constant.type)));
        }
        return {*codes,
                constant.dims,
                {float_of(tensor(node, range), node, "lowest value"),
                 float_of(tensor(node, range + 1), node, "highest value")}};
    }

private:
    /// Whether the codes' own node gave the interval.
    void require_range_of(const tensorflow_node& node, std::size_t i, std::size_t range) const {
        const auto source = node.inputs[i];
        for (std::size_t side = 1; side < 3; ++side) {
            const std::size_t place = range + side - 1;
            if (source.output != 0 || place >= node.inputs.size() ||
                node.inputs[place] != tensorflow_source{source.node, side}) {
                node.unsupported("input " + std::to_string(place) + " is not the range of '" +
                                 order_[source.node].name + "'");
            }
        }
    }

    const std::vector<tensorflow_node>& order_;
    std::vector<coded_value> values_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
