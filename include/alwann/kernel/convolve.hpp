// SPDX-License-Identifier: MIT
/// @file
/// A convolution of tensors on any multiplier model, in one call.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/kernel/product_sums.hpp>
#include <alwann/multiplier/tabulate.hpp>
#include <alwann/tensor/policy.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace alwann::inline ALWANN_ABI {

/// What the shapes of activations and weights leave open.
struct convolve_options {
    std::size_t stride = 1;              ///< in both directions
    std::size_t padding = 0;             ///< positions on each of the four sides
    std::size_t dilation = 1;            ///< in both directions
    std::uint8_t zero = 0;               ///< code of padded positions; it goes through the multiplier
    engine request = requested_engine(); ///< the engine, where not the library chooses
};

namespace detail {

/// The table of a model. A model without state, such as a lambda that captures nothing, is tabulated once.
template <multiplier M>
[[nodiscard]] decltype(auto) table_of(const M& model) {
    if constexpr (std::is_same_v<M, table>) {
        return (model);
    } else if constexpr (std::is_empty_v<M>) {
        static const table products = tabulate(model);
        return (products);
    } else {
        return tabulate(model);
    }
}

/// Whether the elements lie in the order of their indices, without gaps.
template <class T>
[[nodiscard]] bool is_dense(const tensor_view<T, 4>& view) {
    return view.strides() == tensor_view<T, 4>(nullptr, view.extents()).strides();
}

/// Calls visit(i, element) in the order of the indices, i from 0 on.
template <class T, class Visit>
void for_each_element(const tensor_view<T, 4>& view, const Visit& visit) {
    std::size_t i = 0;
    for (std::size_t a = 0; a < view.extent(0); ++a) {
        for (std::size_t b = 0; b < view.extent(1); ++b) {
            for (std::size_t c = 0; c < view.extent(2); ++c) {
                for (std::size_t d = 0; d < view.extent(3); ++d) {
                    visit(i++, view(a, b, c, d));
                }
            }
        }
    }
}

/// The elements of a view in dense order: where they are, or copied into `buffer` if they lie elsewhere.
[[nodiscard]] inline const std::uint8_t* dense_codes(const tensor_view<const std::uint8_t, 4>& view,
                                                     aligned_vector<std::uint8_t>& buffer) {
    if (is_dense(view)) {
        return view.data();
    }
    buffer.resize(view.size());
    for_each_element(view, [&](std::size_t i, std::uint8_t code) { buffer[i] = code; });
    return buffer.data();
}

} // namespace detail

/// The sums of products of a convolution: result[image][row][column][output] = sum over k of M[x_k][w_k].
///
/// Activation codes [image][row][column][channel], weight codes [output][kernel row][kernel column][channel
/// of a group]; the number of groups is that of channels over the last extent of the weights. `Tensors`
/// names the type of the result, `model` is any multiplier: a table, a functional model, an exact one; the
/// engine is chosen as for product_sums(). Who convolves several batches with the same weights makes a
/// convolution_plan. Throws shape_error for extents that do not fit each other, and value_error for a model
/// with products beyond 16 bits or an engine that cannot do it.
template <tensor_policy Tensors = plain_tensors, multiplier M, executor Executor = serial_executor>
[[nodiscard]] auto convolve(const tensor_view<const std::uint8_t, 4>& activations,
                            const tensor_view<const std::uint8_t, 4>& weights, const M& model,
                            const convolve_options& options = {}, const Executor& workers = {}) {
    const std::size_t channels = activations.extent(3), group = weights.extent(3);
    if (group == 0 || channels % group != 0) {
        throw shape_error("convolve: " + std::to_string(channels) + " channels of activations are not a " +
                          "multiple of the " + std::to_string(group) + " channels of each weight's group");
    }
    convolution_shape shape;
    shape.images = activations.extent(0);
    shape.input = {activations.extent(1), activations.extent(2), channels};
    shape.outputs = weights.extent(0);
    shape.groups = channels / group;
    auto& g = shape.geometry;
    g.kernel_height = weights.extent(1);
    g.kernel_width = weights.extent(2);
    g.stride_height = g.stride_width = options.stride;
    g.dilation_height = g.dilation_width = options.dilation;
    g.pad_top = g.pad_bottom = g.pad_left = g.pad_right = options.padding;
    check(shape);
    const auto out = shape.output();

    auto result =
        Tensors::template make<std::int32_t, 4>({shape.images, out.height, out.width, out.channels});
    aligned_vector<std::uint8_t> activation_buffer, weight_buffer;
    decltype(auto) products = detail::table_of(model);
    const tensor_view<std::int32_t, 4> sums = Tensors::view(result);
    aligned_vector<std::int32_t> dense(detail::is_dense(sums) ? 0 : sums.size());
    product_sums({shape, &products, detail::dense_codes(activations, activation_buffer),
                  detail::dense_codes(weights, weight_buffer), options.zero,
                  dense.empty() ? sums.data() : dense.data()},
                 options.request, workers);
    if (!dense.empty()) {
        detail::for_each_element(sums, [&](std::size_t i, std::int32_t& sum) { sum = dense[i]; });
    }
    return result;
}

} // namespace alwann::inline ALWANN_ABI
