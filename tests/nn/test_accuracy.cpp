// SPDX-License-Identifier: MIT
#include "networks.hpp"

#include <alwann/nn/accuracy.hpp>

#include <cstddef>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace nn_test;

TEST_CASE("The top class is the largest value, of several the first") {
    CHECK(aw::top_classes({1, 2, 3}, 3) == std::vector<std::size_t>{2});
    CHECK(aw::top_classes({5, 5, 5, 0, 7, 7}, 3) == std::vector<std::size_t>{0, 1});
    CHECK(aw::top_classes({-3, -1, -2}, 3) == std::vector<std::size_t>{1});
    CHECK(aw::top_classes({4, -4, 0}, 1) == std::vector<std::size_t>{0, 0, 0});
    CHECK(aw::top_classes({}, 3).empty());
}

TEST_CASE("Scores count hits and measure the distance from the exact results") {
    const std::vector<float> results{1, 0, 0, 2, 3, 3, -1, -2};
    const auto found = aw::score(results, 2, {0, 0, 0, 1}, {1, 0, 0, 2, 3, 1, 1, -2});
    CHECK(found.hits == std::vector<bool>{true, false, true, false}); // the tie counts as class 0
    CHECK(found.correct == 2);
    CHECK(found.images() == 4);
    CHECK(found.accuracy() == 0.5);
    CHECK(found.logit_mse == 1.0); // (4 + 4) / 8
    CHECK(aw::score(results, 2, {0, 1, 1, 0}).logit_mse == 0);
    CHECK(aw::score(results, 2, {0, 1, 1, 0}).correct == 3);
}

TEST_CASE("Scores refuse what does not fit") {
    const std::vector<float> results{1, 0, 0, 2};
    CHECK_THROWS_AS(aw::score({}, 2, {}), aw::value_error);
    CHECK_THROWS_AS(aw::score({}, 0, {0, 1}), aw::value_error);
    CHECK_THROWS_AS(aw::top_classes({}, 0), aw::value_error);
    CHECK_THROWS_AS(aw::score(results, 2, {0}), aw::shape_error);
    CHECK_THROWS_AS(aw::score(results, 2, {0, 1, 1}), aw::shape_error);
    CHECK_THROWS_AS(aw::score(results, 3, {0, 1}), aw::shape_error);
    CHECK_THROWS_AS(aw::score(results, 2, {0, 1}, {1, 0, 0}), aw::shape_error);
    CHECK_THROWS_AS(aw::score(results, 2, {0, 2}), aw::value_error);
    CHECK_THROWS_AS(aw::score(results, 2, {0, -1}), aw::value_error);
    CHECK_THROWS_WITH(aw::score(results, 2, {0, 7}), contains("image 1") && contains("label 7"));
}

TEST_CASE("Benchmark images know the exact network and measure designs against it") {
    aw::random_generator random(1);
    const auto trained = network_of_everything(random);
    const auto images = random_images(30, trained.input_shape(), random);
    const auto net = aw::quantize(trained, images.view());
    const auto coded = aw::encode_images(net, images.view());
    const auto results = aw::run(net, aw::exact_setting(net), coded);
    const auto best = aw::top_classes(results, net.classes());
    std::vector<int> labels;
    for (std::size_t i = 0; i < best.size(); ++i) { // every third wrong
        labels.push_back(static_cast<int>(i % 3 == 0 ? (best[i] + 1) % net.classes() : best[i]));
    }
    const aw::benchmark_images test(net, {coded, labels});
    CHECK(test.size() == 30);
    CHECK(test.exact().correct == 20);
    CHECK(test.exact().logit_mse == 0);
    double differences = 0; // of all pairs, squared: twice the variance
    for (std::size_t i = 0; i < results.size(); ++i) {
        const std::size_t row = i - i % net.classes();
        for (std::size_t c = row; c < row + net.classes(); ++c) {
            const double difference = double{results[i]} - double{results[c]};
            differences += difference * difference;
        }
    }
    CHECK(test.logit_variance() > 0);
    CHECK(test.logit_variance() ==
          Approx(differences / 2 / static_cast<double>(net.classes() * results.size())));
    const auto same = test.measure(aw::exact_setting(net));
    CHECK(same.hits == test.exact().hits);
    CHECK(same.logit_mse == 0);
    auto worse = aw::exact_setting(net);
    worse[0].corrections[0].gain = 1.5;
    CHECK(test.measure(worse).logit_mse > 0);

    // The same images in the codes of another quantisation, judged by the results of this one.
    aw::quantize_options narrow;
    narrow.ranges = aw::percentile_range{98};
    const auto clipped = aw::quantize(trained, images.view(), narrow);
    const auto codes = aw::encode_images(clipped, images.view());
    const aw::benchmark_images judged(clipped, codes, test);
    CHECK(judged.exact().hits == test.exact().hits);
    CHECK(judged.labels() == labels);
    CHECK(judged.hash() != test.hash());
    const auto found = judged.measure(aw::exact_setting(clipped));
    const auto own = aw::run(clipped, aw::exact_setting(clipped), codes);
    CHECK(found.logit_mse > 0);
    CHECK(found.logit_errors == aw::score(own, net.classes(), labels, results).logit_errors);
    CHECK(aw::benchmark_images(net, coded, test).hash() == test.hash());
    CHECK_THROWS_AS(
        aw::benchmark_images(
            clipped, aw::encode_images(clipped, random_images(29, net.input_shape(), random).view()), test),
        aw::shape_error);

    labels.pop_back();
    CHECK_THROWS_AS(aw::benchmark_images(net, {coded, labels}), aw::shape_error);
    labels.push_back(static_cast<int>(net.classes()));
    CHECK_THROWS_AS(aw::benchmark_images(net, {coded, labels}), aw::value_error);
    CHECK_THROWS_AS(aw::benchmark_images(net, {{coded.shape, 0, {}}, {}}), aw::value_error);
}
