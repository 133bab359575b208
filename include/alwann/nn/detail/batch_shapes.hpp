// SPDX-License-Identifier: MIT
/// @file
/// Shapes and kinds of results in a batch_network, and whether an operator's constants fit its input.
#pragma once

#include <alwann/kernel/convolution.hpp>
#include <alwann/nn/batch_operators.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

[[nodiscard]] constexpr std::string_view to_string(value_kind kind) noexcept {
    return kind == value_kind::reals ? "reals" : kind == value_kind::codes ? "codes" : "sums";
}

/// Infers the result's shape and kind of one operator and checks what belongs to it.
struct batch_shapes {
    const std::vector<const batch_node*>& inputs;
    value_kind& kind; ///< of the result

    static void require(bool condition, const std::string& message) {
        if (!condition) {
            throw shape_error(message);
        }
    }
    static void require_count(std::string_view what, std::size_t found, std::size_t expected) {
        require(found == expected, std::string(what) + ": expected " + std::to_string(expected) +
                                       " values, found " + std::to_string(found));
    }
    static void require_interval(std::string_view what, const code_interval& range) {
        require(std::isfinite(range.low) && std::isfinite(range.high) && range.low <= range.high,
                std::string(what) + ": expected a finite interval, found [" + std::to_string(range.low) +
                    ", " + std::to_string(range.high) + "]");
    }
    const image_shape& take(std::size_t i, value_kind expected) const {
        require(inputs[i]->kind == expected, "input " + std::to_string(i) + ": expected " +
                                                 std::string(to_string(expected)) + ", found " +
                                                 std::string(to_string(inputs[i]->kind)));
        return inputs[i]->shape;
    }
    const image_shape& only(value_kind from, value_kind to) const {
        require(inputs.size() == 1, "expected 1 input, found " + std::to_string(inputs.size()));
        kind = to;
        return take(0, from);
    }

    image_shape operator()(const batch_op::input&) const {
        throw shape_error("a network has one input, and that is node 0");
    }
    image_shape operator()(const batch_op::arithmetic& node) const {
        require(std::isfinite(node.constant) &&
                    (node.constant != 0 || node.what != batch_op::arithmetic::kind::divide),
                "expected a finite constant, and a divisor other than 0");
        return only(value_kind::reals, value_kind::reals);
    }
    image_shape operator()(const batch_op::encode&) const {
        return only(value_kind::reals, value_kind::codes);
    }
    image_shape operator()(const batch_op::decode&) const {
        return only(value_kind::codes, value_kind::reals);
    }
    image_shape operator()(const batch_op::convolution& node) const {
        const auto& in = only(value_kind::codes, value_kind::sums);
        require(node.outputs > 0, "a convolution needs at least one output channel");
        require_interval("weights", node.range);
        // Then its zero point is a code, and sums of differences to it fit 32 bits.
        require(node.range.low <= 0 && node.range.high >= 0, "weights: expected an interval that holds 0");
        const convolution_shape shape{1, in, node.geometry, node.outputs, 1};
        check(shape);
        require_count("weights", node.weights.size(), node.outputs * shape.depth());
        return shape.output();
    }
    image_shape operator()(const batch_op::add_bias& node) const {
        const auto& in = only(value_kind::codes, value_kind::sums);
        require_count("bias", node.codes.size(), in.channels);
        require_interval("bias", node.range);
        return in;
    }
    image_shape operator()(const batch_op::requantise&) const {
        return only(value_kind::sums, value_kind::codes);
    }
    image_shape operator()(const batch_op::normalise& node) const {
        const auto& in = only(value_kind::reals, value_kind::reals);
        require_count("gamma", node.what.gamma.size(), in.channels);
        require_count("beta", node.what.beta.size(), in.channels);
        const auto finite = [](float value) { return std::isfinite(value); };
        require(std::all_of(node.what.gamma.begin(), node.what.gamma.end(), finite) &&
                    std::all_of(node.what.beta.begin(), node.what.beta.end(), finite) &&
                    node.what.epsilon > 0,
                "expected finite factors and offsets and a positive epsilon");
        return in;
    }
    image_shape operator()(const batch_op::relu&) const { return only(value_kind::codes, value_kind::codes); }
    image_shape operator()(const batch_op::average_pool& node) const {
        const auto& g = node.geometry;
        require(g.pad_top < g.kernel_height && g.pad_bottom < g.kernel_height &&
                    g.pad_left < g.kernel_width && g.pad_right < g.kernel_width,
                "pooling: padding must be smaller than the kernel");
        return window_positions(only(value_kind::codes, value_kind::codes), g);
    }
    image_shape operator()(const batch_op::add&) const {
        require(inputs.size() == 2, "a sum needs 2 inputs, found " + std::to_string(inputs.size()));
        kind = value_kind::sums;
        const auto& a = take(0, value_kind::codes);
        const auto& b = take(1, value_kind::codes);
        require(a == b, "cannot add " + alwann::to_string(a) + " and " + alwann::to_string(b));
        return a;
    }
    image_shape operator()(const batch_op::pad& node) const {
        const auto& in = only(value_kind::reals, value_kind::reals);
        const auto& by = node.amounts;
        require(std::isfinite(by.value), "pad: expected a finite value");
        return {in.height + by.before[0] + by.after[0], in.width + by.before[1] + by.after[1],
                in.channels + by.before[2] + by.after[2]};
    }
    image_shape operator()(const batch_op::mean&) const {
        return {1, 1, only(value_kind::reals, value_kind::reals).channels};
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
