// SPDX-License-Identifier: MIT
/// The program that the README shows.
#include <alwann/alwann.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>

#include <cstdio>
#include <filesystem>

namespace aw = alwann;

aw::search_result front(const char* file, aw::tensor_view<const float, 4> images, std::vector<int> labels) {
    const auto drop3 = aw::functional<"drop3">([](auto x, auto w) { return (x & 0xF8u) * w; });
    const auto mine = aw::make_library(aw::priced(drop3, {.power_mw = 0.25, .area_um2 = 520}));
    const auto parts = mine.with(aw::standard());
    const auto net = aw::quantize(aw::read_onnx(file), images);
    const auto codes = aw::encode_images(net, images);
    const aw::compensation_data calibration(net, codes);
    const aw::benchmark_images labelled(net, {codes, labels});
    const aw::design_evaluator judge(net, parts, calibration, aw::channel_affine{}, labelled);
    const aw::assignment task(judge, aw::power_gated{.tiles = 3});
    return aw::nsga2{.population = 20, .generations = 5, .seed = 7}.minimise(task);
}

int main() {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::printf("skipped: no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 77;
    }
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train).slice(0, 100);
    const auto how = aw::normalisation_from_string("0.286/0.353");
    const auto pixels = aw::normalise<aw::plain_tensors>(train, how, 0, train.size());
    const auto found =
        front("examples/networks/resnet8_fashion_mnist.onnx", aw::plain_tensors::view(pixels), train.labels);
    for (const auto& member : found.front) {
        std::printf("accuracy %5.1f %%, energy %5.1f %%\n", 100 * (1 - member.value.objectives[0]),
                    100 * member.value.objectives[1]);
    }
    return found.front.size() > 1 ? 0 : 1;
}
