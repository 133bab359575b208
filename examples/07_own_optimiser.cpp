// SPDX-License-Identifier: MIT
/// An optimiser of one's own: it searches designs of an accelerator, and any other problem too.
///
/// What makes it one is the member minimise(problem, executor, observer); the concept aw::optimizer checks
/// it. aw::search_record does the bookkeeping: repair, no genome twice, the front of everything.
#include <alwann/alwann.hpp>
#include <alwann/core/tbb_executor.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>

#include <cstdio>
#include <filesystem>

namespace aw = alwann;
using tensors = aw::plain_tensors;

/// Pareto local search: changes one gene of a random member of the front, keeps what is good, and goes on.
struct local_search {
    std::size_t evaluations = 100;
    std::size_t batch = 10; ///< evaluated together
    std::uint64_t seed = 1;

    template <aw::problem P, aw::executor E = aw::serial_executor,
              aw::search_observer Observer = aw::no_observer>
    aw::search_result minimise(const P& task, const E& workers = E{},
                               Observer&& observer = Observer{}) const {
        aw::search_record record(task, workers);
        aw::random_generator random(seed);
        if constexpr (aw::seeded_problem<P>) {
            for (const auto& start : task.seeds()) {
                if (record.pending() < batch) {
                    record.propose(start);
                }
            }
        }
        record.fill(batch, [&] { return aw::random_genome(record.space(), random); });
        const std::size_t last = evaluations / batch;
        for (std::size_t generation = 0; generation <= last && record.pending() > 0; ++generation) {
            record.evaluate();
            if (!aw::notify(observer, {generation, last, record.evaluated().size(), record.front()})) {
                break;
            }
            record.fill(batch, [&] {
                const auto& front = record.front();
                auto child = front[aw::uniform_below(random, front.size())].genes;
                const std::size_t gene = aw::uniform_below(random, child.integers.size());
                child.integers[gene] =
                    aw::another_value(child.integers[gene], record.space().integers[gene], random);
                return child;
            });
        }
        return std::move(record).finish();
    }
};
static_assert(aw::optimizer<local_search>);

int main() {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::printf("skipped: no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 77;
    }
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    const auto trained = aw::read_onnx("examples/networks/resnet8_fashion_mnist.onnx");
    const auto how = aw::normalisation_from_string(trained.metadata.at("normalize"));
    const auto pixels = aw::normalise<tensors>(train, how, 0, 200);
    const auto network = aw::quantize(trained, tensors::view(pixels).rows(0, 100));
    const auto samples = aw::encode_images(network, tensors::view(pixels).rows(0, 100));
    const aw::benchmark_images images(
        network,
        {aw::encode_images(network, tensors::view(pixels).rows(100, 100)), train.slice(100, 100).labels});

    const auto parts = aw::standard().pareto(&aw::error_metrics::mae).filter([](const aw::component& part) {
        return part.price.power_mw > 0.1;
    });
    const aw::compensation_data calibration(network, samples, 1024);
    const aw::design_evaluator evaluator(network, parts, calibration, aw::channel_affine{}, images);
    const aw::assignment problem(evaluator, aw::pipelined{.tiles = 2});

    const aw::tbb_executor workers;
    const auto compare = [&](const char* name, const auto& optimizer) {
        const auto found = optimizer.minimise(problem, workers, [](const aw::search_progress&) {});
        std::printf("%-14s %4zu evaluations, %2zu designs on the front, hypervolume %.4f\n", name,
                    found.evaluations, found.front.size(),
                    aw::hypervolume(found.front, aw::hypervolume_reference));
    };
    std::printf("%zu multipliers, 2 tiles in a pipeline, %zu search images\n", parts.size(), images.size());
    static_cast<void>(problem.seeds()); // measures the uniform designs, which two of the three start from
    compare("random search", aw::random_search{.evaluations = 60, .seed = 1});
    compare("local search", local_search{.evaluations = 60 - 10, .batch = 10, .seed = 1});
    compare("NSGA-II", aw::nsga2{.population = 10, .generations = 5, .seed = 1});
    return 0;
}
