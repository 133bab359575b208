// SPDX-License-Identifier: MIT
// Networks with calibration images, and multipliers of known faults.
#pragma once

#include "../kernel/tasks.hpp"
#include "../nn/networks.hpp"

#include <alwann/compensation/compensation_data.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace compensation_test {

namespace aw = alwann;
namespace op = alwann::op;

// Products that are `factor` times too large and then `offset`, kept within 16 bits.
inline aw::table faulty_table(double factor, double offset) {
    return kernel_test::make_table("faulty", [=](std::size_t x, std::size_t w) {
        const double product = factor * static_cast<double>(x * w) + offset;
        return static_cast<std::uint16_t>(std::clamp(std::round(product), 0.0, 65535.0));
    });
}

inline aw::table truncated_table(unsigned bits) {
    return kernel_test::make_table("truncated",
                                   [=](std::size_t x, std::size_t w) { return x * w >> bits << bits; });
}

// A trained network, its quantised form and images.
struct problem {
    aw::graph trained;
    nn_test::image_batch images;
    aw::network net;
    aw::coded_images coded;

    problem(aw::graph graph, std::size_t count, aw::random_generator& random)
        : trained(std::move(graph)),
          images(nn_test::random_images(count, trained.input_shape(), random)),
          net(aw::quantize(trained, images.view())),
          coded(aw::encode_images(net, images.view())) {}

    std::vector<aw::table> tables(const aw::table& multiplier) const {
        return std::vector<aw::table>(net.convolutions().size(), multiplier);
    }
};

// A normal, a depthwise, a grouped and a strided convolution, then a dense layer.
inline aw::graph chain_of_convolutions(aw::random_generator& random) {
    using namespace nn_test;
    aw::graph net({6, 6, 3}, "chain");
    auto node = net.add("first", random_conv(3, 8, square(3, 1, 1), random), {0});
    node = net.add("relu1", relu(), {node});
    node = net.add("depthwise", random_conv(8, 8, square(3, 1, 1), random, 8), {node});
    node = net.add("relu2", relu(), {node});
    node = net.add("grouped", random_conv(8, 6, square(1), random, 2), {node});
    node = net.add("relu3", relu(), {node});
    node = net.add("strided", random_conv(6, 8, square(3, 2, 1), random), {node});
    node = net.add("relu4", relu(), {node});
    node = net.add("pool", op::global_average_pool{}, {node});
    net.add("dense", random_dense(8, 5, random), {node});
    return net;
}

inline double mean_square(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        sum += difference * difference;
    }
    return sum / static_cast<double>(a.size());
}

} // namespace compensation_test
