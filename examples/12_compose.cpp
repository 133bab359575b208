// SPDX-License-Identifier: MIT
/// Everything that can be chosen, chosen in one line each: tensor type, multiplier, compensation,
/// architecture, optimiser, executor; around a network whose shapes the compiler checks.
///
/// The network is the simplest that learns something: random convolutions, and a dense layer that knows the
/// mean of each class. Swap any of the six lines.
#include <alwann/alwann.hpp>
#include <alwann/core/tbb_executor.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/nn/sequential.hpp>

#include <cstdio>
#include <filesystem>
#include <vector>

namespace aw = alwann;
namespace layer = aw::layer;

// --- The choices -------------------------------------------------------------------------------
using tensors = aw::plain_tensors; // aw::xtensor_tensors, or one's own
const auto mine = aw::functional<"drop2">([](auto x, auto w) { return (x & 0xFCu) * w; }); // or a table
const auto repair = aw::weight_tuning{} + aw::channel_affine{}; // aw::no_compensation{}, or one's own
const auto accelerator = aw::power_gated{.tiles = 2};           // aw::pipelined{.tiles = 2}
const auto search = aw::nsga2{.population = 8, .generations = 3, .seed = 5}; // aw::random_search{...}
const auto workers = aw::tbb_executor{};                                     // aw::serial_executor{}

// --- The network: a shape that does not fit does not compile -----------------------------------
constexpr auto features = aw::sequential(
    layer::conv2d<8>{}, layer::relu{}, aw::residual(layer::conv2d<8>{}, layer::relu{}, layer::conv2d<8>{}),
    layer::relu{}, layer::max_pool<2>{}, layer::conv2d<16>{}, layer::relu{}, layer::average_pool<2>{});
constexpr auto layers = aw::sequential(features, layer::dense<10>{});
constexpr aw::image_shape input{28, 28, 1};
using feature_net = aw::static_network<input, decltype(features)>;
using net = aw::static_network<input, decltype(layers)>;
static_assert(feature_net::output == aw::image_shape{7, 7, 16} && net::output == aw::image_shape{1, 1, 10});

/// Convolutions at random; the logit of a class falls with the distance from the mean of its features.
aw::graph nearest_mean(tensors::tensor<float, 4>& images, const std::vector<int>& labels) {
    aw::random_generator random(1);
    std::vector<float> weights(feature_net::weights);
    for (auto& weight : weights) {
        weight = static_cast<float>(aw::uniform_unit(random)) - 0.5f;
    }
    const auto found = aw::run_float(feature_net::with(weights), tensors::view(images));
    constexpr std::size_t count = feature_net::output.size();
    std::vector<float> means(10 * count), sizes(10), biases(10);
    for (std::size_t n = 0; n < labels.size(); ++n) {
        sizes[static_cast<std::size_t>(labels[n])] += 1;
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto label = static_cast<std::size_t>(labels[i / count]);
        means[label * count + i % count] += found[i] / sizes[label];
    }
    for (std::size_t i = 0; i < means.size(); ++i) {
        biases[i / count] -= means[i] * means[i] / 2;
    }
    weights.insert(weights.end(), means.begin(), means.end());
    weights.insert(weights.end(), biases.begin(), biases.end());
    return net::with(weights, "nearest mean");
}

int main() {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::printf("skipped: no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 77;
    }
    const auto how = aw::normalisation_from_string("none");
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train).slice(0, 1000);
    const auto test = aw::read_fashion_mnist(aw::dataset_part::test).slice(0, 300);
    auto images = aw::normalise<tensors>(train, how, 0, train.size());
    const auto network = aw::quantize(nearest_mean(images, train.labels), tensors::view(images).rows(0, 100));
    const auto pixels = aw::normalise<tensors>(test, how, 0, test.size());
    const aw::benchmark_images judged(
        network, {aw::encode_images(network, tensors::view(pixels)), test.labels}, workers);

    const auto parts = aw::make_library(aw::priced(mine, {.power_mw = 0.24})).with(aw::standard());
    const auto samples = aw::encode_images(network, tensors::view(images).rows(0, 100));
    const aw::compensation_data calibration(network, samples, 512);
    const aw::design_evaluator evaluator(network, parts, calibration, repair, judged);
    const auto found = search.minimise(aw::assignment(evaluator, accelerator), workers);

    std::printf("%zu weights, exact 8-bit network: %.1f %% of %zu images, %zu designs\n", net::weights,
                100 * judged.exact().accuracy(), judged.size(), found.evaluations);
    for (const auto& member : found.front) {
        std::printf("accuracy %5.1f %%, energy %5.1f %%\n", 100 * (1 - member.value.objectives[0]),
                    100 * member.value.objectives[1]);
    }
    return judged.exact().accuracy() > 0.5 ? 0 : 1;
}
