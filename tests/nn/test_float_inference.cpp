// SPDX-License-Identifier: MIT
#include "../kernel/tasks.hpp"
#include "networks.hpp"

#include <alwann/nn/calibration.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace nn_test;

namespace {

void equals_naive(const aw::graph& net, std::size_t count, aw::random_generator& random) {
    const auto images = random_images(count, net.input_shape(), random);
    std::vector<std::vector<float>> found;
    const auto results =
        aw::run_float(net, images.view(), [&](std::size_t node, std::span<const float> values) {
            REQUIRE(node == found.size());
            found.emplace_back(values.begin(), values.end());
        });
    REQUIRE(found.size() == net.nodes().size());
    REQUIRE(found.back() == results);
    for (std::size_t n = 0; n < count; ++n) {
        const auto expected = naive_run(net, images.image(n));
        for (std::size_t i = 0; i < found.size(); ++i) {
            const std::size_t size = net.nodes()[i].shape.size();
            REQUIRE(expected[i].size() == size);
            REQUIRE(found[i].size() == count * size);
            for (std::size_t j = 0; j < size; ++j) {
                CAPTURE(net.nodes()[i].name, n, j);
                const double value = found[i][n * size + j];
                REQUIRE(std::abs(value - expected[i][j]) <= 1e-4 * std::max(1.0, std::abs(expected[i][j])));
            }
        }
    }
}

void equals_naive(const aw::image_shape& in, aw::operation what, aw::random_generator& random) {
    aw::graph net(in);
    net.add("node", std::move(what), {0});
    equals_naive(net, 2, random);
}

} // namespace

TEST_CASE("Float convolutions equal plain loops for any geometry and groups") {
    aw::random_generator random(1);
    for (int i = 0; i < 120; ++i) {
        const std::size_t groups = draw(random, 1, 3);
        const aw::image_shape in{draw(random, 1, 7), draw(random, 1, 7), groups * draw(random, 1, 3)};
        const auto g = kernel_test::random_window(in, random);
        equals_naive(in, random_conv(in.channels, groups * draw(random, 1, 4), g, random, groups), random);
    }
}

TEST_CASE("Float poolings equal plain loops for any geometry") {
    aw::random_generator random(2);
    std::size_t done = 0;
    while (done < 120) {
        const aw::image_shape in{draw(random, 2, 7), draw(random, 2, 7), draw(random, 1, 3)};
        auto g = kernel_test::random_window(in, random);
        g.dilation_height = g.dilation_width = 1; // every window then sees the image
        if (g.pad_top >= g.kernel_height || g.pad_bottom >= g.kernel_height || g.pad_left >= g.kernel_width ||
            g.pad_right >= g.kernel_width) {
            continue;
        }
        ++done;
        equals_naive(in, op::max_pool{g}, random);
        equals_naive(in, op::average_pool{g, false}, random);
        equals_naive(in, op::average_pool{g, true}, random);
        equals_naive(in, op::global_average_pool{}, random);
    }
}

TEST_CASE("The other float operators equal plain loops") {
    aw::random_generator random(3);
    const aw::image_shape in{5, 4, 6};
    equals_naive(in, random_scaling(6, random), random);
    equals_naive(in, random_dense(120, 7, random), random);
    equals_naive(in, op::clip{-0.3f, 0.4f}, random);
    equals_naive(in, relu(), random);
    equals_naive(in, op::flatten{}, random);
    for (int i = 0; i < 30; ++i) {
        op::pad border;
        op::slice part;
        const std::size_t extents[3] = {5, 4, 6};
        for (std::size_t d = 0; d < 3; ++d) {
            border.before[d] = draw(random, 0, 2);
            border.after[d] = draw(random, 0, 2);
            part.step[d] = static_cast<std::ptrdiff_t>(draw(random, 1, 3));
            part.count[d] = draw(random, 1, (extents[d] - 1) / static_cast<std::size_t>(part.step[d]) + 1);
            const std::size_t reach = (part.count[d] - 1) * static_cast<std::size_t>(part.step[d]);
            part.start[d] = draw(random, 0, extents[d] - 1 - reach);
            if (draw(random, 0, 1) == 1) {
                part.start[d] += reach;
                part.step[d] = -part.step[d];
            }
        }
        border.value = 0.25f;
        equals_naive(in, border, random);
        equals_naive(in, part, random);
    }
}

TEST_CASE("A network of all operators equals plain loops, node by node") {
    aw::random_generator random(4);
    for (int i = 0; i < 3; ++i) {
        equals_naive(network_of_everything(random), 3, random);
    }
}

TEST_CASE("Strided views of images are read by their strides") {
    aw::random_generator random(5);
    aw::graph net({3, 2, 2});
    net.add("dense", random_dense(12, 3, random), {0});
    const auto images = random_images(2, net.input_shape(), random);
    std::vector<float> planar(images.values.size()); // NCHW
    const aw::tensor_view<float, 4> view(planar.data(), {2, 3, 2, 2}, {12, 2, 1, 6});
    for (std::size_t n = 0; n < 2; ++n) {
        for (std::size_t y = 0; y < 3; ++y) {
            for (std::size_t x = 0; x < 2; ++x) {
                for (std::size_t c = 0; c < 2; ++c) {
                    view(n, y, x, c) = images.view()(n, y, x, c);
                }
            }
        }
    }
    CHECK(planar != images.values);
    CHECK(aw::run_float(net, view) == aw::run_float(net, images.view()));
    const auto quantised = aw::quantize(net, images.view());
    CHECK(aw::encode_images(quantised, view).codes == aw::encode_images(quantised, images.view()).codes);
}

TEST_CASE("Images of another shape are refused; none at all give no results") {
    aw::random_generator random(6);
    aw::graph net({3, 2, 2}, "file");
    net.add("relu", relu(), {0});
    for (const aw::image_shape& other : {aw::image_shape{2, 3, 2}, {3, 2, 1}, {3, 3, 2}}) {
        const auto images = random_images(1, other, random);
        CHECK_THROWS_AS(aw::run_float(net, images.view()), aw::shape_error);
        CHECK_THROWS_WITH(aw::run_float(net, images.view()),
                          contains("file") && contains("3x2x2") && contains(aw::to_string(other)));
    }
    CHECK(aw::run_float(net, random_images(0, net.input_shape(), random).view()).empty());
}

TEST_CASE("Calibration sees the extremes of every node over all batches") {
    aw::random_generator random(7);
    const auto net = network_of_everything(random);
    const auto images = random_images(37, net.input_shape(), random); // batches of 16
    const auto ranges = aw::observe_ranges(net, images.view());
    std::vector<float> least(net.nodes().size(), infinity), most(net.nodes().size(), -infinity);
    (void)aw::run_float(net, images.view(), [&](std::size_t i, std::span<const float> values) {
        least[i] = *std::min_element(values.begin(), values.end());
        most[i] = *std::max_element(values.begin(), values.end());
    });
    for (std::size_t i = 0; i < net.nodes().size(); ++i) {
        CHECK(ranges[i].low == static_cast<double>(least[i]));
        CHECK(ranges[i].high == static_cast<double>(most[i]));
    }
}

TEST_CASE("Calibration refuses no images, other shapes, and values that are not finite") {
    aw::random_generator random(8);
    aw::graph net({2, 2, 1}, "file");
    const auto conv = net.add("conv", op::conv2d{{}, 1, 1, {3e38f}, {0}}, {0});
    net.add("relu", relu(), {conv});
    CHECK_THROWS_AS(aw::observe_ranges(net, random_images(0, {2, 2, 1}, random).view()), aw::value_error);
    CHECK_THROWS_AS(aw::quantize(net, random_images(0, {2, 2, 1}, random).view()), aw::value_error);
    CHECK_THROWS_AS(aw::quantize(net, random_images(1, {2, 3, 1}, random).view()), aw::shape_error);
    image_batch images{20, {2, 2, 1}, std::vector<float>(80, 0.5f)};
    images.values[70] = 10; // image 17 overflows in the convolution
    CHECK_THROWS_WITH(aw::quantize(net, images.view()), contains("'conv'") && contains("inf"));
    for (const float value : {infinity, std::numeric_limits<float>::quiet_NaN()}) {
        images.values[70] = value;
        CHECK_THROWS_AS(aw::quantize(net, images.view()), aw::value_error);
        CHECK_THROWS_WITH(aw::quantize(net, images.view()), contains("file: node 'input'"));
    }
}

TEST_CASE("Last uses say when a result can go") {
    aw::graph net({2, 2, 1});
    const auto a = net.add("a", relu(), {0});
    const auto b = net.add("b", relu(), {a});
    net.add("c", op::add{}, {a, b});
    CHECK(aw::last_uses(net.nodes()) == std::vector<std::size_t>{1, 3, 3, 4});
}

TEST_CASE("Activation functions are what their names say, in floats and as codes") {
    const auto check = [](aw::operation what, auto&& definition) {
        CAPTURE(aw::detail::describe(what));
        aw::graph network({1, 401, 1});
        network.add("f", what, {0});
        image_batch images{1, network.input_shape(), {}};
        for (std::size_t i = 0; i < 401; ++i) {
            images.values.push_back(static_cast<float>(i) / 25 - 8);
        }
        const auto results = aw::run_float(network, images.view());
        const auto quantized = aw::quantize(network, images.view());
        const auto codes = aw::encode_images(quantized, images.view());
        const auto decoded = aw::run(quantized, {}, codes);
        const auto& in = quantized.nodes().front().scale;
        double worst = 0, worst_code = 0;
        for (std::size_t i = 0; i < 401; ++i) {
            const double exact = definition(double{images.values[i]});
            worst = std::max(worst, std::abs(results[i] - exact));
            const double of_code = definition(in.decode(codes.codes[i]));
            worst_code = std::max(worst_code, std::abs(decoded[i] - of_code));
        }
        CHECK(worst < 2e-6);
        CHECK(worst_code <= 0.5001 * quantized.nodes().back().scale.scale);
    };
    const auto limit = [](double x, double low, double high) { return std::min(std::max(x, low), high); };
    check(op::sigmoid{}, [](double x) { return 1 / (1 + std::exp(-x)); });
    check(op::hard_sigmoid{0.25F, 0.5F}, [&](double x) { return limit(x / 4 + 0.5, 0, 1); });
    check(op::hard_swish{}, [&](double x) { return x * limit(x + 3, 0, 6) / 6; });
    check(op::swish{}, [](double x) { return x / (1 + std::exp(-x)); });
    check(op::tanh{}, [](double x) { return std::tanh(x); });
    check(op::leaky_relu{0.125F}, [](double x) { return x < 0 ? x / 8 : x; });
    check(op::elu{0.5F}, [](double x) { return x < 0 ? 0.5 * (std::exp(x) - 1) : x; });
}

TEST_CASE("Softmax over channels, in floats and in codes; at the end quantisation drops it") {
    aw::random_generator random(8);
    aw::graph network({2, 3, 7});
    network.add("softmax", op::softmax{}, {0});
    const auto images = random_images(4, network.input_shape(), random);
    const auto results = aw::run_float(network, images.view());
    const auto quantized = aw::quantize(network, images.view());
    const auto decoded = aw::run(quantized, {}, aw::encode_images(quantized, images.view()));
    const auto logarithm = [&] {
        aw::graph other({2, 3, 7});
        other.add("softmax", op::softmax{true}, {0});
        return aw::run_float(other, images.view());
    }();
    for (std::size_t row = 0; row < results.size(); row += 7) {
        double sum = 0, codes_sum = 0;
        for (std::size_t c = 0; c < 7; ++c) {
            double below = 0;
            for (std::size_t other = 0; other < 7; ++other) {
                below += std::exp(double{images.values[row + other]} - double{images.values[row + c]});
            }
            CHECK(results[row + c] == Approx(1 / below).epsilon(1e-5));
            CHECK(logarithm[row + c] == Approx(-std::log(below)).margin(1e-5));
            CHECK(std::abs(decoded[row + c] - 1 / below) < 0.02);
            sum += results[row + c];
            codes_sum += decoded[row + c];
        }
        CHECK(sum == Approx(1));
        CHECK(codes_sum == Approx(1).margin(0.02));
    }
    aw::graph classifier({1, 1, 5});
    classifier.add("softmax", op::softmax{}, {0});
    const auto rows = random_images(2, classifier.input_shape(), random);
    const auto dropped = aw::quantize(classifier, rows.view());
    CHECK(dropped.nodes().size() == 1);
    CHECK(dropped.metadata.at("softmax") == "dropped");
}
