// SPDX-License-Identifier: MIT
/// @file
/// Shapes of results, and whether an operator's weights fit its input.
#pragma once

#include <alwann/nn/operators.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Infers the result's shape of one operator and checks what belongs to it.
struct shape_inference {
    const std::vector<image_shape>& inputs;

    static void require(bool condition, const std::string& message) {
        if (!condition) {
            throw shape_error(message);
        }
    }
    static void require_count(std::string_view what, std::size_t found, std::size_t expected) {
        require(found == expected, std::string(what) + ": expected " + std::to_string(expected) +
                                       " values, found " + std::to_string(found));
    }
    const image_shape& only() const {
        require(inputs.size() == 1, "expected 1 input, found " + std::to_string(inputs.size()));
        return inputs.front();
    }

    image_shape operator()(const op::input&) const {
        throw shape_error("a network has one input, and that is node 0");
    }
    image_shape operator()(const op::conv2d& node) const {
        const auto& in = only();
        require(node.outputs > 0, "a convolution needs at least one output channel");
        require(node.groups > 0 && in.channels % node.groups == 0 && node.outputs % node.groups == 0,
                std::to_string(in.channels) + " input and " + std::to_string(node.outputs) +
                    " output channels cannot be split into " + std::to_string(node.groups) + " groups");
        const auto& g = node.geometry;
        require_count("weights", node.weights.size(),
                      node.outputs * g.kernel_height * g.kernel_width * (in.channels / node.groups));
        require_count("bias", node.bias.size(), node.outputs);
        auto shape = window_positions(in, g);
        shape.channels = node.outputs;
        return shape;
    }
    image_shape operator()(const op::scale_channels& node) const {
        require_count("scale", node.scale.size(), only().channels);
        require_count("offset", node.offset.size(), only().channels);
        return only();
    }
    image_shape operator()(const op::dense& node) const {
        require(node.outputs > 0, "a dense layer needs at least one output");
        require_count("weights", node.weights.size(), node.outputs * only().size());
        require_count("bias", node.bias.size(), node.outputs);
        return {1, 1, node.outputs};
    }
    image_shape operator()(const op::clip& node) const {
        require(node.low <= node.high, "clip: expected low <= high");
        return only();
    }
    image_shape operator()(const op::max_pool& node) const { return pooled(node.geometry); }
    image_shape operator()(const op::average_pool& node) const { return pooled(node.geometry); }
    image_shape operator()(const op::global_average_pool&) const { return {1, 1, only().channels}; }
    image_shape operator()(const op::add&) const {
        require(inputs.size() == 2, "a sum needs 2 inputs, found " + std::to_string(inputs.size()));
        require(inputs[0] == inputs[1],
                "cannot add " + to_string(inputs[0]) + " and " + to_string(inputs[1]));
        return inputs[0];
    }
    image_shape operator()(const op::concat&) const {
        require(!inputs.empty(), "nothing to join");
        auto shape = inputs.front();
        shape.channels = 0;
        for (const auto& in : inputs) {
            require(in.height == shape.height && in.width == shape.width,
                    "cannot join " + to_string(inputs.front()) + " and " + to_string(in) +
                        " along the channels");
            shape.channels += in.channels;
        }
        return shape;
    }
    image_shape operator()(const op::flatten&) const { return {1, 1, only().size()}; }
    image_shape operator()(const op::pad& node) const {
        require(std::isfinite(node.value), "pad: expected a finite value");
        const auto& in = only();
        return {in.height + node.before[0] + node.after[0], in.width + node.before[1] + node.after[1],
                in.channels + node.before[2] + node.after[2]};
    }
    image_shape operator()(const op::slice& node) const {
        const std::size_t extents[3] = {only().height, only().width, only().channels};
        for (std::size_t d = 0; d < 3; ++d) {
            const auto last = static_cast<std::ptrdiff_t>(node.start[d]) +
                              static_cast<std::ptrdiff_t>(node.count[d] - 1) * node.step[d];
            require(node.count[d] > 0 && node.step[d] != 0 && node.start[d] < extents[d] && last >= 0 &&
                        last < static_cast<std::ptrdiff_t>(extents[d]),
                    "slice: reaches outside " + to_string(only()) + " or is empty");
        }
        return {node.count[0], node.count[1], node.count[2]};
    }

    image_shape pooled(const window& geometry) const {
        require(geometry.pad_top < geometry.kernel_height && geometry.pad_bottom < geometry.kernel_height &&
                    geometry.pad_left < geometry.kernel_width && geometry.pad_right < geometry.kernel_width,
                "pooling: padding must be smaller than the kernel");
        return window_positions(only(), geometry);
    }
};

inline void require_finite(std::string_view field, const std::vector<float>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            throw value_error(std::string(field) + "[" + std::to_string(i) +
                              "]: expected a finite number, found " + std::to_string(values[i]));
        }
    }
}

} // namespace detail

} // namespace alwann::inline ALWANN_ABI
