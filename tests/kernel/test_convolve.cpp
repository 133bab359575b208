// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/kernel/convolve.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/functional.hpp>
#include <alwann/tensor/xtensor.hpp>

#include "catch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

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
