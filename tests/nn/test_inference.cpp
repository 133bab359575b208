// SPDX-License-Identifier: MIT
#include "../kernel/tasks.hpp"
#include "networks.hpp"

#include <alwann/nn/accuracy.hpp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace nn_test;

namespace {

// Two threads that take tasks from the end.
struct backward_executor {
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        std::atomic<std::size_t> left{count};
        const auto work = [&] {
            for (std::size_t i = left; i > 0;) {
                if (left.compare_exchange_weak(i, i - 1)) {
                    task(i - 1);
                    i = left;
                }
            }
        };
        std::thread other(work);
        work();
        other.join();
    }
    std::size_t concurrency() const { return 2; }
};
static_assert(aw::executor<backward_executor>);

struct fixture {
    aw::random_generator random{11};
    aw::graph trained = network_of_everything(random);
    image_batch images = random_images(2 * aw::images_per_pass + 11, trained.input_shape(), random);
    aw::network net = aw::quantize(trained, images.view().rows(0, 20));
    aw::coded_images coded = aw::encode_images(net, images.view());

    // Different tables in different layers.
    aw::design_setting design() const {
        aw::design_setting result;
        for (std::size_t l = 0; l < net.convolutions().size(); ++l) {
            const auto multiplier = kernel_test::make_table(
                "cut", [l](std::size_t x, std::size_t w) { return (x * w) >> (2 * l + 2) << (2 * l + 2); });
            result.emplace_back(multiplier, net.convolution(l));
        }
        return result;
    }
};

} // namespace

TEST_CASE("Results do not depend on how images are batched") {
    const fixture f;
    const auto all = aw::run(f.net, f.design(), f.coded);
    REQUIRE(all.size() == f.coded.count * f.net.classes());
    for (const std::size_t size : {1u, 7u, 125u, 126u}) {
        std::vector<float> joined;
        for (std::size_t begin = 0; begin < f.coded.count; begin += size) {
            const std::size_t count = std::min(size, f.coded.count - begin);
            aw::coded_images part{f.coded.shape, count, {}};
            part.codes.assign(f.coded.image(begin), f.coded.image(begin) + count * f.coded.shape.size());
            const auto results = aw::run(f.net, f.design(), part);
            joined.insert(joined.end(), results.begin(), results.end());
        }
        CHECK(joined == all);
    }
}

TEST_CASE("Results do not depend on the executor") {
    const fixture f;
    CHECK(aw::run(f.net, f.design(), f.coded, backward_executor{}) == aw::run(f.net, f.design(), f.coded));
}

TEST_CASE("Results do not depend on the engine") {
    const fixture f;
    const auto expected = aw::run(f.net, f.design(), f.coded, aw::serial_executor{}, aw::engine::reference);
    for (std::size_t i = 0; i < aw::engine_names.size(); ++i) {
        const auto which = static_cast<aw::engine>(i);
        CAPTURE(aw::to_string(which));
        const auto design = f.design();
        const bool suited = std::all_of(design.begin(), design.end(), [&](const auto& layer) {
            return aw::suits(which, *aw::analysis_of(layer.multiplier.engine_form()));
        });
        if (aw::is_available(which) && suited) {
            CHECK(aw::run(f.net, design, f.coded, aw::serial_executor{}, which) == expected);
        } else {
            CHECK_THROWS_AS(aw::run(f.net, f.design(), f.coded, aw::serial_executor{}, which),
                            aw::value_error);
        }
    }
}

TEST_CASE("Approximate multipliers make a difference, and each layer uses its own") {
    const fixture f;
    const auto exact = aw::run(f.net, aw::exact_setting(f.net), f.coded);
    for (std::size_t l = 0; l < f.net.convolutions().size(); ++l) {
        auto design = aw::exact_setting(f.net);
        CHECK(aw::run(f.net, design, f.coded) == exact);
        design[l].multiplier = f.design()[l].multiplier;
        CHECK(aw::run(f.net, design, f.coded) != exact);
    }
}

TEST_CASE("A forward pass goes node by node and ends with the results") {
    const fixture f;
    aw::forward_pass forward(f.net, f.coded, 3, 2);
    CHECK(forward.images() == 2);
    CHECK(forward.next() == 1);
    const std::vector<std::uint8_t> first(forward.input_of(1),
                                          forward.input_of(1) + 2 * f.coded.shape.size());
    CHECK(std::equal(first.begin(), first.end(), f.coded.image(3)));
    std::size_t layer = 0;
    const auto design = f.design();
    while (forward.next() < f.net.nodes().size()) {
        const std::size_t node = forward.next();
        const bool chosen = layer < design.size() && f.net.convolutions()[layer] == node;
        forward.step(chosen ? &design[layer++] : nullptr);
        CHECK(forward.next() == node + 1);
    }
    CHECK(layer == 3);
    const auto all = aw::run(f.net, design, f.coded);
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(3 * f.net.classes());
    CHECK(forward.reals() ==
          std::vector<float>(begin, begin + 2 * static_cast<std::ptrdiff_t>(f.net.classes())));
}

TEST_CASE("Encoding refuses images of another shape and pixels that are no numbers") {
    const fixture f;
    aw::random_generator random(1);
    CHECK_THROWS_AS(aw::encode_images(f.net, random_images(2, {7, 6, 3}, random).view()), aw::shape_error);
    CHECK_THROWS_WITH(aw::encode_images(f.net, random_images(2, {6, 7, 1}, random).view()),
                      contains("everything") && contains("6x7x3") && contains("6x7x1"));
    for (const float value : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
        auto images = random_images(3, {6, 7, 3}, random);
        images.values[2 * 126 + 5] = value;
        CHECK_THROWS_AS(aw::encode_images(f.net, images.view()), aw::value_error);
        CHECK_THROWS_WITH(aw::encode_images(f.net, images.view()), contains("image 2"));
    }
}

TEST_CASE("No images give no results") {
    const fixture f;
    aw::random_generator random(1);
    const auto none = aw::encode_images(f.net, random_images(0, {6, 7, 3}, random).view());
    CHECK(none.count == 0);
    CHECK(aw::run(f.net, f.design(), none).empty());
}

TEST_CASE("Images that were encoded for another network are refused") {
    const fixture f;
    const aw::coded_images other{{3, 3, 1}, 2, aw::aligned_vector<std::uint8_t>(18)};
    CHECK_THROWS_AS(aw::run(f.net, f.design(), other), aw::shape_error);
    const aw::coded_images lacking{{6, 7, 3}, 3, aw::aligned_vector<std::uint8_t>(2 * 126)};
    CHECK_THROWS_AS(aw::run(f.net, f.design(), lacking), aw::shape_error);
    CHECK_THROWS_AS(aw::forward_pass(f.net, f.coded, std::numeric_limits<std::size_t>::max(), 1),
                    aw::shape_error);
    CHECK_THROWS_AS(aw::forward_pass(f.net, f.coded, 1, std::numeric_limits<std::size_t>::max()),
                    aw::shape_error);
}

TEST_CASE("Networks whose nodes do not fit each other are refused by the name of the node") {
    const fixture f;
    const auto problem = [&](const auto& change) {
        auto nodes = f.net.nodes();
        change(nodes);
        try {
            const aw::network changed(std::move(nodes), "file");
        } catch (const aw::shape_error& found) {
            return std::string(found.what());
        }
        return std::string("none");
    };
    using nodes = std::vector<aw::network_node>;
    CHECK(problem([](nodes&) {}) == "none");
    CHECK_THAT(problem([](nodes& all) { all.clear(); }), contains("file: a network begins with its input"));
    const std::size_t place = f.net.convolutions()[1];
    const std::string name = "file: node '" + f.net.nodes()[place].name + "': ";
    const auto layer = [&](nodes& all) -> aw::quantized_convolution& {
        return std::get<aw::quantized_convolution>(all[place].what);
    };
    CHECK_THAT(problem([&](nodes& all) { all[place].inputs = {77}; }), contains(name + "input 77"));
    CHECK_THAT(problem([&](nodes& all) { all[place].inputs = {}; }), contains(name));
    CHECK_THAT(problem([&](nodes& all) { layer(all).weights.pop_back(); }), contains(name + "weights"));
    CHECK_THAT(problem([&](nodes& all) { layer(all).weight_scale.clear(); }),
               contains(name + "weight_scale"));
    CHECK_THAT(problem([&](nodes& all) { layer(all).bias.clear(); }), contains(name + "bias"));
    CHECK_THAT(problem([&](nodes& all) { all[place].shape.height += 1; }), contains(name + "makes"));
    CHECK_THAT(problem([&](nodes& all) { all[place].what = aw::code_op::input{}; }), contains(name));
    CHECK_THAT(problem([&](nodes& all) { all[place].what = aw::code_op::channel_lookup{}; }), contains(name));
    aw::code_op::softmax none;
    none.groups = 0;
    CHECK_THAT(problem([&](nodes& all) { all[place].what = none; }), contains(name));
}

TEST_CASE("Corrections have to be finite, and gains above 0") {
    const fixture f;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const aw::channel_correction wrong : {aw::channel_correction{0, 0, 0},
                                               {-1, 0, 0},
                                               {nan, 0, 0},
                                               {1, nan, 0},
                                               {1, 0, std::numeric_limits<double>::infinity()}}) {
        auto design = f.design();
        design[1].corrections[0] = wrong;
        CHECK_THROWS_WITH(aw::run(f.net, design, f.coded), contains("output channel 0: expected finite"));
    }
}

TEST_CASE("Layers whose result is far finer than their sums saturate") {
    aw::graph trained({2, 2, 1}, "dead");
    op::conv2d layer;
    layer.outputs = 1;
    layer.weights = {0.5f};
    layer.bias = {1e-12f};
    const auto node = trained.add("conv", layer, {0});
    trained.add("flat", op::flatten{}, {node});
    const image_batch images{1, {2, 2, 1}, std::vector<float>(4, 0.0f)};
    const auto net = aw::quantize(trained, images.view());
    const auto coded = aw::encode_images(net, images.view());
    CHECK(aw::run(net, aw::exact_setting(net), coded).size() == 4);
}

TEST_CASE("Designs of another network are refused") {
    const fixture f;
    auto design = f.design();
    design.pop_back();
    CHECK_THROWS_AS(aw::run(f.net, design, f.coded), aw::shape_error);
    CHECK_THROWS_WITH(aw::run(f.net, {}, f.coded), contains("each of 3 convolutions, found 0"));
    design = f.design();
    std::swap(design[0], design[1]);
    CHECK_THROWS_WITH(aw::run(f.net, design, f.coded), contains("convolution 0"));
    design = f.design();
    design[2].corrections.pop_back();
    CHECK_THROWS_WITH(aw::run(f.net, design, f.coded), contains("convolution 2"));
    design = f.design();
    design[1].weights.push_back(0);
    CHECK_THROWS_AS(aw::run(f.net, design, f.coded), aw::shape_error);
}

TEST_CASE("A signed exact multiplier gives what an unsigned one does") {
    const fixture f;
    aw::multiplier_form form;
    form.activation.coding = form.weight.coding = aw::operand_coding::twos_complement;
    std::vector<std::uint16_t> products;
    for (std::size_t x = 0; x < 256; ++x) {
        for (std::size_t w = 0; w < 256; ++w) {
            products.push_back(static_cast<std::uint16_t>(form.exact(x, w)));
        }
    }
    const aw::table exact("signed", products, form);
    aw::design_setting design;
    for (std::size_t l = 0; l < f.net.convolutions().size(); ++l) {
        design.emplace_back(exact, f.net.convolution(l));
    }
    CHECK(aw::run(f.net, design, f.coded) == aw::run(f.net, aw::exact_setting(f.net), f.coded));
}

TEST_CASE("A prepared network runs any images and tells its memory") {
    const fixture f;
    const auto all = aw::run(f.net, f.design(), f.coded);
    const aw::network_plan plan(f.net, f.design(), 10);
    CHECK(plan.scratch_bytes() > 0);
    std::vector<float> joined;
    for (std::size_t first = 0; first < f.coded.count; first += 9) {
        const auto part = plan.run(f.coded, first, std::min<std::size_t>(9, f.coded.count - first));
        joined.insert(joined.end(), part.begin(), part.end());
    }
    CHECK(joined == all);
    CHECK(plan.layer(0) == nullptr);
    CHECK_THROWS_AS(aw::network_plan(f.net, {}, 10), aw::shape_error);
}
