// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/search/hypervolume.hpp>
#include <alwann/search/pareto.hpp>

#include <algorithm>
#include <limits>
#include <vector>

#include <catch.hpp>

namespace {

namespace aw = alwann;
using points = std::vector<std::vector<double>>;

points random_points(std::size_t count, std::size_t dimensions, aw::random_generator& random) {
    points result(count);
    for (auto& point : result) {
        for (std::size_t m = 0; m < dimensions; ++m) {
            point.push_back(static_cast<double>(aw::uniform_below(random, 12)) / 10); // some beyond 1
        }
    }
    return result;
}

// The union of boxes by inclusion and exclusion over all subsets.
double by_inclusion_exclusion(const points& front, const std::vector<double>& reference) {
    double volume = 0;
    for (std::size_t subset = 1; subset < (std::size_t{1} << front.size()); ++subset) {
        std::vector<double> corner(reference.size(), -std::numeric_limits<double>::infinity());
        bool odd = false;
        for (std::size_t i = 0; i < front.size(); ++i) {
            if ((subset >> i & 1) != 0) {
                odd = !odd;
                for (std::size_t m = 0; m < corner.size(); ++m) {
                    corner[m] = std::max(corner[m], front[i][m]);
                }
            }
        }
        double box = 1;
        for (std::size_t m = 0; m < corner.size(); ++m) {
            box *= std::max(0.0, reference[m] - corner[m]);
        }
        volume += odd ? box : -box;
    }
    return volume;
}

} // namespace

TEST_CASE("hypervolume of shapes known by hand", "[hypervolume]") {
    CHECK(aw::hypervolume(points{}, {1, 1}) == 0);
    CHECK(aw::hypervolume(points{{0.25}}, {1}) == Approx(0.75));
    CHECK(aw::hypervolume(points{{0, 0}}, {1, 2}) == Approx(2));
    CHECK(aw::hypervolume(points{{0, 1}, {1, 0}}, {2, 2}) == Approx(3));
    CHECK(aw::hypervolume(points{{0, 1}, {1, 0}, {1, 1}, {0, 1}}, {2, 2}) == Approx(3));
    CHECK(aw::hypervolume(points{{0, 0, 1}, {0, 1, 0}, {1, 0, 0}}, {2, 2, 2}) == Approx(7));
    CHECK(aw::hypervolume(points{{-1, -1, -1, -1}}, {1, 1, 1, 1}) == Approx(16));
}

TEST_CASE("points that are not below the reference contribute nothing", "[hypervolume]") {
    CHECK(aw::hypervolume(points{{2, 0}, {0, 2}, {3, -50}}, {2, 2}) == 0);
    CHECK(aw::hypervolume(points{{1, 1}, {-100, 2}}, {2, 2}) == Approx(1));
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(aw::hypervolume(points{{1, 1}, {0, infinity}}, {2, 2}) == Approx(1));
    const std::vector<aw::individual> items{{{}, {{1, 1}}}, {{}, {{0, 0}, 0.5}}};
    CHECK(aw::hypervolume(items, {2, 2}) == Approx(1));
}

TEST_CASE("hypervolume equals inclusion and exclusion", "[hypervolume]") {
    aw::random_generator random(21);
    for (int trial = 0; trial < 150; ++trial) {
        const std::size_t dimensions = 1 + aw::uniform_below(random, 5);
        const auto front = random_points(1 + aw::uniform_below(random, 9), dimensions, random);
        const std::vector<double> reference(dimensions, 1.0);
        CAPTURE(trial, dimensions);
        REQUIRE(aw::hypervolume(front, reference) ==
                Approx(by_inclusion_exclusion(front, reference)).margin(1e-12));
    }
}

TEST_CASE("hypervolume agrees with sampling for larger fronts", "[hypervolume]") {
    aw::random_generator random(22);
    for (const std::size_t dimensions : {2u, 3u, 4u}) {
        points front(60);
        for (auto& point : front) {
            for (std::size_t m = 0; m < dimensions; ++m) {
                point.push_back(aw::uniform_unit(random));
            }
        }
        const int samples = 20000;
        int inside = 0;
        for (int s = 0; s < samples; ++s) {
            std::vector<double> probe(dimensions);
            for (auto& value : probe) {
                value = aw::uniform_unit(random);
            }
            inside += std::any_of(front.begin(), front.end(), [&](const auto& point) {
                return std::equal(point.begin(), point.end(), probe.begin(),
                                  [](double a, double b) { return a <= b; });
            });
        }
        // 5 standard errors of a proportion are at most 5 * 0.5 / sqrt(20000) = 0.018.
        CHECK(aw::hypervolume(front, std::vector<double>(dimensions, 1.0)) ==
              Approx(static_cast<double>(inside) / samples).margin(0.018));
    }
}

TEST_CASE("hypervolume ignores order and dominated points, and grows with better ones", "[hypervolume]") {
    aw::random_generator random(23);
    for (int trial = 0; trial < 50; ++trial) {
        const std::size_t dimensions = 2 + aw::uniform_below(random, 3);
        auto front = random_points(12, dimensions, random);
        const std::vector<double> reference(dimensions, 1.0);
        const double before = aw::hypervolume(front, reference);
        aw::shuffle(front, random);
        REQUIRE(aw::hypervolume(front, reference) == Approx(before));

        std::vector<aw::individual> items;
        for (const auto& point : front) {
            items.push_back({{}, {point}});
        }
        REQUIRE(aw::hypervolume(aw::pareto_front(items), reference) == Approx(before));

        front.push_back(std::vector<double>(dimensions, -0.5));
        REQUIRE(aw::hypervolume(front, reference) > before);
    }
}

TEST_CASE("hypervolume refuses what has no volume", "[hypervolume]") {
    CHECK_THROWS_AS(aw::hypervolume(points{{1, 1}}, {1}), aw::value_error);
    CHECK_THROWS_AS(aw::hypervolume(points{}, {}), aw::value_error);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(aw::hypervolume(points{{nan, 1}}, {2, 2}), aw::value_error);
    CHECK_THROWS_AS(aw::hypervolume(points{{1, 1}}, {nan, 2}), aw::value_error);
}
