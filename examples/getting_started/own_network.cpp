// SPDX-License-Identifier: MIT
#include <alwann/alwann.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>

#include <cstdio>
#include <filesystem>
#include <vector>

namespace aw = alwann;
using tensors = aw::plain_tensors;

int main(int argc, char** argv) {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::printf("skipped: no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 77;
    }
    // Your network, and images of your own: aw::read_idx, read_cifar10, read_npy, make_dataset.
    const auto trained = aw::read_onnx(argc > 1 ? argv[1] : "examples/networks/resnet8_fashion_mnist.onnx");
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    const auto test = aw::read_fashion_mnist(aw::dataset_part::test).slice(0, 500);

    // How pixels become the network's inputs, as in training: mean/deviation of pixels from 0 to 1.
    const auto how = aw::normalisation_from_string("0.286/0.353");
    const auto calibration = aw::normalise<tensors>(train, how, 0, 100);
    const auto pixels = aw::normalise<tensors>(test, how, 0, test.size());

    // To 8-bit integers; the ranges of activations are those of the calibration images.
    const auto network = aw::quantize(trained, tensors::view(calibration));
    const aw::benchmark_images images(network,
                                      {aw::encode_images(network, tensors::view(pixels)), test.labels});

    // One approximate multiplier in all convolutions, as it is and compensated.
    const auto samples = aw::encode_images(network, tensors::view(calibration));
    const aw::compensation_data data(network, samples);
    const auto& multiplier = aw::standard().find("bamvc_1_8");
    const std::vector<aw::table> design(network.convolutions().size(), multiplier.products);
    const auto plain = images.measure(data.compensate(design, aw::no_compensation{}));
    const auto compensated = images.measure(data.compensate(design, aw::default_compensation{}));

    std::printf("%zu convolutions, %zu test images\n", design.size(), images.size());
    std::printf("float                  %.1f %%\n",
                100 * aw::score(aw::run_float(trained, tensors::view(pixels)), network.classes(), test.labels)
                          .accuracy());
    std::printf("8 bits                 %.1f %%\n", 100 * images.exact().accuracy());
    std::printf("%s              %.1f %%\n", multiplier.name.c_str(), 100 * plain.accuracy());
    std::printf("%s, compensated %.1f %%\n", multiplier.name.c_str(), 100 * compensated.accuracy());
    return 0;
}
