// SPDX-License-Identifier: MIT
#include "tasks.hpp"

#include <alwann/kernel/product_sums.hpp>
#include <alwann/kernel/reference.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace kernel_test;

namespace {

// Takes tasks in a strange order, from several threads.
struct odd_executor {
    std::size_t threads = 3;

    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        std::vector<std::thread> workers;
        for (std::size_t t = 0; t < threads; ++t) {
            workers.emplace_back([&, t] {
                for (std::size_t i = t; i < count; i += threads) {
                    task(count - 1 - i);
                }
            });
        }
        for (auto& worker : workers) {
            worker.join();
        }
    }
    std::size_t concurrency() const { return threads; }
};

// Counts how often each result comes, and compares the sums of activations with the definition.
class counting_sink final : public aw::sums_sink {
public:
    explicit counting_sink(const aw::convolution_shape& shape)
        : times(shape.positions() * shape.outputs), inputs(shape.positions() * shape.groups), shape_(shape) {}

    void take(const aw::sums_block& block) override {
        REQUIRE(block.positions <= 64);
        for (std::size_t p = 0; p < block.positions; ++p) {
            for (std::size_t f = 0; f < block.outputs; ++f) {
                ++times[(block.position + p) * shape_.outputs + block.output + f];
            }
            std::copy_n(block.inputs + p * shape_.groups, shape_.groups,
                        inputs.begin() + static_cast<std::ptrdiff_t>((block.position + p) * shape_.groups));
        }
    }
    bool needs_inputs() const override { return true; }

    std::vector<int> times;
    std::vector<std::int32_t> inputs;

private:
    aw::convolution_shape shape_;
};

std::vector<std::int32_t> summed_by_reference(const convolution& what, const aw::table& multiplier) {
    std::vector<std::int32_t> sums(what.results());
    aw::reference_engine::run(what.task(multiplier, sums.data()));
    return sums;
}

aw::convolution_shape random_shape(aw::random_generator& random) {
    aw::convolution_shape shape;
    shape.groups = draw(random, 1, 2);
    shape.images = draw(random, 1, 5);
    shape.input = {draw(random, 1, 20), draw(random, 1, 20), shape.groups * draw(random, 1, 9)};
    shape.geometry = random_window(shape.input, random);
    shape.outputs = shape.groups * draw(random, 1, 40);
    return shape;
}

} // namespace

TEST_CASE("Parts of a batch cover it once, in order") {
    aw::random_generator random(1);
    for (int i = 0; i < 300; ++i) {
        aw::convolution_shape shape;
        shape.images = draw(random, 0, 9);
        shape.input = {draw(random, 1, 30), draw(random, 1, 30), 1};
        const std::size_t positions = draw(random, 1, 400);
        const aw::chunk_ranges parts(shape, positions);
        std::size_t next = 0;
        for (std::size_t k = 0; k < parts.size(); ++k) {
            const auto part = parts[k];
            REQUIRE((part.image * shape.input.height + part.row) * shape.input.width == next);
            REQUIRE(part.images * part.rows > 0);
            REQUIRE((part.images == 1 || (part.row == 0 && part.rows == shape.input.height)));
            const std::size_t count = part.images * part.rows * shape.input.width;
            REQUIRE((count <= positions || part.images * part.rows == 1));
            next += count;
        }
        REQUIRE(next == shape.positions());
    }
}

TEST_CASE("Every engine delivers every sum once, with the sums of activations") {
    aw::random_generator random(2);
    const auto general = random_table(random);
    const auto exact = make_table("exact", [](std::size_t x, std::size_t w) { return x * w; });
    for (int i = 0; i < 12; ++i) {
        const convolution what(random_shape(random), random);
        std::vector<std::int64_t> expected(what.results(), 0);
        what.products([&](std::size_t result, std::uint8_t x, std::uint8_t) { expected[result] += x; });
        for (const auto& multiplier : {general, exact}) {
            const auto& analysis = *aw::analysis_of(multiplier);
            for (std::size_t e = 1; e < aw::engine_names.size(); ++e) {
                const auto which = static_cast<aw::engine>(e);
                if (!aw::is_available(which) || !aw::suits(which, analysis)) {
                    continue;
                }
                CAPTURE(aw::to_string(which));
                const aw::convolution_plan plan(what.shape, multiplier, what.weights.data(), what.padding,
                                                which);
                counting_sink sink(what.shape);
                plan.run(what.activations.data() + 1, what.shape.images, sink);
                REQUIRE(std::all_of(sink.times.begin(), sink.times.end(), [](int n) { return n == 1; }));
                for (std::size_t r = 0; r < expected.size(); ++r) {
                    const std::size_t group = r % what.shape.outputs / what.shape.group_outputs();
                    REQUIRE(sink.inputs[r / what.shape.outputs * what.shape.groups + group] == expected[r]);
                }
            }
        }
    }
}

TEST_CASE("A plan outlives its arrays, runs batches of any size, and gives the same sums on any threads") {
    aw::random_generator random(3);
    const auto general = random_table(random);
    for (int i = 0; i < 10; ++i) {
        auto shape = random_shape(random);
        shape.images = 7;
        const convolution what(shape, random);
        const auto expected = summed_by_reference(what, general);
        for (std::size_t e = 0; e < aw::engine_names.size(); ++e) {
            const auto which = static_cast<aw::engine>(e);
            if (!aw::is_available(which) || !aw::suits(which, *aw::analysis_of(general))) {
                continue;
            }
            auto weights = what.weights;
            const aw::convolution_plan plan(shape, general, weights.data(), what.padding, which);
            std::fill(weights.begin(), weights.end(), std::uint8_t{0});
            CHECK(plan.scratch_bytes() > 0);
            CHECK(plan.choice().which != aw::engine::automatic);
            const std::size_t image = expected.size() / 7;
            for (const std::size_t images : {7u, 1u, 3u, 0u}) {
                std::vector<std::int32_t> sums(images * image + 1, -5);
                aw::detail::array_sink sink(sums.data(), shape.outputs);
                plan.run(what.activations.data() + 1, images, sink, odd_executor{});
                REQUIRE(std::equal(sums.begin(), sums.end() - 1, expected.begin()));
                REQUIRE(sums.back() == -5);
            }
        }
    }
}

TEST_CASE("Scratch memory does not grow with the batch") {
    aw::random_generator random(4);
    const auto general = random_table(random);
    aw::convolution_shape shape;
    shape.input = {32, 32, 64};
    shape.geometry = same(3);
    shape.outputs = 64;
    const std::vector<std::uint8_t> weights(shape.outputs * shape.depth(), 3);
    for (std::size_t e = 1; e < aw::engine_names.size(); ++e) {
        const auto which = static_cast<aw::engine>(e);
        if (!aw::is_available(which) || !aw::suits(which, *aw::analysis_of(general))) {
            continue;
        }
        CAPTURE(aw::to_string(which));
        shape.images = 16;
        const auto few = aw::convolution_plan(shape, general, weights.data(), 0, which).scratch_bytes();
        shape.images = 10000;
        const auto many = aw::convolution_plan(shape, general, weights.data(), 0, which).scratch_bytes();
        CHECK(many <= few + few / 2);
        CHECK(many < 16u << 20u);
    }
}

TEST_CASE("Signed multipliers run through every engine") {
    aw::random_generator random(5);
    aw::multiplier_form form;
    form.activation.coding = form.weight.coding = aw::operand_coding::twos_complement;
    const auto make = [&](const char* name, const auto& f) {
        std::vector<std::uint16_t> products;
        for (std::size_t x = 0; x < 256; ++x) {
            for (std::size_t w = 0; w < 256; ++w) {
                products.push_back(
                    static_cast<std::uint16_t>(f(form.activation.value(x), form.weight.value(w))));
            }
        }
        return aw::table(name, products, form);
    };
    const auto exact = make("exact signed", [](std::int32_t x, std::int32_t w) { return x * w; });
    const auto rough = make("rough signed", [](std::int32_t x, std::int32_t w) { return (x * w) & ~63; });
    const auto least = make("least", [](std::int32_t, std::int32_t) { return -32768; });
    for (int i = 0; i < 8; ++i) {
        const convolution what(random_shape(random), random);
        for (const auto& multiplier : {exact, rough, least}) {
            std::vector<std::int64_t> expected(what.results(), 0);
            what.products([&](std::size_t result, std::uint8_t x, std::uint8_t w) {
                const std::int32_t product = static_cast<std::int8_t>(x) * static_cast<std::int8_t>(w);
                expected[result] += multiplier.name() == "exact signed"   ? product
                                    : multiplier.name() == "rough signed" ? (product & ~63)
                                                                          : -32768;
            });
            for (std::size_t e = 0; e < aw::engine_names.size(); ++e) {
                const auto which = static_cast<aw::engine>(e);
                if (!aw::is_available(which) ||
                    !aw::suits(which, *aw::analysis_of(multiplier.engine_form()))) {
                    continue;
                }
                CAPTURE(aw::to_string(which), multiplier.name());
                std::vector<std::int32_t> sums(what.results());
                aw::product_sums(what.task(multiplier, sums.data()), which);
                REQUIRE(std::equal(sums.begin(), sums.end(), expected.begin(), expected.end()));
            }
        }
    }
}
