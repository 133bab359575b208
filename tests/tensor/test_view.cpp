// SPDX-License-Identifier: MIT
#include <alwann/tensor/policy.hpp>
#include <alwann/tensor/view.hpp>
#include <alwann/tensor/xtensor.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <numeric>
#include <type_traits>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

TEST_CASE("A dense view counts with the last dimension fastest") {
    std::vector<int> values(2 * 3 * 4 * 5);
    std::iota(values.begin(), values.end(), 0);
    const aw::tensor_view<int, 4> view(values.data(), {2, 3, 4, 5});
    CHECK(view.strides() == std::array<std::size_t, 4>{60, 20, 5, 1});
    CHECK(view.size() == values.size());
    int expected = 0;
    for (std::size_t a = 0; a < view.extent(0); ++a) {
        for (std::size_t b = 0; b < view.extent(1); ++b) {
            for (std::size_t c = 0; c < view.extent(2); ++c) {
                for (std::size_t d = 0; d < view.extent(3); ++d) {
                    REQUIRE(view(a, b, c, d) == expected++);
                }
            }
        }
    }
}

TEST_CASE("A view with its own strides can transpose and repeat") {
    std::vector<int> values{0, 1, 2, 3, 4, 5};
    const aw::tensor_view<int, 2> transposed(values.data(), {3, 2}, {1, 3});
    CHECK(transposed(0, 0) == 0);
    CHECK(transposed(0, 1) == 3);
    CHECK(transposed(2, 1) == 5);
    transposed(1, 1) = 40;
    CHECK(values[4] == 40);
    const aw::tensor_view<int, 2> repeated(values.data(), {4, 3}, {0, 1});
    CHECK(repeated(3, 2) == 2);
    CHECK(repeated.size() == 12);
}

TEST_CASE("Mutable views turn into constant ones, not the other way round") {
    int value = 3;
    const aw::tensor_view<int, 1> view(&value, {1});
    const aw::tensor_view<const int, 1> constant = view;
    CHECK(constant(0) == 3);
    static_assert(!std::is_convertible_v<aw::tensor_view<const int, 1>, aw::tensor_view<int, 1>>);
    static_assert(std::is_same_v<aw::tensor_view<const int, 1>::value_type, int>);
}

TEST_CASE("Rows are a part of the same storage and keep its strides") {
    std::vector<int> values(24);
    std::iota(values.begin(), values.end(), 0);
    const aw::tensor_view<int, 2> view(values.data(), {3, 4}, {8, 2}); // every other row and column
    const auto part = view.rows(1, 2);
    CHECK(part.extents() == std::array<std::size_t, 2>{2, 4});
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t j = 0; j < 4; ++j) {
            CHECK(&part(i, j) == &view(i + 1, j));
        }
    }
    CHECK(view.rows(3, 0).size() == 0);
    CHECK(view.rows(0, 3).size() == 12);
}

TEST_CASE("Rows outside the tensor are refused, overflow included") {
    std::vector<int> values(12);
    const aw::tensor_view<int, 2> view(values.data(), {3, 4});
    constexpr auto most = std::numeric_limits<std::size_t>::max();
    CHECK_THROWS_AS(view.rows(4, 0), aw::shape_error);
    CHECK_THROWS_AS(view.rows(0, 4), aw::shape_error);
    CHECK_THROWS_AS(view.rows(2, 2), aw::shape_error);
    CHECK_THROWS_AS(view.rows(2, most), aw::shape_error);
    CHECK_THROWS_AS(view.rows(most, 2), aw::shape_error);
    CHECK_THROWS_WITH(view.rows(2, 5), contains("rows 2 to 7") && contains("3"));
}

TEST_CASE("An empty view has no elements") {
    CHECK(aw::tensor_view<float, 4>().size() == 0);
    CHECK(aw::tensor_view<float, 4>().data() == nullptr);
}

namespace {

template <aw::tensor_policy Policy>
void behaves_as_a_policy() {
    auto owned = Policy::template make<float, 3>({2, 3, 4});
    const auto view = Policy::view(owned);
    static_assert(std::is_same_v<decltype(view), const aw::tensor_view<float, 3>>);
    CHECK(view.extents() == std::array<std::size_t, 3>{2, 3, 4});
    CHECK(view.strides() == std::array<std::size_t, 3>{12, 4, 1});
    CHECK(reinterpret_cast<std::uintptr_t>(view.data()) % aw::storage_alignment == 0);
    for (std::size_t i = 0; i < 24; ++i) {
        view.data()[i] = static_cast<float>(i);
    }
    const auto& fixed = owned;
    const auto constant = Policy::view(fixed);
    static_assert(std::is_same_v<decltype(constant), const aw::tensor_view<const float, 3>>);
    CHECK(constant(1, 2, 3) == 23.0f);
    const auto copy = owned;
    view(0, 0, 1) = 100;
    CHECK(Policy::view(copy)(0, 0, 1) == 1.0f);

    auto codes = Policy::template make<std::uint8_t, 1>({5});
    CHECK(Policy::view(codes).size() == 5);
    auto none = Policy::template make<float, 4>({0, 2, 2, 1});
    CHECK(Policy::view(none).size() == 0);
}

struct no_policy {};
static_assert(!aw::tensor_policy<no_policy>);

} // namespace

TEST_CASE("Plain tensors") {
    behaves_as_a_policy<aw::plain_tensors>();
}

TEST_CASE("xtensor tensors") {
    behaves_as_a_policy<aw::xtensor_tensors>();
    // Extents of one must not become strides of zero.
    auto thin = aw::xtensor_tensors::make<int, 3>({1, 4, 1});
    for (std::size_t i = 0; i < 4; ++i) {
        thin(0, i, 0) = static_cast<int>(i);
    }
    CHECK(aw::xtensor_tensors::view(thin)(0, 3, 0) == 3);
}
