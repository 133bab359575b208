// SPDX-License-Identifier: MIT
#include "../kernel/tasks.hpp"
#include "networks.hpp"

#include <alwann/nn/float_inference.hpp>
#include <alwann/nn/quantized_graph.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace nn_test;

namespace {

// x * w with errors, products with zero included, that depend on the order of the operands.
aw::table rough_table() {
    return kernel_test::make_table("rough", [](std::size_t x, std::size_t w) {
        return std::min<std::size_t>(x * w + (x * 7 + w * 13) % 96, 65535);
    });
}

// Gains and offsets that are not neutral.
void disturb(aw::design_setting& design, aw::random_generator& random) {
    for (auto& layer : design) {
        for (auto& weight : layer.weights) {
            weight = static_cast<std::uint8_t>(std::min(255, weight + static_cast<int>(random() % 3)));
        }
        for (auto& correction : layer.corrections) {
            correction = {0.75 + 0.5 * aw::uniform_unit(random), 400 * aw::uniform_unit(random) - 200};
        }
    }
}

// The real results of one image of a quantised convolution, from 64-bit integers.
std::vector<double> naive_convolution(const aw::quantized_convolution& layer, const aw::table& multiplier,
                                      const std::vector<std::uint8_t>& weights,
                                      const std::vector<aw::channel_correction>& corrections,
                                      const std::vector<std::uint8_t>& codes, const aw::image_shape& in,
                                      const aw::image_shape& out) {
    const auto products = multiplier.products();
    const std::size_t in_group = in.channels / layer.groups;
    const std::size_t out_group = layer.outputs / layer.groups;
    const std::size_t taps = layer.geometry.kernel_height * layer.geometry.kernel_width;
    const std::int64_t zx = layer.input.zero;
    std::vector<std::int64_t> sums(out.size(), 0);
    for_each_tap(in, layer.geometry, out,
                 [&](std::size_t pixel, std::size_t tap, std::size_t position, bool inside) {
                     for (std::size_t f = 0; f < layer.outputs; ++f) {
                         const std::int64_t zw = layer.weight_scale[f].zero;
                         for (std::size_t c = 0; c < in_group; ++c) {
                             const std::size_t k = (f * taps + tap) * in_group + c;
                             const std::size_t channel = f / out_group * in_group + c;
                             const auto x = inside ? codes[position * in.channels + channel]
                                                   : static_cast<std::uint8_t>(zx);
                             sums[pixel * layer.outputs + f] += products[std::size_t{256} * x + weights[k]] -
                                                                zw * x - zx * layer.weights[k] + zx * zw;
                         }
                     }
                 });
    std::vector<double> reals;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const std::size_t f = i % layer.outputs;
        reals.push_back(layer.input.scale * layer.weight_scale[f].scale *
                            (corrections[f].gain * static_cast<double>(sums[i]) + corrections[f].offset) +
                        layer.bias[f]);
    }
    return reals;
}

// Each node's codes must be the nearest ones to the real result that its inputs' codes stand for.
void check_nodes(const aw::graph& trained, const aw::network& net, const aw::design_setting& design,
                 const aw::coded_images& image) {
    const auto folded = aw::fold_batch_norm(trained);
    std::vector<std::vector<std::uint8_t>> codes;
    std::size_t convolution = 0;
    for (std::size_t i = 0; i < net.nodes().size(); ++i) {
        auto node = net.nodes()[i];
        double tolerance = 0.5 + 1e-3;
        std::vector<double> reals;
        std::vector<aw::image_shape> shapes;
        for (const auto input : node.inputs) {
            shapes.push_back(net.nodes()[input].shape);
        }
        aw::code_range range{node.scale.zero, 0, 255};
        if (const auto* layer = std::get_if<aw::quantized_convolution>(&node.what)) {
            const bool chosen = layer->approximable;
            const auto setting =
                chosen ? design.at(convolution++) : aw::layer_setting(aw::exact_table(), *layer);
            reals = naive_convolution(*layer, setting.multiplier, setting.weights, setting.corrections,
                                      codes[node.inputs.front()], shapes.front(), node.shape);
            if (layer->real_output) { // the network's result
                const auto found = aw::run(net, design, image);
                REQUIRE(found.size() == reals.size());
                for (std::size_t j = 0; j < reals.size(); ++j) {
                    const std::size_t f = j % layer->outputs;
                    const double step = layer->input.scale * layer->weight_scale[f].scale *
                                        std::max(1.0, setting.corrections[f].gain);
                    REQUIRE(std::abs(static_cast<double>(found[j]) - reals[j]) <=
                            0.51 * step + 1e-6 * std::abs(reals[j]));
                }
                continue;
            }
            range = layer->codes;
            double coarsest = 0; // the bias is rounded to whole accumulator steps
            for (std::size_t f = 0; f < layer->outputs; ++f) {
                coarsest = std::max(coarsest, layer->weight_scale[f].scale * setting.corrections[f].gain);
            }
            tolerance += 0.5 * coarsest * layer->input.scale / layer->output.scale;
        } else if (i > 0) {
            const auto original = std::find_if(folded.nodes().begin(), folded.nodes().end(),
                                               [&](const auto& each) { return each.name == node.name; });
            REQUIRE(original != folded.nodes().end());
            std::vector<std::vector<double>> decoded;
            for (const auto input : node.inputs) {
                decoded.emplace_back();
                for (const auto code : codes[input]) {
                    decoded.back().push_back(net.nodes()[input].scale.decode(code));
                }
            }
            std::vector<const std::vector<double>*> inputs;
            for (const auto& values : decoded) {
                inputs.push_back(&values);
            }
            reals = std::visit(naive_operators{inputs, shapes, node.shape}, original->what);
            if (const auto* sum = std::get_if<aw::code_op::add>(&node.what)) {
                range = sum->codes;
            }
        }
        codes.push_back(codes_of(net, i, design, image));
        REQUIRE(codes.back().size() == node.shape.size());
        REQUIRE(range.zero == node.scale.zero);
        for (std::size_t j = 0; i > 0 && j < codes.back().size(); ++j) {
            const double exact =
                std::clamp<double>(reals[j] / node.scale.scale + node.scale.zero, range.low, range.high);
            CAPTURE(node.name, j, exact, int{codes.back()[j]});
            REQUIRE(std::abs(exact - codes.back()[j]) <= tolerance);
        }
    }
    REQUIRE(convolution == net.convolutions().size());
}

void check_nodes(const aw::graph& trained, aw::random_generator& random,
                 const aw::quantize_options& options = {}) {
    const auto images = random_images(4, trained.input_shape(), random);
    const auto net = aw::quantize(trained, images.view(), options);
    auto fresh = random_images(1, trained.input_shape(), random); // beyond the calibrated range, too
    for (auto& value : fresh.values) {
        value *= 1.3f;
    }
    const auto coded = aw::encode_images(net, fresh.view());
    check_nodes(trained, net, aw::exact_setting(net), coded);
    aw::design_setting design;
    for (std::size_t l = 0; l < net.convolutions().size(); ++l) {
        design.emplace_back(rough_table(), net.convolution(l));
    }
    disturb(design, random);
    check_nodes(trained, net, design, coded);
}

// The operator between a layer and another one, so that its codes matter and zero points are not 0.
void check_between(const aw::image_shape& in, const aw::operation& what, aw::random_generator& random) {
    aw::graph net(in);
    const auto before = net.add("before", random_scaling(in.channels, random), {0});
    const auto node = net.add("node", what, {before});
    net.add("after", op::flatten{}, {node});
    check_nodes(net, random);
}

} // namespace

TEST_CASE("Quantised convolutions follow the formula for any geometry, groups and zero points") {
    aw::random_generator random(1);
    for (int i = 0; i < 60; ++i) {
        const std::size_t groups = draw(random, 1, 3);
        const aw::image_shape in{draw(random, 1, 6), draw(random, 1, 6), groups * draw(random, 1, 3)};
        const auto g = kernel_test::random_window(in, random);
        const auto conv = random_conv(in.channels, groups * draw(random, 1, 4), g, random, groups);
        check_between(in, conv, random);
        aw::graph last(in); // its results are real numbers
        last.add("conv", conv, {0});
        check_nodes(last, random);
    }
}

TEST_CASE("Quantised wide and depthwise convolutions follow the formula") {
    aw::random_generator random(2);
    check_between({5, 4, 17}, random_conv(17, 33, square(3, 1, 1), random), random);
    check_between({5, 4, 24}, random_conv(24, 24, square(3, 2, 1), random, 24), random);
    check_between({5, 4, 16}, random_conv(16, 24, square(1), random, 2), random);
}

TEST_CASE("Padding of a quantised convolution is the zero point, and goes through the multiplier") {
    aw::random_generator random(3);
    const aw::image_shape in{1, 1, 1};
    aw::graph trained(in);
    auto conv = random_conv(1, 1, square(3, 1, 1), random);
    trained.add("conv", conv, {0});
    const image_batch images{2, in, {-1, 3}};
    const auto net = aw::quantize(trained, images.view());
    const auto zero = static_cast<std::size_t>(net.nodes().front().scale.zero);
    CHECK(zero == 64);
    const auto coded = aw::encode_images(net, images.view());
    // A product of the padding code is 1000 too large; eight of nine positions are padding.
    const auto multiplier = kernel_test::make_table(
        "padding", [&](std::size_t x, std::size_t w) { return x * w + (x == zero ? 1000 : 0); });
    aw::design_setting design{{multiplier, net.convolution(0)}};
    const auto exact = aw::run(net, aw::exact_setting(net), coded);
    const auto found = aw::run(net, design, coded);
    const double step = aw::accumulator_scale(net.convolution(0), 0);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(static_cast<double>(found[i] - exact[i]) == Approx(8000 * step).epsilon(1e-5));
    }
}

TEST_CASE("Quantised dense layers and scalings run on exact products whatever the design") {
    aw::random_generator random(4);
    aw::graph trained({3, 4, 5});
    const auto active = trained.add("relu", relu(), {0});
    const auto scaled = trained.add("scale", random_scaling(5, random), {active});
    trained.add("dense", random_dense(60, 7, random), {scaled});
    check_nodes(trained, random);
    const auto net = aw::quantize(trained, random_images(3, {3, 4, 5}, random).view());
    CHECK(net.convolutions().empty());
    CHECK(net.classes() == 7);
}

TEST_CASE("Quantised poolings, with and without padding, are the nearest codes") {
    aw::random_generator random(5);
    std::size_t done = 0;
    while (done < 40) {
        const aw::image_shape in{draw(random, 2, 6), draw(random, 2, 6), draw(random, 1, 3)};
        auto g = kernel_test::random_window(in, random);
        g.dilation_height = g.dilation_width = 1;
        if (g.pad_top >= g.kernel_height || g.pad_bottom >= g.kernel_height || g.pad_left >= g.kernel_width ||
            g.pad_right >= g.kernel_width) {
            continue;
        }
        ++done;
        check_between(in, op::max_pool{g}, random);
        check_between(in, op::average_pool{g, false}, random);
        check_between(in, op::average_pool{g, true}, random);
        check_between(in, op::global_average_pool{}, random);
    }
}

TEST_CASE("A pooling window that misses the image altogether averages zeros") {
    aw::graph trained({1, 1, 1});
    aw::window g = square(2, 1, 1);
    g.dilation_height = g.dilation_width = 2; // rows and columns -1 and 1
    trained.add("mean", op::average_pool{g, true}, {0});
    const image_batch images{2, {1, 1, 1}, {-1, 3}};
    CHECK(aw::run_float(trained, images.view()) == std::vector<float>{0, 0});
    const auto net = aw::quantize(trained, images.view());
    const auto coded = aw::encode_images(net, images.view());
    CHECK(aw::run(net, {}, coded) == std::vector<float>{0, 0});
}

TEST_CASE("Quantised operators that only move codes lose nothing") {
    aw::random_generator random(6);
    const aw::image_shape in{4, 3, 4};
    check_between(in, op::flatten{}, random);
    check_between(in, op::pad{{1, 0, 2}, {0, 2, 1}, 0}, random);
    check_between(in, op::pad{{1, 1, 0}, {1, 1, 0}, 0.7f}, random);
    check_between(in, op::slice{{3, 0, 1}, {-1, 2, 1}, {3, 2, 3}}, random);
}

TEST_CASE("Padding with a value that no code stands for is refused by name") {
    aw::random_generator random(7);
    aw::graph trained({3, 3, 1}, "file");
    trained.add("frame", op::pad{{1, 1, 0}, {1, 1, 0}, 50}, {0});
    const auto images = random_images(2, {3, 3, 1}, random);
    CHECK_THROWS_AS(aw::quantize(trained, images.view()), aw::value_error);
    CHECK_THROWS_WITH(aw::quantize(trained, images.view()),
                      contains("file: node 'frame'") && contains("50.0"));
}

TEST_CASE("Quantised sums and joins of inputs with different scales are the nearest codes") {
    aw::random_generator random(8);
    for (int i = 0; i < 20; ++i) {
        aw::graph net({4, 4, 3});
        const auto narrow = net.add("narrow", random_scaling(3, random), {0});
        auto wide_scaling = random_scaling(3, random);
        for (auto& value : wide_scaling.scale) {
            value *= static_cast<float>(draw(random, 1, 60));
        }
        const auto wide = net.add("wide", wide_scaling, {0});
        const auto sum = net.add("sum", op::add{}, {narrow, wide});
        const auto twice = net.add("twice", op::add{}, {sum, sum});
        const auto active = net.add("active", op::clip{-1, 2}, {twice}); // fused
        const auto both = net.add("both", op::concat{}, {narrow, wide, active});
        net.add("flat", op::flatten{}, {both});
        check_nodes(net, random);
    }
}

TEST_CASE("Every node of a network of all operators is as near as its codes allow") {
    aw::random_generator random(9);
    for (const bool per_channel : {true, false}) {
        check_nodes(network_of_everything(random), random, {.weights_per_channel = per_channel});
    }
}

TEST_CASE("A clip of its own is a table of the codes") {
    aw::random_generator random(10);
    check_between({3, 3, 2}, op::max_pool{square(2)}, random);
    aw::graph net({4, 4, 2});
    net.add("clip", op::clip{-0.5f, 0.75f}, {0});
    check_nodes(net, random);
    const auto images = random_images(3, {4, 4, 2}, random);
    const auto quantised = aw::quantize(net, images.view());
    REQUIRE(std::holds_alternative<aw::code_op::lookup>(quantised.nodes().back().what));
    const double half_step = quantised.nodes().back().scale.scale / 2;
    for (const float value : aw::run(quantised, {}, aw::encode_images(quantised, images.view()))) {
        CHECK(static_cast<double>(value) >= -0.5 - half_step);
        CHECK(static_cast<double>(value) <= 0.75 + half_step);
    }
}

TEST_CASE("A function of codes comes before the layers that move them, with a clip behind them too") {
    const aw::quantisation scale{0.5f, 0};
    const op::max_pool pool{{.kernel_height = 2, .kernel_width = 2, .stride_height = 2, .stride_width = 2}};
    std::vector<float> pixels;
    for (int i = 0; i < 32; ++i) {
        pixels.push_back(static_cast<float>((i * 7) % 19) - 6);
    }
    const image_batch images{1, {4, 4, 2}, pixels};
    for (const int move : {0, 1, 2}) {
        aw::graph what({4, 4, 2}, "moved");
        auto node = what.add("codes", op::requantise{{0.5f, 100}}, {0});
        node = what.add("relu", relu(), {node});
        node = move == 0   ? what.add("pool", pool, {node})
               : move == 1 ? what.add("flat", op::flatten{}, {node})
                           : what.add("slice", op::slice{{1, 0, 0}, {2, 1, 1}, {2, 4, 2}}, {node});
        node = what.add("clip", op::clip{1, 8}, {node});
        what.add("again", op::requantise{scale}, {node});
        const auto net = aw::to_network({what, {}});
        CAPTURE(move, net);
        const auto expected = aw::run_float(what, images.view());
        const auto found = aw::run(net, {}, aw::encode_images(net, images.view()));
        CHECK(found == expected); // all values are multiples of the scale
    }
}
