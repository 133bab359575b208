// SPDX-License-Identifier: MIT
// Intervals and codes of TensorFlow 1's quantised operators.
#include <alwann/nn/min_first.hpp>

#include <cmath>
#include <random>
#include <vector>

#include <catch.hpp>

namespace mf = alwann::min_first;
using alwann::code_interval;

namespace {

std::vector<code_interval> some_intervals() {
    std::vector<code_interval> result{{-1, 0.9921875f}, {0, 1}, {-1, 0}, {-0.001f, 0.009f}, {-300, 2}};
    std::mt19937 random(1);
    for (int i = 0; i < 200; ++i) {
        const auto draw = [&] { return std::ldexp(static_cast<float>(random()), -32) * 20; };
        result.push_back({-draw(), draw()});
    }
    return result;
}

} // namespace

TEST_CASE("intervals of values hold 0 and are not too narrow") {
    CHECK(mf::interval_of(-1, 0.9921875f) == code_interval{-1, 0.9921875f});
    CHECK(mf::interval_of(2, 3) == code_interval{0, 3});
    CHECK(mf::interval_of(-3, -2) == code_interval{-3, 0});
    CHECK(mf::interval_of(0, 0) == code_interval{0, 0.01f});
    CHECK(mf::interval_of(-5, -5) == code_interval{-5, 0});
    CHECK(mf::interval_of(0, 0.001f) == code_interval{0, 0.01f});
}

TEST_CASE("pixels scaled to -1..1 have their bytes as codes") {
    const code_interval range{-1, 0.9921875f};
    const mf::encoder<std::uint8_t> encode(range);
    const mf::decoder decode(range);
    CHECK(mf::zero_point(range) == 128);
    for (int byte = 0; byte < 256; ++byte) {
        const float value = static_cast<float>(byte) / 128 - 1;
        CHECK(encode(value) == byte);
        CHECK(decode(static_cast<std::uint8_t>(byte)) == value);
    }
    CHECK(encode(-7) == 0);
    CHECK(encode(7) == 255);
}

TEST_CASE("the code of 0 is read as exactly 0, others near what was written") {
    for (const auto& range : some_intervals()) {
        const mf::encoder<std::uint8_t> encode(range);
        const mf::decoder decode(range);
        const auto zero = mf::zero_point(range);
        REQUIRE(zero >= 0);
        REQUIRE(zero <= 255);
        CHECK(encode(0) == zero);
        CHECK(decode(static_cast<std::uint8_t>(zero)) == 0);
        const float step = (range.high - range.low) / 255;
        for (int i = 0; i <= 10; ++i) {
            const float value = range.low + static_cast<float>(i) * (range.high - range.low) / 10;
            CHECK(std::abs(decode(encode(value)) - value) <= 1.01f * step);
        }
        CHECK(mf::value_of<std::uint8_t>(zero, range) ==
              Catch::Approx(0).margin(1e-6 * (range.high - range.low)));
    }
}

TEST_CASE("an interval without extent has one value") {
    const code_interval range{0, 0};
    CHECK(mf::decoder(range)(200) == 0);
    CHECK(mf::encoder<std::uint8_t>(range)(5) == 0);
    CHECK(mf::zero_point(range) == 0);
    CHECK(mf::value_of<std::int32_t>(12345, {2, 2}) == 2);
    CHECK(mf::requantiser({-1, 1}, {2, 2})(1000000) == 0);
}

TEST_CASE("sums are given the codes of the interval they use") {
    for (const auto& range : some_intervals()) {
        const auto wide = mf::product_interval(range, {-0.5f, 0.75f});
        CHECK(wide.low == -wide.high);
        const std::int32_t smallest = -70000, largest = 123456;
        const auto used = mf::used_interval(smallest, largest, wide);
        const double step = static_cast<double>(wide.high) / 2147483648.0;
        CHECK(used.low == Catch::Approx(smallest * step).epsilon(1e-3));
        CHECK(used.high == Catch::Approx(largest * step).epsilon(1e-3));
        const mf::requantiser requantise(wide, used);
        CHECK(requantise(smallest) == 0);
        CHECK(requantise(largest) == 255);
        CHECK(requantise(0) == Catch::Approx(255.0 * 70000 / 193456).margin(1));
        CHECK(requantise(-2000000000) == 0);
        CHECK(requantise(2000000000) == 255);
    }
    // All sums positive: the interval starts at 0 nevertheless.
    CHECK(mf::used_interval(5, 10, {-1, 1}).low == 0);
}

TEST_CASE("codes of two intervals are added in a wide one") {
    const code_interval a{-3, 2}, b{0, 7};
    const auto wide = mf::sum_interval(a, b, 16384);
    CHECK(wide == code_interval{-7 * 16384.0f, 7 * 16384.0f});
    const mf::widener widen_a(a, wide), widen_b(b, wide);
    const mf::decoder decode_a(a), decode_b(b);
    for (int code = 0; code < 256; code += 5) {
        const auto c = static_cast<std::uint8_t>(code);
        const double sum = static_cast<double>(widen_a(c)) + widen_b(c);
        CHECK(sum * wide.high / 2147483648.0 == Catch::Approx(decode_a(c) + decode_b(c)).margin(0.03));
    }
}
