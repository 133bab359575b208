// SPDX-License-Identifier: MIT
#include <alwann/nn/operand_histogram.hpp>

#include "../catch.hpp"
#include "networks.hpp"

#include <numeric>
#include <vector>

using namespace alwann;
using namespace nn_test;

namespace {

double total(const std::array<double, operand_codes>& counts) {
    return std::accumulate(counts.begin(), counts.end(), 0.0);
}

// Counts product by product.
operand_weights counted_one_by_one(const quantized_convolution& layer, const convolution_shape& shape,
                                   const std::uint8_t* activations) {
    operand_weights counts;
    const auto& g = shape.geometry;
    const auto& in = shape.input;
    const auto out = shape.output();
    const std::size_t depth = shape.group_inputs();
    for (std::size_t n = 0; n < shape.images; ++n) {
        for (std::size_t oy = 0; oy < out.height; ++oy) {
            for (std::size_t ox = 0; ox < out.width; ++ox) {
                for (std::size_t f = 0; f < shape.outputs; ++f) {
                    std::size_t k = f * g.kernel_height * g.kernel_width * depth;
                    for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
                        for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                            const auto y = static_cast<long>(oy * g.stride_height + ky * g.dilation_height) -
                                           static_cast<long>(g.pad_top);
                            const auto x = static_cast<long>(ox * g.stride_width + kx * g.dilation_width) -
                                           static_cast<long>(g.pad_left);
                            for (std::size_t c = 0; c < depth; ++c, ++k) {
                                const bool inside = y >= 0 && x >= 0 && y < static_cast<long>(in.height) &&
                                                    x < static_cast<long>(in.width);
                                const std::size_t channel = f / shape.group_outputs() * depth + c;
                                const std::size_t pixel =
                                    (n * in.height + static_cast<std::size_t>(y)) * in.width +
                                    static_cast<std::size_t>(x);
                                counts.activations[inside ? activations[pixel * in.channels + channel]
                                                          : static_cast<std::uint8_t>(layer.input.zero)] += 1;
                                counts.weights[layer.weights[k]] += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    return counts;
}

} // namespace

TEST_CASE("Operands are counted as often as they are multiplied") {
    random_generator random(11);
    for (int round = 0; round < 20; ++round) {
        const std::size_t groups = draw(random, 1, 3);
        quantized_convolution layer;
        layer.groups = groups;
        layer.outputs = groups * draw(random, 1, 3);
        layer.geometry = {draw(random, 1, 3), draw(random, 1, 3), draw(random, 1, 3), draw(random, 1, 2),
                          draw(random, 0, 2), draw(random, 0, 2), draw(random, 0, 1), draw(random, 0, 2),
                          draw(random, 1, 2), draw(random, 1, 2)};
        layer.input.zero = static_cast<std::int32_t>(draw(random, 0, 255));
        const convolution_shape shape{draw(random, 1, 2),
                                      {draw(random, 5, 8), draw(random, 5, 8), groups * draw(random, 1, 2)},
                                      layer.geometry,
                                      layer.outputs,
                                      groups};
        layer.weights.resize(layer.outputs * shape.depth());
        std::vector<std::uint8_t> activations(shape.images * shape.input.size());
        for (auto* codes : {&layer.weights, &activations}) {
            for (auto& code : *codes) {
                code = static_cast<std::uint8_t>(draw(random, 0, 255));
            }
        }
        operand_weights counts;
        detail::count_operands(layer, shape, activations.data(), counts);
        CHECK(counts == counted_one_by_one(layer, shape, activations.data()));
    }
}

TEST_CASE("Histograms of a network") {
    random_generator random(12);
    const auto trained = network_of_everything(random);
    const auto images = random_images(7, trained.input_shape(), random);
    const network quantized = quantize(trained, images.view());
    const coded_images codes = encode_images(quantized, images.view());
    const operand_weights all = operand_histogram(quantized, codes);
    const std::size_t layers = quantized.convolutions().size();
    REQUIRE(layers > 1);
    operand_weights sum;
    double products = 0;
    for (std::size_t layer = 0; layer < layers; ++layer) {
        const auto one = operand_histogram(quantized, codes, std::vector<std::size_t>{layer});
        for (std::size_t code = 0; code < operand_codes; ++code) {
            sum.activations[code] += one.activations[code];
            sum.weights[code] += one.weights[code];
        }
        const auto shape = quantized.shape_of(quantized.convolutions()[layer], images.count);
        const auto out = shape.output();
        products +=
            static_cast<double>(images.count * out.height * out.width * shape.outputs * shape.depth());
    }
    CHECK(sum == all);
    CHECK(total(all.activations) == products);
    CHECK(total(all.weights) == products);
    CHECK_THROWS_AS(operand_histogram(quantized, codes, std::vector<std::size_t>{layers}), value_error);
    CHECK_THROWS_AS(operand_histogram(quantized, {codes.shape, 0, {}}), value_error);
}
