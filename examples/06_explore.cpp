// SPDX-License-Identifier: MIT
/// The whole method in code: a network, a library, an accelerator, a search, and a front measured on images
/// that had no part in choosing it.
///
/// The budget is small, to be done in seconds; `alwann explore` and scripts/demo search for longer.
#include <alwann/alwann.hpp>
#include <alwann/core/tbb_executor.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>

#include <cstdio>
#include <filesystem>

namespace aw = alwann;
using tensors = aw::plain_tensors;

int main() {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::printf("skipped: no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 77;
    }
    const aw::tbb_executor workers; // all cores; the results do not depend on how many there are

    // The network, quantised on 100 images.
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    const auto test = aw::read_fashion_mnist(aw::dataset_part::test);
    const auto trained = aw::read_onnx("examples/networks/resnet8_fashion_mnist.onnx");
    const auto how = aw::normalisation_from_string(trained.metadata.at("normalize"));
    const auto pixels = aw::normalise<tensors>(train, how, 0, 100);
    const auto network = aw::quantize(trained, tensors::view(pixels));
    const auto samples = aw::encode_images(network, tensors::view(pixels));

    // Training images to search with, test images to report on.
    const auto take = [&](const aw::dataset& from, std::size_t first, std::size_t count) {
        const auto part = from.slice(first, count);
        const auto values = aw::normalise<tensors>(part, how, 0, count);
        return aw::benchmark_images(network, {aw::encode_images(network, tensors::view(values)), part.labels},
                                    workers);
    };
    const auto search_images = take(train, 100, 150);
    const auto test_images = take(test, 0, 500);

    // The multipliers on the front of power and mean error, without the crudest; three tiles, one switched on
    // at a time; each design compensated by the paper's weight tuning and a gain and offset per channel.
    const auto parts = aw::standard().pareto(&aw::error_metrics::mae).filter([](const aw::component& part) {
        return part.price.power_mw > 0.1;
    });
    const aw::compensation_data calibration(network, samples, 1024);
    const aw::design_evaluator evaluator(network, parts, calibration,
                                         aw::weight_tuning{} + aw::channel_affine{}, search_images);
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 3});

    const auto found = aw::explore(problem, evaluator, test_images, test_images,
                                   aw::nsga2{.population = 16, .generations = 4, .seed = 7}, workers,
                                   [](const aw::explore_progress&) {}); // progress displays go here

    std::printf("%zu multipliers, %zu designs measured on %zu images; the front on %zu test images:\n\n%s\n",
                parts.size(), found.evaluations, found.search_images, found.test_images,
                aw::to_markdown(found.front, parts).c_str());
    std::printf("exact 8-bit network: %s %%; hypervolume %.4f\n",
                aw::format_percent(found.exact_accuracy, found.exact_interval).c_str(), found.hypervolume);
    if (const auto* best = aw::cheapest_within(found.front, 1.0)) {
        std::printf("at most 1 point lost: %.1f %% of the energy, loss %s points\n", 100 * best->energy,
                    aw::format_percent(best->test_loss, best->loss_interval).c_str());
    }
    return found.front.empty() ? 1 : 0;
}
