// SPDX-License-Identifier: MIT
#include <alwann/kernel/convolve.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/tensor/policy.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <numeric>
#include <vector>

namespace aw = alwann;

/// A tensor whose first index is the fastest, as Fortran and MATLAB keep theirs.
template <class T, std::size_t Rank>
struct column_tensor {
    std::array<std::size_t, Rank> extents{};
    std::vector<T> values;

    [[nodiscard]] std::array<std::size_t, Rank> strides() const {
        std::array<std::size_t, Rank> steps{};
        std::exclusive_scan(extents.begin(), extents.end(), steps.begin(), std::size_t{1}, std::multiplies{});
        return steps;
    }
};

/// What the library has to know of it: the type, how one is made, where its elements are.
struct column_tensors {
    template <class T, std::size_t Rank>
    using tensor = column_tensor<T, Rank>;

    template <class T, std::size_t Rank>
    static tensor<T, Rank> make(const std::array<std::size_t, Rank>& extents) {
        return {extents, std::vector<T>(
                             std::reduce(extents.begin(), extents.end(), std::size_t{1}, std::multiplies{}))};
    }
    template <class T, std::size_t Rank>
    static aw::tensor_view<T, Rank> view(column_tensor<T, Rank>& tensor) {
        return {tensor.values.data(), tensor.extents, tensor.strides()};
    }
    template <class T, std::size_t Rank>
    static aw::tensor_view<const T, Rank> view(const column_tensor<T, Rank>& tensor) {
        return {tensor.values.data(), tensor.extents, tensor.strides()};
    }
};
static_assert(aw::tensor_policy<column_tensors>);

int main() {
    auto image = column_tensors::make<std::uint8_t, 4>({1, 8, 8, 3});  // [image][row][column][channel]
    auto kernel = column_tensors::make<std::uint8_t, 4>({2, 3, 3, 3}); // [output][row][column][channel]
    std::iota(image.values.begin(), image.values.end(), std::uint8_t{0});
    kernel.values.assign(kernel.values.size(), 100);
    const auto& multiplier = aw::standard().find("lowor_8").products;
    const auto sums =
        aw::convolve<column_tensors>(column_tensors::view(image), column_tensors::view(kernel), multiplier);
    std::printf("%zu sums, the first is %d\n", sums.values.size(), column_tensors::view(sums)(0, 0, 0, 0));
}
