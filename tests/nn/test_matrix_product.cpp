// SPDX-License-Identifier: MIT
// Layers of transformers: products of activations, layer normalisation, softmax by heads, constants.
#include "../kernel/tasks.hpp"
#include "networks.hpp"

#include <alwann/accelerator/mac_count.hpp>
#include <alwann/compensation/any_compensation.hpp>
#include <alwann/compensation/compensation_data.hpp>
#include <alwann/nn/activation_product.hpp>
#include <alwann/nn/operand_histogram.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace nn_test;

namespace matrix_product_test {
namespace {

// x * w with errors that depend on the order of the operands.
aw::table rough_table() {
    return kernel_test::make_table("rough", [](std::size_t x, std::size_t w) {
        return std::min<std::size_t>(x * w + (x * 7 + w * 13) % 96, 65535);
    });
}

// Attention with 3 heads of 4 channels between 2 x 5 tokens, on a residual, with normalisation.
constexpr std::size_t heads = 3, width = 4, tokens = 10;

aw::graph attention_graph(aw::random_generator& random, std::size_t outputs = 0) {
    aw::graph g({2, 5, 6});
    const auto x = g.add("x", random_conv(6, 12, square(1), random), {0});
    const auto norm =
        g.add("norm", op::layer_norm{random_values(12, 0.5, random), random_values(12, 0.2, random)}, {x});
    const auto q = g.add("q", random_conv(12, 12, square(1), random), {norm});
    const auto k = g.add("k", random_conv(12, 12, square(1), random), {norm});
    const auto v = g.add("v", random_conv(12, 12, square(1), random), {norm});
    const auto scores = g.add("scores", op::matrix_product{heads, aw::weight_source::rows, 0.5F}, {q, k});
    const auto shares = g.add("shares", op::softmax{false, heads}, {scores});
    const auto mixed = g.add("mixed", op::matrix_product{heads, aw::weight_source::columns, 1}, {shares, v});
    const auto sum = g.add("sum", op::add{}, {x, mixed});
    const auto wide = g.add("gelu", op::gelu{}, {sum});
    const auto mean = g.add("mean", op::global_average_pool{}, {wide});
    if (outputs > 0) {
        g.add("classes", random_dense(12, outputs, random), {mean});
    }
    return g;
}

// Runs the last part of the work first.
struct backwards {
    std::size_t concurrency() const noexcept { return 3; }
    template <class Function>
    void for_each(std::size_t count, Function&& function) const {
        while (count > 0) {
            function(--count);
        }
    }
};

// Element i of head h of token t.
template <class T>
T at(const std::vector<T>& values, std::size_t t, std::size_t h, std::size_t i, std::size_t per_head) {
    return values[(t * heads + h) * per_head + i];
}

aw::network quantised(const aw::graph& g, const image_batch& images, aw::quantize_options options = {}) {
    return aw::quantize(g, images.view(), options);
}

} // namespace

TEST_CASE("float attention is what its definition says") {
    aw::random_generator random(1);
    const auto g = attention_graph(random);
    const auto images = random_images(3, {2, 5, 6}, random);
    std::vector<std::vector<float>> values(g.nodes().size());
    aw::run_float(g, images.view(), [&](std::size_t i, std::span<const float> batch) {
        const auto size = g.nodes()[i].shape.size();
        values[i].assign(batch.begin() + static_cast<std::ptrdiff_t>(2 * size),
                         batch.end()); // the last image
    });
    enum { input, x, norm, q, k, v, scores, shares, mixed };
    REQUIRE(g.nodes()[scores].shape == aw::image_shape{2, 5, heads * tokens});
    REQUIRE(g.nodes()[mixed].shape == aw::image_shape{2, 5, heads * width});
    for (std::size_t t = 0; t < tokens; ++t) {
        for (std::size_t h = 0; h < heads; ++h) {
            double all = 0;
            for (std::size_t s = 0; s < tokens; ++s) {
                double sum = 0;
                for (std::size_t i = 0; i < width; ++i) {
                    sum += 0.5 * at(values[q], t, h, i, width) * at(values[k], s, h, i, width);
                }
                CHECK(at(values[scores], t, h, s, tokens) == Approx(sum).margin(1e-5));
                all += std::exp(sum);
            }
            for (std::size_t s = 0; s < tokens; ++s) {
                CHECK(at(values[shares], t, h, s, tokens) ==
                      Approx(std::exp(at(values[scores], t, h, s, tokens)) / all).margin(1e-5));
            }
            for (std::size_t i = 0; i < width; ++i) {
                double sum = 0;
                for (std::size_t s = 0; s < tokens; ++s) {
                    sum += double{at(values[shares], t, h, s, tokens)} * at(values[v], s, h, i, width);
                }
                CHECK(at(values[mixed], t, h, i, width) == Approx(sum).margin(1e-5));
            }
        }
    }
}

TEST_CASE("float layer normalisation has the mean and the variance that its parameters say") {
    aw::random_generator random(2);
    aw::graph g({1, 4, 32});
    g.add("norm", op::layer_norm{std::vector<float>(32, 3.0F), std::vector<float>(32, 0.5F), 1e-6F}, {0});
    const auto images = random_images(2, {1, 4, 32}, random);
    const auto values = aw::run_float(g, images.view());
    for (std::size_t i = 0; i < values.size(); i += 32) {
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(i);
        const double mean = std::accumulate(first, first + 32, 0.0) / 32;
        double variance = 0;
        std::for_each(first, first + 32, [&](float value) { variance += std::pow(value - mean, 2) / 32; });
        CHECK(mean == Approx(0.5).margin(1e-5));
        CHECK(variance == Approx(9).epsilon(1e-4));
    }
    CHECK_THROWS_AS(g.add("short", op::layer_norm{{1}, {0}}, {0}), aw::shape_error);
    CHECK_THROWS_AS(
        g.add("no epsilon", op::layer_norm{std::vector<float>(32, 1), std::vector<float>(32, 0), 0}, {0}),
        aw::value_error);
}

TEST_CASE("layer normalisation of codes is that of the numbers they mean, to a code") {
    aw::random_generator random(3);
    for (const unsigned bits : {8U, 5U}) {
        aw::graph g({3, 3, 24});
        g.add("norm", op::layer_norm{random_values(24, 0.7, random), random_values(24, 0.7, random)}, {0});
        auto images = random_images(20, {3, 3, 24}, random);
        std::fill_n(images.values.begin(), 24, 1.25F); // no variance
        const auto network = quantised(g, images, {.activation_bits = bits});
        const auto codes = aw::encode_images(network, images.view());
        image_batch rounded = images;
        const auto& scale = network.nodes().front().scale;
        for (std::size_t i = 0; i < rounded.values.size(); ++i) {
            rounded.values[i] = static_cast<float>(scale.decode(codes.codes[i]));
        }
        const auto expected = aw::run_float(g, rounded.view());
        const auto found = aw::run(network, {}, codes);
        const auto& to = network.nodes().back().scale;
        for (std::size_t i = 0; i < found.size(); ++i) {
            const double nearest = to.decode(to.encode(expected[i]));
            CHECK(std::abs(found[i] - nearest) <=
                  to.scale * (std::abs(nearest - expected[i]) > 0.49 * to.scale ? 1.01 : 0.01));
        }
    }
}

TEST_CASE("products of activations on an approximate multiplier are those of the formula") {
    aw::random_generator random(4);
    const auto g = attention_graph(random);
    const auto images = random_images(5, {2, 5, 6}, random);
    const auto network = quantised(g, images);
    REQUIRE(network.convolutions().size() == 6);
    const auto codes = aw::encode_images(network, images.view());
    const auto rough = rough_table();
    const auto products = rough.products();
    for (const auto which : {aw::engine::automatic, aw::engine::reference, aw::engine::lookup}) {
        aw::forward_pass forward(network, codes, 0, codes.count, which);
        for (std::size_t layer = 0; forward.next() < network.nodes().size();) {
            const auto i = forward.next();
            const auto* what = std::get_if<aw::quantized_convolution>(&network.nodes()[i].what);
            if (what == nullptr) {
                forward.other_step();
                continue;
            }
            const aw::layer_setting setting(rough, network.convolution(layer++));
            if (!what->is_product()) {
                forward.step(&setting);
                continue;
            }
            const bool rows = what->source == aw::weight_source::rows;
            const auto shape = network.shape_of(i, 1);
            const std::size_t depth = shape.depth(), wide = shape.group_outputs();
            const std::size_t size = shape.input.size(), other = depth * what->outputs;
            const std::vector<std::uint8_t> a(forward.input_of(i), forward.input_of(i) + 5 * size);
            const std::vector<std::uint8_t> b(forward.input_of(i, 1), forward.input_of(i, 1) + 5 * other);
            const std::int64_t za = what->input.zero, zb = what->weight_scale.front().zero;
            CHECK(what->weight_scale.front().scale ==
                  network.nodes()[network.nodes()[i].inputs[1]].scale.scale * (rows ? 0.5 : 1));
            forward.step(&setting);
            const auto found = forward.reals(i);
            const double unit = what->input.scale * what->weight_scale.front().scale;
            for (std::size_t n = 0, at = 0; n < 5; ++n) {
                for (std::size_t t = 0; t < tokens; ++t) {
                    for (std::size_t f = 0; f < what->outputs; ++f, ++at) {
                        const std::size_t h = f / wide, c = f % wide;
                        std::int64_t sum = 0;
                        for (std::size_t k = 0; k < depth; ++k) {
                            const auto x = a[n * size + (t * heads + h) * depth + k];
                            const auto w = b[n * other + (rows ? (c * heads + h) * depth + k
                                                               : (k * heads + h) * wide + c)];
                            sum += products[std::size_t{256} * x + w] - zb * x - za * w + za * zb;
                        }
                        const double real = unit * static_cast<double>(sum);
                        const auto& to = network.nodes()[i].scale;
                        const double nearest = to.decode(to.encode(real));
                        const bool middle =
                            std::abs(std::abs(real - nearest) - to.scale / 2) < 1e-6 * to.scale;
                        if (!middle && std::abs(found[at] - nearest) > 1e-3 * to.scale) {
                            CAPTURE(i, n, t, f, real);
                            CHECK(found[at] == nearest);
                        }
                    }
                }
            }
        }
    }
}

TEST_CASE("a product of activations has the bits of multiply_activations") {
    aw::random_generator random(5);
    aw::graph g({1, 7, 12});
    g.add("square", op::matrix_product{1, aw::weight_source::rows, 0.25F}, {0, 0});
    const auto images = random_images(4, {1, 7, 12}, random);
    const auto network = quantised(g, images);
    const auto rough = rough_table();
    const auto codes = aw::encode_images(network, images.view());
    auto nodes = network.nodes();
    std::get<aw::quantized_convolution>(nodes.back().what).real_output = false;
    const aw::network coded(nodes, "coded");
    aw::forward_pass forward(coded, codes, 0, 4);
    const aw::layer_setting setting(rough, coded.convolution(0));
    forward.step(&setting);
    const auto& in = nodes.front().scale;
    std::vector<std::uint8_t> expected(4 * 7 * 7);
    aw::multiply_activations({7, 7, 12, in, in, nodes.back().scale, 0.25}, rough, 4, codes.codes.data(),
                             codes.codes.data(), expected.data());
    std::vector<float> reals;
    for (const auto code : expected) {
        reals.push_back(static_cast<float>(nodes.back().scale.decode(code)));
    }
    CHECK(forward.reals() == reals);
}

TEST_CASE("attention in 8 bits stays near the floats; designs, counts and compensation know its products") {
    aw::random_generator random(6);
    const auto g = attention_graph(random, 5);
    const auto images = random_images(40, {2, 5, 6}, random);
    const auto network = quantised(g, images);
    const auto codes = aw::encode_images(network, images.view());
    const auto floats = aw::run_float(g, images.view());
    const auto found = aw::run(network, aw::exact_setting(network), codes);
    double error = 0, signal = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        error += std::pow(found[i] - floats[i], 2);
        signal += std::pow(floats[i], 2);
    }
    CHECK(error < 0.01 * signal);

    const auto macs = aw::macs_of(network);
    CHECK(macs == std::vector<std::uint64_t>{10 * 6 * 12, 1440, 1440, 1440, 10 * 10 * 12, 10 * 10 * 12});

    const std::vector<std::size_t> scores{4};
    const auto counts = aw::operand_histogram(network, codes, scores);
    const auto total = [](const auto& of) { return std::accumulate(of.begin(), of.end(), 0.0); };
    CHECK(total(counts.activations) == 40.0 * 1200);
    CHECK(total(counts.weights) == 40.0 * 1200);

    const aw::compensation_data calibration(network, codes, 64);
    const std::vector<aw::table> tables(6, rough_table());
    int changed = 0; // a convolution
    for (const auto* name : {"weight-tuning", "channel-bias", "tcd"}) {
        CAPTURE(name);
        const auto how = aw::compensation_from_string(name);
        const auto design = calibration.compensate(tables, how);
        CHECK_NOTHROW(aw::check(network, design));
        CHECK((design[4].weights.empty() && design[5].weights.empty()));
        const std::vector<aw::channel_correction> neutral(heads * tokens);
        CHECK(design[4].corrections == neutral);
        const aw::layer_setting plain(tables[1], network.convolution(1));
        changed += design[1].weights != plain.weights || design[1].corrections != plain.corrections ? 1 : 0;
        CHECK(calibration.compensate_alone(4, tables[0], how).weights.empty());
    }
    CHECK(changed >= 2);
    const backwards workers;
    CHECK(aw::run(network, calibration.uncompensated(network, tables), codes, workers) ==
          aw::run(network, calibration.uncompensated(network, tables), codes));
}

TEST_CASE("constants and joined pixels: a class token before the tokens, positions on all") {
    aw::random_generator random(7);
    aw::graph g({2, 3, 4});
    const auto token = random_values(4, 1, random), places = random_values(28, 1, random);
    const auto first = g.add("token", op::constant{{1, 1, 4}, token}, {});
    const auto joined = g.add("joined", op::concat{true}, {first, 0});
    const auto positions = g.add("positions", op::constant{{1, 7, 4}, places}, {});
    g.add("sum", op::add{}, {joined, positions});
    const auto images = random_images(3, {2, 3, 4}, random);
    const auto values = aw::run_float(g, images.view());
    REQUIRE(values.size() == 3 * 28);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t n = i / 28, at = i % 28;
        CHECK(values[i] == (at < 4 ? token[at] : images.values[n * 24 + at - 4]) + places[at]);
    }
    const auto network = quantised(g, images);
    const auto found = aw::run(network, {}, aw::encode_images(network, images.view()));
    const double steps = network.nodes()[1].scale.scale + network.nodes()[0].scale.scale +
                         2 * network.nodes()[2].scale.scale + network.nodes()[3].scale.scale +
                         network.nodes()[4].scale.scale;
    for (std::size_t i = 0; i < values.size(); ++i) {
        CHECK(std::abs(found[i] - values[i]) < steps / 2);
    }
    CHECK_THROWS_AS(g.add("few", op::constant{{1, 2, 4}, token}, {}), aw::shape_error);
    CHECK_THROWS_AS(g.add("wide", op::concat{true}, {0, g.add("c", op::constant{{1, 1, 1}, {0}}, {})}),
                    aw::shape_error);
}

TEST_CASE("matrix products that do not fit are rejected") {
    aw::graph g({2, 2, 6});
    using source = aw::weight_source;
    CHECK_THROWS_AS(g.add("one", op::matrix_product{1, source::rows, 1}, {0}), aw::shape_error);
    CHECK_THROWS_AS(g.add("groups", op::matrix_product{4, source::rows, 1}, {0, 0}), aw::shape_error);
    CHECK_THROWS_AS(g.add("none", op::matrix_product{0, source::rows, 1}, {0, 0}), aw::shape_error);
    CHECK_THROWS_AS(g.add("columns", op::matrix_product{1, source::columns, 1}, {0, 0}), aw::shape_error);
    CHECK_THROWS_AS(g.add("constants", op::matrix_product{1, source::constants, 1}, {0, 0}), aw::shape_error);
    CHECK_THROWS_AS(g.add("factor", op::matrix_product{1, source::rows, 0}, {0, 0}), aw::value_error);
    CHECK_THROWS_AS(g.add("softmax", op::softmax{false, 4}, {0}), aw::shape_error);

    aw::random_generator random(8);
    g.add("square", op::matrix_product{2, source::rows, 1}, {0, 0});
    const auto network = quantised(g, random_images(3, {2, 2, 6}, random));
    auto nodes = network.nodes();
    nodes.back().inputs.pop_back();
    CHECK_THROWS_AS(aw::network(nodes, "broken"), aw::shape_error);
}

} // namespace matrix_product_test
