// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/search/expected_improvement.hpp>
#include <alwann/search/hypervolume.hpp>
#include <alwann/search/layered.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

namespace {

double volume(const std::vector<std::vector<double>>& points, double cost_limit, double loss_limit) {
    return aw::hypervolume(std::span<const std::vector<double>>(points), {cost_limit, loss_limit});
}

/// A sum of twelve uniform numbers: mean 0, variance 1.
double nearly_normal(aw::random_generator& random) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) {
        sum += aw::uniform_unit(random);
    }
    return sum;
}

} // namespace

TEST_CASE("Gain of a certain loss is the hypervolume that the point adds") {
    aw::random_generator random(5);
    for (int trial = 0; trial < 200; ++trial) {
        const double cost_limit = 0.5 + aw::uniform_unit(random), loss_limit = 0.5 + aw::uniform_unit(random);
        aw::improvement_front front(cost_limit, loss_limit);
        std::vector<std::vector<double>> points;
        for (int i = 0; i < 12; ++i) {
            // Coarse, so that equal costs and losses are common.
            const double cost = std::round(20 * aw::uniform_unit(random)) / 16;
            const double loss = std::round(20 * aw::uniform_unit(random)) / 16;
            const double before = volume(points, cost_limit, loss_limit);
            const double gain = front.gain(cost, {loss, 0});
            points.push_back({cost, loss});
            REQUIRE(gain == Approx(volume(points, cost_limit, loss_limit) - before).margin(1e-12));
            front.add(cost, loss);
            REQUIRE(front.gain(cost, {loss, 0}) == Approx(0).margin(1e-12));
        }
    }
}

TEST_CASE("Gain of an uncertain loss is the mean over what it may be, and shrinks as others join") {
    aw::random_generator random(6);
    for (int trial = 0; trial < 5; ++trial) {
        aw::improvement_front front(1, 1);
        for (int i = 0; i < 6; ++i) {
            front.add(aw::uniform_unit(random), aw::uniform_unit(random));
        }
        const double cost = 0.8 * aw::uniform_unit(random);
        const aw::loss_prediction loss{aw::uniform_unit(random), 0.05 + 0.2 * aw::uniform_unit(random)};
        const double expected = front.gain(cost, loss);
        double sum = 0;
        const int draws = 200'000;
        for (int i = 0; i < draws; ++i) {
            sum += front.gain(cost, {loss.mean + loss.deviation * nearly_normal(random), 0});
        }
        CHECK(expected == Approx(sum / draws).epsilon(0.02).margin(1e-4));
        for (int i = 0; i < 6; ++i) {
            const double before = front.gain(cost, loss);
            front.add(aw::uniform_unit(random), aw::uniform_unit(random));
            CHECK(front.gain(cost, loss) <= before);
        }
    }
}

TEST_CASE("A trend follows what was found, with its scatter") {
    CHECK(aw::loss_trend().at(1).mean == 0);
    aw::loss_trend exact, scattered;
    aw::random_generator random(7);
    for (int i = 0; i < 400; ++i) {
        const double predicted = std::exp(8 * aw::uniform_unit(random) - 4);
        const double line = 0.3 + 0.05 * std::log(predicted);
        exact.add(predicted, line);
        scattered.add(predicted, line + 0.02 * nearly_normal(random));
    }
    exact.add(1, std::numeric_limits<double>::infinity());
    exact.add(std::nan(""), 5);
    for (const double predicted : {0.05, 1.0, 20.0}) {
        const double line = 0.3 + 0.05 * std::log(predicted);
        CHECK(exact.at(predicted).mean == Approx(line).margin(1e-3));
        CHECK(exact.at(predicted).deviation < 2e-3);
        CHECK(scattered.at(predicted).mean == Approx(line).margin(0.01));
        CHECK(scattered.at(predicted).deviation == Approx(0.02).epsilon(0.3));
    }
    CHECK(std::isfinite(exact.at(0).mean));
    CHECK(std::isfinite(exact.at(1e30).mean));
    aw::loss_trend one;
    one.add(2, 0.25);
    CHECK(one.at(1e-3).mean == Approx(0.25));
    CHECK(one.at(1e-3).deviation == Approx(0).margin(1e-12));
}

TEST_CASE("Squared errors count by their root and saturate") {
    const aw::layered_model plain{.losses = {{0, 2}, {1, 3}}, .costs = {{5, 1}, {7, 2}}};
    CHECK(aw::saturated_loss(plain, 0.25) == 0.25);
    CHECK(aw::predict(plain, {1, 0}) == std::pair{8.0, 3.0});
    aw::layered_model squares = plain;
    squares.saturation = 4;
    CHECK(aw::saturated_loss(squares, 0) == 0);
    CHECK(aw::saturated_loss(squares, 4) == Approx(0.5));
    CHECK(aw::saturated_loss(squares, 1) == Approx(1.0 / 3));
    CHECK(aw::saturated_loss(squares, std::numeric_limits<double>::infinity()) == 1);
}
