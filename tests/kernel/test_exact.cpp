// SPDX-License-Identifier: MIT
#include "tasks.hpp"

#include <alwann/core/cpu.hpp>
#include <alwann/kernel/detail/exact_amx.hpp>
#include <alwann/kernel/detail/exact_avx2.hpp>
#include <alwann/kernel/detail/exact_portable.hpp>
#include <alwann/kernel/detail/exact_vnni.hpp>
#include <alwann/kernel/exact.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace kernel_test;

namespace {

constexpr std::int32_t unwritten = -1234567;

// Collects sums [position][output] and notices what comes twice or from outside.
class sums_collector final : public aw::sums_sink {
public:
    explicit sums_collector(const aw::convolution_shape& shape)
        : sums(shape.positions() * shape.outputs, unwritten),
          outputs_(shape.outputs),
          taken_(sums.size(), 0) {}

    void take(const aw::sums_block& block) override {
        REQUIRE(block.positions <= aw::detail::block_positions);
        REQUIRE(block.output + block.outputs <= outputs_);
        REQUIRE(block.outputs <= block.stride);
        REQUIRE((block.position + block.positions) * outputs_ <= sums.size());
        bool once = true;
        for (std::size_t p = 0; p < block.positions; ++p) {
            for (std::size_t f = 0; f < block.outputs; ++f) {
                const std::size_t at = (block.position + p) * outputs_ + block.output + f;
                once = once && taken_[at] == 0;
                taken_[at] = 1;
                sums[at] = block.sums[p * block.stride + f];
            }
        }
        REQUIRE(once);
    }

    std::vector<std::int32_t> sums;

private:
    std::size_t outputs_;
    std::vector<std::uint8_t> taken_;
};

aw::product_term make_term(const auto& activation, const auto& weight) {
    aw::product_term term;
    for (std::size_t code = 0; code < 256; ++code) {
        term.activation[code] = static_cast<std::int8_t>(activation(code));
        term.weight[code] = static_cast<std::uint8_t>(weight(code));
    }
    return term;
}

// x * w without further ado.
aw::low_rank exact_products() {
    aw::low_rank products;
    products.terms.push_back(
        make_term([](std::size_t x) { return static_cast<int>(x) - 128; }, [](std::size_t w) { return w; }));
    for (std::size_t w = 0; w < 256; ++w) {
        products.per_weight[w] = static_cast<std::int32_t>(128 * w);
    }
    return products;
}

// Every activation and every weight is mapped to the same value.
aw::low_rank constant_products(std::size_t terms, int activation, int weight, std::int32_t per_weight) {
    aw::low_rank products;
    products.terms.assign(
        terms, make_term([=](std::size_t) { return activation; }, [=](std::size_t) { return weight; }));
    products.per_weight.fill(per_weight);
    return products;
}

// Random maps; the constants keep the sums of the depths tested here within 32 bits.
aw::low_rank random_products(std::size_t terms, aw::random_generator& random) {
    aw::low_rank products;
    for (std::size_t r = 0; r < terms; ++r) {
        products.terms.push_back(make_term([&](std::size_t) { return draw(random, 0, 255); },
                                           [&](std::size_t) { return draw(random, 0, 255); }));
    }
    for (auto& value : products.per_weight) {
        value = static_cast<std::int32_t>(draw(random, 0, 60000)) - 30000;
    }
    return products;
}

std::vector<std::int64_t> expected_sums(const convolution& what, const aw::low_rank& products) {
    std::vector<std::int64_t> sums(what.results(), 0);
    what.products([&](std::size_t result, std::uint8_t x, std::uint8_t w) {
        for (const auto& term : products.terms) {
            sums[result] += std::int64_t{term.activation[x]} * term.weight[w];
        }
        sums[result] += products.per_weight[w];
    });
    return sums;
}

// Runs whole images, `images` at a time, or if that is 0 bands of `rows` output rows.
template <class Isa>
std::vector<std::int32_t> run(const convolution& what, const aw::low_rank& products, std::size_t images,
                              std::size_t rows) {
    const auto& shape = what.shape;
    const aw::detail::chunk_layout layout(shape);
    auto weights = what.weights;
    const aw::exact_engine<Isa> engine(shape, layout, weights.data(), products);
    std::fill(weights.begin(), weights.end(), std::uint8_t{0}); // no longer needed
    CHECK(engine.best_positions() > 0);
    sums_collector sink(shape);
    const std::size_t height = shape.output().height;
    const auto part = [&](std::size_t image, std::size_t count, std::size_t row, std::size_t band) {
        const aw::detail::chunk chunk(shape, layout, what.activations.data() + 1, what.padding, image, count,
                                      row, band);
        engine.run(chunk, aw::detail::sums_writer(chunk, shape.groups, nullptr, sink));
    };
    for (std::size_t n = 0; n < shape.images; n += std::max<std::size_t>(1, images)) {
        if (images > 0) {
            part(n, std::min(images, shape.images - n), 0, height);
            continue;
        }
        for (std::size_t row = 0; row < height; row += rows) {
            part(n, 1, row, std::min(rows, height - row));
        }
    }
    return sink.sums;
}

template <class Isa>
void agrees(const convolution& what, const aw::low_rank& products, const std::vector<std::int64_t>& expected,
            std::size_t images, std::size_t rows) {
    CAPTURE(Isa::lanes, products.terms.size(), what.shape.outputs, what.shape.groups, what.shape.depth(),
            what.shape.positions(), images, rows);
    const auto found = run<Isa>(what, products, images, rows);
    REQUIRE(std::equal(found.begin(), found.end(), expected.begin(), expected.end()));
}

// All inner loops that this processor has; images and rows as for run().
void all_agree(const convolution& what, const aw::low_rank& products, std::size_t images = 1000,
               std::size_t rows = 0) {
    const auto expected = expected_sums(what, products);
    agrees<aw::detail::exact_portable>(what, products, expected, images, rows);
#if defined(__x86_64__)
    static const auto cpu = aw::detect_cpu();
    if (cpu.avx2) {
        agrees<aw::detail::exact_avx2>(what, products, expected, images, rows);
    }
    if (cpu.avx512vnni) {
        agrees<aw::detail::exact_vnni>(what, products, expected, images, rows);
    }
    if (cpu.amx_int8) {
        agrees<aw::detail::exact_amx>(what, products, expected, images, rows);
    }
#endif
}

} // namespace

TEST_CASE("Instructions of the exact engine that are missing here are named") {
#if defined(__x86_64__)
    const auto cpu = aw::detect_cpu();
    if (!cpu.avx2) {
        WARN("skipped: exact sums with AVX2");
    }
    if (!cpu.avx512vnni) {
        WARN("skipped: exact sums with AVX-512 VNNI");
    }
    if (!cpu.amx_int8) {
        WARN("skipped: exact sums with AMX");
    }
    if (!cpu.avx512vbmi) {
        WARN("skipped: maps of codes with AVX-512 VBMI");
    }
#else
    WARN("skipped: exact sums with AVX2, AVX-512 VNNI and AMX");
#endif
}

TEST_CASE("Exact sums of random convolutions with random maps") {
    aw::random_generator random(1);
    for (int i = 0; i < 150; ++i) {
        const std::size_t groups = draw(random, 1, 3);
        aw::convolution_shape shape;
        shape.images = draw(random, 1, 4);
        shape.input = {draw(random, 1, 9), draw(random, 1, 9), groups * draw(random, 1, 9)};
        shape.geometry = random_window(shape.input, random);
        shape.groups = groups;
        shape.outputs = groups * draw(random, 1, 40);
        const convolution what(shape, random);
        const std::size_t terms = draw(random, 0, i % 5 == 1 ? aw::most_terms : 4);
        const std::size_t images = draw(random, 0, 3);
        const std::size_t rows = draw(random, 1, 4);
        all_agree(what, i % 4 == 0 ? exact_products() : random_products(terms, random), images, rows);
    }
}

TEST_CASE("Exact sums around the output channels of vectors, strips and blocks") {
    aw::random_generator random(2);
    const auto products = random_products(2, random);
    for (const std::size_t outputs : {1u,  7u,  8u,  9u,  15u, 16u, 17u, 24u, 31u,  32u,  33u,  47u,  48u,
                                      49u, 63u, 64u, 65u, 72u, 79u, 80u, 96u, 112u, 127u, 128u, 129u, 200u}) {
        aw::convolution_shape shape;
        shape.images = 2;
        shape.input = {4, 5, draw(random, 1, 5)};
        shape.geometry = same(3);
        shape.outputs = outputs;
        all_agree(convolution(shape, random), products);
    }
}

TEST_CASE("Exact sums around the positions of tiles and blocks") {
    aw::random_generator random(3);
    const auto products = exact_products();
    std::vector<std::size_t> counts;
    for (std::size_t n = 1; n <= 26; ++n) {
        counts.push_back(n);
    }
    for (const std::size_t n :
         {48u, 62u, 63u, 64u, 65u, 66u, 67u, 68u, 69u, 70u, 71u, 72u, 127u, 128u, 129u, 131u}) {
        counts.push_back(n);
    }
    for (const std::size_t n : counts) {
        for (const std::size_t outputs : {3u, 17u, 40u, 64u}) {
            aw::convolution_shape shape;
            shape.input = {1, n, 3};
            shape.outputs = outputs;
            all_agree(convolution(shape, random), products);
            shape.images = n;
            shape.input = {3, 3, 2};
            shape.geometry.kernel_height = shape.geometry.kernel_width = 3; // one position an image
            all_agree(convolution(shape, random), products);
        }
    }
}

TEST_CASE("Exact sums of runs of every length") {
    aw::random_generator random(4);
    for (std::size_t channels = 1; channels <= 20; ++channels) {
        for (const std::size_t dilation : {1u, 2u}) {
            for (const std::size_t groups : {1u, 2u}) {
                aw::convolution_shape shape;
                shape.images = 2;
                shape.input = {5, 6, groups * channels};
                shape.geometry = same(3);
                shape.geometry.dilation_width = dilation;
                shape.groups = groups;
                shape.outputs = groups * draw(random, 1, 20);
                const convolution what(shape, random);
                const auto products = random_products(1, random);
                all_agree(what, products, 0, draw(random, 1, 5));
            }
        }
    }
}

TEST_CASE("Exact sums of depthwise and grouped convolutions") {
    aw::random_generator random(5);
    struct split {
        std::size_t groups, inputs, outputs; // per group
    };
    for (const auto [groups, inputs, outputs] :
         {split{2, 3, 4}, split{3, 1, 17}, split{2, 16, 33}, split{5, 2, 1}, split{17, 1, 1}, split{33, 1, 2},
          split{4, 17, 16}, split{2, 4, 130}}) {
        aw::convolution_shape shape;
        shape.images = 2;
        shape.input = {5, 4, groups * inputs};
        shape.geometry = random_window(shape.input, random);
        shape.groups = groups;
        shape.outputs = groups * outputs;
        const auto products = random_products(2, random);
        all_agree(convolution(shape, random), products);
    }
}

TEST_CASE("Exact sums of all depths") {
    aw::random_generator random(6);
    std::vector<std::size_t> depths;
    for (std::size_t depth = 1; depth <= 40; ++depth) {
        depths.push_back(depth);
    }
    for (const std::size_t depth :
         {63u, 64u, 65u, 254u, 255u, 256u, 509u, 510u, 511u, 576u, 765u, 1021u, 5000u}) {
        depths.push_back(depth);
    }
    for (const std::size_t depth : depths) {
        for (const std::size_t outputs : {1u, 16u, 33u, 64u}) {
            aw::convolution_shape shape;
            shape.images = draw(random, 1, 9);
            shape.input.channels = depth;
            shape.outputs = outputs;
            const auto products = random_products(draw(random, 0, 4), random);
            all_agree(convolution(shape, random), products);
        }
    }
}

TEST_CASE("Exact sums at the ends of their range") {
    aw::random_generator random(7);
    const auto check = [&](std::size_t depth, const aw::low_rank& products) {
        for (const std::size_t outputs : {1u, 20u}) {
            aw::convolution_shape shape;
            shape.images = 2;
            shape.input.channels = depth;
            shape.outputs = outputs;
            all_agree(convolution(shape, random), products);
        }
    };
    for (const std::size_t depth : {1u, 255u, 256u, 1000u}) {
        for (const int activation : {-128, -127, -1, 0, 1, 127}) {
            for (const int weight : {0, 1, 127, 128, 255}) {
                check(depth, constant_products(1, activation, weight, 0));
            }
        }
    }
    // Two terms of -32640 stay within 32 bits at the largest depth; five leave them and come back.
    check(aw::largest_depth, constant_products(2, -128, 255, 0));
    check(aw::largest_depth, constant_products(2, 127, 255, 0));
    check(aw::largest_depth, constant_products(0, 0, 0, 65535));
    check(aw::largest_depth, constant_products(1, 127, 255, 65535 - 127 * 255));
    check(aw::largest_depth, constant_products(5, -128, 255, 5 * 128 * 255));
    check(aw::largest_depth, constant_products(5, 127, 255, 65535 - 5 * 127 * 255));
}

TEST_CASE("Exact sums of many positions, in whole images and in bands") {
    aw::random_generator random(8);
    aw::convolution_shape shape;
    shape.images = 20;
    shape.input = {16, 15, 3};
    shape.geometry = same(3);
    shape.outputs = 20;
    const convolution what(shape, random);
    const auto products = random_products(1, random);
    all_agree(what, products, 20);
    all_agree(what, products, 7);
    for (std::size_t rows = 1; rows <= 16; rows += 3) {
        all_agree(what, products, 0, rows);
    }
    shape.geometry.stride_height = 2;
    shape.geometry.stride_width = 3;
    const convolution strided(shape, random);
    all_agree(strided, products, 20);
    all_agree(strided, products, 0, 3);
}

TEST_CASE("Maps of codes are applied to all codes") {
    aw::random_generator random(9);
    const auto codes = random_codes(640, random);
    const auto check = [&](const auto& function, bool bitwise) {
        std::array<std::int8_t, 256> values;
        for (std::size_t x = 0; x < 256; ++x) {
            values[x] = static_cast<std::int8_t>(function(x));
        }
        const aw::detail::exact_map map(values);
        CHECK(map.bitwise == bitwise);
        std::vector<std::int8_t> narrow(codes.size());
        std::vector<std::int16_t> wide(codes.size());
        const auto right = [&](const auto& mapped) {
            for (std::size_t i = 0; i < codes.size(); ++i) {
                REQUIRE(mapped[i] == values[codes[i]]);
            }
        };
        map(codes.data(), codes.size(), narrow.data());
        right(narrow);
        map(codes.data(), codes.size(), wide.data());
        right(wide);
#if defined(__x86_64__)
        std::fill(narrow.begin(), narrow.end(), std::int8_t{0});
        aw::detail::exact_vnni::map(map, codes.data(), codes.size(), narrow.data());
        right(narrow);
#endif
    };
    check([](std::size_t x) { return x; }, true);
    check([](std::size_t x) { return x ^ 128; }, true);
    check([](std::size_t x) { return (x & 0xF8) - 128; }, true);
    check([](std::size_t) { return 17; }, true);
    check([](std::size_t x) { return x / 2; }, false);
    check([](std::size_t x) { return x == 255 ? 0 : x; }, false);
    check([&](std::size_t) { return draw(random, 0, 255); }, false);
}

TEST_CASE("A sink may run another exact convolution") {
    aw::random_generator random(10);
    aw::convolution_shape shape;
    shape.images = 2;
    shape.input = {6, 7, 5};
    shape.geometry = same(3);
    shape.outputs = 70;
    const convolution outer(shape, random);
    shape.input.channels = 11;
    const convolution inner(shape, random);
    const auto products = random_products(2, random);

    struct nested final : aw::sums_sink {
        const convolution& inner;
        const aw::low_rank& products;
        sums_collector result;
        std::vector<std::int32_t> within;

        nested(const convolution& first, const convolution& second, const aw::low_rank& how)
            : inner(second), products(how), result(first.shape) {}
        void take(const aw::sums_block& block) override {
            within = run<aw::detail::exact_portable>(inner, products, 2, 0);
            result.take(block);
        }
    };
    nested sink(outer, inner, products);
    const aw::detail::chunk_layout layout(outer.shape);
    const aw::exact_engine<aw::detail::exact_portable> engine(outer.shape, layout, outer.weights.data(),
                                                              products);
    const aw::detail::chunk chunk(outer.shape, layout, outer.activations.data() + 1, outer.padding, 0, 2, 0,
                                  6);
    engine.run(chunk, aw::detail::sums_writer(chunk, 1, nullptr, sink));
    const auto first = expected_sums(outer, products);
    const auto second = expected_sums(inner, products);
    CHECK(std::equal(first.begin(), first.end(), sink.result.sums.begin(), sink.result.sums.end()));
    CHECK(std::equal(second.begin(), second.end(), sink.within.begin(), sink.within.end()));
}

TEST_CASE("The exact engine checks shapes and reports its scratch memory") {
    aw::convolution_shape shape;
    shape.input = {8, 8, 16};
    shape.geometry = same(3);
    shape.outputs = 32;
    const aw::detail::chunk_layout layout(shape);
    const std::vector<std::uint8_t> weights(shape.outputs * shape.depth());
    using engine = aw::exact_engine<aw::detail::exact_portable>;
    const engine one(shape, layout, weights.data(), exact_products());
    const engine three(shape, layout, weights.data(), constant_products(3, 1, 1, 0));
    CHECK(one.scratch_bytes(64, 1600) > 1600);
    CHECK(three.scratch_bytes(64, 1600) - one.scratch_bytes(64, 1600) > 2 * 1600);
    CHECK(three.best_positions() <= one.best_positions());

    shape.groups = 3;
    CHECK_THROWS_AS(engine(shape, layout, weights.data(), aw::low_rank{}), aw::shape_error);
}
