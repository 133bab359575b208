// SPDX-License-Identifier: MIT
/// @file
/// The layer types there are: the one place where a new one is registered.
#pragma once

#include <alwann/nn/layers/activations.hpp>
#include <alwann/nn/layers/add.hpp>
#include <alwann/nn/layers/constant.hpp>
#include <alwann/nn/layers/convolution.hpp>
#include <alwann/nn/layers/dense.hpp>
#include <alwann/nn/layers/input.hpp>
#include <alwann/nn/layers/layer_norm.hpp>
#include <alwann/nn/layers/lookup.hpp>
#include <alwann/nn/layers/matrix_product.hpp>
#include <alwann/nn/layers/multiply.hpp>
#include <alwann/nn/layers/pooling.hpp>
#include <alwann/nn/layers/rearrange.hpp>
#include <alwann/nn/layers/requantise.hpp>
#include <alwann/nn/layers/softmax.hpp>

#include <variant>

namespace alwann::inline ALWANN_ABI {

/// Layers of a float network. All work on one image; the batch dimension is implied.
using operation =
    std::variant<op::input, op::conv2d, op::scale_channels, op::dense, op::clip, op::max_pool,
                 op::average_pool, op::global_average_pool, op::add, op::concat, op::flatten, op::pad,
                 op::slice, op::leaky_relu, op::elu, op::sigmoid, op::hard_sigmoid, op::hard_swish, op::swish,
                 op::tanh, op::softmax, op::multiply, op::requantise, op::tabulated, op::constant, op::erf,
                 op::gelu, op::layer_norm, op::matrix_product>;

/// Layers of a quantised network.
using code_operation = std::variant<code_op::input, quantized_convolution, code_op::lookup, code_op::max_pool,
                                    code_op::average_pool, code_op::add, code_op::concat, code_op::flatten,
                                    code_op::pad, code_op::slice, code_op::softmax, code_op::channel_lookup,
                                    code_op::multiply, code_op::constant, code_op::layer_norm>;

namespace detail {

template <class>
inline constexpr bool all_layers = false;
template <class... Layers>
inline constexpr bool all_layers<std::variant<Layers...>> = ((float_layer<Layers> ||
                                                              code_layer<Layers>)&&...);

static_assert(all_layers<operation> && all_layers<code_operation>,
              "A layer lacks a member: nn/layers/layer.hpp lists them.");

/// Kind and parameters of a layer, for people.
template <class... Layers>
[[nodiscard]] std::string describe(const std::variant<Layers...>& what) {
    return std::visit([](const auto& layer) { return describe(layer); }, what);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
