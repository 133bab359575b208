// SPDX-License-Identifier: MIT
#include "tasks.hpp"

#include <alwann/kernel/activation_sums.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace kernel_test;

namespace {

// The sum of activations of each output channel; all channels of a group must have the same.
std::vector<std::int32_t> naive(const convolution& what) {
    const auto& shape = what.shape;
    std::vector<std::int64_t> each(what.results(), 0);
    what.products([&](std::size_t result, std::uint8_t x, std::uint8_t) { each[result] += x; });
    std::vector<std::int32_t> sums;
    for (std::size_t p = 0; p < shape.positions(); ++p) {
        for (std::size_t g = 0; g < shape.groups; ++g) {
            sums.push_back(static_cast<std::int32_t>(each[p * shape.outputs + g * shape.group_outputs()]));
        }
    }
    return sums;
}

void check_sums(const convolution& what) {
    const aw::table unused("unused", std::vector<std::uint16_t>(aw::operand_pairs));
    constexpr std::int32_t not_a_sum = -77;
    std::vector<std::int32_t> sums(what.shape.positions() * what.shape.groups + 1, not_a_sum);
    aw::activation_sums(what.task(unused, nullptr), sums.data());
    REQUIRE(sums.back() == not_a_sum);
    sums.pop_back();
    REQUIRE(sums == naive(what));
}

} // namespace

TEST_CASE("Activation sums equal the definition on random convolutions") {
    aw::random_generator random(1);
    for (int i = 0; i < 250; ++i) {
        const std::size_t groups = draw(random, 1, 4);
        aw::convolution_shape shape;
        shape.images = draw(random, 1, 3);
        shape.input = {draw(random, 1, 8), draw(random, 1, 8), groups * draw(random, 1, 5)};
        shape.geometry = random_window(shape.input, random);
        shape.groups = groups;
        shape.outputs = groups * draw(random, 1, 2);
        check_sums(convolution(shape, random));
    }
}

TEST_CASE("Activation sums of groups whose codes fill vectors, at 16 bits and beyond") {
    aw::random_generator random(3);
    for (const std::size_t inputs : {16u, 17u, 32u, 48u, 64u, 256u, 272u, 512u}) {
        for (const std::size_t groups : {1u, 3u}) {
            aw::convolution_shape shape;
            shape.images = 2;
            shape.input = {draw(random, 1, 4), draw(random, 1, 7), groups * inputs};
            shape.geometry = random_window(shape.input, random);
            shape.groups = shape.outputs = groups;
            convolution what(shape, random);
            check_sums(what);
            std::fill(what.activations.begin(), what.activations.end(), std::uint8_t{255});
            what.padding = 255;
            check_sums(what);
        }
    }
}

TEST_CASE("Activation sums of a depthwise, a dense and a heavily padded convolution") {
    aw::random_generator random(2);
    aw::convolution_shape depthwise;
    depthwise.images = 3;
    depthwise.input = {7, 6, 33};
    depthwise.geometry = same(3);
    depthwise.groups = depthwise.outputs = 33;
    check_sums(convolution(depthwise, random));
    depthwise.geometry.stride_width = 2;
    check_sums(convolution(depthwise, random));

    aw::convolution_shape dense;
    dense.images = 5;
    dense.input = {4, 5, 6};
    dense.geometry.kernel_height = 4;
    dense.geometry.kernel_width = 5;
    check_sums(convolution(dense, random));

    aw::convolution_shape padded;
    padded.images = 2;
    padded.input = {1, 2, 3};
    padded.geometry.kernel_height = padded.geometry.kernel_width = 2;
    padded.geometry.pad_top = 4;
    padded.geometry.pad_right = 5;
    check_sums(convolution(padded, random));
}

TEST_CASE("Activation sums that just fit 16 bits, and those that do not") {
    aw::random_generator random(3);
    for (const std::size_t channels : {257u, 258u}) {
        aw::convolution_shape shape;
        shape.images = 1;
        shape.input = {2, 3, channels};
        shape.outputs = 1;
        convolution what(shape, random);
        std::fill(what.activations.begin(), what.activations.end(), std::uint8_t{255});
        check_sums(what);
    }
}
