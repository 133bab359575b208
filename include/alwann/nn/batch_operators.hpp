// SPDX-License-Identifier: MIT
/// @file
/// The operators of networks whose ranges and normalisation come from the batch.
#pragma once

#include <alwann/nn/batch_normalisation.hpp>
#include <alwann/nn/operators.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Operators of a batch_network. A result is reals, 8-bit codes with an interval, or 32-bit sums with one.
namespace batch_op {

/// Bytes of an image, 0 to 255, as reals; always node 0.
struct input {};

/// A real and a constant.
struct arithmetic {
    /// Which operation.
    enum class kind { add, subtract, multiply, divide };
    kind what = kind::add; ///< which operation
    float constant = 0;    ///< the second operand
};

/// Reals to codes, in the interval from the smallest to the largest of the batch.
struct encode {};

/// Codes to reals.
struct decode {};

/// Sums of products of codes. A dense layer is a convolution whose kernel covers its input.
struct convolution {
    window geometry;                   ///< kernel, steps and padding
    std::size_t outputs = 0;           ///< how many output channels
    std::vector<std::uint8_t> weights; ///< [output][kernel row][kernel column][input channel]
    code_interval range;               ///< of the weights
    bool approximable = true;          ///< false: exact, whatever the design
};

/// Codes plus one constant for each channel: sums.
struct add_bias {
    std::vector<std::uint8_t> codes; ///< of the bias; by channel
    code_interval range;             ///< which reals the bias codes stand for
};

/// Sums to codes, in the interval from the smallest to the largest of the batch.
struct requantise {};

/// Reals normalised with the moments of the batch.
struct normalise {
    batch_norm what; ///< its parameters
};

/// Codes not below that of 0. The interval stays, its negative part unused.
struct relu {};

/// Mean of the codes in a window, truncated.
struct average_pool {
    window geometry; ///< kernel, steps and padding
};

/// Sums of two inputs' codes.
struct add {};

/// Reals with a constant around them.
struct pad {
    op::pad amounts; ///< how much, and the value
};

/// Mean of the reals of each channel of an image.
struct mean {};

} // namespace batch_op

/// Any operation of a batch network.
using batch_operation =
    std::variant<batch_op::input, batch_op::arithmetic, batch_op::encode, batch_op::decode,
                 batch_op::convolution, batch_op::add_bias, batch_op::requantise, batch_op::normalise,
                 batch_op::relu, batch_op::average_pool, batch_op::add, batch_op::pad, batch_op::mean>;

/// What the values of a result are.
enum class value_kind { reals, codes, sums };

/// One step of a batch_network.
struct batch_node {
    std::string name;                    ///< in the file
    batch_operation what;                ///< its operation
    std::vector<std::size_t> inputs;     ///< earlier nodes
    image_shape shape;                   ///< of one image's result
    value_kind kind = value_kind::reals; ///< what its results are
};

} // namespace alwann::inline ALWANN_ABI
