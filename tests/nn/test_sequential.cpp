// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/nn/float_inference.hpp>
#include <alwann/nn/sequential.hpp>
#include <alwann/tensor/policy.hpp>

#include "catch.hpp"

#include <limits>
#include <vector>

namespace aw = alwann;
namespace layer = aw::layer;

namespace {

constexpr auto layers =
    aw::sequential(layer::conv2d<8, 3, 2>{}, layer::relu{},
                   aw::residual(layer::conv2d<8>{}, layer::relu{}, layer::conv2d<8, 3, 1, 1, 4>{}),
                   layer::relu{}, aw::sequential(layer::max_pool<2>{}, layer::average_pool<2, 1>{}),
                   layer::conv2d<5, 1>{}, layer::global_average_pool{}, layer::dense<10>{});
using net = aw::static_network<aw::image_shape{12, 10, 3}, decltype(layers)>;

static_assert(net::output == aw::image_shape{1, 1, 10});
static_assert(net::layers::output<aw::image_shape{32, 32, 1}>() == net::output);
static_assert(net::weights ==
              8 * (9 * 3 + 1) + 8 * (9 * 8 + 1) + 8 * (9 * 2 + 1) + 5 * (8 + 1) + 10 * (5 + 1));
static_assert(decltype(layers)::size == 8);

std::vector<float> random_values(std::size_t count) {
    aw::random_generator random(3);
    std::vector<float> values(count);
    for (auto& value : values) {
        value = static_cast<float>(aw::uniform_unit(random)) - 0.5f;
    }
    return values;
}

} // namespace

TEST_CASE("A network of types is the network of nodes that it stands for", "[sequential]") {
    const auto values = random_values(net::weights);
    const aw::graph composed = net::with(values);

    aw::graph by_hand(net::input);
    aw::weight_reader reader(values);
    const auto convolution = [&](std::size_t input, std::size_t outputs, std::size_t kernel,
                                 std::size_t stride, std::size_t groups) {
        aw::op::conv2d what;
        what.geometry.kernel_height = what.geometry.kernel_width = kernel;
        what.geometry.stride_height = what.geometry.stride_width = stride;
        what.geometry.pad_top = what.geometry.pad_left = what.geometry.pad_bottom = what.geometry.pad_right =
            kernel / 2;
        what.outputs = outputs;
        what.groups = groups;
        what.weights =
            reader.take(outputs * kernel * kernel * by_hand.nodes()[input].shape.channels / groups);
        what.bias = reader.take(outputs);
        return by_hand.add("convolution", what, {input});
    };
    const auto pool = [&](auto what, std::size_t stride, std::size_t input) {
        what.geometry.kernel_height = what.geometry.kernel_width = 2;
        what.geometry.stride_height = what.geometry.stride_width = stride;
        return by_hand.add("pool", what, {input});
    };
    const auto first = by_hand.add("relu", aw::op::clip{}, {convolution(0, 8, 3, 2, 1)});
    auto last = by_hand.add("relu", aw::op::clip{}, {convolution(first, 8, 3, 1, 1)});
    last = by_hand.add("add", aw::op::add{}, {convolution(last, 8, 3, 1, 4), first});
    last = by_hand.add("relu", aw::op::clip{}, {last});
    last = pool(aw::op::average_pool{}, 1, pool(aw::op::max_pool{}, 2, last));
    last = by_hand.add("mean", aw::op::global_average_pool{}, {convolution(last, 5, 1, 1, 1)});
    aw::op::dense dense{10, reader.take(50), reader.take(10)};
    by_hand.add("dense", dense, {last});

    REQUIRE(composed.nodes().size() == by_hand.nodes().size());
    for (std::size_t i = 0; i < composed.nodes().size(); ++i) {
        CHECK(composed.nodes()[i].shape == by_hand.nodes()[i].shape);
        CHECK(composed.nodes()[i].inputs == by_hand.nodes()[i].inputs);
        CHECK(composed.nodes()[i].what.index() == by_hand.nodes()[i].what.index());
    }
    auto images = aw::plain_tensors::make<float, 4>({2, 12, 10, 3});
    images.values.assign(images.values.size(), 0);
    const auto pixels = random_values(images.values.size());
    std::copy(pixels.begin(), pixels.end(), images.values.begin());
    CHECK(aw::run_float(composed, aw::plain_tensors::view(images)) ==
          aw::run_float(by_hand, aw::plain_tensors::view(images)));
}

TEST_CASE("The weights of a network of types are counted", "[sequential]") {
    CHECK_THROWS_AS(net::with(random_values(net::weights - 1)), aw::shape_error);
    CHECK_THROWS_WITH(net::with(random_values(net::weights + 1), "mine"),
                      contains("mine: weights: expected"));
    auto values = random_values(net::weights);
    values[7] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_AS(net::with(values), aw::value_error);
}
