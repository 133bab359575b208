// SPDX-License-Identifier: MIT
/// @file
/// Tensor policies: which owning tensor type the library hands to the user and takes from him.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/tensor/view.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// A policy names an owning tensor type and says how to make one and how to look at it.
///
/// - `P::tensor<T, Rank>`: the type;
/// - `P::make<T, Rank>(extents)`: one of that shape, elements unspecified;
/// - `P::view(tensor)`: a tensor_view of its elements, mutable for a mutable tensor.
///
/// xtensor_tensors (tensor/xtensor.hpp) is the default; plain_tensors needs nothing but the standard library.
template <class P>
concept tensor_policy = requires(std::array<std::size_t, 2> extents) {
    typename P::template tensor<float, 2>;
    { P::template make<float, 2>(extents) } -> std::same_as<typename P::template tensor<float, 2>>;
}
&&requires(typename P::template tensor<float, 2>& owned, const typename P::template tensor<float, 2>& fixed) {
    { P::view(owned) } -> std::convertible_to<tensor_view<float, 2>>;
    { P::view(fixed) } -> std::convertible_to<tensor_view<const float, 2>>;
};

/// A dense row-major tensor on aligned storage.
template <class T, std::size_t Rank>
struct plain_tensor {
    std::array<std::size_t, Rank> extents{}; ///< the first one varying slowest
    aligned_vector<T> values;                ///< all elements, row-major
};

/// The policy without dependencies.
struct plain_tensors {
    /// The type.
    template <class T, std::size_t Rank>
    using tensor = plain_tensor<T, Rank>;

    /// One of that shape, elements unspecified.
    template <class T, std::size_t Rank>
    static tensor<T, Rank> make(const std::array<std::size_t, Rank>& extents) {
        tensor<T, Rank> result{extents, {}};
        result.values.resize(tensor_view<T, Rank>(nullptr, extents).size());
        return result;
    }
    /// Its elements.
    template <class T, std::size_t Rank>
    static tensor_view<T, Rank> view(plain_tensor<T, Rank>& tensor) {
        return {tensor.values.data(), tensor.extents};
    }
    /// Its elements.
    template <class T, std::size_t Rank>
    static tensor_view<const T, Rank> view(const plain_tensor<T, Rank>& tensor) {
        return {tensor.values.data(), tensor.extents};
    }
};

static_assert(tensor_policy<plain_tensors>);

} // namespace alwann::inline ALWANN_ABI
