// SPDX-License-Identifier: MIT
/// @file
/// The default tensor policy: xtensor containers with our own allocator.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/tensor/policy.hpp>

#include <algorithm>
#include <cstddef>

#if __has_include(<xtensor/containers/xtensor.hpp>) // xtensor 0.26 and later
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xtensor.hpp>
#endif

namespace alwann::inline ALWANN_ABI {

/// Owning tensors of xtensor. The allocator is named because xtensor's default follows the -m flags of a
/// unit, which would give one type two meanings in a program.
struct xtensor_tensors {
    /// The type.
    template <class T, std::size_t Rank>
    using tensor =
        xt::xtensor_container<xt::uvector<T, aligned_allocator<T>>, Rank, xt::layout_type::row_major>;

    /// One of that shape, elements unspecified.
    template <class T, std::size_t Rank>
    static tensor<T, Rank> make(const std::array<std::size_t, Rank>& extents) {
        return tensor<T, Rank>(extents);
    }
    /// Its elements.
    template <class Tensor>
    static auto view(Tensor& tensor) {
        using element = std::remove_reference_t<decltype(*tensor.data())>;
        std::array<std::size_t, std::tuple_size_v<typename std::remove_cv_t<Tensor>::shape_type>> extents{};
        std::copy(tensor.shape().begin(), tensor.shape().end(), extents.begin());
        tensor_view<element, extents.size()> dense(tensor.data(), extents);
        if (tensor.layout() == xt::layout_type::row_major) {
            return dense;
        }
        auto strides = extents;
        std::transform(tensor.strides().begin(), tensor.strides().end(), strides.begin(),
                       [](auto stride) { return static_cast<std::size_t>(stride); });
        return tensor_view<element, extents.size()>(tensor.data(), extents, strides);
    }
};

static_assert(tensor_policy<xtensor_tensors>);

} // namespace alwann::inline ALWANN_ABI
