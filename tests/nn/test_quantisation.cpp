// SPDX-License-Identifier: MIT
#include "networks.hpp"

#include <alwann/nn/quantisation.hpp>

#include <cmath>
#include <limits>

#include <catch.hpp>

namespace aw = alwann;

TEST_CASE("Codes decode and encode to themselves, and reals to the nearest code") {
    aw::random_generator random(1);
    for (int i = 0; i < 300; ++i) {
        const double middle = 40 * aw::uniform_unit(random) - 20;
        const double width = std::ldexp(1 + aw::uniform_unit(random), static_cast<int>(random() % 12) - 6);
        const auto codes = aw::quantisation_of_range(middle - width, middle + width);
        for (std::int32_t code = 0; code < 256; ++code) {
            REQUIRE(codes.encode(codes.decode(code)) == code);
        }
        const double low = codes.decode(0), high = codes.decode(255);
        for (int j = 0; j < 50; ++j) {
            const double real = low + aw::uniform_unit(random) * (high - low);
            REQUIRE(std::abs(codes.decode(codes.encode(real)) - real) <= codes.scale / 2 * (1 + 1e-9));
        }
        REQUIRE(codes.encode(high + 100 * codes.scale) == 255);
        REQUIRE(codes.encode(low - 100 * codes.scale) == 0);
    }
}

TEST_CASE("A range is covered to half a step, and zero is exact") {
    aw::random_generator random(2);
    for (int i = 0; i < 1000; ++i) {
        double low = 20 * aw::uniform_unit(random) - 10;
        double high = low + 10 * aw::uniform_unit(random);
        const auto codes = aw::quantisation_of_range(low, high);
        low = std::min(low, 0.0);
        high = std::max(high, 0.0);
        REQUIRE(codes.zero >= 0);
        REQUIRE(codes.zero <= 255);
        REQUIRE(codes.decode(codes.encode(0)) == 0);
        REQUIRE(std::abs(codes.decode(0) - low) <= codes.scale / 2 * (1 + 1e-9));
        REQUIRE(std::abs(codes.decode(255) - high) <= codes.scale / 2 * (1 + 1e-9));
    }
    CHECK(aw::quantisation_of_range(1, 2).zero == 0);
    CHECK(aw::quantisation_of_range(1, 2).scale == Approx(2.0 / 255));
    CHECK(aw::quantisation_of_range(-2, -1).zero == 255);
}

TEST_CASE("Halves round away from zero") {
    const aw::quantisation codes{2, 100};
    CHECK(codes.encode(1) == 101);
    CHECK(codes.encode(3) == 102);
    CHECK(codes.encode(-1) == 99);
    CHECK(codes.encode(-3) == 98);
}

TEST_CASE("Ranges without extent or of rubbish") {
    CHECK(aw::quantisation_of_range(0, 0) == aw::quantisation{});
    CHECK(aw::quantisation_of_range(0, 0).encode(0) == 0);
    CHECK(aw::quantisation_of_range(0, std::numeric_limits<double>::denorm_min()) == aw::quantisation{});
    CHECK(std::isfinite(aw::quantisation_of_range(-3e38, 3e38).scale));
    constexpr double infinity = std::numeric_limits<double>::infinity();
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(aw::quantisation_of_range(-infinity, 1), aw::value_error);
    CHECK_THROWS_AS(aw::quantisation_of_range(0, infinity), aw::value_error);
    CHECK_THROWS_AS(aw::quantisation_of_range(nan, 1), aw::value_error);
    CHECK_THROWS_AS(aw::quantisation_of_range(0, nan), aw::value_error);
    CHECK_THROWS_WITH(aw::quantisation_of_range(2, 1), contains("[2.0") && contains("1.0"));
}
