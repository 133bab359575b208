// SPDX-License-Identifier: MIT
#include "../kernel/tasks.hpp"

#include <alwann/nn/operators.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using aw::detail::batch_codes;

namespace {

batch_codes random_batch(const aw::image_shape& shape, std::size_t images, aw::random_generator& random) {
    const auto codes = kernel_test::random_codes(images * shape.size(), random);
    return {shape, {codes.begin(), codes.end()}, {}};
}

std::array<std::uint8_t, 256> random_map(aw::random_generator& random) {
    std::array<std::uint8_t, 256> map{};
    for (auto& code : map) {
        code = kernel_test::random_codes(1, random).front();
    }
    return map;
}

template <class Operator>
std::vector<std::uint8_t> run(const Operator& what, const std::vector<const batch_codes*>& inputs,
                              const aw::image_shape& shape, std::size_t images,
                              const aw::prepared_sum* sum = nullptr) {
    aw::aligned_vector<std::uint8_t> result;
    what.run(aw::code_batch{images, shape, inputs, result, sum});
    return {result.begin(), result.end()};
}

// The codes under each window, channel by channel, from signed coordinates: result [pixel][channel].
std::vector<std::vector<std::uint8_t>> windows(const batch_codes& from, std::size_t images,
                                               const aw::window& g, const aw::image_shape& out) {
    const auto whole = [](std::size_t value) { return static_cast<std::int64_t>(value); };
    const auto& in = from.shape;
    std::vector<std::vector<std::uint8_t>> found;
    for (std::int64_t n = 0; n < whole(images); ++n) {
        for (std::int64_t oy = 0; oy < whole(out.height); ++oy) {
            for (std::int64_t ox = 0; ox < whole(out.width); ++ox) {
                for (std::int64_t c = 0; c < whole(out.channels); ++c) {
                    found.emplace_back();
                    for (std::int64_t ky = 0; ky < whole(g.kernel_height); ++ky) {
                        for (std::int64_t kx = 0; kx < whole(g.kernel_width); ++kx) {
                            const std::int64_t y = oy * whole(g.stride_height) +
                                                   ky * whole(g.dilation_height) - whole(g.pad_top);
                            const std::int64_t x =
                                ox * whole(g.stride_width) + kx * whole(g.dilation_width) - whole(g.pad_left);
                            if (y >= 0 && y < whole(in.height) && x >= 0 && x < whole(in.width)) {
                                const auto at =
                                    ((n * whole(in.height) + y) * whole(in.width) + x) * whole(in.channels) +
                                    c;
                                found.back().push_back(from.codes[static_cast<std::size_t>(at)]);
                            }
                        }
                    }
                }
            }
        }
    }
    return found;
}

void check_pools(const aw::image_shape& in, const aw::window& g, std::size_t images,
                 aw::random_generator& random) {
    const auto from = random_batch(in, images, random);
    const auto out = aw::window_positions(in, g);
    const auto expected = windows(from, images, g, out);
    aw::code_op::average_pool mean{g, static_cast<std::int32_t>(kernel_test::draw(random, 0, 255)), {}, {}};
    mean.codes = {static_cast<std::int32_t>(kernel_test::draw(random, 0, 255)), 0, 255};
    if (kernel_test::draw(random, 0, 1) == 0) {
        mean.codes.low = static_cast<std::uint8_t>(kernel_test::draw(random, 0, 100));
        mean.codes.high = static_cast<std::uint8_t>(kernel_test::draw(random, 101, 255));
    }
    const double scale = kernel_test::draw(random, 0, 2) == 0 ? 1.0 : 0.3 + 2 * aw::uniform_unit(random);
    for (std::size_t n = 1; n <= g.kernel_height * g.kernel_width; ++n) {
        mean.factor.emplace_back(scale / static_cast<double>(n));
    }
    const auto largest = run(aw::code_op::max_pool{g}, {&from}, out, images);
    const auto means = run(mean, {&from}, out, images);
    REQUIRE(largest.size() == expected.size());
    REQUIRE(means.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto& codes = expected[i];
        std::int32_t sum = 0;
        std::uint8_t best = 0;
        for (const auto code : codes) {
            sum += code - mean.input_zero;
            best = std::max(best, code);
        }
        CAPTURE(in.height, in.width, in.channels, i, codes.size());
        REQUIRE(int{largest[i]} == int{best});
        REQUIRE(int{means[i]} == int{mean.codes(codes.empty() ? 0 : mean.factor[codes.size() - 1](sum))});
    }
}

} // namespace

TEST_CASE("Poolings of codes are their definition for any window and number of channels") {
    aw::random_generator random(1);
    for (std::size_t channels = 1; channels <= 70; ++channels) {
        for (int i = 0; i < 4; ++i) {
            const aw::image_shape in{kernel_test::draw(random, 1, 7), kernel_test::draw(random, 1, 7),
                                     channels};
            check_pools(in, kernel_test::random_window(in, random), kernel_test::draw(random, 1, 3), random);
        }
    }
}

TEST_CASE("Poolings of large windows do not overflow") {
    aw::random_generator random(2);
    for (const std::size_t extent : {15u, 16u, 17u, 40u}) { // 16 * 16 codes are a part of the sum
        aw::window whole;
        whole.kernel_height = whole.kernel_width = extent;
        check_pools({extent, extent, 35}, whole, 2, random);
        batch_codes white{{extent, extent, 35}, {}, {}};
        white.codes.assign(white.shape.size(), 255);
        aw::code_op::average_pool mean{whole, 0, {}, {0, 0, 255}};
        mean.factor.resize(extent * extent, aw::fixed_factor(1 / static_cast<double>(extent * extent)));
        CHECK(run(mean, {&white}, {1, 1, 35}, 1) == std::vector<std::uint8_t>(35, 255));
    }
}

TEST_CASE("A window without a pixel gives the lowest code and the mean of nothing") {
    aw::random_generator random(3);
    aw::window g;
    g.kernel_height = g.kernel_width = 2;
    g.dilation_height = g.dilation_width = 2; // rows and columns -1 and 1
    g.pad_top = g.pad_left = g.pad_bottom = g.pad_right = 1;
    for (const std::size_t channels : {1u, 16u, 33u}) {
        check_pools({1, 1, channels}, g, 2, random);
    }
}

TEST_CASE("Look-ups of codes are those of the table, in rows of any width") {
    aw::random_generator random(4);
    const auto check = [&](const auto& look_up) {
        for (std::size_t width = 0; width <= 200; ++width) {
            const auto map = random_map(random);
            const std::size_t rows = kernel_test::draw(random, 0, 3);
            const std::size_t from_stride = width + kernel_test::draw(random, 0, 9),
                              stride = width + kernel_test::draw(random, 0, 9);
            const auto from = kernel_test::random_codes(rows * from_stride + 1, random);
            std::vector<std::uint8_t> codes(rows * stride + 1, 99), right(codes);
            for (std::size_t row = 0; row < rows; ++row) {
                for (std::size_t i = 0; i < width; ++i) {
                    right[row * stride + i + 1] = map[from[row * from_stride + i + 1]];
                }
            }
            look_up(map, aw::detail::lookup_rows{from.data() + 1, from_stride, codes.data() + 1, stride, rows,
                                                 width});
            CAPTURE(width, rows);
            REQUIRE(codes == right);
        }
    };
    check(aw::detail::look_up);
    check(aw::detail::look_up_scalar);
    const auto from = random_batch({5, 7, 9}, 3, random);
    const aw::code_op::lookup what{random_map(random)};
    const auto found = run(what, {&from}, from.shape, 3);
    REQUIRE(found.size() == from.codes.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        REQUIRE(found[i] == what.codes[from.codes[i]]);
    }
}

TEST_CASE("Joined channels go through the tables of their inputs") {
    aw::random_generator random(5);
    for (int i = 0; i < 60; ++i) {
        const std::size_t images = kernel_test::draw(random, 1, 3);
        aw::image_shape shape{kernel_test::draw(random, 1, 5), kernel_test::draw(random, 1, 5), 0};
        std::vector<batch_codes> batches;
        aw::code_op::concat what;
        for (std::size_t k = kernel_test::draw(random, 1, 4); k > 0; --k) {
            const std::size_t channels = kernel_test::draw(random, 1, 90);
            batches.push_back(random_batch({shape.height, shape.width, channels}, images, random));
            what.codes.push_back(random_map(random));
            shape.channels += channels;
        }
        std::vector<const batch_codes*> inputs;
        for (const auto& batch : batches) {
            inputs.push_back(&batch);
        }
        const auto found = run(what, inputs, shape, images);
        REQUIRE(found.size() == images * shape.size());
        std::vector<std::uint8_t> right;
        for (std::size_t pixel = 0; pixel < images * shape.height * shape.width; ++pixel) {
            for (std::size_t k = 0; k < batches.size(); ++k) {
                for (std::size_t c = 0; c < batches[k].shape.channels; ++c) {
                    right.push_back(what.codes[k][batches[k].codes[pixel * batches[k].shape.channels + c]]);
                }
            }
        }
        REQUIRE(found == right);
    }
}

TEST_CASE("Sums of two inputs are the same prepared or not, for few and many codes") {
    aw::random_generator random(6);
    for (const std::size_t images : {1u, 3u, 200u}) { // the last are worth a preparation
        const aw::image_shape shape{16, 16, 5};
        const auto a = random_batch(shape, images, random), b = random_batch(shape, images, random);
        aw::code_op::add what;
        what.zero = {13, 77};
        what.factor = {aw::fixed_factor(0x1p20 * (0.5 + 0.3 * aw::uniform_unit(random))),
                       aw::fixed_factor(0x1p20 * (0.3 + 0.4 * aw::uniform_unit(random)))};
        what.codes = {100, 80, 250};
        std::vector<std::uint8_t> right;
        for (std::size_t i = 0; i < a.codes.size(); ++i) {
            right.push_back(what(a.codes[i], b.codes[i]));
        }
        const aw::prepared_sum prepared(what);
        CHECK(run(what, {&a, &b}, shape, images) == right);
        CHECK(run(what, {&a, &b}, shape, images, &prepared) == right);
    }
}
