// SPDX-License-Identifier: MIT
/// @file
/// What the import of an ONNX file knows between two nodes.
#pragma once

#include <alwann/io/detail/onnx_node.hpp>
#include <alwann/nn/quantized_graph.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// What a dimension of an ONNX tensor stands for in our image.
enum class onnx_axis {
    batch,
    channel,
    height,
    width,
    values,    ///< all values of the image, in memory order
    positions, ///< all rows and columns, in memory order
    unit       ///< one
};

/// A part of a dimension that is none of these: `extent` places that lie `stride` values apart in an image.
struct onnx_part {
    std::size_t extent = 1;
    std::size_t stride = 0;
    bool is_batch = false; ///< the images; then the extent is onnx_import::images()

    friend bool operator==(const onnx_part&, const onnx_part&) = default;
};

/// A dimension as a product of parts, the one that varies slowest first.
using onnx_parts = std::vector<onnx_part>;

/// Codes of an activation.
struct onnx_codes {
    quantisation scale; ///< signed codes count from 128
    bool is_signed = false;

    friend bool operator==(const onnx_codes&, const onnx_codes&) = default;
};

/// A tensor that depends on the input. Ours always lie in memory as height, width, channel; what the file
/// believes about the order of dimensions is kept beside, so that transpositions cost nothing.
struct onnx_activation {
    std::size_t node = 0; ///< of the graph
    std::vector<onnx_axis> axes;
    /// If the file's tensor holds codes: what they mean. Ours always hold real numbers.
    std::optional<onnx_codes> codes = {};
    /// The dimensions where axes cannot say what they are, such as heads and their channels; axes is empty
    /// then.
    std::vector<onnx_parts> parts = {};

    [[nodiscard]] std::size_t rank() const noexcept { return parts.empty() ? axes.size() : parts.size(); }
};

using onnx_value = std::variant<onnx_activation, onnx_constant>;
using onnx_axes = std::vector<onnx_axis>;

inline const onnx_axes onnx_nchw{onnx_axis::batch, onnx_axis::channel, onnx_axis::height, onnx_axis::width};
inline const onnx_axes onnx_nhwc{onnx_axis::batch, onnx_axis::height, onnx_axis::width, onnx_axis::channel};
inline const onnx_axes onnx_rows{onnx_axis::batch, onnx_axis::channel};

/// Largest extent, kernel, stride, padding: products of a few of them stay far from overflow.
inline constexpr std::int64_t onnx_largest_extent = std::int64_t{1} << 24;

/// State of an import: the graph so far and the tensors by name.
class onnx_import {
public:
    onnx_import(graph start, std::optional<std::int64_t> images) : network(std::move(start)), batch(images) {}

    graph network;
    const std::optional<std::int64_t> batch; ///< images at a time, where the file fixes it
    std::int64_t opset = 0;
    std::string result; ///< the tensor that the file names as its output
    std::map<std::string, onnx_value> values;
    std::map<std::string, std::size_t> uses;      ///< how many nodes take a tensor, the end included
    std::map<std::size_t, coded_weights> weights; ///< that were codes, by node of the graph
    std::set<std::size_t> pixel_layers;           ///< convolutions that the file has as MatMul

    /// The tensor that is input `i` of a node.
    [[nodiscard]] const onnx_value& value(const onnx_node& node, std::size_t i) const {
        if (!node.has_input(i)) {
            node.malformed("input " + std::to_string(i), "a tensor", "nothing");
        }
        return values.at(node.inputs[i]); // there: checked before the node is handled
    }
    [[nodiscard]] bool is_constant(const onnx_node& node, std::size_t i) const {
        return std::holds_alternative<onnx_constant>(value(node, i));
    }
    [[nodiscard]] const onnx_activation& activation(const onnx_node& node, std::size_t i) const {
        const auto* found = std::get_if<onnx_activation>(&value(node, i));
        if (found == nullptr) {
            node.unsupported("input '" + node.inputs[i] + "' does not depend on the network's input");
        }
        return *found;
    }
    [[nodiscard]] const onnx_constant& constant(const onnx_node& node, std::size_t i) const {
        const auto* found = std::get_if<onnx_constant>(&value(node, i));
        if (found == nullptr) {
            node.unsupported("input '" + node.inputs[i] + "' is not constant");
        }
        return *found;
    }
    [[nodiscard]] const std::vector<float>& reals(const onnx_node& node, std::size_t i) const {
        const auto* found = std::get_if<std::vector<float>>(&constant(node, i).values);
        if (found == nullptr) {
            node.malformed("input '" + node.inputs[i] + "'", "floats", "integers");
        }
        return *found;
    }
    [[nodiscard]] const std::vector<onnx_integer>& marked_integers(const onnx_node& node,
                                                                   std::size_t i) const {
        const auto* found = std::get_if<std::vector<onnx_integer>>(&constant(node, i).values);
        if (found == nullptr) {
            node.malformed("input '" + node.inputs[i] + "'", "integers", "floats");
        }
        return *found;
    }
    [[nodiscard]] std::vector<std::int64_t> integers(const onnx_node& node, std::size_t i) const {
        std::vector<std::int64_t> result;
        for (const auto& entry : marked_integers(node, i)) {
            if (entry.is_batch) {
                node.unsupported("input '" + node.inputs[i] + "' depends on the number of images");
            }
            result.push_back(entry.value);
        }
        return result;
    }
    /// Parameters that moved from an attribute to an input in the course of the operator sets.
    [[nodiscard]] std::vector<std::int64_t> integers(const onnx_node& node, const char* attribute,
                                                     std::size_t i) const {
        return node.has_input(i) ? integers(node, i) : node.integers(attribute);
    }

    /// The number of images; where it is open a prime above all sizes, which divides nothing.
    [[nodiscard]] std::int64_t images() const {
        constexpr std::int64_t open = (std::int64_t{1} << 31) - 1;
        return std::min(batch.value_or(open), open);
    }

    [[nodiscard]] const image_shape& shape(const onnx_activation& a) const {
        return network.nodes()[a.node].shape;
    }
    /// Extent of one dimension; the batch counts as one.
    [[nodiscard]] std::size_t extent(const onnx_activation& a, onnx_axis axis) const {
        switch (axis) {
        case onnx_axis::channel:
            return shape(a).channels;
        case onnx_axis::height:
            return shape(a).height;
        case onnx_axis::width:
            return shape(a).width;
        case onnx_axis::values:
            return shape(a).size();
        case onnx_axis::positions:
            return shape(a).height * shape(a).width;
        default:
            return 1;
        }
    }
    /// Whether the dimensions are in this order. A dimension of one can stand for any other of one.
    [[nodiscard]] bool matches(const onnx_activation& a, const onnx_axes& order) const {
        if (a.axes.size() != order.size() || a.axes.empty()) {
            return false;
        }
        for (std::size_t i = 0; i < order.size(); ++i) {
            const bool both_one = extent(a, a.axes[i]) == 1 && extent(a, order[i]) == 1 &&
                                  (a.axes[i] == onnx_axis::batch) == (order[i] == onnx_axis::batch);
            if (a.axes[i] != order[i] && !both_one) {
                return false;
            }
        }
        return true;
    }
    /// The only way in for operators that slide over images.
    [[nodiscard]] const onnx_activation& image(const onnx_node& node, std::size_t i) const {
        const auto& found = activation(node, i);
        if (!matches(found, onnx_nchw)) {
            node.unsupported("input '" + node.inputs[i] + "' is not ordered as image, channel, row, column");
        }
        return found;
    }

    /// Appends an operator.
    std::size_t add(const onnx_node& node, operation what, std::vector<std::size_t> inputs,
                    const std::string& suffix = {}) {
        const auto added = network.add(node.name + suffix, std::move(what), std::move(inputs));
        const auto& result = network.nodes()[added].shape;
        constexpr auto most = onnx_most_values;
        if (result.height > most || result.width > most / result.height ||
            result.channels > most / (result.height * result.width)) {
            node.malformed("result", "at most 2^31 values", to_string(result));
        }
        return added;
    }

    /// Names a result of a node.
    void define(const onnx_node& node, onnx_value result, std::size_t output = 0) {
        if (!node.has_output(output)) {
            node.malformed("output " + std::to_string(output), "a name", "nothing");
        }
        if (auto* computed = std::get_if<onnx_activation>(&result)) {
            for (const auto* order : {&onnx_rows, &onnx_nchw, &onnx_nhwc}) {
                if (matches(*computed, *order)) { // one name for what is the same
                    computed->axes = *order;
                    break;
                }
            }
        }
        if (!values.emplace(node.outputs[output], std::move(result)).second) {
            node.malformed("output '" + node.outputs[output] + "'", "a name of its own",
                           "a second tensor of it");
        }
    }
    void define_image(const onnx_node& node, std::size_t added) {
        define(node, onnx_activation{added, onnx_nchw});
    }

    /// Keeps a small file from asking for a large memory: constants may grow to 64 million values in all.
    void account(const onnx_node& node, std::size_t count) {
        constexpr std::size_t most = std::size_t{1} << 26;
        if (count > most - folded_) {
            node.malformed("result", "constants of at most 2^26 values in all", "more");
        }
        folded_ += count;
    }

    /// Whether a node's input is all that is left of node `producer` of the graph: nothing sees it otherwise.
    [[nodiscard]] bool only_use(const onnx_node& node, std::size_t i, std::size_t producer) const {
        const auto names = std::count_if(values.begin(), values.end(), [&](const auto& entry) {
            const auto* other = std::get_if<onnx_activation>(&entry.second);
            return other != nullptr && other->node == producer;
        });
        return names <= 1 && uses.at(node.inputs[i]) <= 1;
    }

    /// The result of a node that does nothing.
    void forward(const onnx_node& node) { define(node, value(node, 0)); }

private:
    std::size_t folded_ = 0;
};

/// Makes a dimension number that may count from the end (negative) count from the start.
[[nodiscard]] inline std::size_t onnx_dimension(const onnx_node& node, std::int64_t number,
                                                std::size_t rank) {
    const auto signed_rank = static_cast<std::int64_t>(rank);
    if (number < -signed_rank || number >= signed_rank) {
        node.malformed("axis", "a dimension of " + std::to_string(rank), std::to_string(number));
    }
    return static_cast<std::size_t>(number < 0 ? number + signed_rank : number);
}

/// A sorted list of dimension numbers without repetitions.
[[nodiscard]] inline std::vector<std::size_t>
onnx_dimensions(const onnx_node& node, const std::vector<std::int64_t>& numbers, std::size_t rank) {
    std::vector<std::size_t> result;
    result.reserve(numbers.size());
    for (const auto number : numbers) {
        result.push_back(onnx_dimension(node, number, rank));
    }
    std::sort(result.begin(), result.end());
    if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
        node.malformed("axes", "each dimension once", to_string(numbers));
    }
    return result;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
