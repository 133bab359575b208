// SPDX-License-Identifier: MIT
#include "networks.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace nn_test;

namespace {

struct pair_of_results {
    std::vector<float> real, quantised;
};

pair_of_results both(const aw::graph& trained, const image_batch& images,
                     const aw::quantize_options& options = {}) {
    const auto net = aw::quantize(trained, images.view(), options);
    return {aw::run_float(trained, images.view()),
            aw::run(net, aw::exact_setting(net), aw::encode_images(net, images.view()))};
}

double fidelity(const aw::graph& trained, const image_batch& images,
                const aw::quantize_options& options = {}) {
    const auto results = both(trained, images, options);
    return signal_to_noise(results.real, results.quantised);
}

} // namespace

TEST_CASE("Quantised networks of all operators stay close to the float ones") {
    aw::random_generator random(1);
    for (int i = 0; i < 5; ++i) {
        const auto trained = network_of_everything(random);
        const auto images = random_images(20, trained.input_shape(), random);
        CHECK(fidelity(trained, images) > 28);
        CHECK(fidelity(trained, images, {.weights_per_channel = false}) > 25);
    }
}

TEST_CASE("Deep chains stay close to the float ones") {
    aw::random_generator random(2);
    aw::graph trained({8, 8, 4});
    std::size_t last = 0;
    for (int i = 0; i < 6; ++i) {
        const std::string number = std::to_string(i);
        last = trained.add("conv" + number, random_conv(4, 4, square(3, 1, 1), random), {last});
        last = trained.add("norm" + number, random_scaling(4, random), {last});
        last = trained.add("relu" + number, relu(), {last});
    }
    last = trained.add("pool", op::global_average_pool{}, {last});
    trained.add("dense", random_dense(4, 10, random), {last});
    CHECK(fidelity(trained, random_images(20, {8, 8, 4}, random)) > 25);
}

TEST_CASE("Weights per layer have one scale, per channel one each that fits") {
    aw::random_generator random(3);
    aw::graph trained({5, 5, 3});
    auto conv = random_conv(3, 6, square(3), random);
    for (std::size_t i = 0; i < conv.weights.size(); ++i) {
        conv.weights[i] *= std::ldexp(1.0f, -static_cast<int>(2 * (i / 27))); // channel by channel smaller
        conv.bias[i / 27] = 0;
    }
    trained.add("conv", conv, {0});
    const auto images = random_images(10, {5, 5, 3}, random);
    const auto fine = aw::quantize(trained, images.view());
    const auto coarse = aw::quantize(trained, images.view(), {.weights_per_channel = false});
    std::set<double> scales;
    for (std::size_t f = 0; f < 6; ++f) {
        CHECK(coarse.convolution(0).weight_scale[f] == coarse.convolution(0).weight_scale[0]);
        const auto& scale = fine.convolution(0).weight_scale[f];
        scales.insert(scale.scale);
        for (std::size_t k = 27 * f; k < 27 * f + 27; ++k) {
            const double weight = conv.weights[k];
            CHECK(std::abs(scale.decode(fine.convolution(0).weights[k]) - weight) <= scale.scale / 2 * 1.001);
        }
    }
    CHECK(scales.size() == 6);
    // The smallest channel: six bits of its weights are lost with one scale for all.
    std::vector<float> real, per_channel, per_layer;
    const auto a = both(trained, images);
    const auto b = both(trained, images, {.weights_per_channel = false});
    for (std::size_t i = 5; i < a.real.size(); i += 6) {
        real.push_back(a.real[i]);
        per_channel.push_back(a.quantised[i]);
        per_layer.push_back(b.quantised[i]);
    }
    CHECK(signal_to_noise(real, per_channel) > 30);
    CHECK(signal_to_noise(real, per_layer) < 20);
}

TEST_CASE("Clips are fused into the layer before if nothing else reads it") {
    aw::random_generator random(4);
    const op::clip limits{-0.25f, 0.5f};
    const auto conv = random_conv(2, 3, square(3, 1, 1), random);
    aw::graph fused({6, 6, 2});
    auto node = fused.add("conv", conv, {0});
    node = fused.add("clip", limits, {node});
    fused.add("pool", op::max_pool{square(1)}, {node});
    aw::graph apart = fused;
    {
        aw::graph other({6, 6, 2}); // the convolution has a second reader
        auto first = other.add("conv", conv, {0});
        auto second = other.add("clip", limits, {first});
        auto pooled = other.add("pool", op::max_pool{square(1)}, {second});
        other.add("both", op::concat{}, {pooled, first});
        apart = other;
    }
    const auto images = random_images(8, {6, 6, 2}, random);
    const auto net = aw::quantize(fused, images.view());
    CHECK(net.nodes().size() == 3);
    const auto kept = aw::quantize(apart, images.view());
    CHECK(kept.nodes().size() == 5);

    const auto results = both(fused, images);
    const double step = 0.75 / 255;
    for (std::size_t i = 0; i < results.real.size(); ++i) {
        REQUIRE(results.quantised[i] >= -0.25f - static_cast<float>(step));
        REQUIRE(results.quantised[i] <= 0.5f + static_cast<float>(step));
        REQUIRE(std::abs(results.real[i] - results.quantised[i]) < 0.05f);
    }
    // Apart, the clip works on the coarser codes of the convolution: same values but for its step.
    const auto both_apart = both(apart, images);
    const double coarse = kept.nodes()[1].scale.scale;
    for (std::size_t i = 0; i < results.quantised.size(); ++i) {
        const float other = both_apart.quantised[i / 3 * 6 + i % 3];
        REQUIRE(std::abs(static_cast<double>(results.quantised[i] - other)) <= coarse + step);
    }
}

TEST_CASE("A fused clip at the end of a network still clips") {
    aw::random_generator random(5);
    for (const auto& limits : {relu(), op::clip{0, 0.5f}, op::clip{-0.25f, 0.5f}, op::clip{-infinity, 0}}) {
        for (const bool dense : {true, false}) {
            aw::graph trained({4, 4, 2});
            const auto layer = dense ? trained.add("dense", random_dense(32, 6, random), {0})
                                     : trained.add("conv", random_conv(2, 3, square(3), random), {0});
            trained.add("clip", limits, {layer});
            const auto images = random_images(20, {4, 4, 2}, random);
            const auto results = both(trained, images);
            CAPTURE(dense, limits.low, limits.high);
            const auto outside =
                std::count_if(results.quantised.begin(), results.quantised.end(), [&](float value) {
                    return value < limits.low - 0.01f || value > limits.high + 0.01f;
                });
            CHECK(outside == 0);
            CHECK(signal_to_noise(results.real, results.quantised) > 25);
        }
    }
}

TEST_CASE("Of several clips in a row each counts") {
    aw::random_generator random(6);
    const std::vector<op::clip> chains[] = {{{1, infinity}, {0, 6}},
                                            {{0, 6}, {1, infinity}},
                                            {{-infinity, -0.5f}, {-1, 0.5f}},
                                            {{0, infinity}, {-1, 0.5f}}};
    for (const auto& clips : chains) {
        aw::graph trained({4, 4, 2});
        auto node = trained.add("conv", random_conv(2, 3, square(3), random), {0});
        for (std::size_t i = 0; i < clips.size(); ++i) {
            node = trained.add("clip" + std::to_string(i), clips[i], {node});
        }
        trained.add("flat", op::flatten{}, {node});
        const auto results = both(trained, random_images(20, {4, 4, 2}, random));
        for (std::size_t i = 0; i < results.real.size(); ++i) {
            REQUIRE(std::abs(results.real[i] - results.quantised[i]) < 0.06f);
        }
    }
}

TEST_CASE("Channels whose weights vanish keep their bias") {
    aw::random_generator random(7);
    for (const float size : {0.0f, 1e-30f, 1e-12f, 1e-9f, 1e-6f, 1e-3f}) {
        for (const bool per_channel : {true, false}) {
            aw::graph trained({4, 4, 2});
            auto conv = random_conv(2, 4, square(3, 1, 1), random);
            for (std::size_t i = 0; i < conv.weights.size(); ++i) {
                conv.weights[i] *= i < 18 ? size : per_channel ? 1.0f : size;
            }
            conv.bias = {0.7f, -0.4f, 0.1f, 0.02f};
            const auto first = trained.add("conv", conv, {0});
            trained.add("pool", op::max_pool{square(1)}, {first});
            auto images = random_images(10, {4, 4, 2}, random);
            for (auto& value : images.values) {
                value *= 40; // so that an accumulator step of weights of scale 1 would be large
            }
            const auto net = aw::quantize(trained, images.view(), {.weights_per_channel = per_channel});
            const auto found = aw::run(net, aw::exact_setting(net), aw::encode_images(net, images.view()));
            const auto expected = aw::run_float(trained, images.view());
            const double step = net.nodes()[1].scale.scale;
            CAPTURE(size, per_channel);
            for (std::size_t i = 0; i < found.size(); i += 4) { // the first channel
                const double difference = static_cast<double>(found[i] - expected[i]);
                REQUIRE(std::abs(difference) <= 0.51 * step + 0.02);
            }
        }
    }
}

TEST_CASE("Constant and zero activations survive quantisation") {
    aw::graph trained({2, 2, 1});
    const auto conv = trained.add("conv", op::conv2d{{}, 2, 1, {0, 1}, {0.5f, -0.25f}}, {0});
    const auto active = trained.add("relu", relu(), {conv});
    trained.add("mean", op::global_average_pool{}, {active});
    const image_batch black{3, {2, 2, 1}, std::vector<float>(12, 0.0f)};
    const auto results = both(trained, black);
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(results.quantised[i] == Approx(results.real[i]).margin(0.003));
    }
}

TEST_CASE("Metadata, source and names stay") {
    aw::random_generator random(8);
    aw::graph trained({4, 4, 2}, "model.onnx");
    trained.metadata["normalize"] = "cifar";
    const auto conv = trained.add("first", random_conv(2, 3, square(3), random), {0});
    trained.add("second", op::global_average_pool{}, {conv});
    const auto net = aw::quantize(trained, random_images(2, {4, 4, 2}, random).view());
    CHECK(net.source() == "model.onnx");
    CHECK(net.metadata == trained.metadata);
    CHECK(net.nodes()[1].name == "first");
    CHECK(net.nodes()[2].name == "second");
    CHECK(net.input_shape() == aw::image_shape{4, 4, 2});
    CHECK(net.classes() == 3);
    CHECK(net.convolutions() == std::vector<std::size_t>{1});
    const auto shape = net.shape_of(1, 5);
    CHECK(shape.images == 5);
    CHECK(shape.positions() == 20);
    CHECK(shape.depth() == 18);
}

TEST_CASE("Layers whose sums might overflow are refused") {
    const auto make = [](std::size_t inputs) {
        aw::graph trained({1, 1, inputs});
        trained.add("dense", op::dense{1, std::vector<float>(inputs, 0.5f), {0}}, {0});
        const image_batch images{1, {1, 1, inputs}, std::vector<float>(inputs, 1.0f)};
        return aw::quantize(trained, images.view());
    };
    CHECK_NOTHROW(make(32767));
    CHECK_THROWS_AS(make(32768), aw::shape_error);
}

TEST_CASE("Sums that nearly cancel are quantised, and stay within their own codes") {
    aw::random_generator random(9);
    for (const float factor : {100.0f, 5'000.0f, 3e6f}) {
        aw::graph trained({2, 2, 3});
        const auto large = trained.add("large", op::scale_channels{{factor, factor, factor}, {0, 0, 0}}, {0});
        const float near = -factor * 0.9999f;
        const auto other = trained.add("other", op::scale_channels{{near, near, near}, {0, 0, 0}}, {0});
        trained.add("sum", op::add{}, {large, other});
        const auto images = random_images(10, {2, 2, 3}, random);
        const auto results = both(trained, images);
        const auto [low, high] = std::minmax_element(results.real.begin(), results.real.end());
        for (const float value : results.quantised) {
            CHECK(value >= std::min(*low, 0.0f) * 1.01f);
            CHECK(value <= std::max(*high, 0.0f) * 1.01f);
        }
    }
}
