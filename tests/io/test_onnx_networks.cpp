// SPDX-License-Identifier: MIT
// Trained networks, where they are at hand.
#include <alwann/io/cifar10.hpp>
#include <alwann/io/idx.hpp>

#include "catch.hpp"
#include "io/onnx_model.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <span>

namespace op = alwann::op;
using alwann::image_shape;

namespace {

std::size_t multiplications(const alwann::graph& network) {
    std::size_t sum = 0;
    for (const auto& node : network.nodes()) {
        if (const auto* conv = std::get_if<op::conv2d>(&node.what)) {
            sum += node.shape.height * node.shape.width * conv->weights.size();
        } else if (const auto* dense = std::get_if<op::dense>(&node.what)) {
            sum += dense->weights.size();
        }
    }
    return sum;
}

template <class Operation>
std::size_t count(const alwann::graph& network) {
    return static_cast<std::size_t>(
        std::count_if(network.nodes().begin(), network.nodes().end(),
                      [](const auto& node) { return std::holds_alternative<Operation>(node.what); }));
}

/// How many images the network classifies as they are labelled.
std::size_t correct(const alwann::graph& network, const alwann::dataset& images, std::span<const float> mean,
                    std::span<const float> deviation) {
    std::vector<float> values;
    for (std::size_t i = 0; i < images.pixels.size(); ++i) {
        const std::size_t c = i % mean.size();
        values.push_back((static_cast<float>(images.pixels[i]) / 255 - mean[c]) / deviation[c]);
    }
    const auto logits = evaluate(network, values);
    std::size_t result = 0;
    for (std::size_t i = 0; i < images.size(); ++i) {
        const auto first = logits.begin() + static_cast<std::ptrdiff_t>(10 * i);
        result += std::max_element(first, first + 10) - first == images.labels[i] ? 1U : 0U;
    }
    return result;
}

} // namespace

TEST_CASE("trained residual networks are read and classify") {
    const char* data = std::getenv("ALWANN_TEST_DATA");
    if (data == nullptr) {
        WARN("skipped: ALWANN_TEST_DATA is not set");
        return;
    }
    const std::filesystem::path folder(data);
    const auto deep = alwann::read_onnx(folder / "networks" / "resnet32_cifar10.onnx");
    CHECK(count<op::conv2d>(deep) == 31);
    CHECK(count<op::add>(deep) == 15);
    const auto network = alwann::read_onnx(folder / "networks" / "resnet20_cifar10.onnx");
    CHECK(network.input_shape() == image_shape{32, 32, 3});
    CHECK(network.output_shape() == image_shape{1, 1, 10});
    CHECK(network.nodes().size() == 56);
    CHECK(count<op::conv2d>(network) == 19);
    CHECK(count<op::clip>(network) == 19);
    CHECK(count<op::add>(network) == 9);
    CHECK(count<op::slice>(network) == 4);
    CHECK(count<op::pad>(network) == 2);
    CHECK(count<op::dense>(network) == 1);
    CHECK(multiplications(network) == 40551040);

    const auto images =
        alwann::read_cifar10({folder / "cifar10" / "test_batch_first1017.bin.xz"}).slice(0, 16);
    const float mean[] = {0.485F, 0.456F, 0.406F}, deviation[] = {0.229F, 0.224F, 0.225F};
    CHECK(correct(network, images, mean, deviation) >= 14);
}

TEST_CASE("the network of the examples is read and classifies") {
    const auto file = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "examples" /
                      "networks" / "resnet8_fashion_mnist.onnx";
    if (!std::filesystem::exists(file) || !std::filesystem::exists(alwann::fashion_mnist_directory)) {
        WARN("skipped: the network or the package dataset-fashion-mnist is not there");
        return;
    }
    const auto network = alwann::read_onnx(file);
    CHECK(network.input_shape() == image_shape{28, 28, 1});
    CHECK(count<op::conv2d>(network) == 7);
    CHECK(count<op::scale_channels>(network) == 7);
    CHECK(network.metadata.at("normalize") == "0.286/0.353");
    const auto images = alwann::read_fashion_mnist(alwann::dataset_part::test).slice(0, 100);
    const float mean[] = {0.286F}, deviation[] = {0.353F};
    CHECK(correct(network, images, mean, deviation) >= 88);
}
