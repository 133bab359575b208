// SPDX-License-Identifier: MIT
/// What compensation recovers: one cheap multiplier in every convolution of a ResNet-8, compensated step by
/// step. Nothing is retrained and no label is used; the hardware only gets other constants.
#include <alwann/alwann.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace aw = alwann;

using tensors = aw::plain_tensors;

int main() {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::printf("skipped: no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 77;
    }
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    const auto test = aw::read_fashion_mnist(aw::dataset_part::test).slice(0, 1000);
    const auto trained = aw::read_onnx("examples/networks/resnet8_fashion_mnist.onnx");
    const auto how = aw::normalisation_from_string(trained.metadata.at("normalize"));

    // 200 training images fix the ranges of the activations, and serve the compensation as samples.
    const auto pixels = aw::normalise<tensors>(train, how, 0, 200);
    const auto network = aw::quantize(trained, tensors::view(pixels));
    const auto samples = aw::encode_images(network, tensors::view(pixels));
    const aw::compensation_data calibration(network, samples);

    const auto test_pixels = aw::normalise<tensors>(test, how, 0, test.size());
    const aw::benchmark_images images(network,
                                      {aw::encode_images(network, tensors::view(test_pixels)), test.labels});

    const auto& multiplier = aw::standard().find("lowor_8");
    const std::vector<aw::table> design(network.convolutions().size(), multiplier.products);
    std::printf("%s in all %zu convolutions, mean error %.1f; %zu test images\n", multiplier.name.c_str(),
                design.size(), multiplier.errors.bias, images.size());

    const auto map = aw::tuned_weights(multiplier.products);
    std::printf("weight codes tuned: 100 -> %d, 101 -> %d, 103 -> %d, 128 -> %d\n\n", map[100], map[101],
                map[103], map[128]);

    std::printf("%-30s %10s %22s %10s\n", "compensation", "accuracy", "95 % interval", "logit mse");
    const auto show = [](const std::string& name, const aw::measurement& found) {
        const auto interval = aw::wilson(found.correct, found.images());
        std::printf("%-30s %8.1f %% %10.1f to %.1f %% %12.4f\n", name.c_str(), 100 * found.accuracy(),
                    100 * interval.low, 100 * interval.high, found.logit_mse);
    };
    const auto measure = [&](const auto& compensation) {
        show(compensation.name(), images.measure(calibration.compensate(design, compensation)));
    };
    show("(exact 8-bit network)", images.exact());
    measure(aw::no_compensation{});
    measure(aw::weight_tuning{});                        // other weight codes: data-free, the paper's way
    measure(aw::channel_affine{});                       // a gain and an offset for each channel
    measure(aw::weight_tuning{} + aw::channel_affine{}); // one after the other
    return 0;
}
