// SPDX-License-Identifier: MIT
// Statistics of batches.
#include <alwann/nn/batch_normalisation.hpp>

#include <cmath>
#include <random>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

TEST_CASE("mean and variance of each channel") {
    const std::vector<float> values{1, 10, 2, 10, 6, 10};
    for (const auto how : {aw::summation::double_precision, aw::summation::sequential_float}) {
        const auto found = aw::moments_of(values.data(), 3, 2, how);
        CHECK(found.mean == std::vector<float>{3, 10});
        CHECK(found.variance[0] == Catch::Approx(14.0 / 3));
        CHECK(found.variance[1] == 0);
    }
    CHECK_THROWS_AS(aw::moments_of(values.data(), 0, 2), aw::value_error);
}

TEST_CASE("sequential sums of float32 are the plain loop, with its errors") {
    std::mt19937 random(3);
    constexpr std::size_t rows = 100000;
    std::vector<float> values(rows);
    for (auto& value : values) {
        value = std::ldexp(static_cast<float>(random()), -32) + 1;
    }
    volatile float sum = 0; // no compiler may vectorise or widen it
    for (const float value : values) {
        sum = sum + value;
    }
    constexpr float share = 1.0f / static_cast<float>(rows);
    const float mean = sum * share;
    volatile float squares = 0;
    for (const float value : values) {
        const volatile float difference = value - mean;
        const volatile float square = difference * difference;
        squares = squares + square;
    }
    const auto found = aw::moments_of(values.data(), rows, 1, aw::summation::sequential_float);
    CHECK(found.mean[0] == mean);
    CHECK(found.variance[0] == squares * share);
    const auto better = aw::moments_of(values.data(), rows, 1);
    CHECK(better.mean[0] != found.mean[0]);
    CHECK(better.mean[0] == Catch::Approx(found.mean[0]).epsilon(1e-4));
}

TEST_CASE("values looked up by codes have the moments of the values") {
    std::mt19937 random(5);
    constexpr std::size_t rows = 500, channels = 3;
    std::vector<float> table(channels * 256);
    for (auto& entry : table) {
        entry = std::ldexp(static_cast<float>(random()), -30) - 2;
    }
    std::vector<std::uint8_t> codes(rows * channels);
    std::vector<float> values;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        codes[i] = static_cast<std::uint8_t>(random());
        values.push_back(table[i % channels * 256 + codes[i]]);
    }
    for (const auto how : {aw::summation::double_precision, aw::summation::sequential_float}) {
        CHECK(aw::detail::moments_of(aw::detail::coded_values(codes.data(), table.data(), channels), rows,
                                     channels, how) == aw::moments_of(values.data(), rows, channels, how));
    }
}

TEST_CASE("normalised values have the mean and deviation of the parameters") {
    const aw::normaliser normalise({{2, 3}, {0.5f, -1}, 0.25f}, {{10, -1}, {3.75f, 0}});
    CHECK(normalise(0, 10) == 0.5f);
    CHECK(normalise(0, 12) == 2.5f);
    CHECK(normalise(1, -1) == -1);
    CHECK(normalise(1, 0) == 5); // deviation 0.5, from epsilon alone
}
