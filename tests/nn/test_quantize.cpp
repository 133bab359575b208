// SPDX-License-Identifier: MIT
#include "networks.hpp"

#include <alwann/multiplier/functional.hpp>
#include <alwann/nn/quantisation_noise.hpp>

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

TEST_CASE("Fewer bits, either form of weights and every range rule keep to their codes") {
    aw::random_generator random(10);
    const auto trained = network_of_everything(random);
    const auto images = random_images(20, trained.input_shape(), random);
    aw::calibrator seen(trained);
    seen.add(images.view());
    const auto codes = [&](const aw::network& net) { return aw::encode_images(net, images.view()); };
    const auto real = aw::run_float(trained, images.view());
    for (const bool symmetric : {false, true}) {
        for (const bool per_channel : {true, false}) {
            double before = 1000;
            for (const unsigned bits : {8u, 6u, 4u, 2u}) {
                CAPTURE(symmetric, per_channel, bits);
                const auto net = aw::quantize(seen, {.weights_per_channel = per_channel,
                                                     .symmetric_weights = symmetric,
                                                     .weight_bits = bits,
                                                     .activation_bits = bits,
                                                     .weight_ranges = aw::mse_range{}});
                const int most = (1 << bits) - 1, half = (1 << (bits - 1)) - 1;
                for (std::size_t l = 0; l < net.convolutions().size(); ++l) {
                    const auto& layer = net.convolution(l);
                    const auto [low, high] = std::minmax_element(layer.weights.begin(), layer.weights.end());
                    REQUIRE(int{*low} >= (symmetric ? 128 - half : 0));
                    REQUIRE(int{*high} <= (symmetric ? 128 + half : most));
                    if (symmetric) {
                        REQUIRE(layer.weight_scale[0].zero == 128);
                    }
                }
                for (std::size_t node = 0; node + 1 < net.nodes().size(); ++node) {
                    const auto found = codes_of(net, node, aw::exact_setting(net), codes(net));
                    REQUIRE(int{*std::max_element(found.begin(), found.end())} <= most);
                }
                const double now = signal_to_noise(real, aw::run(net, aw::exact_setting(net), codes(net)));
                CHECK(now < before);
                CHECK(now > 4.0 * bits - 8); // about 6 dB a bit
                before = now;
            }
        }
    }
    for (const aw::any_range_rule& rule :
         {aw::any_range_rule(aw::percentile_range{99.9}), aw::any_range_rule(aw::mse_range{})}) {
        CAPTURE(rule.name());
        const auto net = aw::quantize(seen, {.ranges = rule});
        CHECK(signal_to_noise(real, aw::run(net, aw::exact_setting(net), codes(net))) > 15);
    }
    for (const unsigned bits : {0u, 1u, 9u}) {
        CHECK_THROWS_AS(aw::quantize(seen, {.weight_bits = bits}), aw::value_error);
        CHECK_THROWS_WITH(aw::quantize(seen, {.activation_bits = bits}),
                          contains("activations: expected 2 to 8"));
    }
    CHECK_THROWS_AS(aw::quantize(aw::calibrator(trained)), aw::value_error);
}

TEST_CASE("A range rule of one's own chooses the range") {
    struct unit_range {
        static std::string name() { return "unit"; }
        static aw::value_range range(const aw::value_histogram&, unsigned) { return {-1, 1}; }
    };
    static_assert(aw::range_rule<unit_range>);
    aw::random_generator random(11);
    aw::graph trained({4, 4, 2});
    trained.add("conv", random_conv(2, 3, square(3), random), {0});
    const auto net =
        aw::quantize(trained, random_images(3, {4, 4, 2}, random).view(), {.ranges = unit_range{}});
    CHECK(net.nodes()[0].scale == aw::quantisation_of_range(-1, 1));
}

TEST_CASE("First and last layers stay exact, and dense layers become approximate, when asked") {
    aw::random_generator random(12);
    aw::graph trained({6, 6, 2});
    auto node = trained.add("first", random_conv(2, 3, square(3), random), {0});
    node = trained.add("second", random_conv(3, 3, square(3), random), {node});
    node = trained.add("third", random_dense(12, 8, random), {node});
    trained.add("last", random_dense(8, 4, random), {node});
    const auto images = random_images(10, {6, 6, 2}, random);
    const auto designed = [&](const aw::quantize_options& options) {
        return aw::quantize(trained, images.view(), options).convolutions();
    };
    using nodes = std::vector<std::size_t>;
    CHECK(designed({}) == nodes{1, 2});
    CHECK(designed({.approximate_dense = true}) == nodes{1, 2, 3, 4});
    CHECK(designed({.exact_first = true, .approximate_dense = true}) == nodes{2, 3, 4});
    CHECK(designed({.exact_last = true, .approximate_dense = true}) == nodes{1, 2, 3});
    CHECK(designed({.exact_first = true, .exact_last = true}) == nodes{2});

    const auto net =
        aw::quantize(trained, images.view(),
                     {.weight_bits = 3, .activation_bits = 4, .exact_first = true, .exact_last = true});
    const auto highest = [&](std::size_t at) {
        const auto& weights = std::get<aw::quantized_convolution>(net.nodes()[at].what).weights;
        return int{*std::max_element(weights.begin(), weights.end())};
    };
    CHECK(net.nodes()[0].scale.highest == 255);
    CHECK(net.nodes()[1].scale.highest == 15);
    CHECK(highest(1) == 255);
    CHECK(highest(2) == 7);
    CHECK(highest(3) == 7);
    CHECK(highest(4) == 255);

    // A dense layer on a multiplier, against products looked up one by one.
    const auto all = aw::quantize(trained, images.view(), {.approximate_dense = true});
    const auto rough = aw::tabulate(aw::functional<"rough">([](auto x, auto w) { return (x & 0xF0u) * w; }));
    auto design = aw::exact_setting(all);
    design[2] = aw::layer_setting(rough, all.convolution(2));
    const auto codes = aw::encode_images(all, images.view());
    const auto before = codes_of(all, 2, design, codes), after = codes_of(all, 3, design, codes);
    const auto& layer = all.convolution(2);
    const auto stage = aw::make_output_stage(layer, std::vector<aw::channel_correction>(8));
    for (std::size_t n = 0; n < 10; ++n) {
        for (std::size_t f = 0; f < 8; ++f) {
            std::int32_t sum = 0, inputs = 0;
            for (std::size_t k = 0; k < 12; ++k) {
                sum += rough.product(before[12 * n + k], layer.weights[12 * f + k]);
                inputs += before[12 * n + k];
            }
            const aw::fixed_factor factor(stage.mantissa[f], stage.shift[f]);
            REQUIRE(after[8 * n + f] == stage.codes(factor(stage.accumulator(f, sum, inputs))));
        }
    }
    CHECK(after != codes_of(all, 3, aw::exact_setting(all), codes));
}

TEST_CASE("Calibration in parts is calibration at once") {
    aw::random_generator random(13);
    const auto trained = network_of_everything(random);
    const auto images = random_images(40, trained.input_shape(), random);
    aw::calibrator at_once(trained), in_parts(trained);
    at_once.add(images.view());
    for (const auto& [first, count] : {std::pair<std::size_t, std::size_t>{0, 3}, {3, 30}, {33, 7}}) {
        in_parts.add(images.view().rows(first, count));
    }
    CHECK(in_parts.images() == 40);
    const aw::quantize_options options{.ranges = aw::percentile_range{99}};
    const auto a = aw::quantize(at_once, options), b = aw::quantize(in_parts, options);
    for (std::size_t i = 0; i < a.nodes().size(); ++i) {
        REQUIRE(a.nodes()[i].scale == b.nodes()[i].scale);
    }
    auto odd = images;
    odd.values[5] = infinity;
    CHECK_THROWS_AS(in_parts.add(odd.view()), aw::value_error);
    CHECK_THROWS_AS(in_parts.add(random_images(1, {2, 2, 3}, random).view()), aw::shape_error);
}

TEST_CASE("Signal to noise of each layer is that of its codes") {
    aw::random_generator random(14);
    const auto trained = network_of_everything(random);
    const auto images = random_images(20, trained.input_shape(), random);
    aw::calibrator seen(trained);
    seen.add(images.view());
    const auto traced = aw::quantize_traced(seen, {.activation_bits = 7});
    const auto& net = traced.quantized;
    const auto found = aw::quantisation_noise(seen, traced, images.view());
    REQUIRE(found.size() == net.nodes().size());
    const auto codes = aw::encode_images(net, images.view());
    for (std::size_t i = 0; i < seen.network().nodes().size(); ++i) {
        const auto node = traced.node_of[i];
        if (i + 1 < seen.network().nodes().size() && traced.node_of[i + 1] == node) {
            continue; // a clip follows, whose values the codes are
        }
        std::vector<float> signal, coded;
        for (std::size_t n = 0; n < images.count; ++n) {
            const auto values = naive_run(seen.network(), images.image(n))[i];
            signal.insert(signal.end(), values.begin(), values.end());
        }
        for (const auto code : codes_of(net, node, aw::exact_setting(net), codes)) {
            coded.push_back(static_cast<float>(net.nodes()[node].scale.decode(code)));
        }
        CAPTURE(seen.network().nodes()[i].name);
        if (i + 1 < seen.network().nodes().size()) {
            CHECK(found[node].decibels() == Approx(signal_to_noise(signal, coded)).margin(0.01));
        }
    }
    CHECK(found.back().decibels() > 20);
    CHECK(found[0].decibels() > found.back().decibels());

    // A rough multiplier is noise, too.
    auto design = aw::exact_setting(net);
    design.back() =
        aw::layer_setting(aw::tabulate(aw::functional<"none">([](auto x, auto w) { return (x & 0u) * w; })),
                          net.convolution(design.size() - 1));
    aw::noise_meter meter(seen, traced, design);
    meter.add(images.view());
    CHECK(meter.nodes().back().decibels() < 10);
    CHECK_THROWS_AS(aw::noise_meter(seen, traced, {}), aw::shape_error);
    auto wrong = traced;
    wrong.node_of.pop_back();
    CHECK_THROWS_AS(aw::noise_meter(seen, wrong), aw::shape_error);
}
