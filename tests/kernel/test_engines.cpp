// SPDX-License-Identifier: MIT
#include "tasks.hpp"

#include <alwann/kernel/product_sums.hpp>
#include <alwann/kernel/reference.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace kernel_test;

namespace {

constexpr std::int32_t rubbish = -1234567;

std::vector<aw::engine> all_engines() {
    std::vector<aw::engine> engines;
    for (std::size_t i = 0; i < aw::engine_names.size(); ++i) {
        engines.push_back(static_cast<aw::engine>(i));
    }
    return engines;
}

// Whether the processor and the table allow an engine.
bool can_run(aw::engine which, const aw::table& multiplier) {
    return aw::is_available(which) && aw::suits(which, *aw::analysis_of(multiplier.engine_form()));
}

// What an engine writes over rubbish, with a border that it must not touch.
std::vector<std::int32_t> run(const convolution& what, const aw::table& multiplier, aw::engine which) {
    constexpr std::size_t border = 64;
    std::vector<std::int32_t> sums(what.results() + 2 * border, rubbish);
    aw::product_sums(what.task(multiplier, sums.data() + border), which);
    const auto untouched = [](std::int32_t value) { return value == rubbish; };
    const auto inner = sums.begin() + border;
    const auto end = sums.end() - border;
    REQUIRE(std::all_of(sums.begin(), inner, untouched));
    REQUIRE(std::all_of(end, sums.end(), untouched));
    return {inner, end};
}

std::vector<std::int32_t> reference(const convolution& what, const aw::table& multiplier) {
    std::vector<std::int32_t> sums(what.results(), rubbish);
    aw::reference_engine::run(what.task(multiplier, sums.data()));
    return sums;
}

void all_agree(const convolution& what, const aw::table& multiplier) {
    const auto expected = reference(what, multiplier);
    for (const auto which : all_engines()) {
        if (can_run(which, multiplier)) {
            CAPTURE(aw::to_string(which), multiplier.name(), what.shape.outputs, what.shape.depth(),
                    what.shape.positions());
            REQUIRE(run(what, multiplier, which) == expected);
        }
    }
}

// Products that stress sums in two 16-bit halves.
std::vector<aw::table> hard_tables() {
    std::vector<aw::table> tables;
    for (const int value : {0, 1, 127, 128, 511, 512, 513, 0x7FFF, 0x8000, 0xFE00, 0xFFFF}) {
        tables.push_back(
            make_table("all " + std::to_string(value), [&](std::size_t, std::size_t) { return value; }));
    }
    tables.push_back(make_table("alternating by weight",
                                [](std::size_t, std::size_t w) { return w % 2 == 0 ? 0 : 0xFFFF; }));
    tables.push_back(make_table("alternating by activation",
                                [](std::size_t x, std::size_t) { return x % 2 == 0 ? 0 : 0xFFFF; }));
    tables.push_back(make_table("steps", [](std::size_t x, std::size_t w) {
        constexpr std::uint16_t values[] = {127, 128, 129, 511, 512, 513, 0xFFFF, 0};
        return values[(x + 3 * w) % 8];
    }));
    return tables;
}

} // namespace

TEST_CASE("The reference engine is the seven loops of the definition") {
    aw::random_generator random(1);
    const auto multiplier = random_table(random);
    for (int i = 0; i < 150; ++i) {
        const std::size_t groups = draw(random, 1, 3);
        aw::convolution_shape shape;
        shape.images = draw(random, 1, 3);
        shape.input = {draw(random, 1, 7), draw(random, 1, 7), groups * draw(random, 1, 4)};
        shape.geometry = random_window(shape.input, random);
        shape.groups = groups;
        shape.outputs = groups * draw(random, 1, 4);
        const convolution what(shape, random);
        const auto found = reference(what, multiplier);
        const auto expected = what.naive_sums(multiplier);
        REQUIRE(found.size() == expected.size());
        REQUIRE(std::equal(found.begin(), found.end(), expected.begin()));
    }
}

TEST_CASE("Positions outside the image go through the multiplier") {
    aw::random_generator random(2);
    // Only products of the padding code 200 count.
    const auto multiplier =
        make_table("padding", [](std::size_t x, std::size_t w) { return x == 200 ? w + 1 : 0; });
    aw::convolution_shape shape;
    shape.input = {1, 1, 1};
    shape.geometry = same(3);
    convolution what(shape, random);
    what.padding = 200;
    what.activations[1] = 7;
    std::int32_t expected = 0;
    for (std::size_t k = 0; k < 9; ++k) {
        expected += k == 4 ? 0 : what.weights[k] + 1; // all but the centre
    }
    for (const auto which : all_engines()) {
        if (can_run(which, multiplier)) {
            CAPTURE(aw::to_string(which));
            CHECK(run(what, multiplier, which) == std::vector<std::int32_t>{expected});
        }
    }
}

TEST_CASE("All engines agree around the widths of vectors") {
    aw::random_generator random(3);
    const auto multiplier = random_table(random);
    for (const std::size_t outputs : {1u, 7u, 8u, 15u, 16u, 17u, 31u, 32u, 33u, 48u, 64u, 65u}) {
        for (const std::size_t channels : {1u, 3u, 4u, 15u, 16u, 17u, 33u}) {
            aw::convolution_shape shape;
            shape.images = draw(random, 1, 3);
            shape.input = {draw(random, 2, 6), draw(random, 2, 6), channels};
            shape.geometry = random_window(shape.input, random);
            shape.outputs = outputs;
            all_agree(convolution(shape, random), multiplier);
        }
    }
}

TEST_CASE("All engines agree for the kernels that networks have") {
    aw::random_generator random(4);
    const auto multiplier = random_table(random);
    const auto check = [&](const aw::window& g) {
        aw::convolution_shape shape;
        shape.images = 2;
        shape.input = {9, 8, 5};
        shape.geometry = g;
        shape.outputs = 18;
        all_agree(convolution(shape, random), multiplier);
    };
    for (const std::size_t kernel : {1u, 3u, 5u, 7u}) {
        check(same(kernel));
        auto strided = same(kernel);
        strided.stride_height = strided.stride_width = 2;
        check(strided);
    }
    aw::window column;
    column.kernel_height = 5;
    column.pad_top = 3;
    check(column);
    aw::window row;
    row.kernel_width = 5;
    row.pad_right = 4;
    row.dilation_width = 2;
    check(row);
    aw::window whole;
    whole.kernel_height = 9;
    whole.kernel_width = 8;
    check(whole);
    aw::window sparse; // a stride beyond the kernel
    sparse.stride_height = 4;
    sparse.stride_width = 5;
    check(sparse);
}

TEST_CASE("All engines agree where taps of a kernel share rows") {
    aw::random_generator random(14);
    const auto multiplier = random_table(random);
    const auto largest = make_table("all 65535", [](std::size_t, std::size_t) { return 65535; });
    struct kernel {
        std::size_t height, width;
    };
    for (const auto [height, width] : {kernel{1, 2}, kernel{2, 1}, kernel{2, 2}, kernel{3, 3}, kernel{1, 5},
                                       kernel{5, 1}, kernel{4, 3}, kernel{3, 4}, kernel{7, 7}}) {
        for (const std::size_t channels : {1u, 2u, 5u, 16u, 19u}) {
            for (const std::size_t outputs : {1u, 16u, 17u, 40u}) {
                aw::convolution_shape shape;
                shape.images = draw(random, 1, 3);
                shape.input = {height + draw(random, 0, 4), width + draw(random, 0, 4), channels};
                shape.geometry.kernel_height = height;
                shape.geometry.kernel_width = width;
                shape.geometry.pad_top = draw(random, 0, height - 1);
                shape.geometry.pad_bottom = draw(random, 0, height - 1);
                shape.geometry.pad_left = draw(random, 0, width - 1);
                shape.geometry.pad_right = draw(random, 0, width - 1);
                shape.outputs = outputs;
                all_agree(convolution(shape, random), multiplier);
            }
        }
    }
    // More products than 16 bits hold, also in groups, and with taps whose last four is not whole.
    for (const std::size_t channels : {56u, 57u, 58u, 66u, 170u}) {
        aw::convolution_shape shape;
        shape.images = 2;
        shape.input = {5, 4, channels};
        shape.geometry = same(3);
        shape.outputs = 16;
        all_agree(convolution(shape, random), multiplier);
        all_agree(convolution(shape, random), largest);
        shape.input.channels *= 2;
        shape.outputs = 30;
        shape.groups = 2;
        all_agree(convolution(shape, random), multiplier);
    }
}

TEST_CASE("All engines agree on groups and depthwise convolutions") {
    aw::random_generator random(5);
    const auto multiplier = random_table(random);
    struct split {
        std::size_t groups, inputs, outputs; // per group
    };
    for (const auto [groups, inputs, outputs] :
         {split{2, 3, 4}, split{3, 1, 17}, split{2, 16, 33}, split{5, 2, 1}, split{17, 1, 1}, split{33, 1, 2},
          split{4, 17, 16}}) {
        aw::convolution_shape shape;
        shape.images = 2;
        shape.input = {5, 4, groups * inputs};
        shape.geometry = random_window(shape.input, random);
        shape.groups = groups;
        shape.outputs = groups * outputs;
        all_agree(convolution(shape, random), multiplier);
    }
}

TEST_CASE("All engines agree where partial sums must be emptied on the way") {
    // 508 products are the most that 127 groups of four hold; depths around multiples of that and of 16.
    aw::random_generator random(6);
    auto tables = hard_tables();
    tables.push_back(random_table(random));
    for (const std::size_t depth : {495u, 496u, 497u, 508u, 509u, 992u, 1016u, 1017u, 1600u}) {
        for (const std::size_t outputs : {5u, 33u}) {
            aw::convolution_shape shape;
            shape.input = {1, 3, depth};
            shape.outputs = outputs;
            const convolution what(shape, random);
            all_agree(what, tables.back());
            all_agree(what, tables[depth % (tables.size() - 1)]);
        }
    }
    aw::convolution_shape deep;
    deep.input = {2, 1, 1100};
    for (const std::size_t outputs : {16u, 32u}) {
        deep.outputs = outputs;
        const convolution what(deep, random);
        for (const auto& multiplier : tables) {
            all_agree(what, multiplier);
        }
    }
}

TEST_CASE("All engines agree on the deepest sum that fits") {
    aw::random_generator random(7);
    const auto largest = make_table("all 65535", [](std::size_t, std::size_t) { return 65535; });
    aw::convolution_shape shape;
    shape.input = {1, 1, aw::largest_depth};
    const convolution what(shape, random);
    CHECK(reference(what, largest) == std::vector<std::int32_t>{32767 * 65535});
    all_agree(what, largest);
    all_agree(what, random_table(random));
}

TEST_CASE("All engines agree beyond the positions that they process at a time") {
    aw::random_generator random(8);
    const auto multiplier = random_table(random);
    const auto check = [&](std::size_t images, std::size_t extent, const aw::window& g, std::size_t outputs) {
        aw::convolution_shape shape;
        shape.images = images;
        shape.input = {extent, extent, 2};
        shape.geometry = g;
        shape.outputs = outputs;
        all_agree(convolution(shape, random), multiplier);
    };
    check(1, 91, same(1), 3);   // 8,281 positions of one image
    check(1, 130, same(3), 2);  // 16,900
    check(262, 8, same(1), 17); // 16,768 positions of many images
    check(3, 129, same(1), 1);  // each image more than a part
    check(600, 6, same(3), 1);  // 21,600, in parts of whole images
    check(300, 8, same(3), 16); // 19,200, with taps that share rows
    check(2, 100, same(5), 16); // 20,000, in parts of images
    auto strided = same(3);
    strided.stride_height = 2;
    check(40, 32, strided, 2); // 20,480
}

TEST_CASE("Depth, channels and groups are checked before anything is computed") {
    aw::convolution_shape shape;
    shape.input = {1, 1, 32767};
    CHECK_NOTHROW(aw::check(shape));
    shape.input.channels = 32768;
    CHECK_THROWS_AS(aw::check(shape), aw::shape_error);
    CHECK_THROWS_WITH(aw::check(shape), contains("32768") && contains("32767"));
    shape.groups = 2; // the depth is that of a group
    shape.outputs = 2;
    CHECK_NOTHROW(aw::check(shape));
    shape.outputs = 3;
    CHECK_THROWS_AS(aw::check(shape), aw::shape_error);
    shape.groups = 3;
    CHECK_THROWS_AS(aw::check(shape), aw::shape_error);
    shape.groups = 0;
    CHECK_THROWS_WITH(aw::check(shape), contains("groups"));
    shape.groups = 1;
    shape.input = {200, 200, 1};
    shape.geometry.kernel_height = shape.geometry.kernel_width = 182;
    CHECK_THROWS_AS(aw::check(shape), aw::shape_error); // 33,124

    aw::random_generator random(9);
    const auto multiplier = random_table(random);
    shape = {};
    shape.input = {1, 1, 32768};
    const convolution deep(shape, random);
    for (const auto which : all_engines()) {
        std::int32_t sum = rubbish;
        CHECK_THROWS_AS(aw::product_sums(deep.task(multiplier, &sum), which), aw::shape_error);
        CHECK(sum == rubbish);
    }
}

TEST_CASE("Engines have names, and unknown ones are answered with the list") {
    for (const auto which : all_engines()) {
        CHECK(aw::engine_from_string(aw::to_string(which)) == which);
    }
    for (const char* name : {"", "fast", "rows", "Reference", "rows_avx2", " lookup"}) {
        CHECK_THROWS_AS(aw::engine_from_string(name), aw::name_error);
    }
    CHECK_THROWS_WITH(aw::engine_from_string("fast"), contains("'fast'") && contains("reference") &&
                                                          contains("rows-portable") &&
                                                          contains("rows-avx512"));
}

TEST_CASE("A request is honoured or refused, never replaced") {
    aw::random_generator random(10);
    const auto general = random_table(random);
    const auto exact = make_table("exact", [](std::size_t x, std::size_t w) { return x * w; });
    aw::convolution_shape shape;
    shape.input = {4, 4, 3};
    shape.outputs = 20;
    const convolution what(shape, random);
    std::vector<std::int32_t> sums(what.results());
    for (const auto& multiplier : {general, exact}) {
        for (const auto which : all_engines()) {
            CAPTURE(aw::to_string(which), multiplier.name());
            const std::string name(aw::to_string(which));
            if (which == aw::engine::automatic) {
                const auto chosen = aw::active_engine(shape, multiplier, which);
                CHECK(chosen != aw::engine::automatic);
                CHECK(can_run(chosen, multiplier));
            } else if (can_run(which, multiplier)) {
                CHECK(aw::active_engine(shape, multiplier, which) == which);
            } else {
                CHECK_THROWS_WITH(aw::active_engine(shape, multiplier, which), contains(name));
                CHECK_THROWS_AS(aw::product_sums(what.task(multiplier, sums.data()), which), aw::value_error);
            }
        }
    }
    for (const auto always : {aw::engine::reference, aw::engine::lookup, aw::engine::rows_portable}) {
        CHECK(can_run(always, general));
    }
    CHECK(can_run(aw::engine::exact_portable, exact));
    CHECK_FALSE(can_run(aw::engine::exact_portable, general));
    CHECK_THROWS_WITH(aw::active_engine(shape, general, aw::engine::exact_portable), contains("exact"));
}

TEST_CASE("The automatic choice follows the work and the table") {
    const auto general = aw::engine::automatic;
    aw::convolution_shape shape;
    shape.images = 100;
    shape.input = {32, 32, 64};
    shape.geometry = same(3);
    shape.outputs = 64;
    const auto much = aw::active_engine(shape, general);
    CHECK(much != aw::engine::lookup);
    CHECK(much != aw::engine::reference);
    const auto cycles = [&](aw::engine which) {
        return aw::predicted_cycles(which, shape, aw::table_analysis{});
    };
    for (const auto which : {aw::engine::lookup, aw::engine::rows_portable, aw::engine::rows_avx2}) {
        if (aw::is_available(which)) {
            CHECK(cycles(much) <= cycles(which));
        }
    }
    const auto exact = make_table("exact", [](std::size_t x, std::size_t w) { return x * w; });
    const auto chosen = aw::choose_engine(shape, *aw::analysis_of(exact), aw::engine::automatic);
    CHECK(aw::to_string(chosen.which).substr(0, 5) == "exact");
    CHECK(chosen.reason.find("fastest") != std::string::npos);
    shape.images = 1;
    shape.input = {1, 1, 64};
    shape.geometry = {};
    CHECK(aw::to_string(aw::active_engine(shape, general)).substr(0, 4) != "rows"); // nothing to share rows
}

TEST_CASE("Where permutes are split into several operations, few channels go to rows") {
    // As measured on a Xeon: 16 channels 18 (rows-avx2) against 13 G products/s (columns), 64 positions of 64
    // channels after a ReLU 8 against 10, 196 of them 14 against 11.
    const auto better = [](std::size_t channels, std::size_t images, std::size_t size, double permute) {
        aw::convolution_shape shape;
        shape.images = images;
        shape.input = {size, size, channels};
        shape.geometry = same(3);
        shape.outputs = channels;
        const aw::table_analysis general;
        return aw::predicted_cycles(aw::engine::rows_avx2, shape, general, permute) <
               aw::predicted_cycles(aw::engine::columns, shape, general, permute);
    };
    CHECK(better(16, 32, 32, 2.2));
    CHECK_FALSE(better(16, 32, 32, 1));
    CHECK_FALSE(better(64, 1, 8, 2.2));
    CHECK(better(64, 4, 7, 2.2));
}

TEST_CASE("ALWANN_ENGINE decides what is requested by default") {
    const char* name = std::getenv("ALWANN_ENGINE");
    CHECK(aw::requested_engine() == (name == nullptr ? aw::engine::automatic : aw::engine_from_string(name)));
}
