// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/kernel/activation_sums.hpp>
#include <alwann/kernel/convolve.hpp>
#include <alwann/kernel/reference.hpp>
#include <alwann/kernel/selection.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/functional.hpp>
#include <alwann/tensor/xtensor.hpp>

#include "catch.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace aw = alwann;

namespace {

using codes = aw::plain_tensor<std::uint8_t, 4>;

codes random_codes(const std::array<std::size_t, 4>& extents, aw::random_generator& random) {
    auto tensor = aw::plain_tensors::make<std::uint8_t>(extents);
    for (auto& code : tensor.values) {
        code = static_cast<std::uint8_t>(aw::uniform_below(random, 256));
    }
    return tensor;
}

/// The definition, with the model itself instead of its table.
template <class Model>
std::int32_t sum_at(const codes& activations, const codes& weights, const Model& model,
                    const aw::convolve_options& options, const std::array<std::size_t, 4>& at) {
    const auto x = aw::plain_tensors::view(activations);
    const auto w = aw::plain_tensors::view(weights);
    const auto [image, row, column, output] = at;
    const std::size_t group = output / (w.extent(0) / (x.extent(3) / w.extent(3)));
    std::int32_t sum = 0;
    for (std::size_t ky = 0; ky < w.extent(1); ++ky) {
        for (std::size_t kx = 0; kx < w.extent(2); ++kx) {
            for (std::size_t c = 0; c < w.extent(3); ++c) {
                const auto y = static_cast<std::ptrdiff_t>(row * options.stride + ky * options.dilation) -
                               static_cast<std::ptrdiff_t>(options.padding);
                const auto z = static_cast<std::ptrdiff_t>(column * options.stride + kx * options.dilation) -
                               static_cast<std::ptrdiff_t>(options.padding);
                const bool inside = y >= 0 && z >= 0 && y < static_cast<std::ptrdiff_t>(x.extent(1)) &&
                                    z < static_cast<std::ptrdiff_t>(x.extent(2));
                sum += static_cast<std::int32_t>(model(
                    inside ? x(image, y, z, group * w.extent(3) + c) : options.zero, w(output, ky, kx, c)));
            }
        }
    }
    return sum;
}

} // namespace

TEST_CASE("convolve() is the plain loops, for tables, lambdas and exact products", "[convolve]") {
    const auto drop3 = aw::functional<"drop3">([](auto x, auto w) { return (x & 0xF8u) * w; });
    unsigned lost = 0x0F; // not a constant: the lambda has a state
    const auto keep =
        aw::functional<"keep">([lost](std::uint8_t x, std::uint8_t w) { return (x & ~lost) * w; });
    aw::random_generator random(11);
    const std::array<aw::convolve_options, 3> choices = {aw::convolve_options{},
                                                         {.stride = 2, .padding = 1, .zero = 77},
                                                         {.padding = 2, .dilation = 2, .zero = 255}};
    for (const auto& options : choices) {
        for (const std::size_t groups : {1u, 2u}) {
            const auto x = random_codes({2, 7, 6, 4}, random);
            const auto w = random_codes({6, 3, 2, 4 / groups}, random);
            const auto check = [&](const auto& model, const auto& definition) {
                const auto found =
                    aw::convolve(aw::plain_tensors::view(x), aw::plain_tensors::view(w), model, options);
                const auto sums = aw::plain_tensors::view(found);
                for (std::size_t n = 0; n < sums.extent(0); ++n) {
                    for (std::size_t row = 0; row < sums.extent(1); ++row) {
                        for (std::size_t column = 0; column < sums.extent(2); ++column) {
                            for (std::size_t f = 0; f < sums.extent(3); ++f) {
                                REQUIRE(sums(n, row, column, f) ==
                                        sum_at(x, w, definition, options, {n, row, column, f}));
                            }
                        }
                    }
                }
                REQUIRE(sums.size() > 0);
            };
            check(aw::exact{}, aw::exact{});
            check(drop3, drop3);
            check(drop3, drop3); // from the table that was kept
            check(keep, keep);
            check(aw::tabulate(drop3), drop3);
        }
    }
}

TEST_CASE("convolve() takes strided views and makes the tensors that it is asked for", "[convolve]") {
    aw::random_generator random(12);
    const auto wide = random_codes({2, 5, 5, 8}, random);
    const auto w = random_codes({3, 3, 3, 4}, random);
    // The first four of eight channels, seen in place.
    const auto view = aw::plain_tensors::view(wide);
    const aw::tensor_view<const std::uint8_t, 4> half(wide.values.data(), {2, 5, 5, 4}, view.strides());
    auto dense = aw::plain_tensors::make<std::uint8_t>(half.extents());
    for (std::size_t i = 0; i < dense.values.size(); ++i) {
        dense.values[i] = half(i / 100, i / 20 % 5, i / 4 % 5, i % 4);
    }
    const auto seen = aw::convolve(half, aw::plain_tensors::view(w), aw::exact{});
    const auto copied = aw::convolve(aw::plain_tensors::view(dense), aw::plain_tensors::view(w), aw::exact{});
    CHECK(seen.values == copied.values);

    const auto other = aw::convolve<aw::xtensor_tensors>(half, aw::plain_tensors::view(w), aw::exact{},
                                                         {.request = aw::engine::reference});
    REQUIRE(other.size() == copied.values.size());
    CHECK(std::equal(copied.values.begin(), copied.values.end(), other.data()));
}

TEST_CASE("convolve() names what does not fit", "[convolve]") {
    aw::random_generator random(13);
    const auto x = random_codes({1, 4, 4, 3}, random);
    const auto two = random_codes({2, 3, 3, 2}, random);
    CHECK_THROWS_WITH(aw::convolve(aw::plain_tensors::view(x), aw::plain_tensors::view(two), aw::exact{}),
                      contains("3 channels"));
    const auto large = random_codes({2, 5, 3, 3}, random);
    CHECK_THROWS_AS(aw::convolve(aw::plain_tensors::view(x), aw::plain_tensors::view(large), aw::exact{}),
                    aw::shape_error);
    CHECK_THROWS_AS(aw::convolve(aw::plain_tensors::view(x), {}, aw::exact{}), aw::shape_error);
}

namespace {

// The column varies slowest but one, and rows have gaps.
struct odd_tensors {
    template <class T, std::size_t Rank>
    struct tensor {
        std::array<std::size_t, Rank> extents{};
        std::vector<T> values;
    };
    template <class T, std::size_t Rank>
    static tensor<T, Rank> make(const std::array<std::size_t, Rank>& extents) {
        std::size_t size = 1;
        for (const auto extent : extents) {
            size *= extent;
        }
        return {extents, std::vector<T>(3 * size, T{77})};
    }
    template <class T, std::size_t Rank>
    static std::array<std::size_t, Rank> strides(const std::array<std::size_t, Rank>& extents) {
        std::array<std::size_t, Rank> steps{};
        std::size_t step = 3;
        for (std::size_t d = 0; d < Rank; ++d) { // the first index varies fastest
            steps[d] = step;
            step *= extents[d];
        }
        return steps;
    }
    template <class T, std::size_t Rank>
    static aw::tensor_view<T, Rank> view(tensor<T, Rank>& of) {
        return {of.values.data(), of.extents, strides<T, Rank>(of.extents)};
    }
    template <class T, std::size_t Rank>
    static aw::tensor_view<const T, Rank> view(const tensor<T, Rank>& of) {
        return {of.values.data(), of.extents, strides<T, Rank>(of.extents)};
    }
};

} // namespace

TEST_CASE("convolve() fills tensors of any layout", "[convolve]") {
    aw::random_generator random(14);
    const auto x = random_codes({2, 5, 6, 3}, random);
    const auto w = random_codes({4, 3, 3, 3}, random);
    const auto dense = aw::convolve(aw::plain_tensors::view(x), aw::plain_tensors::view(w), aw::exact{});
    const auto odd =
        aw::convolve<odd_tensors>(aw::plain_tensors::view(x), aw::plain_tensors::view(w), aw::exact{});
    const auto a = aw::plain_tensors::view(dense);
    const auto b = odd_tensors::view(odd);
    REQUIRE(a.extents() == b.extents());
    std::size_t different = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto n = i / (3 * 4 * 4), y = i / 16 % 3, z = i / 4 % 4, f = i % 4;
        different += a(n, y, z, f) != b(n, y, z, f) ? 1 : 0;
    }
    CHECK(different == 0);
    CHECK(std::count(odd.values.begin(), odd.values.end(), 77) >=
          static_cast<std::ptrdiff_t>(2 * a.size())); // nothing between the elements was touched
}

TEST_CASE("Column-major tensors of xtensor are seen as such", "[convolve]") {
    xt::xtensor<int, 2, xt::layout_type::column_major> columns({2, 3});
    int next = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            columns(i, j) = next++;
        }
    }
    const auto view = aw::xtensor_tensors::view(columns);
    next = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            CHECK(view(i, j) == next++);
        }
    }
}

TEST_CASE("Shapes that no machine could hold, or that have no products, are refused", "[convolve]") {
    aw::random_generator random(15);
    const auto x = random_codes({1, 4, 4, 2}, random);
    const auto w = random_codes({3, 2, 2, 2}, random);
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    const auto refused = [&](const aw::convolve_options& options) {
        CHECK_THROWS_AS(
            aw::convolve(aw::plain_tensors::view(x), aw::plain_tensors::view(w), aw::exact{}, options),
            aw::shape_error);
    };
    for (const std::size_t figure : {most, most / 2 + 1, most / 3 + 2, std::size_t{1} << 32}) {
        refused({.padding = figure});
        refused({.dilation = figure});
        refused({.stride = figure});
    }
    aw::convolution_shape shape;
    shape.input = {4, 4, 0};
    CHECK_THROWS_AS(aw::check(shape), aw::shape_error);
    shape.input = {4, 4, 2};
    shape.groups = 0;
    CHECK_THROWS_AS(aw::active_engine(shape), aw::shape_error);
    std::int32_t sums = 0;
    aw::convolution_task task;
    task.shape = shape;
    task.sums = &sums;
    CHECK_THROWS_AS(aw::activation_sums(task, &sums), aw::shape_error);
    CHECK_THROWS_AS(aw::reference_engine::run(task), aw::shape_error);
    task.shape.groups = 1;
    CHECK_THROWS_AS(aw::product_sums(task), aw::value_error); // no multiplier
    task.shape.geometry.kernel_height = task.shape.geometry.kernel_width = std::size_t{1} << 32;
    CHECK_THROWS_AS(aw::check(task.shape), aw::shape_error);
}
