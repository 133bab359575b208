// SPDX-License-Identifier: MIT
#include <alwann/alwann.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>

#include <cstdio>
#include <filesystem>

namespace aw = alwann;
using tensors = aw::plain_tensors;

/// Changes one gene of a random member of the front at a time.
struct hill_climber {
    std::size_t steps = 10, children = 8; ///< of each step
    std::uint64_t seed = 1;

    template <aw::problem P, aw::executor E = aw::serial_executor,
              aw::search_observer Observer = aw::no_observer>
    aw::search_result minimise(const P& task, const E& workers = E{}, Observer&& observe = {}) const {
        aw::search_record record(task, workers); // repairs, never evaluates twice, keeps the front
        aw::random_generator random(seed);       // the only source of chance
        record.fill(children, [&] { return aw::random_genome(record.space(), random); });
        for (std::size_t step = 0; step <= steps && record.pending() > 0; ++step) {
            record.evaluate();
            if (!aw::notify(observe, {step, steps, record.evaluated().size(), record.front()})) {
                break;
            }
            record.fill(children, [&] {
                auto child = record.front()[aw::uniform_below(random, record.front().size())].genes;
                const std::size_t gene = aw::uniform_below(random, child.integers.size());
                child.integers[gene] =
                    aw::another_value(child.integers[gene], record.space().integers[gene], random);
                return child;
            });
        }
        return std::move(record).finish();
    }
};
static_assert(aw::optimizer<hill_climber>);

int main() {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        return 77;
    }
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    const auto trained = aw::read_onnx("examples/networks/resnet8_fashion_mnist.onnx");
    const auto pixels = aw::normalise<tensors>(train, aw::normalisation_from_string("0.286/0.353"), 0, 100);
    const auto network = aw::quantize(trained, tensors::view(pixels));
    const auto codes = aw::encode_images(network, tensors::view(pixels));
    const aw::compensation_data data(network, codes, 512);
    const aw::benchmark_images images(network, {codes, train.slice(0, 100).labels});
    const auto parts = aw::standard().filter([](const auto& part) { return part.price.power_mw > 0.2; });
    const aw::design_evaluator evaluator(network, parts, data, aw::channel_affine{}, images);
    const auto found = hill_climber{}.minimise(aw::assignment(evaluator, aw::power_gated{.tiles = 2}));
    std::printf("%zu evaluations, %zu designs on the front, hypervolume %.3f\n", found.evaluations,
                found.front.size(), aw::hypervolume(found.front, aw::hypervolume_reference));
    return 0;
}
