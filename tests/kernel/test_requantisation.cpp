// SPDX-License-Identifier: MIT
#include "tasks.hpp"

#include <alwann/kernel/output_stage.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace kernel_test;

namespace {

__extension__ typedef __int128 int128;

constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();

// value * mantissa / 2^shift, halves away from zero, from the magnitude.
std::int64_t exact_product(std::int64_t value, std::int64_t mantissa, std::int32_t shift) {
    const int128 product = static_cast<int128>(value) * mantissa;
    const int128 magnitude = product < 0 ? -product : product;
    const int128 divisor = static_cast<int128>(1) << shift;
    const int128 quotient = magnitude / divisor;
    const int128 rest = magnitude % divisor;
    const int128 rounded = quotient + (2 * rest >= divisor ? 1 : 0);
    return static_cast<std::int64_t>(product < 0 ? -rounded : rounded);
}

double random_factor(aw::random_generator& random, int lowest, int highest) {
    const auto range = static_cast<std::uint64_t>(highest - lowest);
    return std::ldexp(1 + aw::uniform_unit(random),
                      lowest + static_cast<int>(aw::uniform_below(random, range)));
}

std::int32_t random_value(aw::random_generator& random) {
    // Magnitudes of all sizes.
    const auto bits = static_cast<std::uint32_t>(random() >> 32);
    return static_cast<std::int32_t>(bits) >> draw(random, 0, 31);
}

} // namespace

TEST_CASE("A factor becomes the nearest one with 31 bits") {
    aw::random_generator random(1);
    for (int i = 0; i < 20000; ++i) {
        const double factor = random_factor(random, -32, 29);
        const aw::fixed_factor fixed(factor);
        REQUIRE(fixed.mantissa >= 1 << 30);
        REQUIRE(fixed.shift >= 1);
        REQUIRE(fixed.shift <= 62);
        const double found = std::ldexp(fixed.mantissa, -fixed.shift);
        REQUIRE(std::abs(found - factor) <= factor * 0x1p-31);
    }
}

TEST_CASE("Factors at the edges") {
    const auto same = [](double factor) {
        const aw::fixed_factor fixed(factor);
        CHECK(std::ldexp(fixed.mantissa, -fixed.shift) == factor);
    };
    for (int exponent = -32; exponent < 29; ++exponent) {
        same(std::ldexp(1.0, exponent));
        same(std::ldexp(1.5, std::min(exponent, 28)));
    }
    CHECK(aw::fixed_factor(0.0).mantissa == 0);
    CHECK(aw::fixed_factor(0.0)(most) == 0);
    CHECK(aw::fixed_factor(std::nextafter(0x1p-32, 0.0))(most) == 0);
    CHECK(aw::fixed_factor(std::numeric_limits<double>::denorm_min())(least) == 0);
    // Just below a power of two the mantissa rounds up to it, and must not leave its range.
    for (const double power : {0x1p-31, 0x1p-3, 1.0, 0x1p29}) {
        const aw::fixed_factor fixed(std::nextafter(power, 0.0));
        CHECK(fixed.mantissa == 1 << 30);
        CHECK(std::ldexp(fixed.mantissa, -fixed.shift) == power);
        CHECK(fixed.shift >= 1);
    }
    CHECK(aw::fixed_factor(std::nextafter(0x1p29, 0.0))(most) == (std::int64_t{most} << 29));
    for (const double factor : {-1.0, -1e-300, 0x1p29, 1e300, std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_THROWS_AS(aw::fixed_factor(factor), aw::value_error);
    }
    CHECK_THROWS_WITH(aw::fixed_factor(-1.0), contains("2^29"));
}

TEST_CASE("Multiplication by a factor rounds exactly, halves away from zero") {
    aw::random_generator random(2);
    const auto check = [](const aw::fixed_factor& factor, std::int32_t value) {
        CAPTURE(factor.mantissa, factor.shift, value);
        REQUIRE(factor(value) == exact_product(value, factor.mantissa, factor.shift));
    };
    for (int i = 0; i < 50000; ++i) {
        const auto mantissa = static_cast<std::int32_t>((1u << 30) + (random() >> 34));
        check({mantissa, static_cast<std::int32_t>(draw(random, 1, 62))}, random_value(random));
    }
    for (std::int32_t shift = 1; shift <= 62; ++shift) {
        for (const std::int32_t mantissa : {0, 1 << 30, (1 << 30) + 1, 3 << 29, most - 1, most}) {
            for (const std::int32_t value :
                 {least, least + 1, -(1 << 30), -3, -2, -1, 0, 1, 2, 3, 1 << 30, most - 1, most}) {
                check({mantissa, shift}, value);
            }
        }
    }
    // Ties: halves of both signs, by a factor of a half, a quarter and three quarters.
    const aw::fixed_factor half(0.5);
    for (std::int32_t value = -9; value <= 9; ++value) {
        CHECK(half(value) == std::llround(value / 2.0));
        CHECK(aw::fixed_factor(0.25)(value) == std::llround(value / 4.0));
        CHECK(aw::fixed_factor(0.75)(value) == std::llround(value * 0.75));
        CHECK(aw::fixed_factor(2.5)(value) == std::llround(value * 2.5));
    }
}

TEST_CASE("Products with factors stay close to real ones") {
    aw::random_generator random(3);
    for (int i = 0; i < 20000; ++i) {
        const double factor = random_factor(random, -31, 3);
        const std::int32_t value = random_value(random);
        const long double real = static_cast<long double>(value) * static_cast<long double>(factor);
        const long double found = static_cast<long double>(aw::fixed_factor(factor)(value));
        REQUIRE(std::abs(found - real) <= 0.5L + std::abs(real) * 0x1p-31L + 1e-9L);
    }
}

TEST_CASE("Saturation and code ranges clamp") {
    CHECK(aw::saturate(0) == 0);
    CHECK(aw::saturate(most) == most);
    CHECK(aw::saturate(std::int64_t{most} + 1) == most);
    CHECK(aw::saturate(least) == least);
    CHECK(aw::saturate(std::int64_t{least} - 1) == least);
    CHECK(aw::saturate(std::numeric_limits<std::int64_t>::max()) == most);
    CHECK(aw::saturate(std::numeric_limits<std::int64_t>::min()) == least);
    const aw::code_range range{.zero = 10, .low = 10, .high = 200};
    for (std::int64_t value = -300; value <= 300; ++value) {
        REQUIRE(range(value) == std::max<std::int64_t>(10, std::min<std::int64_t>(200, value + 10)));
    }
    CHECK(range(std::int64_t{1} << 60) == 200);
    CHECK(range(-(std::int64_t{1} << 60)) == 10);
}

TEST_CASE("The output stage is its definition for any number of channels and groups") {
    aw::random_generator random(4);
    for (std::size_t group = 1; group <= 40; ++group) {
        for (const std::size_t groups : {1u, 2u, 3u}) {
            const std::size_t channels = group * groups;
            aw::output_stage stage;
            const auto zero = static_cast<std::int32_t>(draw(random, 0, 255));
            stage.codes = {zero, static_cast<std::uint8_t>(draw(random, 0, 100)),
                           static_cast<std::uint8_t>(draw(random, 150, 255))};
            if (group % 3 == 0) {
                stage.codes.low = 0;
                stage.codes.high = 255;
            }
            for (std::size_t f = 0; f < channels; ++f) {
                const double factor = random() % 8 == 0 ? 0.0 : random_factor(random, -32, 29);
                stage.add_channel(static_cast<std::int32_t>(draw(random, 0, 255)), random_value(random),
                                  aw::fixed_factor(factor));
            }
            if (group % 4 == 0) { // saturates
                std::fill(stage.constant.begin(), stage.constant.end(), group % 8 == 0 ? most : least);
            }
            constexpr std::size_t positions = 9;
            std::vector<std::int32_t> products, inputs;
            for (std::size_t i = 0; i < positions * channels; ++i) {
                products.push_back(i % 11 == 0 ? most : random_value(random));
            }
            for (std::size_t i = 0; i < positions * groups; ++i) {
                inputs.push_back(static_cast<std::int32_t>(draw(random, 0, 32767 * 255)));
            }
            std::vector<std::uint8_t> codes(positions * channels + 16, 99);
            aw::requantise(stage, positions, groups, products.data(), inputs.data(), codes.data());
            for (std::size_t i = 0; i < positions * channels; ++i) {
                const std::size_t f = i % channels;
                const std::size_t input = i / channels * groups + f / group;
                const std::int64_t sum = std::int64_t{products[i]} -
                                         std::int64_t{stage.weight_zero[f]} * inputs[input] +
                                         stage.constant[f];
                const std::int64_t limited = std::clamp<std::int64_t>(sum, least, most);
                const std::int64_t code =
                    exact_product(limited, stage.mantissa[f], stage.shift[f]) + stage.codes.zero;
                CAPTURE(channels, groups, i);
                REQUIRE(stage.accumulator(f, products[i], inputs[input]) == limited);
                REQUIRE(codes[i] == std::clamp<std::int64_t>(code, stage.codes.low, stage.codes.high));
            }
            REQUIRE(std::all_of(codes.end() - 16, codes.end(), [](auto code) { return code == 99; }));

            // What a processor without wider instructions runs, whatever this one has.
            std::vector<std::uint8_t> scalar(positions * channels + 16, 99);
            for (std::size_t i = 0; i < positions * groups; ++i) {
                const std::size_t position = i / groups * channels;
                const std::size_t first = i % groups * group;
                aw::detail::requantise_scalar(stage, products.data() + position, inputs[i], first,
                                              first + group, scalar.data() + position);
            }
            REQUIRE(scalar == codes);
        }
    }
}

TEST_CASE("Halves round away from zero in every lane of the output stage") {
    constexpr std::size_t channels = 19;
    aw::output_stage stage;
    stage.codes = {128, 0, 255};
    for (std::size_t f = 0; f < channels; ++f) {
        stage.add_channel(0, 0, aw::fixed_factor(0.5));
    }
    for (std::int32_t value = -20; value <= 20; ++value) {
        const std::vector<std::int32_t> products(channels, value);
        const std::int32_t inputs = 0;
        std::vector<std::uint8_t> codes(channels);
        aw::requantise(stage, 1, 1, products.data(), &inputs, codes.data());
        CHECK(codes == std::vector<std::uint8_t>(channels,
                                                 static_cast<std::uint8_t>(128 + std::llround(value / 2.0))));
    }
}
