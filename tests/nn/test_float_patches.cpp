// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/nn/detail/float_patches.hpp>

#include <cstddef>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

TEST_CASE(
    "Patches times weights are what plain loops make of them, for every number of outputs and patches") {
    constexpr std::size_t block = 4;
    aw::random_generator random(3);
    // Small whole numbers: their sums have no rounding, in whatever order.
    const auto whole = [&random] { return static_cast<float>(aw::uniform_below(random, 9)) - 4; };
    for (const std::size_t depth : {1u, 3u, 27u}) {
        for (std::size_t outputs = 1; outputs <= 35; ++outputs) { // up to two registers of 16, and a tail
            std::vector<float> patches(block * depth), weights(depth * outputs), bias(outputs);
            for (auto* values : {&patches, &weights, &bias}) {
                for (auto& value : *values) {
                    value = whole();
                }
            }
            for (std::size_t count = 1; count <= block; ++count) {
                const std::size_t stride = outputs + 2;
                std::vector<float> found(block * stride, -1e6f);
                auto expected = found;
                for (std::size_t p = 0; p < count; ++p) {
                    for (std::size_t f = 0; f < outputs; ++f) {
                        float sum = bias[f];
                        for (std::size_t k = 0; k < depth; ++k) {
                            sum += patches[p * depth + k] * weights[k * outputs + f];
                        }
                        expected[p * stride + f] = sum;
                    }
                }
                aw::detail::multiply_patches<block>(patches.data(), weights.data(), bias.data(), depth,
                                                    outputs, count, stride, found.data());
                CAPTURE(depth, outputs, count);
                REQUIRE(found == expected); // and nothing is written beside
            }
        }
    }
}
