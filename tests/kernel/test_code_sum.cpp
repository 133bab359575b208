// SPDX-License-Identifier: MIT
#include "tasks.hpp"

#include <alwann/kernel/code_sum.hpp>
#include <alwann/kernel/codes_sink.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace kernel_test;

namespace {

// value / 2^shift, halves away from zero.
std::int64_t rounded(std::int64_t value, int shift) {
    const std::int64_t magnitude = value < 0 ? -value : value;
    const std::int64_t result = (magnitude + (std::int64_t{1} << (shift - 1))) / (std::int64_t{1} << shift);
    return value < 0 ? -result : result;
}

std::uint8_t naive_sum(const aw::code_sum& what, std::uint8_t a, std::uint8_t b) {
    std::int64_t sum = 0;
    for (std::size_t side = 0; side < 2; ++side) {
        const std::int64_t distance = (side == 0 ? a : b) - what.zero[side];
        sum += rounded(distance * what.factor[side].mantissa, what.factor[side].shift);
    }
    const std::int64_t code = rounded(sum, what.fraction_bits) + what.codes.zero;
    return static_cast<std::uint8_t>(std::clamp<std::int64_t>(code, what.codes.low, what.codes.high));
}

// Operands with steps of scale_a and scale_b of the result's, as quantisation makes it.
aw::code_sum make_sum(double scale_a, double scale_b, aw::random_generator& random) {
    aw::code_sum result;
    result.fraction_bits = std::clamp(28 - std::ilogb(std::max({scale_a, scale_b, 1e-9})), 1, 20);
    const double unit = std::ldexp(1.0, result.fraction_bits);
    result.zero = {static_cast<std::int32_t>(draw(random, 0, 255)),
                   static_cast<std::int32_t>(draw(random, 0, 255))};
    if (draw(random, 0, 1) == 0) {
        result.zero[draw(random, 0, 1)] = draw(random, 0, 1) == 0 ? 0 : 255;
    }
    result.factor = {aw::fixed_factor(unit * scale_a), aw::fixed_factor(unit * scale_b)};
    result.codes = {static_cast<std::int32_t>(draw(random, 0, 255)), 0, 255};
    if (draw(random, 0, 1) == 0) {
        result.codes.low = static_cast<std::uint8_t>(draw(random, 0, 255));
        result.codes.high = static_cast<std::uint8_t>(draw(random, result.codes.low, 255));
    }
    return result;
}

double random_scale(aw::random_generator& random) {
    return std::ldexp(1 + aw::uniform_unit(random), -static_cast<int>(draw(random, 1, 3)));
}

// All pairs in order; what `run(rows)` makes of them.
template <class Run>
std::vector<std::uint8_t> all_pairs(const Run& run) {
    std::vector<std::uint8_t> a(65536), b(65536), codes(65536);
    for (std::size_t i = 0; i < 65536; ++i) {
        a[i] = static_cast<std::uint8_t>(i / 256);
        b[i] = static_cast<std::uint8_t>(i % 256);
    }
    run(aw::detail::code_rows{a.data(), b.data(), codes.data(), 1, codes.size(), codes.size()});
    return codes;
}

std::vector<std::uint8_t> expected_pairs(const aw::code_sum& what) {
    std::vector<std::uint8_t> codes;
    for (std::size_t i = 0; i < 65536; ++i) {
        codes.push_back(
            naive_sum(what, static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i % 256)));
    }
    return codes;
}

// Rows of many widths and strides; run(rows) must fill them and nothing else, in place as well.
template <class Run>
void check_rows(const aw::code_sum& what, aw::random_generator& random, const Run& run) {
    for (std::size_t width = 0; width <= 140; ++width) {
        const std::size_t rows = draw(random, 0, 4), stride = width + draw(random, 0, 70);
        const std::size_t size = rows * stride + 1;
        const auto a = random_codes(size, random), b = random_codes(size, random);
        std::vector<std::uint8_t> codes(size, 99), right(size, 99);
        for (std::size_t row = 0; row < rows; ++row) {
            for (std::size_t i = row * stride; i < row * stride + width; ++i) {
                right[i + 1] = what(a[i + 1], b[i + 1]); // nothing aligned by chance
            }
        }
        run(aw::detail::code_rows{a.data() + 1, b.data() + 1, codes.data() + 1, rows, width, stride});
        CAPTURE(width, rows, stride);
        REQUIRE(codes == right);
        for (const bool first : {true, false}) {
            auto own = first ? a : b;
            run(aw::detail::code_rows{first ? own.data() + 1 : a.data() + 1,
                                      first ? b.data() + 1 : own.data() + 1, own.data() + 1, rows, width,
                                      stride});
            for (std::size_t i = 0; i < size; ++i) {
                const bool written =
                    i > 0 && rows > 0 && (i - 1) % std::max<std::size_t>(stride, 1) < width && width > 0;
                REQUIRE(int{own[i]} == (written ? int{right[i]} : int{first ? a[i] : b[i]}));
            }
        }
    }
}

// `run(linear form, rows)` for sums that have one.
template <class Run>
void check_instructions(const Run& run) {
    aw::random_generator random(3);
    for (int i = 0; i < 20; ++i) {
        const auto what = make_sum(random_scale(random), random_scale(random), random);
        const aw::prepared_sum prepared(what);
        if (!prepared.linear()) {
            continue;
        }
        const auto with = [&](const aw::detail::code_rows& rows) { run(*prepared.linear(), rows); };
        REQUIRE(all_pairs(with) == expected_pairs(what));
        if (i < 3) {
            check_rows(what, random, with);
        }
    }
}

} // namespace

TEST_CASE("Sums of codes are their definition, whatever they run on") {
    aw::random_generator random(1);
    std::size_t linear = 0, tested = 0;
    const auto check = [&](const aw::code_sum& what) {
        const aw::prepared_sum prepared(what);
        const auto right = expected_pairs(what);
        CAPTURE(what.zero[0], what.zero[1], what.factor[0].mantissa, what.factor[0].shift,
                what.factor[1].mantissa, what.factor[1].shift, what.fraction_bits, what.codes.zero);
        REQUIRE(all_pairs(prepared) == right);
        REQUIRE(all_pairs([&](const auto& rows) { prepared.portable(rows); }) == right);
        REQUIRE(aw::prepared_sum(what.swapped()).what() == what.swapped());
        bool same = true;
        for (std::size_t i = 0; i < right.size(); ++i) {
            const auto a = static_cast<std::uint8_t>(i / 256), b = static_cast<std::uint8_t>(i % 256);
            same = same && what(a, b) == right[i] && what.swapped()(b, a) == right[i] &&
                   (!prepared.linear() || (*prepared.linear())(a, b) == right[i]);
        }
        REQUIRE(same);
        ++tested;
        linear += prepared.linear() ? 1 : 0;
    };
    // As trained networks have it: nearly all are fast.
    for (int i = 0; i < 60; ++i) {
        check(make_sum(random_scale(random), random_scale(random), random));
    }
    CHECK(linear * 20 >= tested * 19);
    // Scales in simple proportions have many sums half-way between codes.
    for (const double a : {0.25, 0.5, 0.75, 1.0, 1.5, 2.0}) {
        for (const double b : {0.25, 0.5, 1.0, 2.0 / 3}) {
            check(make_sum(a, b, random));
        }
    }
    const double common = random_scale(random);
    check(make_sum(common, common, random));
    check(make_sum(common, common / 2, random));
    check(make_sum(0.83, 0.61, random));
    // Terms far larger or smaller than the result, or none at all.
    for (const double a : {0.0, 1e-9, 1e-3, 3.7, 70.1, 5000.3, 1e6, 0x1p27}) {
        for (const double b : {0.0, 1e-5, 0.9, 900.7, 0x1p27}) {
            check(make_sum(a, b, random));
        }
    }
}

TEST_CASE("Sums without a linear form are looked up") {
    aw::random_generator random(2);
    auto what = make_sum(0.83, 0.61, random); // hundredths: many sums are halves but for a rounding error
    what.zero = {10, 20};
    what.codes = {30, 0, 255};
    const aw::prepared_sum prepared(what);
    CHECK_FALSE(prepared.linear());
    check_rows(what, random, prepared);
    const auto a = random_codes(1000, random), b = random_codes(1000, random);
    std::vector<std::uint8_t> codes(1000);
    prepared(a.data(), b.data(), codes.size(), codes.data());
    for (std::size_t i = 0; i < codes.size(); ++i) {
        REQUIRE(codes[i] == what(a[i], b[i]));
    }
}

TEST_CASE("Sums of codes with AVX2 are their definition") {
#if defined(__x86_64__)
    if (aw::detect_cpu().avx2) {
        return check_instructions(aw::detail::code_sum_avx2);
    }
#endif
    WARN("skipped: this processor has no AVX2");
}

TEST_CASE("Sums of codes with AVX-512 are their definition") {
#if defined(__x86_64__)
    if (aw::detect_cpu().avx512bw) {
        return check_instructions(aw::detail::code_sum_avx512);
    }
#endif
    WARN("skipped: this processor has no AVX-512");
}

TEST_CASE("A sink delivers codes, and sums with a residual branch, for blocks of any shape") {
    aw::random_generator random(4);
    for (int i = 0; i < 40; ++i) {
        const std::size_t groups = draw(random, 1, 3);
        const std::size_t channels = groups * draw(random, 1, 40), positions = draw(random, 1, 150);
        aw::output_stage stage;
        stage.codes = {static_cast<std::int32_t>(draw(random, 0, 255)), 0, 255};
        for (std::size_t f = 0; f < channels; ++f) {
            stage.add_channel(static_cast<std::int32_t>(draw(random, 0, 255)),
                              static_cast<std::int32_t>(draw(random, 0, 100000)) - 50000,
                              aw::fixed_factor(1e-3 * random_scale(random)));
        }
        std::vector<std::int32_t> sums, inputs;
        for (std::size_t k = 0; k < positions * channels; ++k) {
            sums.push_back(static_cast<std::int32_t>(draw(random, 0, 576 * 65535)));
        }
        for (std::size_t k = 0; k < positions * groups; ++k) {
            inputs.push_back(static_cast<std::int32_t>(draw(random, 0, 576 * 255)));
        }
        const auto what = make_sum(random_scale(random), random_scale(random), random);
        const aw::prepared_sum sum(what);
        const aw::prepared_stage prepared(stage, aw::sums_range::of_depth(576));
        const auto other = random_codes(positions * channels, random);
        std::vector<std::uint8_t> plain(positions * channels), once(plain), added(plain), right(plain);
        aw::codes_sink plain_sink(prepared, groups, plain.data());
        aw::codes_sink once_sink(stage, groups, once.data());
        aw::codes_sink added_sink(prepared, groups, added.data(), sum, other.data());
        CHECK(added_sink.needs_inputs());
        const std::size_t wide = draw(random, 1, channels + 5), high = draw(random, 1, 70);
        for (std::size_t f = 0; f < channels; f += wide) {
            for (std::size_t p = 0; p < positions; p += high) {
                aw::sums_block block;
                block.position = p;
                block.positions = std::min(high, positions - p);
                block.output = f;
                block.outputs = std::min(wide, channels - f);
                block.sums = sums.data() + p * channels + f;
                block.stride = channels;
                block.inputs = inputs.data() + p * groups;
                plain_sink.take(block);
                once_sink.take(block);
                added_sink.take(block);
            }
        }
        aw::requantise(stage, positions, groups, sums.data(), inputs.data(), right.data());
        REQUIRE(plain == right);
        REQUIRE(once == right);
        for (std::size_t k = 0; k < right.size(); ++k) {
            right[k] = what(right[k], other[k]);
        }
        REQUIRE(added == right);
    }
}
