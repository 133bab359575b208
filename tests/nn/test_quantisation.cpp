// SPDX-License-Identifier: MIT
#include "networks.hpp"

#include <alwann/core/random.hpp>
#include <alwann/nn/quantisation.hpp>
#include <alwann/nn/range_rule.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

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

TEST_CASE("Codes of fewer bits stay among them") {
    for (unsigned bits = 2; bits <= 8; ++bits) {
        const auto codes = aw::quantisation_of_range(-1, 3, bits);
        const auto symmetric = aw::symmetric_quantisation(3, bits);
        const int most = (1 << bits) - 1, half = (1 << (bits - 1)) - 1;
        CAPTURE(bits);
        CHECK(codes.encode(1e9) == most);
        CHECK(codes.encode(-1e9) == 0);
        CHECK(codes.decode(codes.zero) == 0);
        CHECK(symmetric.encode(0) == 128);
        CHECK(symmetric.encode(1e9) == 128 + half);
        CHECK(symmetric.encode(-1e9) == 128 - half);
        CHECK(symmetric.decode(128 + half) == Approx(3));
        for (double value = -1; value <= 3; value += 0.01) {
            REQUIRE(std::abs(codes.decode(codes.encode(value)) - value) <= 0.5001 * codes.scale);
            REQUIRE(std::abs(symmetric.decode(symmetric.encode(value)) - value) <= 0.5001 * symmetric.scale);
        }
    }
    for (const unsigned bits : {0u, 1u, 9u, 4'000'000'000u}) {
        CHECK_THROWS_AS(aw::quantisation_of_range(0, 1, bits), aw::value_error);
        CHECK_THROWS_AS(aw::symmetric_quantisation(1, bits), aw::value_error);
    }
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double magnitude : {-1.0, infinity, std::nan("")}) {
        CHECK_THROWS_AS(aw::symmetric_quantisation(magnitude), aw::value_error);
    }
    CHECK(aw::symmetric_quantisation(0).scale == 1);
}

namespace {

struct counted {
    std::vector<double> middles;
    std::vector<std::uint64_t> counts;
};

counted bins_of(const aw::value_histogram& histogram) {
    counted bins;
    histogram.for_each_bin([&](double middle, std::uint64_t count) {
        bins.middles.push_back(middle);
        bins.counts.push_back(count);
    });
    return bins;
}

// Normal, about.
std::vector<float> bell(std::size_t count, double deviation, std::uint64_t seed) {
    aw::random_generator random(seed);
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
        double sum = -6;
        for (int k = 0; k < 12; ++k) {
            sum += aw::uniform_unit(random);
        }
        values.push_back(static_cast<float>(deviation * sum));
    }
    return values;
}

} // namespace

TEST_CASE("A histogram does not depend on the order of values, and needs little memory") {
    auto values = bell(20'000, 0.1, 1);
    values.insert(values.end(), {0.0f, 0.0f, 37.5f, -1e-30f, 1e-40f});
    aw::value_histogram at_once, in_parts, reversed;
    at_once.add(values);
    in_parts.add(std::vector<float>{0, 0});
    values.erase(std::find(values.begin(), values.end(), 0.0f));
    values.erase(std::find(values.begin(), values.end(), 0.0f));
    for (std::size_t i = 0; i < values.size(); i += 7) {
        in_parts.add(std::span(values).subspan(i, std::min<std::size_t>(7, values.size() - i)));
    }
    std::reverse(values.begin(), values.end());
    reversed.add(values);
    reversed.add(std::vector<float>{0, 0});
    const auto expected = bins_of(at_once);
    for (const auto* other : {&in_parts, &reversed}) {
        CHECK(bins_of(*other).middles == expected.middles);
        CHECK(bins_of(*other).counts == expected.counts);
        CHECK(other->range() == at_once.range());
        CHECK(other->count() == 20'005);
    }
    CHECK(expected.middles.size() <= 8192);
    CHECK(at_once.bin_width() == 1.0 / 64); // 37.5 in at most 4096 bins
    CHECK(at_once.range().high == 37.5);
    for (std::size_t i = 0; i < expected.middles.size(); ++i) { // by hand
        const auto inside = std::count_if(values.begin(), values.end(), [&](double value) {
            return expected.middles[i] - 1.0 / 128 <= value && value < expected.middles[i] + 1.0 / 128;
        });
        const std::uint64_t zeros = expected.middles[i] == 1.0 / 128 ? 2 : 0;
        REQUIRE(expected.counts[i] == static_cast<std::uint64_t>(inside) + zeros);
    }

    aw::value_histogram odd;
    odd.add(std::vector<float>{1});
    CHECK_THROWS_AS(odd.add(std::vector<float>{1, std::numeric_limits<float>::infinity()}), aw::value_error);
    CHECK_THROWS_AS(odd.add(std::vector<float>{std::nanf("")}), aw::value_error);
    CHECK(odd.count() == 1);
    odd.add(std::vector<float>{3.4e38f, -3.4e38f, 1e-45f});
    CHECK(odd.range().low == static_cast<double>(-3.4e38f));
    CHECK_THROWS_AS(aw::value_histogram().quantile(0.5), aw::value_error);
}

TEST_CASE("Quantiles are those of the sorted values, to a bin") {
    const auto values = bell(10'000, 1, 2);
    aw::value_histogram histogram;
    histogram.add(values);
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end());
    for (const double share : {0.0, 0.001, 0.1, 0.5, 0.9, 0.999, 1.0}) {
        const auto index = static_cast<std::size_t>(std::max(0.0, share * 10'000 - 1));
        CHECK(histogram.quantile(share) ==
              Approx(static_cast<double>(sorted[index])).margin(2 * histogram.bin_width()));
    }
    const auto range = aw::percentile_range{99}.range(histogram, 8);
    CHECK(std::count_if(values.begin(), values.end(), [&](float v) { return v > range.high; }) ==
          Approx(100).margin(4));
    CHECK(std::count_if(values.begin(), values.end(), [&](float v) { return v < range.low; }) ==
          Approx(100).margin(4));
    CHECK(aw::percentile_range{100}.range(histogram, 8) == histogram.range());
    CHECK(aw::minmax_range{}.range(histogram, 8) == histogram.range());
}

TEST_CASE("The range of least error clips more the fewer bits there are") {
    auto values = bell(20'000, 1, 3);
    values.push_back(40); // one outlier
    aw::value_histogram histogram;
    histogram.add(values);
    // The error on the values themselves, not on bins.
    const auto error = [&](const aw::value_range& range, unsigned bits) {
        const auto codes = aw::quantisation_of_range(range.low, range.high, bits);
        double sum = 0;
        for (const float value : values) {
            const double difference = value - codes.decode(codes.encode(value));
            sum += difference * difference;
        }
        return sum;
    };
    double before = 100;
    for (const unsigned bits : {8u, 6u, 4u, 2u}) {
        const auto found = aw::mse_range{}.range(histogram, bits);
        const double least = error(found, bits);
        CAPTURE(bits, found.low, found.high);
        CHECK(found.high - found.low <= before);
        before = found.high - found.low;
        CHECK(least <= error(histogram.range(), bits));
        // No range of a grid of our own is better by more than the steps are apart.
        for (double low = -5; low < 0; low += 0.25) {
            for (double high = 0.25; high < 41; high += high < 6 ? 0.25 : 5) {
                REQUIRE(least <= 1.05 * error({low, high}, bits));
            }
        }
    }
    CHECK(aw::mse_range{}.range(histogram, 2).high < 3);

    aw::value_histogram one_sided, zeros, negative;
    one_sided.add(std::vector<float>{0, 0, 0, 1});
    zeros.add(std::vector<float>{0, 0});
    negative.add(std::vector<float>{-1, -2});
    CHECK(aw::mse_range{}.range(one_sided, 8).low == 0);
    CHECK(aw::mse_range{}.range(zeros, 8) == aw::value_range{0, 0});
    CHECK(aw::mse_range{}.range(negative, 8).high == 0);
}

TEST_CASE("The noisier a multiplier, the narrower the range of least squared error") {
    // Rarely large values, as after a ReLU: the logarithm of a uniform one, half of them 0.
    aw::random_generator random(5);
    std::vector<float> values(20000);
    for (auto& value : values) {
        value = aw::chance(random, 0.5) ? 0.0f : static_cast<float>(-std::log(1 - aw::uniform_unit(random)));
    }
    aw::value_histogram histogram;
    histogram.add(values);
    double last = histogram.range().high;
    for (const double noise : {1.0, 3.0, 10.0, 30.0, 100.0, 300.0}) {
        CAPTURE(noise);
        const aw::mse_range rule{noise};
        const auto found = rule.range(histogram, 8);
        CHECK(found.high <= last);
        CHECK(aw::mse_range::squared_error(histogram, found, 8, noise) <=
              aw::mse_range::squared_error(histogram, histogram.range(), 8, noise));
        last = found.high;
    }
    CHECK(last < 0.7 * histogram.range().high);
    CHECK(aw::mse_range{1}.range(histogram, 8) == aw::mse_range{}.range(histogram, 8));
    CHECK_THROWS_AS(aw::mse_range{0.5}.range(histogram, 8), aw::value_error);
}

TEST_CASE("Range rules are found by their names") {
    for (const char* name : {"minmax", "mse", "mse:30", "mse:1.5", "percentile:99.9", "percentile:100"}) {
        CHECK(aw::range_rule_from_string(name).name() == name);
    }
    CHECK(aw::range_rule_from_string("percentile").name() == "percentile:99.99");
    for (const char* name :
         {"", "max", "percentile:50", "percentile:101", "percentile:", "percentile:9x", "percentile:nan",
          "percentile:-1", "mse:", "mse:0", "mse:nan", "mse:inf", "mse:3x"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(aw::range_rule_from_string(name), aw::error);
    }
    aw::value_histogram histogram;
    histogram.add(std::vector<float>{0, 1});
    CHECK_THROWS_AS(aw::percentile_range{20}.range(histogram, 8), aw::value_error);
}
