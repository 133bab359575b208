// SPDX-License-Identifier: MIT
// Networks whose ranges come from the batch.
#include "../kernel/tasks.hpp"

#include <alwann/compensation/batch_tuning.hpp>
#include <alwann/kernel/reference.hpp>
#include <alwann/multiplier/families.hpp>
#include <alwann/nn/batch_designs.hpp>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

namespace {

std::vector<std::uint8_t> random_bytes(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> bytes(count);
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
    return bytes;
}

aw::batch_op::convolution convolution(std::size_t inputs, std::size_t outputs, unsigned seed) {
    aw::window geometry;
    geometry.kernel_height = geometry.kernel_width = 3;
    geometry.pad_top = geometry.pad_left = geometry.pad_bottom = geometry.pad_right = 1;
    return {geometry, outputs, random_bytes(9 * inputs * outputs, seed), {-0.7f, 0.9f}};
}

/// Two convolutions with a shortcut around the second, pooling, padding, a dense layer.
struct small_network {
    aw::batch_network network{{6, 6, 2}, "small"};
    std::size_t first = 0, second = 0;

    small_network() {
        using kind = aw::batch_op::arithmetic::kind;
        auto at = network.add("divide", aw::batch_op::arithmetic{kind::divide, 128}, {0});
        at = network.add("shift", aw::batch_op::arithmetic{kind::subtract, 1}, {at});
        at = network.add("encode", aw::batch_op::encode{}, {at});
        first = at = network.add("first", convolution(2, 4, 1), {at});
        const auto relu = network.add("relu", aw::batch_op::relu{}, {normalised("first", at, 4)});
        second = at = network.add("second", convolution(4, 4, 2), {relu});
        at = network.add("add", aw::batch_op::add{}, {normalised("second", at, 4), relu});
        at = network.add("sum", aw::batch_op::requantise{}, {at});
        aw::window pooling;
        pooling.kernel_height = pooling.kernel_width = pooling.stride_height = pooling.stride_width = 2;
        at = network.add("pool", aw::batch_op::average_pool{pooling}, {at});
        at = network.add("pooled", aw::batch_op::decode{}, {at});
        aw::batch_op::pad pad;
        pad.amounts.before[0] = pad.amounts.after[2] = 1;
        at = network.add("pad", pad, {at});
        at = network.add("mean", aw::batch_op::mean{}, {at});
        at = network.add("row", aw::batch_op::encode{}, {at});
        at =
            network.add("dense", aw::batch_op::convolution{{}, 3, random_bytes(15, 3), {-1, 1}, false}, {at});
        at = network.add("logits", aw::batch_op::requantise{}, {at});
        at = network.add("biased", aw::batch_op::add_bias{{10, 100, 200}, {-1, 2}}, {at});
        at = network.add("output", aw::batch_op::requantise{}, {at});
        network.add("result", aw::batch_op::decode{}, {at});
    }

    std::size_t normalised(const std::string& name, std::size_t at, std::size_t channels) {
        at = network.add(name + "/codes", aw::batch_op::requantise{}, {at});
        at = network.add(name + "/reals", aw::batch_op::decode{}, {at});
        const aw::batch_norm norm{std::vector<float>(channels, 1.5f), std::vector<float>(channels, 0.25f),
                                  1e-3f};
        at = network.add(name + "/norm", aw::batch_op::normalise{norm}, {at});
        return network.add(name + "/range", aw::batch_op::encode{}, {at});
    }
};

aw::table some_table() {
    return aw::tabulate(aw::families::lowor<6>{});
}

} // namespace

TEST_CASE("accumulators are the sums of products less the zero points") {
    const small_network small;
    const auto& network = small.network;
    const auto images = random_bytes(3 * 72, 9);
    for (std::size_t which = 0; which < aw::engine_names.size(); ++which) {
        aw::batch_options options;
        options.request = static_cast<aw::engine>(which);
        if (!aw::is_available(options.request) ||
            aw::engine_names[which].find("exact") != std::string_view::npos ||
            aw::engine_names[which] == "error-rows") {
            continue; // they are for tables of their own kinds
        }
        INFO(aw::engine_names[which]);
        auto design = aw::uniform_design(network, some_table());
        for (auto& weight : design[0].weights) {
            weight = static_cast<std::uint8_t>(weight | 1); // as a compensation might
        }
        aw::batch_result input;
        (void)aw::run_batch(
            network, design, images, options, [&](std::size_t node, const aw::batch_result& result) {
                if (node + 1 == small.first) {
                    input = result;
                }
                if (node != small.first) {
                    return;
                }
                const auto& layer = network.convolution(0);
                const auto shape = network.shape_of(node, 3);
                const auto zero = aw::min_first::zero_point(input.range);
                const auto weight_zero = aw::min_first::zero_point(layer.range);
                std::vector<std::int32_t> expected(shape.positions() * layer.outputs, 0);
                const auto products = some_table();
                aw::convolution_task task{shape,
                                          &products,
                                          input.codes->data(),
                                          design[0].weights.data(),
                                          static_cast<std::uint8_t>(zero),
                                          nullptr};
                aw::for_each_product(task, [&](std::size_t p, std::size_t f, std::uint8_t x, std::uint8_t w) {
                    expected[p * layer.outputs + f] += products.product(x, w) - x * weight_zero;
                });
                task.weights = layer.weights.data(); // corrections keep to the original weights
                aw::for_each_product(task, [&](std::size_t p, std::size_t f, std::uint8_t, std::uint8_t w) {
                    expected[p * layer.outputs + f] += zero * (weight_zero - w);
                });
                CHECK(std::equal(expected.begin(), expected.end(), result.sums->begin(), result.sums->end()));
            });
    }
}

TEST_CASE("a batch decides about all of its images, frozen statistics about none") {
    const small_network small;
    const auto& network = small.network;
    const auto images = random_bytes(10 * 72, 4);
    const auto design = aw::uniform_design(network, some_table());
    aw::batch_options options;
    options.batch = 10;
    const auto together = aw::run(network, design, images, options);
    REQUIRE(together.size() == 30);
    options.batch = 4; // 4, 4 and 2 images
    const auto apart = aw::run(network, design, images, options);
    CHECK(apart != together);
    const std::span<const std::uint8_t> all(images);
    const auto part = aw::run(network, design, all.subspan(4 * 72, 4 * 72), options);
    CHECK(std::equal(part.begin(), part.end(), apart.begin() + 12));

    options.batch = 10;
    const auto statistics = aw::run_batch(network, design, images, options, [](auto, const auto&) {});
    options.frozen = &statistics;
    for (const std::size_t batch : {1u, 3u, 10u}) {
        options.batch = batch;
        CHECK(aw::run(network, design, images, options) == together);
    }
}

TEST_CASE("designs that share their first layers have the results of single runs") {
    const small_network small;
    const auto& network = small.network;
    const auto images = random_bytes(5 * 72, 6);
    const std::vector<aw::table> tables{aw::tabulate(aw::exact{}), some_table()};
    std::vector<aw::batch_design> designs;
    for (const auto& [a, b] : {std::pair{1, 0}, {0, 0}, {1, 1}, {0, 1}, {1, 0}}) {
        designs.push_back(aw::tuned_design(
            network, {tables[static_cast<std::size_t>(a)], tables[static_cast<std::size_t>(b)]}));
    }
    aw::batch_options options;
    options.batch = 3;
    const auto found = aw::run_designs(network, designs, images, options);
    REQUIRE(found.size() == 5);
    for (std::size_t d = 0; d < designs.size(); ++d) {
        CHECK(found[d] == aw::run(network, designs[d], images, options));
    }
    CHECK(found[0] == found[4]);
    CHECK(found[0] != found[1]);
    CHECK(aw::run_designs(network, {}, images, options).empty());
}

TEST_CASE("what does not fit a network of batch statistics is refused") {
    const auto fails = [](aw::batch_op::convolution layer) {
        aw::batch_network network({4, 4, 1}, "file");
        const auto codes = network.add("codes", aw::batch_op::encode{}, {0});
        try {
            network.add("node", std::move(layer), {codes});
        } catch (const aw::shape_error& problem) {
            return std::string(problem.what());
        }
        return std::string("nothing");
    };
    CHECK(fails(convolution(1, 2, 1)) == "nothing");
    CHECK_THAT(fails(convolution(2, 2, 1)), contains("file: node 'node': weights: expected 18"));
    auto layer = convolution(1, 2, 1);
    layer.range.high = std::numeric_limits<float>::quiet_NaN();
    CHECK_THAT(fails(layer), contains("finite interval"));
    layer.range = {1, 1.0001f};
    CHECK_THAT(fails(layer), contains("holds 0"));
    aw::batch_network network({4, 4, 2});
    CHECK_THROWS_WITH(network.add("r", aw::batch_op::relu{}, {0}), contains("expected codes, found reals"));
    CHECK_THROWS_WITH(network.add("d", aw::batch_op::decode{}, {7}), contains("does not exist"));
    CHECK_THROWS_WITH(network.add("i", aw::batch_op::input{}, {}), contains("one input"));
    CHECK_THROWS_WITH(network.add("n", aw::batch_op::normalise{{{1}, {1, 2}, 1}}, {0}), contains("gamma"));
    CHECK_THROWS_WITH(
        network.add("a", aw::batch_op::arithmetic{aw::batch_op::arithmetic::kind::divide, 0}, {0}),
        contains("divisor"));
    CHECK_THROWS_AS(aw::batch_network({0, 4, 1}), aw::shape_error);

    const small_network small;
    const auto design = aw::uniform_design(small.network, some_table());
    const auto images = random_bytes(72, 1);
    CHECK_THROWS_AS(aw::run(small.network, {}, images), aw::shape_error);
    CHECK_THROWS_AS(aw::run(small.network, design, random_bytes(71, 1)), aw::shape_error);
    CHECK_THROWS_AS(aw::batch_pass(small.network, {}), aw::shape_error);
    CHECK_THROWS_AS(aw::tuned_design(small.network, {some_table()}), aw::shape_error);
    auto other = design;
    other[0].weights.pop_back();
    CHECK_THROWS_AS(aw::run(small.network, other, images), aw::shape_error);
    aw::batch_options options;
    aw::batch_statistics statistics(2);
    options.frozen = &statistics;
    CHECK_THROWS_WITH(aw::run(small.network, design, images, options), contains("frozen statistics"));
    statistics.resize(small.network.nodes().size());
    CHECK_THROWS_WITH(aw::run(small.network, design, images, options), contains("means and variances"));
    statistics[3].range = {1, std::numeric_limits<float>::infinity()};
    CHECK_THROWS_WITH(aw::run(small.network, design, images, options), contains("node 'encode'"));
}
