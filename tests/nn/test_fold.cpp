// SPDX-License-Identifier: MIT
#include "networks.hpp"

#include <cmath>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace nn_test;

namespace {

std::size_t scalings(const aw::graph& net) {
    std::size_t count = 0;
    for (const auto& node : net.nodes()) {
        count += std::holds_alternative<op::scale_channels>(node.what) ? 1 : 0;
    }
    return count;
}

// Folds, compares results, and says how many scalings are left.
std::size_t left_after_folding(const aw::graph& net, aw::random_generator& random) {
    const auto folded = aw::fold_batch_norm(net);
    const auto images = random_images(3, net.input_shape(), random);
    const auto before = aw::run_float(net, images.view());
    const auto after = aw::run_float(folded, images.view());
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        REQUIRE(std::abs(before[i] - after[i]) <= 1e-4f * std::max(1.0f, std::abs(before[i])));
    }
    CHECK(folded.source() == net.source());
    CHECK(folded.metadata == net.metadata);
    return scalings(folded);
}

} // namespace

TEST_CASE("A scaling after a convolution, grouped or not, or after a dense layer goes into it") {
    aw::random_generator random(1);
    for (const std::size_t groups : {1u, 2u, 4u}) {
        aw::graph net({5, 5, 4}, "source");
        net.metadata["key"] = "value";
        const auto conv = net.add("conv", random_conv(4, 8, square(3, 1, 1), random, groups), {0});
        net.add("norm", random_scaling(8, random), {conv});
        CHECK(left_after_folding(net, random) == 0);
        CHECK(aw::fold_batch_norm(net).nodes().size() == 2);
    }
    aw::graph net({3, 2, 2});
    const auto dense = net.add("dense", random_dense(12, 5, random), {0});
    const auto norm = net.add("norm", random_scaling(5, random), {dense});
    net.add("relu", relu(), {norm});
    CHECK(left_after_folding(net, random) == 0);
}

TEST_CASE("Chains of scalings fold into one convolution") {
    aw::random_generator random(2);
    aw::graph net({5, 5, 3});
    auto last = net.add("conv", random_conv(3, 4, square(3), random), {0});
    for (int i = 0; i < 3; ++i) {
        last = net.add("norm", random_scaling(4, random), {last});
    }
    net.add("pool", op::global_average_pool{}, {last});
    CHECK(left_after_folding(net, random) == 0);
    CHECK(aw::fold_batch_norm(net).nodes().size() == 3);
}

TEST_CASE("A convolution that is read elsewhere too keeps its weights") {
    aw::random_generator random(3);
    aw::graph net({4, 4, 2});
    const auto conv = net.add("conv", random_conv(2, 3, square(3, 1, 1), random), {0});
    const auto norm = net.add("norm", random_scaling(3, random), {conv});
    net.add("sum", op::add{}, {conv, norm});
    CHECK(left_after_folding(net, random) == 1);

    aw::graph twice({4, 4, 2}); // two scalings of one convolution
    const auto both = twice.add("conv", random_conv(2, 3, square(1), random), {0});
    const auto a = twice.add("a", random_scaling(3, random), {both});
    const auto b = twice.add("b", random_scaling(3, random), {both});
    twice.add("sum", op::add{}, {a, b});
    CHECK(left_after_folding(twice, random) == 2);
}

TEST_CASE("A chain folds up to where its result is shared") {
    aw::random_generator random(4);
    aw::graph net({4, 4, 2});
    const auto conv = net.add("conv", random_conv(2, 3, square(1), random), {0});
    const auto first = net.add("first", random_scaling(3, random), {conv});
    const auto second = net.add("second", random_scaling(3, random), {first});
    net.add("sum", op::add{}, {first, second});
    CHECK(left_after_folding(net, random) == 1);

    aw::graph shared({4, 4, 2}); // the first scaling stays, so the second one has nowhere to go
    const auto from = shared.add("conv", random_conv(2, 3, square(1), random), {0});
    const auto one = shared.add("one", random_scaling(3, random), {from});
    const auto two = shared.add("two", random_scaling(3, random), {one});
    shared.add("sum", op::add{}, {from, two});
    CHECK(left_after_folding(shared, random) == 2);
}

TEST_CASE("Scalings after anything else stay") {
    aw::random_generator random(5);
    aw::graph net({4, 4, 2});
    const auto start = net.add("start", random_scaling(2, random), {0});
    const auto conv = net.add("conv", random_conv(2, 3, square(1), random), {start});
    const auto active = net.add("relu", relu(), {conv});
    const auto after = net.add("after", random_scaling(3, random), {active});
    const auto pooled = net.add("pool", op::max_pool{square(2, 2)}, {after});
    net.add("last", random_scaling(3, random), {pooled});
    CHECK(left_after_folding(net, random) == 3);
}

TEST_CASE("Folding overflows with a message that names the layer") {
    aw::graph net({1, 1, 1});
    const auto conv = net.add("big", op::conv2d{{}, 1, 1, {3e38f}, {0}}, {0});
    net.add("norm", op::scale_channels{{3e38f}, {0}}, {conv});
    CHECK_THROWS_WITH(aw::fold_batch_norm(net), contains("'big'") && contains("weights[0]"));
}

TEST_CASE("A softmax in groups keeps no order across them and stays") {
    aw::graph network({1, 1, 4}, "groups");
    network.add("softmax", aw::op::softmax{.groups = 2}, {0});
    CHECK(aw::drop_final_softmax(network).nodes().size() == 2);
    aw::graph whole({1, 1, 4}, "whole");
    whole.add("softmax", aw::op::softmax{}, {0});
    CHECK(aw::drop_final_softmax(whole).nodes().size() == 1);
}
