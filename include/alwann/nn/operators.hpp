// SPDX-License-Identifier: MIT
/// @file
/// The operators of a float network.
#pragma once

#include <alwann/tensor/shape.hpp>

#include <cstddef>
#include <limits>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Operators of a float network. All work on one image; the batch dimension is implied.
namespace op {

/// The network's input; always node 0.
struct input {
    image_shape shape;
};

/// Convolution. Weights [output channel][kernel row][kernel column][input channel / groups].
struct conv2d {
    window geometry;
    std::size_t outputs = 0; ///< output channels
    std::size_t groups = 1;
    std::vector<float> weights;
    std::vector<float> bias; ///< one per output channel
};

/// Per-channel y = scale * x + offset: batch normalisation with frozen statistics.
struct scale_channels {
    std::vector<float> scale, offset;
};

/// Matrix product with all values of an image. Weights [output][input], the input in memory order.
struct dense {
    std::size_t outputs = 0;
    std::vector<float> weights;
    std::vector<float> bias;
};

/// Limits values to [low, high]. ReLU is clip{0, infinity}, ReLU6 clip{0, 6}.
struct clip {
    float low = 0;
    float high = std::numeric_limits<float>::infinity();
};

struct max_pool {
    window geometry; ///< padded positions never win
};

struct average_pool {
    window geometry;
    bool count_padding = false; ///< whether padded zeros count in the mean
};

struct global_average_pool {};

/// Elementwise sum of two inputs of one shape.
struct add {};

/// Joins inputs along the channels.
struct concat {};

/// Height and width 1; values in ONNX order (channel, row, column), the channel varying slowest.
struct flatten {};

/// Constant values around the image; dimensions in the order height, width, channels.
struct pad {
    std::size_t before[3] = {0, 0, 0};
    std::size_t after[3] = {0, 0, 0};
    float value = 0;
};

/// A regular part of the image: count values from start, every step-th (step may be negative).
struct slice {
    std::size_t start[3] = {0, 0, 0};
    std::ptrdiff_t step[3] = {1, 1, 1};
    std::size_t count[3] = {1, 1, 1};
};

} // namespace op

using operation = std::variant<op::input, op::conv2d, op::scale_channels, op::dense, op::clip, op::max_pool,
                               op::average_pool, op::global_average_pool, op::add, op::concat, op::flatten,
                               op::pad, op::slice>;

} // namespace alwann::inline ALWANN_ABI
