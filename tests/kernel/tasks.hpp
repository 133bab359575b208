// SPDX-License-Identifier: MIT
// Random convolutions with their data, tables that are hard on engines, and an independent oracle.
#pragma once

#include <alwann/core/random.hpp>
#include <alwann/kernel/convolution.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kernel_test {

namespace aw = alwann;

inline std::size_t draw(aw::random_generator& random, std::size_t low, std::size_t high) {
    return low + static_cast<std::size_t>(aw::uniform_below(random, high - low + 1));
}

inline std::vector<std::uint8_t> random_codes(std::size_t count, aw::random_generator& random) {
    std::vector<std::uint8_t> codes(count);
    for (auto& code : codes) {
        code = static_cast<std::uint8_t>(random() >> 56);
    }
    return codes;
}

// A table of f(x, w).
template <class Function>
aw::table make_table(const std::string& name, const Function& f) {
    std::vector<std::uint16_t> products;
    products.reserve(aw::operand_pairs);
    for (std::size_t x = 0; x < 256; ++x) {
        for (std::size_t w = 0; w < 256; ++w) {
            products.push_back(static_cast<std::uint16_t>(f(x, w)));
        }
    }
    return aw::table(name, products);
}

inline aw::table random_table(aw::random_generator& random) {
    return make_table("random", [&](std::size_t, std::size_t) { return random() >> 48; });
}

// A convolution with data of its own.
struct convolution {
    aw::convolution_shape shape;
    std::vector<std::uint8_t> activations, weights;
    std::uint8_t padding = 0;

    convolution(const aw::convolution_shape& what, aw::random_generator& random)
        : shape(what),
          activations(random_codes(what.images * what.input.size() + 1, random)),
          weights(random_codes(what.outputs * what.depth(), random)),
          padding(random_codes(1, random).front()) {}

    std::size_t results() const { return shape.positions() * shape.outputs; }

    // The first activation is left out, so that nothing is aligned by chance.
    aw::convolution_task task(const aw::table& multiplier, std::int32_t* sums) const {
        return {shape, &multiplier, activations.data() + 1, weights.data(), padding, sums};
    }

    // visit(result, x, w) for each product, from signed coordinates with explicit bounds.
    template <class Visit>
    void products(const Visit& visit) const {
        const auto& g = shape.geometry;
        const auto whole = [](std::size_t value) { return static_cast<std::int64_t>(value); };
        const std::int64_t height = whole(shape.input.height), width = whole(shape.input.width);
        const std::int64_t channels = whole(shape.input.channels);
        const std::int64_t in_group = channels / whole(shape.groups);
        const std::int64_t out_group = whole(shape.outputs) / whole(shape.groups);
        const std::int64_t reach_y = (whole(g.kernel_height) - 1) * whole(g.dilation_height);
        const std::int64_t reach_x = (whole(g.kernel_width) - 1) * whole(g.dilation_width);
        std::size_t position = 0;
        for (std::int64_t n = 0; n < whole(shape.images); ++n) {
            for (std::int64_t top = -whole(g.pad_top); top + reach_y < height + whole(g.pad_bottom);
                 top += whole(g.stride_height)) {
                for (std::int64_t left = -whole(g.pad_left); left + reach_x < width + whole(g.pad_right);
                     left += whole(g.stride_width), ++position) {
                    for (std::int64_t f = 0; f < whole(shape.outputs); ++f) {
                        for (std::int64_t ky = 0; ky < whole(g.kernel_height); ++ky) {
                            for (std::int64_t kx = 0; kx < whole(g.kernel_width); ++kx) {
                                const std::int64_t y = top + ky * whole(g.dilation_height);
                                const std::int64_t x = left + kx * whole(g.dilation_width);
                                const bool outside = y < 0 || y >= height || x < 0 || x >= width;
                                for (std::int64_t c = 0; c < in_group; ++c) {
                                    const std::int64_t channel = f / out_group * in_group + c;
                                    const auto from = static_cast<std::size_t>(
                                        ((n * height + y) * width + x) * channels + channel);
                                    const auto weight = static_cast<std::size_t>(
                                        ((f * whole(g.kernel_height) + ky) * whole(g.kernel_width) + kx) *
                                            in_group +
                                        c);
                                    visit(position * shape.outputs + static_cast<std::size_t>(f),
                                          outside ? padding : activations[from + 1], weights[weight]);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    std::vector<std::int64_t> naive_sums(const aw::table& multiplier) const {
        std::vector<std::int64_t> sums(results(), 0);
        const auto all = multiplier.products();
        products([&](std::size_t result, std::uint8_t x, std::uint8_t w) {
            sums[result] += all[std::size_t{256} * x + w];
        });
        return sums;
    }
};

// Kernel, stride, padding and dilation at random; the kernel always fits.
inline aw::window random_window(const aw::image_shape& in, aw::random_generator& random) {
    for (;;) {
        aw::window g;
        g.kernel_height = draw(random, 1, 4);
        g.kernel_width = draw(random, 1, 4);
        g.stride_height = draw(random, 1, 3);
        g.stride_width = draw(random, 1, 3);
        g.dilation_height = draw(random, 1, 2);
        g.dilation_width = draw(random, 1, 2);
        g.pad_top = draw(random, 0, 2);
        g.pad_left = draw(random, 0, 2);
        g.pad_bottom = draw(random, 0, 2);
        g.pad_right = draw(random, 0, 2);
        if ((g.kernel_height - 1) * g.dilation_height < in.height + g.pad_top + g.pad_bottom &&
            (g.kernel_width - 1) * g.dilation_width < in.width + g.pad_left + g.pad_right) {
            return g;
        }
    }
}

// A square kernel of odd size with the padding that keeps the image's shape.
inline aw::window same(std::size_t kernel) {
    aw::window g;
    g.kernel_height = g.kernel_width = kernel;
    g.pad_top = g.pad_left = g.pad_bottom = g.pad_right = kernel / 2;
    return g;
}

} // namespace kernel_test
