// SPDX-License-Identifier: MIT
#include "networks.hpp"

#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace nn_test;

namespace {

aw::image_shape shape_after(const aw::image_shape& in, aw::operation what) {
    aw::graph net(in);
    net.add("node", std::move(what), {0});
    return net.output_shape();
}

void refused(const aw::image_shape& in, const aw::operation& what, const std::string& reason) {
    aw::graph net(in, "file.onnx");
    CHECK_THROWS_AS(net.add("culprit", what, {0}), aw::shape_error);
    CHECK_THROWS_WITH(net.add("culprit", what, {0}),
                      contains("file.onnx: node 'culprit': ") && contains(reason));
    CHECK(net.nodes().size() == 1); // nothing is left behind
}

} // namespace

TEST_CASE("Shapes of results") {
    aw::random_generator random(1);
    const aw::image_shape in{6, 5, 4};
    CHECK(shape_after(in, random_conv(4, 7, square(3, 1, 1), random)) == aw::image_shape{6, 5, 7});
    CHECK(shape_after(in, random_conv(4, 8, square(3, 2), random, 4)) == aw::image_shape{2, 2, 8});
    CHECK(shape_after(in, random_scaling(4, random)) == in);
    CHECK(shape_after(in, random_dense(120, 9, random)) == aw::image_shape{1, 1, 9});
    CHECK(shape_after(in, relu()) == in);
    CHECK(shape_after(in, op::max_pool{square(2, 2)}) == aw::image_shape{3, 2, 4});
    CHECK(shape_after(in, op::average_pool{square(3, 2, 1), true}) == aw::image_shape{3, 3, 4});
    CHECK(shape_after(in, op::global_average_pool{}) == aw::image_shape{1, 1, 4});
    CHECK(shape_after(in, op::flatten{}) == aw::image_shape{1, 1, 120});
    CHECK(shape_after(in, op::pad{{1, 2, 3}, {0, 1, 2}, 0.5f}) == aw::image_shape{7, 8, 9});
    CHECK(shape_after(in, op::slice{{5, 0, 1}, {-2, 1, 2}, {3, 5, 2}}) == aw::image_shape{3, 5, 2});

    aw::graph net(in);
    const auto more = net.add("conv", random_conv(4, 3, square(1), random), {0});
    const auto joined = net.add("concat", op::concat{}, {0, more, 0});
    CHECK(net.output_shape() == aw::image_shape{6, 5, 11});
    net.add("sum", op::add{}, {joined, joined});
    CHECK(net.output_shape() == aw::image_shape{6, 5, 11});
    CHECK(net.input_shape() == in);
}

TEST_CASE("Convolutions whose weights or groups do not fit are refused") {
    aw::random_generator random(2);
    const aw::image_shape in{4, 4, 6};
    const auto good = random_conv(6, 4, square(3), random, 2);
    CHECK_NOTHROW(shape_after(in, good));
    const auto changed = [&](auto change, const std::string& reason) {
        auto conv = good;
        change(conv);
        refused(in, conv, reason);
    };
    changed([](auto& conv) { conv.weights.pop_back(); }, "weights: expected 108 values, found 107");
    changed([](auto& conv) { conv.weights.push_back(0); }, "weights: expected 108 values, found 109");
    changed([](auto& conv) { conv.bias.pop_back(); }, "bias: expected 4 values, found 3");
    changed([](auto& conv) { conv.bias.clear(); }, "bias");
    changed([](auto& conv) { conv.groups = 4; }, "4 groups");
    changed([](auto& conv) { conv.groups = 0; }, "0 groups");
    changed([](auto& conv) { conv.groups = 3; }, "4 output channels cannot be split into 3 groups");
    changed([](auto& conv) { conv.outputs = 0; }, "at least one output");
    changed([](auto& conv) { conv.geometry.stride_width = 0; }, "at least 1");
    changed(
        [](auto& conv) {
            conv.geometry.kernel_height = 0;
            conv.weights.clear();
        },
        "at least 1");
    changed([](auto& conv) { conv.geometry.dilation_height = 2; }, "does not fit an input of 4");
}

TEST_CASE("Other operators that do not fit are refused") {
    aw::random_generator random(3);
    const aw::image_shape in{4, 5, 2};
    refused(in, random_scaling(3, random), "scale: expected 2 values, found 3");
    refused(in, op::scale_channels{{1, 2}, {1}}, "offset: expected 2 values, found 1");
    refused(in, random_dense(39, 3, random), "weights: expected 120 values, found 117");
    refused(in, op::dense{0, {}, {}}, "at least one output");
    refused(in, op::dense{1, std::vector<float>(40), {}}, "bias: expected 1 values, found 0");
    refused(in, op::clip{1, 0}, "low <= high");
    refused(in, op::clip{std::numeric_limits<float>::quiet_NaN(), 1}, "low <= high");
    refused(in, op::clip{0, std::numeric_limits<float>::quiet_NaN()}, "low <= high");
    refused(in, op::max_pool{square(5)}, "does not fit");
    refused(in, op::max_pool{square(2, 1, 2)}, "padding must be smaller than the kernel");
    refused(in, op::average_pool{square(1, 1, 1), true}, "padding must be smaller than the kernel");
    refused(in, op::add{}, "2 inputs, found 1");
    refused(in, op::pad{{}, {}, infinity}, "finite");
    refused(in, op::slice{{0, 0, 0}, {1, 1, 1}, {0, 1, 1}}, "slice");
    refused(in, op::slice{{0, 0, 0}, {1, 1, 1}, {5, 1, 1}}, "slice");
    refused(in, op::slice{{0, 5, 0}, {1, 1, 1}, {1, 1, 1}}, "slice");
    refused(in, op::slice{{0, 0, 0}, {1, 1, 0}, {1, 1, 1}}, "slice");
    refused(in, op::slice{{1, 0, 0}, {-1, 1, 1}, {3, 1, 1}}, "slice");
    refused(in, op::slice{{0, 0, 0}, {1, 3, 1}, {1, 3, 1}}, "slice");
}

TEST_CASE("Wrong numbers of inputs, and inputs that do not exist or match") {
    aw::graph net({4, 4, 2}, "file");
    const auto half = net.add("half", op::max_pool{square(2, 2)}, {0});
    CHECK_THROWS_WITH(net.add("a", relu(), {5}), contains("file: node 'a': input 5 does not exist"));
    CHECK_THROWS_WITH(net.add("a", relu(), {2}), contains("input 2 does not exist")); // itself
    CHECK_THROWS_AS(net.add("a", relu(), {}), aw::shape_error);
    CHECK_THROWS_AS(net.add("a", relu(), {0, 0}), aw::shape_error);
    CHECK_THROWS_AS(net.add("a", op::flatten{}, {0, 0}), aw::shape_error);
    CHECK_THROWS_AS(net.add("a", op::slice{}, {}), aw::shape_error);
    CHECK_THROWS_AS(net.add("a", op::concat{}, {}), aw::shape_error);
    CHECK_THROWS_WITH(net.add("a", op::concat{}, {0, half}), contains("4x4x2") && contains("2x2x2"));
    CHECK_THROWS_WITH(net.add("a", op::add{}, {0, half}), contains("cannot add 4x4x2 and 2x2x2"));
    CHECK_THROWS_AS(net.add("a", op::add{}, {0, 0, 0}), aw::shape_error);
    CHECK(net.nodes().size() == 2);
}

TEST_CASE("A second input would have no values and is refused") {
    aw::graph net({4, 4, 2});
    CHECK_THROWS_AS(net.add("again", op::input{{4, 4, 2}}, {}), aw::shape_error);
}

TEST_CASE("Weights that are no numbers are refused by name") {
    aw::random_generator random(4);
    const auto bad = [&](aw::operation what, const std::string& field) {
        aw::graph net({2, 2, 2}, "file");
        CHECK_THROWS_AS(net.add("node", what, {0}), aw::value_error);
        CHECK_THROWS_WITH(net.add("node", what, {0}), contains("file: node 'node': " + field));
    };
    for (const float value : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
        auto conv = random_conv(2, 2, square(1), random);
        conv.weights[3] = value;
        bad(conv, "weights[3]");
        conv = random_conv(2, 2, square(1), random);
        conv.bias[1] = value;
        bad(conv, "bias[1]");
        auto dense = random_dense(8, 2, random);
        dense.weights[15] = value;
        bad(dense, "weights[15]");
        dense = random_dense(8, 2, random);
        dense.bias[0] = value;
        bad(dense, "bias[0]");
        auto scaling = random_scaling(2, random);
        scaling.scale[0] = value;
        bad(scaling, "scale[0]");
        scaling = random_scaling(2, random);
        scaling.offset[1] = value;
        bad(scaling, "offset[1]");
    }
}

TEST_CASE("Inputs without extent are refused") {
    CHECK_THROWS_AS(aw::graph({0, 3, 1}), aw::shape_error);
    CHECK_THROWS_AS(aw::graph({3, 0, 1}), aw::shape_error);
    CHECK_THROWS_WITH(aw::graph({3, 3, 0}, "file"), contains("file: input") && contains("3x3x0"));
}

TEST_CASE("Choosing an output removes what does not lead to it and changes no value") {
    aw::random_generator random(5);
    const auto whole = network_of_everything(random);
    const auto images = random_images(2, whole.input_shape(), random);
    for (std::size_t node = 0; node < whole.nodes().size(); ++node) {
        auto part = whole;
        part.set_output(node);
        CAPTURE(node);
        REQUIRE(part.nodes().size() <= node + 1);
        REQUIRE(part.output_shape() == whole.nodes()[node].shape);
        for (std::size_t i = 1; i < part.nodes().size(); ++i) {
            for (const auto input : part.nodes()[i].inputs) {
                REQUIRE(input < i);
            }
        }
        std::vector<float> expected;
        (void)aw::run_float(whole, images.view(), [&](std::size_t i, std::span<const float> values) {
            if (i == node) {
                expected.assign(values.begin(), values.end());
            }
        });
        REQUIRE(aw::run_float(part, images.view()) == expected);
    }
    auto part = whole;
    CHECK_THROWS_AS(part.set_output(whole.nodes().size()), aw::shape_error);
}

TEST_CASE("Networks are values: copied, compared, printed") {
    aw::random_generator random(6);
    const auto network = network_of_everything(random);
    auto copy = network;
    CHECK(copy == network);
    copy.metadata["normalize"] = "none";
    CHECK_FALSE(copy == network);
    copy = network;
    std::size_t convolution = 1;
    while (!std::holds_alternative<op::conv2d>(copy.nodes()[convolution].what)) {
        ++convolution;
    }
    auto other = std::get<op::conv2d>(copy.nodes()[convolution].what);
    other.bias[0] += 1;
    aw::graph changed(network.input_shape(), "elsewhere"), same(network.input_shape(), "elsewhere");
    for (std::size_t i = 1; i < network.nodes().size(); ++i) {
        const auto& node = network.nodes()[i];
        same.add(node.name, node.what, node.inputs);
        changed.add(node.name, i == convolution ? other : node.what, node.inputs);
    }
    CHECK(same == network); // wherever it comes from
    CHECK_FALSE(changed == network);
    std::ostringstream text;
    text << network;
    CHECK_THAT(text.str(), contains(network.nodes()[convolution].name + ": conv2d") &&
                               contains(aw::to_string(network.output_shape())));
    const auto images = random_images(3, network.input_shape(), random);
    const auto quantized = aw::quantize(network, images.view());
    CHECK(quantized == aw::quantize(network, images.view()));
    CHECK_FALSE(quantized == aw::quantize(changed, images.view()));
    text << quantized;
    CHECK_THAT(text.str(), contains("scale"));
}

TEST_CASE("Networks are assigned with all that belongs to them") {
    aw::random_generator random(3);
    auto network = network_of_everything(random);
    network.metadata["normalize"] = "0.5/0.25";
    const auto images = random_images(3, network.input_shape(), random);
    const auto quantized = aw::quantize(network, images.view());
    const auto check_same = [](const auto& found, const auto& expected) {
        CHECK(found == expected);
        CHECK(found.source() == expected.source());
        CHECK(found.metadata == expected.metadata);
        CHECK(found.nodes().size() == expected.nodes().size());
    };
    const auto assign = [&](auto target, const auto& what) {
        target = what;
        check_same(target, what);
        auto other = what;
        target = std::move(other);
        check_same(target, what);
        target = *&target; // itself
        check_same(target, what);
        return target;
    };
    aw::graph tiny({2, 2, 1}, "tiny");
    tiny.add("flat", op::flatten{}, {0});
    tiny.add("out", random_dense(4, 2, random), {1});
    assign(tiny, network);
    const auto tiny_images = random_images(2, tiny.input_shape(), random);
    const auto found = assign(aw::quantize(tiny, tiny_images.view()), quantized);
    CHECK(found.convolutions() == quantized.convolutions());
    CHECK_FALSE(found.convolutions().empty());
}

TEST_CASE("Sizes that wrap around are refused") {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    aw::graph network({4, 4, 2}, "sizes");
    op::pad pad;
    pad.before[0] = most;
    pad.after[0] = 1;
    CHECK_THROWS_AS(network.add("pad", pad, {0}), aw::shape_error);
    op::slice slice;
    slice.count[1] = 3;
    slice.step[1] = std::numeric_limits<std::ptrdiff_t>::max();
    CHECK_THROWS_AS(network.add("slice", slice, {0}), aw::shape_error);
    op::max_pool pool;
    pool.geometry.kernel_height = pool.geometry.kernel_width = std::size_t{1} << 13;
    pool.geometry.pad_top = pool.geometry.pad_left = (std::size_t{1} << 13) - 1;
    CHECK_THROWS_WITH(network.add("pool", pool, {0}), contains("2^23"));
    pool = {};
    pool.geometry.pad_top = most - 2;
    CHECK_THROWS_AS(network.add("pool", pool, {0}), aw::shape_error);
    CHECK_THROWS_AS(aw::graph({most, most, 1}, "large"), aw::shape_error);
}
