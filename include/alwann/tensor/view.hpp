// SPDX-License-Identifier: MIT
/// @file
/// Non-owning views: the only tensors that kernels and layers see.
#pragma once

#include <alwann/core/error.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <type_traits>

namespace alwann::inline ALWANN_ABI {

/// A strided view of Rank dimensions; the last varies fastest in the dense layout.
template <class T, std::size_t Rank>
class tensor_view {
public:
    /// Of elements, without const.
    using value_type = std::remove_const_t<T>;
    /// One number for each index.
    using extents_type = std::array<std::size_t, Rank>;
    /// How many indices there are.
    static constexpr std::size_t rank = Rank;

    constexpr tensor_view() = default;

    /// A dense row-major view of storage that holds the product of the extents.
    constexpr tensor_view(T* data, const extents_type& extents) : data_(data), extents_(extents) {
        std::size_t step = 1;
        for (std::size_t d = Rank; d-- > 0;) {
            strides_[d] = step;
            step *= extents[d];
        }
    }

    /// A view with strides of its own, in elements.
    constexpr tensor_view(T* data, const extents_type& extents, const extents_type& strides)
        : data_(data), extents_(extents), strides_(strides) {}

    /// A view of mutable elements is a view of constant ones.
    constexpr operator tensor_view<const T, Rank>() const requires(!std::is_const_v<T>) {
        return {data_, extents_, strides_};
    }

    /// The element at one index per dimension; not checked.
    template <class... Index>
        requires(sizeof...(Index) == Rank)
    constexpr T& operator()(Index... index) const {
        std::size_t offset = 0;
        std::size_t d = 0;
        ((offset += static_cast<std::size_t>(index) * strides_[d++]), ...);
        return data_[offset];
    }

    /// The element with all indices 0.
    [[nodiscard]] constexpr T* data() const noexcept { return data_; }
    /// How many values each index can have.
    [[nodiscard]] constexpr const extents_type& extents() const noexcept { return extents_; }
    /// From one element to the next along each index, in elements.
    [[nodiscard]] constexpr const extents_type& strides() const noexcept { return strides_; }
    /// How many values index `d` can have.
    [[nodiscard]] constexpr std::size_t extent(std::size_t d) const { return extents_[d]; }

    /// Number of elements.
    [[nodiscard]] constexpr std::size_t size() const noexcept {
        std::size_t count = 1;
        for (const auto extent : extents_) {
            count *= extent;
        }
        return count;
    }

    /// The part [first, first + count) along the first dimension.
    [[nodiscard]] constexpr tensor_view rows(std::size_t first, std::size_t count) const {
        if (first > extents_[0] || count > extents_[0] - first) {
            throw shape_error("rows " + std::to_string(first) + " to " + std::to_string(first + count) +
                              " of a tensor with " + std::to_string(extents_[0]));
        }
        auto extents = extents_;
        extents[0] = count;
        return {data_ + first * strides_[0], extents, strides_};
    }

private:
    T* data_ = nullptr;
    extents_type extents_{};
    extents_type strides_{};
};

} // namespace alwann::inline ALWANN_ABI
