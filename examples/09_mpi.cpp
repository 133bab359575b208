// SPDX-License-Identifier: MIT
/// A search on several processes, on one machine or on many:
///
///     mpirun -n 4 build/release/bin/09_mpi
///
/// Every rank sets up the same task. Rank 0 searches and hands out the work; whoever is done gets more. The
/// front is the same with any number of ranks, one included.
#include <alwann/alwann.hpp>
#include <alwann/core/mpi_workers.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>
#include <alwann/search/remote_evaluation.hpp>

#include <cstdio>
#include <filesystem>
#include <optional>

namespace aw = alwann;
using tensors = aw::plain_tensors;
using evaluator_type = aw::design_evaluator<aw::channel_affine>;
using remote_type = aw::remote_evaluation<evaluator_type, aw::mpi_workers>;

int main() {
    const aw::mpi_session session; // first made, last to go
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::printf("skipped: no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 77;
    }
    aw::mpi_workers ranks;

    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    const auto trained = aw::read_onnx("examples/networks/resnet8_fashion_mnist.onnx");
    const auto how = aw::normalisation_from_string(trained.metadata.at("normalize"));
    const auto pixels = aw::normalise<tensors>(train, how, 0, 200);
    const auto network = aw::quantize(trained, tensors::view(pixels).rows(0, 100));
    const auto samples = aw::encode_images(network, tensors::view(pixels).rows(0, 100));
    const aw::benchmark_images images(
        network,
        {aw::encode_images(network, tensors::view(pixels).rows(100, 100)), train.slice(100, 100).labels});
    const aw::compensation_data calibration(network, samples, 1024);
    const auto parts = aw::standard().pareto(&aw::error_metrics::mae).filter([](const aw::component& part) {
        return part.price.power_mw > 0.15;
    });

    // Blocks of 25 images are what ranks are given; alone, rank 0 works by itself.
    aw::evaluator_options options{.block = 25};
    std::optional<remote_type> remote;
    if (ranks.rank() == 0 && ranks.size() > 1) {
        remote.emplace(ranks);
        options.runner = remote->runner();
    }
    const evaluator_type evaluator(network, parts, calibration, aw::channel_affine{}, images, options);
    if (ranks.rank() != 0) {
        remote_type::serve(evaluator, ranks); // until rank 0 lets go
        return 0;
    }
    if (remote) {
        remote->attach(evaluator);
    }

    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 3});
    const auto found = aw::nsga2{.population = 10, .generations = 3, .seed = 7}.minimise(problem);
    std::printf("%d ranks, %zu of the jobs done by others; %zu designs, hypervolume %.6f\n", ranks.size(),
                ranks.moved().jobs, found.evaluations,
                aw::hypervolume(found.front, aw::hypervolume_reference));
    for (const auto& member : found.front) {
        std::printf("accuracy %5.1f %%, energy %5.1f %%\n", 100 * (1 - member.value.objectives[0]),
                    100 * member.value.objectives[1]);
    }
    return 0;
}
