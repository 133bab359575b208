// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/search/statistics.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <catch.hpp>

namespace {

namespace aw = alwann;
using sample = std::vector<double>;

} // namespace

TEST_CASE("normal quantiles are those of the tables", "[statistics]") {
    CHECK(aw::normal_quantile(0.5) == Approx(0).margin(1e-15));
    CHECK(aw::normal_quantile(0.975) == Approx(1.9599639845400545).epsilon(1e-12));
    CHECK(aw::normal_quantile(0.025) == Approx(-1.9599639845400545).epsilon(1e-12));
    CHECK(aw::normal_quantile(0.95) == Approx(1.6448536269514722).epsilon(1e-12));
    CHECK(aw::normal_quantile(0.995) == Approx(2.5758293035489004).epsilon(1e-12));
    CHECK(aw::normal_quantile(1e-10) == Approx(-6.361340902404056).epsilon(1e-12));
    CHECK(std::isfinite(aw::normal_quantile(std::numeric_limits<double>::denorm_min())));
    for (const double p : {0.0, 1.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_THROWS_AS(aw::normal_quantile(p), aw::value_error);
    }
}

TEST_CASE("the normal quantile inverts the distribution", "[statistics]") {
    double before = -std::numeric_limits<double>::infinity();
    for (double p = 1e-6; p < 1; p += 0.0017) {
        const double x = aw::normal_quantile(p);
        REQUIRE(x > before);
        REQUIRE(std::erfc(-x / std::sqrt(2.0)) / 2 == Approx(p).epsilon(1e-12));
        before = x;
    }
    for (double p = 1e-300; p < 0.1; p *= 10) {
        REQUIRE(std::erfc(-aw::normal_quantile(p) / std::sqrt(2.0)) / 2 == Approx(p).epsilon(1e-9));
    }
}

TEST_CASE("Wilson intervals as published (Newcombe 1998, table I)", "[statistics]") {
    const auto check = [](std::size_t successes, std::size_t trials, double low, double high) {
        const auto interval = aw::wilson(successes, trials);
        CAPTURE(successes, trials);
        CHECK(interval.low == Approx(low).margin(5e-5));
        CHECK(interval.high == Approx(high).margin(5e-5));
    };
    check(81, 263, 0.2553, 0.3662);
    check(15, 148, 0.0624, 0.1605);
    check(0, 20, 0.0, 0.1611);
    check(1, 29, 0.0061, 0.1718);
}

TEST_CASE("Wilson limits solve the score equation", "[statistics]") {
    const double z = 1.959963984540054;
    for (const std::size_t n : {1u, 2u, 10u, 1000u}) {
        double before = -1;
        for (std::size_t k = 0; k <= n; ++k) {
            const double p = static_cast<double>(k) / static_cast<double>(n);
            const auto interval = aw::wilson(k, n);
            REQUIRE(interval.low >= 0);
            REQUIRE(interval.high <= 1);
            REQUIRE(interval.contains(p));
            REQUIRE(interval.low > before);
            before = k == 0 ? 0 : interval.low;
            for (const double limit : {interval.low, interval.high}) {
                REQUIRE((p - limit) * (p - limit) ==
                        Approx(z * z * limit * (1 - limit) / static_cast<double>(n)).margin(1e-12));
            }
            const auto mirrored = aw::wilson(n - k, n);
            REQUIRE(mirrored.low == Approx(1 - interval.high).margin(1e-12));
            REQUIRE(aw::wilson(k, n, 0.99).high >= interval.high);
        }
    }
    CHECK(aw::wilson(0, 5).low == 0);
    CHECK(aw::wilson(5, 5).high == 1);
    CHECK_THROWS_AS(aw::wilson(0, 0), aw::value_error);
    CHECK_THROWS_AS(aw::wilson(2, 1), aw::value_error);
    CHECK_THROWS_AS(aw::wilson(1, 2, 1.0), aw::value_error);
    CHECK_THROWS_AS(aw::wilson(1, 2, 0.0), aw::value_error);
}

TEST_CASE("mean, median and errors", "[statistics]") {
    CHECK(aw::mean(sample{1, 2, 6}) == Approx(3));
    CHECK(aw::median(sample{9, 1, 2}) == 2);
    CHECK(aw::median(sample{9, 1, 2, 4}) == Approx(3));
    CHECK(aw::median(sample{5}) == 5);
    CHECK(aw::standard_deviation(sample{2, 4, 4, 4, 5, 5, 7, 9}) == Approx(std::sqrt(32.0 / 7)));
    CHECK(aw::standard_error(sample{1, 3}) == Approx(1));
    CHECK(aw::standard_error(sample{4, 4, 4}) == 0);
    CHECK_THROWS_AS(aw::mean(sample{}), aw::value_error);
    CHECK_THROWS_AS(aw::median(sample{}), aw::value_error);
    CHECK_THROWS_AS(aw::standard_error(sample{1}), aw::value_error);
    CHECK_THROWS_WITH(aw::median(sample{std::nan("")}), contains("not a number"));
}

TEST_CASE("ranks share what is equal", "[statistics]") {
    CHECK(aw::ranks(sample{30, 10, 20}) == sample{3, 1, 2});
    CHECK(aw::ranks(sample{1, 2, 2, 3, 2}) == sample{1, 3, 3, 5, 3});
    CHECK(aw::ranks(sample{7, 7}) == sample{1.5, 1.5});
    CHECK(aw::ranks(sample{}).empty());
}

TEST_CASE("Spearman's correlation", "[statistics]") {
    // The IQ and television example found in many textbooks: rho = -29/165.
    CHECK(aw::spearman(sample{106, 100, 86, 101, 99, 103, 97, 113, 112, 110},
                       sample{7, 27, 2, 50, 28, 29, 20, 12, 6, 17}) == Approx(-29.0 / 165));
    // Ties: ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4 give 4.5 / sqrt(4.5 * 5).
    CHECK(aw::spearman(sample{0, 5, 5, 9}, sample{1, 3, 2, 4}) == Approx(4.5 / std::sqrt(22.5)));

    aw::random_generator random(31);
    sample x, y, cubed, negated;
    for (int i = 0; i < 200; ++i) {
        x.push_back(static_cast<double>(aw::uniform_below(random, 40)));
        y.push_back(x.back() + 20 * aw::uniform_unit(random));
        cubed.push_back(std::pow(x.back(), 3));
        negated.push_back(-x.back());
    }
    const double rho = aw::spearman(x, y);
    CHECK(rho > 0.5);
    CHECK(rho < 1);
    CHECK(aw::spearman(y, x) == Approx(rho));
    CHECK(aw::spearman(cubed, y) == Approx(rho)); // only the order matters
    CHECK(aw::spearman(negated, y) == Approx(-rho));
    CHECK(aw::spearman(x, cubed) == Approx(1));
    CHECK_THROWS_AS(aw::spearman(sample{1, 2}, sample{1}), aw::value_error);
    CHECK_THROWS_AS(aw::spearman(sample{1}, sample{1}), aw::value_error);
    CHECK_THROWS_WITH(aw::spearman(sample{1, 2}, sample{3, 3}), contains("constant"));
}

TEST_CASE("paired intervals as published", "[statistics]") {
    // Altman et al., Statistics with Confidence (2000), table 6.2.
    const auto altman = aw::paired_difference({14, 5, 0, 22});
    CHECK(altman.difference == Approx(5.0 / 41));
    CHECK(altman.interval.low == Approx(0.011).margin(5e-4));
    CHECK(altman.interval.high == Approx(0.226).margin(5e-4));
    // Fagerland, Lydersen and Laake (2014), airway hyper-responsiveness.
    const auto bentur = aw::paired_difference({1, 1, 7, 12});
    CHECK(bentur.interval.low == Approx(-0.507).margin(5e-4));
    CHECK(bentur.interval.high == Approx(-0.026).margin(5e-4));
}

TEST_CASE("paired intervals: symmetry, range, and width where nothing differs", "[statistics]") {
    aw::random_generator random(32);
    for (int trial = 0; trial < 500; ++trial) {
        const aw::paired_counts counts{aw::uniform_below(random, 30), aw::uniform_below(random, 9),
                                       aw::uniform_below(random, 9), 1 + aw::uniform_below(random, 30)};
        const auto result = aw::paired_difference(counts);
        REQUIRE(result.interval.contains(result.difference));
        REQUIRE(result.interval.low >= -1);
        REQUIRE(result.interval.high <= 1);
        const auto swapped =
            aw::paired_difference({counts.both, counts.second_only, counts.first_only, counts.neither});
        REQUIRE(swapped.difference == Approx(-result.difference).margin(1e-12));
        REQUIRE(swapped.interval.low == Approx(-result.interval.high).margin(1e-12));
    }
    const auto same = aw::paired_difference({800, 0, 0, 200});
    CHECK(same.difference == 0);
    CHECK(same.interval.low < 0);
    CHECK(same.interval.high > 0);
    CHECK(same.interval.high < 0.005);
    CHECK(aw::paired_difference({0, 0, 0, 3}).interval.contains(0));
    CHECK_THROWS_AS(aw::paired_difference({}), aw::value_error);
}

TEST_CASE("the paired interval covers the truth about as often as it says", "[statistics]") {
    // Two networks on the same 300 images, the truth is a difference of 0.80 - 0.77 = 0.03.
    aw::random_generator random(33);
    int covered = 0;
    const int trials = 2000;
    for (int trial = 0; trial < trials; ++trial) {
        std::vector<bool> first(300);
        std::vector<std::uint8_t> second(300);
        for (std::size_t i = 0; i < 300; ++i) {
            const double draw = aw::uniform_unit(random);
            first[i] = draw < 0.80;
            second[i] = draw < 0.73 || draw > 0.96 ? 1 : 0;
        }
        covered += aw::paired_difference(aw::count_pairs(first, second)).interval.contains(0.03) ? 1 : 0;
    }
    CHECK(static_cast<double>(covered) / trials == Approx(0.95).margin(0.02));
}

TEST_CASE("pairs are counted image by image", "[statistics]") {
    const std::vector<bool> first{true, true, false, false, true};
    const std::vector<int> second{1, 0, 1, 0, 1};
    const auto counts = aw::count_pairs(first, second);
    CHECK(counts.both == 2);
    CHECK(counts.first_only == 1);
    CHECK(counts.second_only == 1);
    CHECK(counts.neither == 1);
    CHECK(counts.total() == 5);
    CHECK_THROWS_AS(aw::count_pairs(first, std::vector<int>{1}), aw::value_error);
}

TEST_CASE("McNemar's test counts the images that tell two designs apart") {
    CHECK(aw::mcnemar({.both = 50, .first_only = 0, .second_only = 0, .neither = 9}) == 1);
    CHECK(aw::mcnemar({.first_only = 5, .second_only = 5}) == 1);
    CHECK(aw::mcnemar({.first_only = 1, .second_only = 0}) == Approx(1));
    CHECK(aw::mcnemar({.first_only = 0, .second_only = 5}) == Approx(2 / 32.0));
    CHECK(aw::mcnemar({.first_only = 2, .second_only = 8}) == Approx(2 * (1 + 10 + 45) / 1024.0));
    CHECK(aw::mcnemar({.first_only = 8, .second_only = 2}) == Approx(2 * (1 + 10 + 45) / 1024.0));
    CHECK(aw::mcnemar({.both = 7, .first_only = 2000, .second_only = 0}) == 0);
}
