// SPDX-License-Identifier: MIT
#include "../kernel/tasks.hpp"
#include "../nn/networks.hpp"

#include <alwann/accelerator/mac_count.hpp>

#include <numeric>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
namespace op = alwann::op;

namespace {

op::conv2d empty_conv(std::size_t channels, std::size_t outputs, const aw::window& g) {
    return {g, outputs, 1, std::vector<float>(outputs * g.kernel_height * g.kernel_width * channels, 0.0f),
            std::vector<float>(outputs, 0.0f)};
}

// ResNet for 32x32 images: 3 stages of n blocks of 2 convolutions. Layers of stride 2 read an image padded by
// 1 on all sides and pad nothing themselves; shortcuts are poolings with additional channels.
aw::network resnet(std::size_t blocks) {
    aw::graph net({32, 32, 3}, "resnet");
    std::size_t channels = 16;
    auto node = net.add("first", empty_conv(3, 16, nn_test::square(3, 1, 1)), {0});
    for (std::size_t stage = 0; stage < 3; ++stage) {
        for (std::size_t block = 0; block < blocks; ++block) {
            const auto name = std::to_string(stage) + "." + std::to_string(block);
            const bool halve = stage > 0 && block == 0;
            const std::size_t outputs = halve ? 2 * channels : channels;
            auto shortcut = node;
            auto first = node;
            if (halve) {
                shortcut = net.add(name + ".pool", op::average_pool{nn_test::square(2, 2), false}, {node});
                shortcut = net.add(name + ".more", op::pad{{0, 0, channels / 2}, {0, 0, channels / 2}, 0},
                                   {shortcut});
                first = net.add(name + ".pad", op::pad{{1, 1, 0}, {1, 1, 0}, 0}, {node});
            }
            const auto geometry = halve ? nn_test::square(3, 2) : nn_test::square(3, 1, 1);
            first = net.add(name + ".a", empty_conv(channels, outputs, geometry), {first});
            first = net.add(name + ".relu", nn_test::relu(), {first});
            const auto second =
                net.add(name + ".b", empty_conv(outputs, outputs, nn_test::square(3, 1, 1)), {first});
            node = net.add(name + ".sum", op::add{}, {second, shortcut});
            channels = outputs;
        }
    }
    node = net.add("pool", op::global_average_pool{}, {node});
    net.add("dense", op::dense{10, std::vector<float>(640, 0.0f), std::vector<float>(10, 0.0f)}, {node});
    const nn_test::image_batch black{1, {32, 32, 3}, std::vector<float>(3072, 0.0f)};
    return aw::quantize(net, black.view());
}

std::uint64_t total(const std::vector<std::uint64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

} // namespace

TEST_CASE("Multiplications of the networks in the paper") {
    const auto resnet8 = resnet(1);
    CHECK(resnet8.convolutions().size() == 7);
    CHECK(total(aw::macs_of(resnet8, aw::mac_count::paper)) == 21178368);
    CHECK(total(aw::macs_of(resnet8, aw::mac_count::executed)) == 12238848);
    CHECK(total(aw::macs_of(resnet8)) == 12238848);
    CHECK(aw::macs_of(resnet8) ==
          std::vector<std::uint64_t>{442368, 2359296, 2359296, 1179648, 2359296, 1179648, 2359296});
    CHECK(aw::macs_of(resnet8, aw::mac_count::paper) ==
          std::vector<std::uint64_t>{442368, 2359296, 2359296, 34 * 34 * 9 * 16 * 32, 2359296,
                                     18 * 18 * 9 * 32 * 64, 2359296});
    const auto resnet14 = resnet(2);
    CHECK(resnet14.convolutions().size() == 13);
    CHECK(total(aw::macs_of(resnet14, aw::mac_count::paper)) == 35334144);
    const auto resnet50 = resnet(8);
    CHECK(resnet50.convolutions().size() == 49);
    CHECK(total(aw::macs_of(resnet50, aw::mac_count::paper)) == 120268800);
}

TEST_CASE("Executed multiplications are the products that the reference visits") {
    aw::random_generator random(1);
    for (int i = 0; i < 100; ++i) {
        const std::size_t groups = kernel_test::draw(random, 1, 3);
        aw::convolution_shape shape;
        shape.images = 1;
        shape.input = {kernel_test::draw(random, 1, 6), kernel_test::draw(random, 1, 6),
                       groups * kernel_test::draw(random, 1, 3)};
        shape.geometry = kernel_test::random_window(shape.input, random);
        shape.groups = groups;
        shape.outputs = groups * kernel_test::draw(random, 1, 3);
        const kernel_test::convolution what(shape, random);
        std::uint64_t products = 0;
        what.products([&](std::size_t, std::uint8_t, std::uint8_t) { ++products; });
        REQUIRE(aw::macs_of(shape) == products);
        shape.geometry.stride_height = shape.geometry.stride_width = 1;
        REQUIRE(aw::macs_of(shape, aw::mac_count::paper) == aw::macs_of(shape));
    }
}

TEST_CASE("The paper's count takes a layer with a stride at each position of its padded input") {
    aw::convolution_shape shape;
    shape.input = {8, 6, 2};
    shape.geometry = nn_test::square(3, 2, 1);
    shape.outputs = 5;
    CHECK(aw::macs_of(shape) == 4 * 3 * 18 * 5);
    CHECK(aw::macs_of(shape, aw::mac_count::paper) == 10 * 8 * 18 * 5);
    shape.geometry.stride_height = 1; // a stride in one direction is one
    CHECK(aw::macs_of(shape, aw::mac_count::paper) == 10 * 8 * 18 * 5);
    CHECK(aw::to_string(aw::mac_count::executed) == "executed");
    CHECK(aw::to_string(aw::mac_count::paper) == "paper");
}

TEST_CASE("Counts do not overflow 32 bits") {
    aw::convolution_shape shape;
    shape.input = {512, 512, 512};
    shape.geometry = nn_test::square(3, 1, 1);
    shape.outputs = 512;
    CHECK(aw::macs_of(shape) == std::uint64_t{512} * 512 * 512 * 9 * 512);
}
