// SPDX-License-Identifier: MIT
/// A float network from an ONNX file becomes one of 8-bit integers, and is compared with what it was.
#include <alwann/alwann.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>

#include <cstdio>
#include <filesystem>
#include <vector>

namespace aw = alwann;

using tensors = aw::plain_tensors;

int main() {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::printf("skipped: no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 77;
    }
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    const auto test = aw::read_fashion_mnist(aw::dataset_part::test).slice(0, 500);
    const auto trained = aw::read_onnx("examples/networks/resnet8_fashion_mnist.onnx");
    const auto how = aw::normalisation_from_string(trained.metadata.at("normalize")); // noted by its maker
    const auto calibration = aw::normalise<tensors>(train, how, 0, 100);
    const auto pixels = aw::normalise<tensors>(test, how, 0, test.size());

    // Batch normalisation is folded into the convolutions; ranges are observed on the calibration images and
    // then frozen, so that no result depends on the batch that an image comes in.
    const auto network = aw::quantize(trained, tensors::view(calibration));
    const auto macs = aw::macs_of(network);
    std::printf("%-8s %-10s %-12s %10s %12s %8s\n", "layer", "result", "kernel", "MACs", "step", "zero");
    for (std::size_t l = 0; l < macs.size(); ++l) {
        const auto& layer = network.convolution(l);
        const auto& node = network.nodes()[network.convolutions()[l]];
        std::printf("conv%-4zu %-10s %zux%zu, step %zu %10llu %12.5f %8d\n", l,
                    aw::to_string(node.shape).c_str(), layer.geometry.kernel_height,
                    layer.geometry.kernel_width, layer.geometry.stride_height,
                    static_cast<unsigned long long>(macs[l]), layer.output.scale, layer.output.zero);
    }

    const auto report = [&](const char* name, const std::vector<float>& logits) {
        const auto found = aw::score(logits, network.classes(), test.labels);
        const auto interval = aw::wilson(found.correct, found.images());
        std::printf("%-40s %.1f %% [%.1f, %.1f] on %zu test images\n", name, 100 * found.accuracy(),
                    100 * interval.low, 100 * interval.high, found.images());
    };
    std::printf("\n");
    report("float", aw::run_float(aw::fold_batch_norm(trained), tensors::view(pixels)));
    const auto codes = aw::encode_images(network, tensors::view(pixels));
    report("8 bits, weight scales per channel", aw::run(network, aw::exact_setting(network), codes));
    const auto coarse = aw::quantize(trained, tensors::view(calibration), {.weights_per_channel = false});
    report("8 bits, one weight scale per layer", aw::run(coarse, aw::exact_setting(coarse), codes));
    return 0;
}
