// SPDX-License-Identifier: MIT
#include "tasks.hpp"

#include <alwann/core/cpu.hpp>
#include <alwann/kernel/columns.hpp>
#include <alwann/kernel/detail/exact_amx.hpp>
#include <alwann/kernel/engine.hpp>
#include <alwann/kernel/error_rows.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace kernel_test;

#if defined(__x86_64__)

namespace {

constexpr std::int32_t untouched_sum = -1234567;

bool has_vbmi() {
    if (!aw::detect_cpu().avx512vbmi) {
        WARN("skipped: this processor lacks AVX-512 VBMI");
        return false;
    }
    return true;
}

bool has_vnni() {
    if (!aw::is_available(aw::engine::error_rows)) {
        WARN("skipped: this processor lacks AVX-512 VNNI or VBMI");
        return false;
    }
    return true;
}

// Collects every sum; counts how often each comes.
class collector final : public aw::sums_sink {
public:
    explicit collector(const aw::convolution_shape& shape)
        : sums(shape.positions() * shape.outputs, untouched_sum),
          times(sums.size(), 0),
          outputs_(shape.outputs) {}

    void take(const aw::sums_block& block) override {
        REQUIRE(block.positions >= 1);
        REQUIRE(block.positions <= aw::detail::block_positions);
        for (std::size_t p = 0; p < block.positions; ++p) {
            for (std::size_t f = 0; f < block.outputs; ++f) {
                const std::size_t i = (block.position + p) * outputs_ + block.output + f;
                sums.at(i) = block.sums[p * block.stride + f];
                ++times.at(i);
            }
        }
    }

    bool complete() const {
        return std::all_of(times.begin(), times.end(), [](int count) { return count == 1; });
    }

    std::vector<std::int32_t> sums;
    std::vector<int> times;

private:
    std::size_t outputs_;
};

// The sums of a whole batch in one chunk.
template <class Run>
std::vector<std::int32_t> run_chunk(const convolution& what, const Run& run) {
    const aw::detail::chunk_layout layout(what.shape);
    const aw::detail::chunk part(what.shape, layout, what.activations.data() + 1, what.padding, 0,
                                 what.shape.images, 0, what.shape.output().height);
    collector sink(what.shape);
    run(layout, part, aw::detail::sums_writer(part, what.shape.groups, nullptr, sink));
    REQUIRE(sink.complete());
    return sink.sums;
}

std::vector<std::int32_t> columns(const convolution& what, const aw::table& multiplier) {
    return run_chunk(what, [&](const auto& layout, const auto& part, const auto& writer) {
        aw::columns_engine(what.shape, layout, multiplier, what.weights.data()).run(part, writer);
    });
}

void agrees(const convolution& what, const aw::table& multiplier) {
    CAPTURE(multiplier.name(), what.shape.outputs, what.shape.groups, what.shape.depth(),
            what.shape.positions());
    const auto expected = what.naive_sums(multiplier);
    const auto found = columns(what, multiplier);
    REQUIRE(found.size() == expected.size());
    REQUIRE(std::equal(found.begin(), found.end(), expected.begin()));
}

aw::convolution_shape dense(std::size_t positions, std::size_t depth, std::size_t outputs) {
    aw::convolution_shape shape;
    shape.input = {1, positions, depth};
    shape.outputs = outputs;
    return shape;
}

// Bytes of 0, 1, 254 and 255 in all combinations, even and odd sums, single large products.
std::vector<aw::table> tables_for_columns() {
    std::vector<aw::table> tables;
    for (const int value : {0, 1, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFEFE, 0xFF00, 0xFFFE, 0xFFFF}) {
        tables.push_back(
            make_table("all " + std::to_string(value), [&](std::size_t, std::size_t) { return value; }));
    }
    tables.push_back(make_table("alternating by weight",
                                [](std::size_t, std::size_t w) { return w % 2 == 0 ? 0 : 0xFFFF; }));
    tables.push_back(make_table("alternating by activation",
                                [](std::size_t x, std::size_t) { return x % 2 == 0 ? 0xFF00 : 0xFF; }));
    tables.push_back(make_table("ones", [](std::size_t x, std::size_t w) { return 0x0101 * ((x ^ w) & 1); }));
    tables.push_back(make_table(
        "corners", [](std::size_t x, std::size_t w) { return (x / 64 + w) % 4 == 0 ? 0xFFFF : 0; }));
    return tables;
}

// x * (any factor of the weight) + (any constant of the weight) + residual(x, w).
template <class Residual>
aw::error_rows errors(aw::random_generator& random, const Residual& residual) {
    aw::error_rows what;
    what.residual.resize(aw::operand_pairs);
    const auto slopes = random_codes(256, random);
    for (std::size_t w = 0; w < 256; ++w) {
        what.term.activation[w] = static_cast<std::int8_t>(static_cast<int>(w) - 128);
        what.term.weight[w] = slopes[w];
        what.per_weight[w] = static_cast<std::int32_t>(draw(random, 0, 60000)) - 30000;
        for (std::size_t x = 0; x < 256; ++x) {
            what.residual[256 * w + x] = static_cast<std::uint8_t>(residual(x, w));
        }
    }
    return what;
}

aw::error_rows random_errors(aw::random_generator& random) {
    return errors(random, [&](std::size_t, std::size_t) { return random() >> 56; });
}

template <class Product>
std::vector<std::int32_t> sums_of(const convolution& what, const Product& product) {
    std::vector<std::int32_t> sums(what.results(), 0);
    what.products([&](std::size_t result, std::uint8_t x, std::uint8_t w) { sums[result] += product(x, w); });
    return sums;
}

void error_rows_agree(const convolution& what, const aw::error_rows& products) {
    CAPTURE(what.shape.outputs, what.shape.groups, what.shape.depth(), what.shape.positions());
    const auto expected = sums_of(what, products);
    const auto found = run_chunk(what, [&](const auto& layout, const auto& part, const auto& writer) {
        const aw::error_rows_engine engine(what.shape, layout, what.weights.data(), products);
        CHECK(engine.scratch_bytes(part.positions(), part.extent) > 0);
        engine.run(part, writer);
    });
    REQUIRE(found == expected);
    if (!aw::is_available(aw::engine::exact_amx)) {
        return;
    }
    const auto with_amx = run_chunk(what, [&](const auto& layout, const auto& part, const auto& writer) {
        const auto* weights = what.weights.data();
        const aw::error_rows_engine engine(
            what.shape, layout, weights, products,
            std::make_unique<aw::exact_engine<aw::detail::exact_amx>>(
                what.shape, layout, weights, aw::error_rows_engine::exact_part(products)));
        engine.run(part, writer);
    });
    REQUIRE(with_amx == expected);
}

} // namespace

TEST_CASE("Columns: any convolution is the sum of its definition") {
    if (!has_vbmi()) {
        return;
    }
    aw::random_generator random(1);
    const auto multiplier = random_table(random);
    for (int i = 0; i < 300; ++i) {
        const std::size_t groups = i % 3 == 0 ? draw(random, 1, 40) : 1;
        aw::convolution_shape shape;
        shape.images = draw(random, 1, 3);
        shape.input = {draw(random, 1, 12), draw(random, 1, 12),
                       groups * draw(random, 1, groups == 1 ? 40 : 5)};
        shape.geometry = random_window(shape.input, random);
        shape.groups = groups;
        shape.outputs = groups * draw(random, 1, groups == 1 ? 70 : 4);
        agrees(convolution(shape, random), multiplier);
    }
}

TEST_CASE("Columns: numbers of positions around vectors and tiles") {
    if (!has_vbmi()) {
        return;
    }
    aw::random_generator random(2);
    const auto multiplier = random_table(random);
    for (const std::size_t positions : {1u,   2u,   63u,  64u,  65u,  127u, 128u, 131u, 191u, 192u, 193u,
                                        255u, 256u, 257u, 320u, 448u, 449u, 511u, 512u, 513u, 1027u}) {
        for (const std::size_t outputs : {1u, 15u, 16u, 17u, 64u, 65u}) {
            agrees(convolution(dense(positions, draw(random, 1, 40), outputs), random), multiplier);
        }
    }
}

TEST_CASE("Columns: any depth, with tables that are hard on sums in bytes") {
    if (!has_vbmi()) {
        return;
    }
    aw::random_generator random(3);
    auto tables = tables_for_columns();
    tables.push_back(random_table(random));
    for (std::size_t depth = 1; depth <= 40; ++depth) {
        agrees(convolution(dense(70, depth, 3), random), tables.back());
        agrees(convolution(dense(5, depth, 2), random), tables[depth % tables.size()]);
    }
    for (const std::size_t depth :
         {159u, 160u, 161u, 167u, 168u, 169u, 319u, 320u, 321u, 333u, 1000u, 5000u}) {
        const convolution what(dense(67, depth, 3), random);
        for (const auto& multiplier : tables) {
            agrees(what, multiplier);
        }
    }
}

TEST_CASE("Columns: the deepest sum that fits") {
    if (!has_vbmi()) {
        return;
    }
    aw::random_generator random(4);
    const convolution what(dense(1, aw::largest_depth, 1), random);
    const auto largest = make_table("all 65535", [](std::size_t, std::size_t) { return 65535; });
    CHECK(columns(what, largest) == std::vector<std::int32_t>{32767 * 65535});
    agrees(what, random_table(random));
}

TEST_CASE("Columns: kernels and groups of real networks") {
    if (!has_vbmi()) {
        return;
    }
    aw::random_generator random(5);
    const auto multiplier = random_table(random);
    struct layer {
        std::size_t channels, outputs, groups, kernel, stride;
    };
    for (const auto [channels, outputs, groups, kernel, stride] :
         {layer{3, 16, 1, 3, 1}, layer{3, 64, 1, 7, 2}, layer{16, 32, 1, 1, 2}, layer{16, 16, 16, 3, 1},
          layer{70, 70, 70, 3, 2}, layer{48, 96, 48, 5, 1}, layer{64, 64, 8, 3, 1}, layer{96, 24, 3, 3, 1},
          layer{8, 8, 8, 13, 1}, layer{12, 8, 4, 7, 1}, layer{128, 2, 2, 1, 1}, layer{130, 130, 130, 1, 1}}) {
        aw::convolution_shape shape;
        shape.images = 2;
        shape.input = {13, 17, channels};
        shape.geometry = same(kernel);
        shape.geometry.stride_height = shape.geometry.stride_width = stride;
        shape.groups = groups;
        shape.outputs = outputs;
        agrees(convolution(shape, random), multiplier);
    }
}

TEST_CASE("Columns of one plane add to other sums") {
    if (!has_vbmi()) {
        return;
    }
    aw::random_generator random(6);
    for (const auto& products :
         {random_errors(random), errors(random, [](std::size_t, std::size_t) { return 255; })}) {
        for (const std::size_t depth : {1u, 7u, 160u, 168u, 700u}) {
            for (const std::size_t outputs : {1u, 17u, 70u}) {
                const convolution what(dense(draw(random, 1, 600), depth, outputs), random);
                auto expected = sums_of(
                    what, [&](std::uint8_t x, std::uint8_t w) { return products.residual[256 * w + x]; });
                std::vector<std::int32_t> others(expected.size());
                for (std::size_t i = 0; i < others.size(); ++i) {
                    others[i] = static_cast<std::int32_t>(draw(random, 0, 1000)) - 500;
                }
                const auto run = [&](const std::int32_t* add) {
                    return run_chunk(what, [&](const auto& layout, const auto& part, const auto& writer) {
                        aw::detail::planar_columns<1>(
                            what.shape, layout, aw::detail::one_plane(products.residual), what.weights.data())
                            .run(part, writer, add);
                    });
                };
                REQUIRE(run(nullptr) == expected);
                for (std::size_t i = 0; i < others.size(); ++i) {
                    expected[i] += others[i];
                }
                REQUIRE(run(others.data()) == expected);
            }
        }
    }
}

TEST_CASE("Error rows: few positions or channels") {
    if (!has_vnni()) {
        return;
    }
    aw::random_generator random(7);
    const auto products = random_errors(random);
    for (int i = 0; i < 60; ++i) {
        const std::size_t groups = i % 3 == 0 ? draw(random, 1, 20) : 1;
        aw::convolution_shape shape;
        shape.images = draw(random, 1, 3);
        shape.input = {draw(random, 1, 12), draw(random, 1, 12), groups * draw(random, 1, 9)};
        shape.geometry = random_window(shape.input, random);
        shape.groups = groups;
        shape.outputs = groups * draw(random, 1, groups == 1 ? 70 : 4);
        error_rows_agree(convolution(shape, random), products);
    }
}

TEST_CASE("Error rows: many positions and channels") {
    if (!has_vnni()) {
        return;
    }
    aw::random_generator random(8);
    const auto products = random_errors(random);
    const auto largest = errors(random, [](std::size_t, std::size_t) { return 255; });
    const auto halves =
        errors(random, [](std::size_t x, std::size_t w) { return (x + w) % 2 == 0 ? 255 : 0; });
    for (const std::size_t outputs : {64u, 63u, 128u, 127u}) {
        for (const std::size_t depth : {1u, 4u, 15u, 16u, 17u, 19u}) {
            error_rows_agree(convolution(dense(1025, depth, outputs), random), products);
        }
    }
    for (const std::size_t depth : {255u, 256u, 257u, 512u, 530u}) {
        error_rows_agree(convolution(dense(700, depth, 64), random), largest);
        error_rows_agree(convolution(dense(701, depth, 60), random), halves);
    }
    aw::convolution_shape shape;
    shape.images = 2;
    shape.input = {33, 31, 14};
    shape.geometry = same(3);
    shape.geometry.dilation_width = 2;
    shape.groups = 2;
    shape.outputs = 2 * 64;
    error_rows_agree(convolution(shape, random), products);
    shape.groups = 1;
    shape.geometry = same(3);
    error_rows_agree(convolution(shape, random), products);
}

#endif
