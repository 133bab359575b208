// SPDX-License-Identifier: MIT
#include <alwann/io/dataset.hpp>

#include "catch.hpp"

#include <cstdint>
#include <numeric>
#include <vector>

namespace {

alwann::dataset small() {
    std::vector<std::uint8_t> pixels(4 * 2 * 3 * 1);
    std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
    return alwann::make_dataset("small", {2, 3, 1}, pixels, {0, 2, 1, 2});
}

} // namespace

TEST_CASE("a data set knows its images") {
    const auto data = small();
    CHECK(data.size() == 4);
    CHECK(data.classes == 3);
    const auto image = data.image(2);
    CHECK(std::vector<int>(image.begin(), image.end()) == std::vector<int>{12, 13, 14, 15, 16, 17});
    CHECK(data.images(1, 3).size() == 18);
    CHECK(data.images(4, 0).empty());
    CHECK_THROWS_AS(data.image(4), alwann::value_error);
    CHECK_THROWS_AS(data.images(2, SIZE_MAX), alwann::value_error);
}

TEST_CASE("a slice is a data set of its own") {
    const auto part = small().slice(2, 1);
    CHECK(part.name == "small");
    CHECK(part.size() == 1);
    CHECK(part.labels == std::vector<int>{1});
    CHECK(part.image(0)[0] == 12);
    CHECK(part.classes == 3);
    CHECK_THROWS_AS(small().slice(1, 0), alwann::value_error);
    CHECK_THROWS_AS(small().slice(1, 4), alwann::value_error);
    CHECK_THROWS_AS(small().slice(5, 1), alwann::value_error);
}

TEST_CASE("what does not fit together is not a data set") {
    CHECK_THROWS_AS(alwann::make_dataset("none", {2, 2, 1}, {}, {}), alwann::value_error);
    CHECK_THROWS_AS(alwann::make_dataset("few", {2, 2, 1}, {1, 2, 3, 4}, {0, 1}), alwann::shape_error);
    CHECK_THROWS_AS(alwann::make_dataset("many", {2, 2, 1}, {1, 2, 3, 4}, {}), alwann::shape_error);
    CHECK_THROWS_AS(alwann::make_dataset("odd", {2, 2, 1}, {1, 2, 3, 4, 5}, {0}), alwann::shape_error);
    CHECK_THROWS_AS(alwann::make_dataset("flat", {2, 0, 1}, {}, {0}), alwann::shape_error);
    CHECK_THROWS_WITH(alwann::make_dataset("labels", {1, 1, 1}, {1, 2}, {0, 3}, 3), contains("label 1"));
    CHECK_THROWS_AS(alwann::make_dataset("negative", {1, 1, 1}, {1, 2}, {0, -1}), alwann::value_error);
}
