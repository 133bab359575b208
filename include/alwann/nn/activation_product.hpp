// SPDX-License-Identifier: MIT
/// @file
/// Products of two matrices that are both activations, as attention has them, on approximate multipliers.
#pragma once

#include <alwann/nn/layer_plan.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// The product of a matrix of activations with another one, in integers. For rows m of the first operand and
/// columns n, with K = depth,
///
///     accumulator[m][n] = sum_k M[a[m][k]][b[n][k]] - zero_b * sum_k a[m][k] - zero_a * sum_k b[n][k]
///                         + K * zero_a * zero_b
///     real result       = factor * scale_a * scale_b * accumulator
///
/// which is the formula of a quantized_convolution whose weights are the second operand. The first operand is
/// what the multiplier calls activation, the second what it calls weight: most approximate multipliers are
/// not commutative. With queries a and keys b it gives the scores of attention; with these and the values,
/// transposed, attention's result.
struct activation_product {
    std::size_t rows = 1;    ///< of a and of the result
    std::size_t columns = 1; ///< of b and of the result
    std::size_t depth = 1;   ///< products of a sum
    quantisation a;          ///< of the first factor
    quantisation b;          ///< of the second factor
    quantisation output;     ///< of the result
    double factor = 1;       ///< above 0; 1 / sqrt(depth) of scaled attention
};

/// Rows of one head: channels [first, first + count) of each of some tokens, [token][channel] of which there
/// are `channels`. Gives [token][channel of the head].
inline void gather_head(const std::uint8_t* codes, std::size_t tokens, std::size_t channels,
                        std::size_t first, std::size_t count, std::uint8_t* to) {
    for (std::size_t t = 0; t < tokens; ++t) {
        std::copy_n(codes + t * channels + first, count, to + t * count);
    }
}

/// The same transposed, [channel of the head][token]: the second operand of weights times values.
inline void gather_head_transposed(const std::uint8_t* codes, std::size_t tokens, std::size_t channels,
                                   std::size_t first, std::size_t count, std::uint8_t* to) {
    for (std::size_t t = 0; t < tokens; ++t) {
        for (std::size_t c = 0; c < count; ++c) {
            to[c * tokens + t] = codes[t * channels + first + c];
        }
    }
}

/// Multiplies `items` pairs of matrices (images, or heads of images): a is [item][row][k], b
/// [item][column][k], result [item][row][column] codes.
///
/// On the engines of convolutions: the second operand of each item is laid out as weights are, which costs
/// most where there are few rows, so the engine is chosen for the rows of one item. The same bits for any
/// engine, executor and grouping of items, and with the exact multiplier those of the formula. Throws
/// shape_error for a size of 0 or a depth whose sums might not fit 32 bits, value_error for a factor that is
/// not above 0.
template <executor Executor = serial_executor>
void multiply_activations(const activation_product& what, const table& multiplier, std::size_t items,
                          const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* result,
                          const Executor& workers = {}, engine request = requested_engine()) {
    if (what.rows == 0 || what.columns == 0 || what.depth == 0) {
        throw shape_error("product of activations: expected sizes above 0, found " +
                          std::to_string(what.rows) + " x " + std::to_string(what.depth) + " times " +
                          std::to_string(what.depth) + " x " + std::to_string(what.columns));
    }
    if (!(what.factor > 0)) {
        throw value_error("product of activations: expected a factor above 0, found " +
                          std::to_string(what.factor));
    }
    const table products = multiplier.network_form();
    convolution_shape shape;
    shape.input = {what.rows, 1, what.depth};
    shape.outputs = what.columns;
    check(shape);
    quantisation scaled = what.b;
    scaled.scale *= what.factor;
    const std::size_t weights = what.columns * what.depth;
    workers.for_each(items, [&](std::size_t i) {
        quantized_convolution layer;
        layer.outputs = what.columns;
        layer.weights.assign(b + i * weights, b + (i + 1) * weights);
        layer.weight_scale.assign(what.columns, scaled);
        layer.bias.assign(what.columns, 0.0);
        layer.input = what.a;
        layer.output = what.output;
        layer.codes = {what.output.zero, what.output.lowest, what.output.highest};
        const layer_setting setting(products, layer);
        const layer_plan plan(layer, shape, &setting, request);
        detail::batch_codes codes;
        plan.run(a + i * what.rows * what.depth, 1, codes);
        std::copy(codes.codes.begin(), codes.codes.end(), result + i * what.rows * what.columns);
    });
}

} // namespace alwann::inline ALWANN_ABI
