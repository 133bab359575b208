// SPDX-License-Identifier: MIT
/// The networks, images and tables that bench_network runs.
#pragma once

#include <alwann/alwann.hpp>
#include <alwann/io/cifar10.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bench {

namespace aw = alwann;

/// A quantised network and images for it.
struct prepared_network {
    aw::network network;
    aw::coded_images images;
    double products = 0; ///< of an image
};

inline prepared_network prepare(const aw::graph& trained, const aw::normalisation& how,
                                const aw::dataset& calibration, const aw::dataset& images,
                                std::size_t count) {
    const auto observed = aw::normalise<aw::plain_tensors>(calibration, how, 0, 100);
    const auto pixels = aw::normalise<aw::plain_tensors>(images, how, 0, count);
    auto network = aw::quantize(trained, aw::plain_tensors::view(observed));
    auto codes = aw::encode_images(network, aw::plain_tensors::view(pixels));
    const auto macs = aw::macs_of(network);
    const auto products = std::accumulate(macs.begin(), macs.end(), std::uint64_t{0});
    return {std::move(network), std::move(codes), static_cast<double>(products)};
}

/// The example network with its own data. Throws std::runtime_error without Debian's package of them.
inline prepared_network prepare_fashion_mnist(std::size_t count) {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        throw std::runtime_error("no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)");
    }
    const auto file = std::filesystem::path(__FILE__).parent_path().parent_path() / "examples" / "networks" /
                      "resnet8_fashion_mnist.onnx";
    const auto trained = aw::read_onnx(file);
    const auto how = aw::normalisation_from_string(trained.metadata.at("normalize"));
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    return prepare(trained, how, train, train, count);
}

/// A file or folder below the one that the environment variable ALWANN_TEST_DATA names. Throws
/// std::runtime_error if it is not there.
inline std::filesystem::path test_data(const std::string& name) {
    const char* folder = std::getenv("ALWANN_TEST_DATA");
    if (folder == nullptr) {
        throw std::runtime_error("no data: the environment variable ALWANN_TEST_DATA is not set");
    }
    auto path = std::filesystem::path(folder) / name;
    if (!std::filesystem::exists(path)) {
        throw std::runtime_error("no data: ALWANN_TEST_DATA names a folder without " + name);
    }
    return path;
}

/// A graph in the shape of a ResNet for CIFAR-10: three stages of `blocks` blocks of two convolutions with
/// 16, 32 and 64 channels, shortcuts without weights; ResNet-8 has one block a stage, ResNet-56 nine. The
/// weights are random, with the variance that keeps activations in range: what it computes is useless, but
/// the time is that of a trained one.
inline aw::graph random_resnet(std::size_t blocks) {
    aw::random_generator random(8);
    const auto normal = [&random] { // the sum of 12 uniform numbers: mean 6, variance 1
        double sum = -6;
        for (int i = 0; i < 12; ++i) {
            sum += aw::uniform_unit(random);
        }
        return sum;
    };
    const auto draw = [&](std::size_t count, std::size_t inputs) {
        std::vector<float> weights(count);
        for (auto& w : weights) {
            w = static_cast<float>(std::sqrt(2.0 / static_cast<double>(inputs)) * normal());
        }
        return weights;
    };
    aw::graph net({32, 32, 3}, "random ResNet-" + std::to_string(6 * blocks + 2));
    const auto convolution = [&](std::size_t from, std::size_t inputs, std::size_t outputs,
                                 std::size_t stride) {
        aw::op::conv2d node;
        node.outputs = outputs;
        auto& g = node.geometry;
        g.kernel_height = g.kernel_width = 3;
        g.stride_height = g.stride_width = stride;
        g.pad_bottom = g.pad_right = 1;
        g.pad_top = g.pad_left = stride == 1 ? 1 : 0; // as TensorFlow pads
        node.weights = draw(9 * inputs * outputs, 9 * inputs);
        node.bias.assign(outputs, 0.0f);
        return net.add("conv", node, {from});
    };
    const auto relu = [&](std::size_t from) { return net.add("relu", aw::op::clip{}, {from}); };
    std::size_t last = relu(convolution(0, 3, 16, 1));
    std::size_t channels = 16, extent = 32;
    for (std::size_t block = 0; block < 3 * blocks; ++block) {
        const std::size_t outputs = std::size_t{16} << block / blocks;
        const std::size_t stride = outputs == channels ? 1 : 2;
        const std::size_t inner = relu(convolution(last, channels, outputs, stride));
        std::size_t shortcut = last;
        if (stride == 2) {
            extent /= 2;
            aw::op::slice every_other;
            every_other.step[0] = every_other.step[1] = 2;
            every_other.count[0] = every_other.count[1] = extent;
            every_other.count[2] = channels;
            aw::op::pad more_channels;
            more_channels.before[2] = more_channels.after[2] = channels / 2;
            shortcut = net.add("pad", more_channels, {net.add("slice", every_other, {last})});
        }
        last = relu(net.add("add", aw::op::add{}, {convolution(inner, outputs, outputs, 1), shortcut}));
        channels = outputs;
    }
    const auto pooled = net.add("pool", aw::op::global_average_pool{}, {last});
    net.set_output(net.add("dense", aw::op::dense{10, draw(640, 64), std::vector<float>(10, 0.0f)},
                           {net.add("flatten", aw::op::flatten{}, {pooled})}));
    return net;
}

/// resnet8, resnet20 or resnet32 with CIFAR-10 images. Throws std::runtime_error without them.
inline prepared_network prepare_cifar10(const std::string& name, std::size_t count) {
    const auto trained =
        name == "resnet8" ? random_resnet(1) : aw::read_onnx(test_data("networks/" + name + "_cifar10.onnx"));
    const auto calibration = aw::read_cifar10({test_data("cifar10/data_batch_1.bin.xz")});
    const auto images = aw::read_cifar10({test_data("cifar10/data_batch_5.bin.xz")});
    return prepare(trained, aw::normalisation_from_string("imagenet"), calibration, images, count);
}

/// The same table for all convolutions: "exact", or the name of an EvoApprox multiplier, such as 185Q.
inline aw::design_setting uniform_design(const aw::network& network, const std::string& multiplier) {
    const auto products = multiplier == "exact"
                              ? aw::tabulate(aw::exact{})
                              : aw::read_table(test_data("evoapprox/tables/mul8u_" + multiplier + ".bin"));
    return aw::compensation_data::uncompensated(
        network, std::vector<aw::table>(network.convolutions().size(), products));
}

} // namespace bench
