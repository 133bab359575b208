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

// value / 2^places, rounded down, by division.
std::int64_t floor_shift(std::int64_t value, std::int32_t places) {
    const std::int64_t divisor = std::int64_t{1} << places;
    return value / divisor - (value % divisor < 0 ? 1 : 0);
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
                const bool sloped = group % 2 == 0 && random() % 2 == 0;
                stage.add_channel(static_cast<std::int32_t>(draw(random, 0, 255)), random_value(random),
                                  aw::fixed_factor(factor), sloped ? random_value(random) : 0,
                                  sloped ? static_cast<std::int32_t>(draw(random, 0, 31)) : 0);
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
                const std::int64_t sum =
                    std::int64_t{products[i]} - std::int64_t{stage.weight_zero[f]} * inputs[input] +
                    floor_shift(std::int64_t{stage.slope[f]} * inputs[input], stage.fraction[f]) +
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

TEST_CASE("Narrow factors give the same codes wherever they exist") {
    aw::random_generator random(5);
    std::size_t found = 0, tested = 0;
    const auto check = [&](const aw::fixed_factor& factor, const aw::code_range& codes, std::int64_t lowest,
                           std::int64_t highest) {
        const auto narrow = aw::detail::make_narrow(factor, codes, lowest, highest);
        ++tested;
        if (!narrow) {
            return false;
        }
        ++found;
        const auto same = [&](std::int64_t value) {
            if (value < lowest || value > highest) {
                return;
            }
            const auto accumulator = static_cast<std::int32_t>(value);
            const int code = (*narrow)(accumulator), expected = codes(factor(accumulator));
            if (code != expected) { // millions of them: asserting each takes longer than to compute it
                CAPTURE(factor.mantissa, factor.shift, codes.zero, int{codes.low}, int{codes.high}, value);
                REQUIRE(code == expected);
            }
        };
        for (const std::int64_t edge :
             {lowest, highest, std::int64_t{narrow->least}, std::int64_t{narrow->most}, std::int64_t{0}}) {
            for (std::int64_t value = edge - 3; value <= edge + 3; ++value) {
                same(value);
            }
        }
        for (int i = 0; i < 40; ++i) {
            same(random_value(random));
        }
        // Where one code ends and the next begins: the halves, both signs.
        if (factor.mantissa != 0) {
            for (int i = 0; i < 40; ++i) {
                const double half = static_cast<double>(draw(random, 0, 511)) - 255.5;
                const double middle = std::ldexp(half, factor.shift) / factor.mantissa;
                if (std::abs(middle) < 0x1p31) {
                    for (std::int64_t value = -2; value <= 2; ++value) {
                        same(std::llround(middle) + value);
                    }
                }
            }
        }
        return true;
    };
    const std::int32_t even[] = {
        1 << 30,  3 << 29, 5 << 28, (1 << 30) + (1 << 21), (1 << 30) + (1 << 15), (1 << 30) + (1 << 12),
        most - 1, most};
    for (std::int32_t shift = 1; shift <= 62; ++shift) {
        for (int i = 0; i < 200; ++i) {
            const auto mantissa =
                i % 2 == 0 ? even[i / 2 % 8] : static_cast<std::int32_t>((1u << 30) + (random() >> 34));
            aw::code_range codes{static_cast<std::int32_t>(draw(random, 0, 255)), 0, 255};
            if (i % 3 == 0) {
                codes.low = static_cast<std::uint8_t>(draw(random, 0, 128));
                codes.high = static_cast<std::uint8_t>(draw(random, codes.low, 255));
            }
            if (i % 7 == 0) {
                codes.zero = random_value(random);
            }
            std::int64_t lowest = least, highest = most;
            if (i % 5 < 2) {
                lowest = std::min(random_value(random), 0);
                highest = lowest + static_cast<std::int64_t>(draw(random, 0, 1u << 24));
            }
            check({mantissa, shift}, codes, lowest, highest);
        }
    }
    CHECK(found > tested / 4);

    const aw::code_range all{0, 0, 255};
    const aw::code_range clipped{10, 10, 200};
    for (const auto& codes : {all, clipped, aw::code_range{128, 0, 255}}) {
        CHECK(check({1 << 30, 33}, codes, least, most));
        CHECK(check({most, 33}, codes, least, most));
        CHECK(check({(1 << 30) + 12345, 56}, codes, least, most));
        CHECK_FALSE(check({1 << 30, 32}, codes, least, most));
        CHECK_FALSE(check({1 << 30, 57}, codes, least, most));
        CHECK_FALSE(check({1 << 30, 40}, codes, std::int64_t{least} - 1, most));
        CHECK_FALSE(check({1 << 30, 40}, codes, least, std::int64_t{most} + 1));
        // One and the same code needs no factor.
        CHECK(check({0, 1}, codes, least, most));
        CHECK(check({1 << 30, 1}, codes, 1000, 1000000));
        CHECK(check({1 << 30, 62}, codes, -100, 100));
    }
}

namespace {

// A stage with its data: `narrow` asks for factors that fit 32-bit lanes, else for any.
struct stage_case {
    aw::output_stage stage;
    std::size_t groups = 1;
    std::vector<std::int32_t> products, inputs;
    static constexpr std::size_t positions = 7;
    static constexpr std::size_t depth = 300;

    stage_case(std::size_t group, std::size_t group_count, bool narrow, aw::random_generator& random)
        : groups(group_count) {
        const std::size_t channels = group * groups;
        stage.codes = {static_cast<std::int32_t>(draw(random, 0, 255)),
                       static_cast<std::uint8_t>(draw(random, 0, 100)),
                       static_cast<std::uint8_t>(draw(random, 150, 255))};
        for (std::size_t f = 0; f < channels; ++f) {
            const double factor = random() % 8 == 0 ? 0.0
                                  : random() % 4 == 0
                                      ? std::ldexp(1.0, -static_cast<int>(draw(random, 5, 20)))
                                      : random_factor(random, narrow ? -24 : -32, narrow ? -2 : 29);
            stage.add_channel(static_cast<std::int32_t>(draw(random, 0, 255)),
                              narrow ? random_value(random) / 4 : random_value(random),
                              aw::fixed_factor(factor));
            if (group % 2 == 0 && random() % 4 != 0) { // some with a slope and some without
                constexpr std::int32_t largest = most / (255 * static_cast<std::int32_t>(depth));
                const auto size = static_cast<std::int32_t>(draw(random, 0, largest));
                stage.slope.back() = narrow ? (random() % 2 == 0 ? size : -size) : random_value(random);
                // A whole part beyond what a zero point can be does not fit 32 bits for sure.
                stage.fraction.back() = static_cast<std::int32_t>(draw(random, narrow ? 6 : 0, 31));
            }
        }
        const auto range = aw::sums_range::of_depth(depth);
        const auto any = [&](std::int64_t low, std::int64_t high) {
            const std::int64_t value = low + static_cast<std::int64_t>(aw::uniform_below(
                                                 random, static_cast<std::uint64_t>(high - low) + 1));
            return static_cast<std::int32_t>(random() % 16 == 0 ? low : random() % 16 == 0 ? high : value);
        };
        for (std::size_t i = 0; i < positions * channels; ++i) {
            products.push_back(any(range.least, range.most));
        }
        for (std::size_t i = 0; i < positions * groups; ++i) {
            inputs.push_back(any(0, range.most_activations));
        }
    }

    std::vector<std::uint8_t> expected() const {
        const std::size_t channels = stage.channels();
        const std::size_t group = channels / groups;
        std::vector<std::uint8_t> codes(positions * channels);
        for (std::size_t p = 0; p < positions; ++p) {
            for (std::size_t f = 0; f < channels; ++f) {
                aw::detail::requantise_scalar(stage, products.data() + p * channels,
                                              inputs[p * groups + f / group], f, f + 1,
                                              codes.data() + p * channels);
            }
        }
        return codes;
    }

    // Blocks of channels in turn, each with strides and a surplus of its own.
    template <class Isa>
    void run(const aw::prepared_stage& prepared, std::size_t block_channels) const {
        const std::size_t channels = stage.channels();
        const auto right = expected();
        for (std::size_t first = 0; first < channels; first += block_channels) {
            const std::size_t count = std::min(block_channels, channels - first);
            const std::size_t sums_stride = count + 3, stride = channels + 5;
            std::vector<std::int32_t> sums(positions * sums_stride - 3); // reading further is an error
            for (std::size_t p = 0; p < positions; ++p) {
                std::copy_n(products.data() + p * channels + first, count, sums.data() + p * sums_stride);
            }
            std::vector<std::uint8_t> codes(positions * stride, 99);
            aw::detail::requantise_block<Isa>(
                prepared, {0, positions, first, count, sums.data(), sums_stride, inputs.data()}, groups,
                codes.data() + first, stride);
            std::vector<std::uint8_t> whole(positions * stride, 99); // what is not of the block stays
            for (std::size_t p = 0; p < positions; ++p) {
                std::copy_n(right.data() + p * channels + first, count, whole.data() + p * stride + first);
            }
            CAPTURE(channels, groups, first, count);
            REQUIRE(codes == whole);
        }
    }
};

template <class Isa>
void check_instructions() {
    aw::random_generator random(6);
    for (const bool narrow : {true, false}) {
        for (std::size_t group = 1; group <= 37; ++group) {
            for (const std::size_t groups : {1u, 2u, 3u, 20u}) {
                const stage_case data(group, groups, narrow, random);
                const aw::prepared_stage prepared(data.stage, aw::sums_range::of_depth(stage_case::depth));
                if (narrow) {
                    REQUIRE(prepared.is_narrow(0, prepared.channels()));
                }
                data.run<Isa>(prepared, prepared.channels());
                data.run<Isa>(prepared, draw(random, 1, prepared.channels()));
                const aw::prepared_stage copy =
                    aw::prepared_stage(aw::prepared_stage(data.stage)); // any sums
                data.run<Isa>(copy, group);
            }
        }
    }
}

} // namespace

TEST_CASE("The output stage without vector instructions is its definition") {
    check_instructions<aw::detail::requantise_portable>();
}

TEST_CASE("The output stage with AVX2 is its definition") {
#if defined(__x86_64__)
    if (aw::detect_cpu().avx2) {
        return check_instructions<aw::detail::requantise_avx2>();
    }
#endif
    WARN("skipped: this processor has no AVX2");
}

TEST_CASE("The output stage with AVX-512 is its definition") {
#if defined(__x86_64__)
    if (aw::detect_cpu().avx512bw) {
        return check_instructions<aw::detail::requantise_avx512>();
    }
#endif
    WARN("skipped: this processor has no AVX-512");
}

TEST_CASE("Stages are narrow as long as no accumulator can saturate") {
    const auto narrow = [](std::int32_t zero, std::int32_t constant, const aw::sums_range& range) {
        aw::output_stage stage;
        stage.add_channel(zero, constant, aw::fixed_factor(1e-3));
        return aw::prepared_stage(stage, range).is_narrow(0, 1);
    };
    CHECK(narrow(255, 0, aw::sums_range::of_depth(576)));
    CHECK_FALSE(narrow(255, 0, aw::sums_range::of_depth(32767)));
    CHECK(narrow(0, 0, aw::sums_range::of_depth(32767)));
    CHECK(narrow(0, 0, {}));
    CHECK_FALSE(narrow(0, 1, {}));
    CHECK_FALSE(narrow(1, 0, {}));
    CHECK(narrow(0, 900, {0, most - 900, 0}));
    CHECK_FALSE(narrow(0, 901, {0, most - 900, 0}));
    CHECK(narrow(0, -900, {std::int64_t{least} + 900, 0, 0}));
    CHECK_FALSE(narrow(0, -901, {std::int64_t{least} + 900, 0, 0}));
    CHECK(narrow(2, 0, {0, 0, 1 << 30}));
    CHECK_FALSE(narrow(2, 0, {0, 0, (1 << 30) + 1}));
    CHECK(narrow(-2, -1, {0, 0, 1 << 30}));
    CHECK_FALSE(narrow(-2, 0, {0, 0, 1 << 30}));
}
