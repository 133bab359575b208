// SPDX-License-Identifier: MIT
/// Images per second of the shipped ResNet-8 on one thread, every convolution on one multiplier's table.
///
///     bench_network --benchmark_enable_random_interleaving=true --benchmark_repetitions=7
///
/// Counters: images/s, and products/s of the convolutions. Everything from codes to results is timed;
/// reading, normalising and encoding the images is not.
#include <alwann/alwann.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>

#include <benchmark/benchmark.h>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

namespace aw = alwann;

namespace {

struct prepared {
    aw::network network;
    aw::coded_images images;
    aw::design_setting design;
    double products = 0; ///< of an image
};

prepared prepare(std::size_t count) {
    const auto file = std::filesystem::path(__FILE__).parent_path().parent_path() / "examples" / "networks" /
                      "resnet8_fashion_mnist.onnx";
    const auto trained = aw::read_onnx(file);
    const auto how = aw::normalisation_from_string(trained.metadata.at("normalize"));
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    const auto pixels = aw::normalise<aw::plain_tensors>(train, how, 0, 500);
    const auto view = aw::plain_tensors::view(pixels);
    auto network = aw::quantize(trained, view.rows(0, 100));
    auto images = aw::encode_images(network, view.rows(0, count));
    const std::vector<aw::table> tables(network.convolutions().size(),
                                        aw::tabulate(aw::families::lowor<7>{}));
    auto design = aw::compensation_data::uncompensated(network, tables);
    const auto macs = aw::macs_of(network);
    const auto products = std::accumulate(macs.begin(), macs.end(), std::uint64_t{0});
    return {std::move(network), std::move(images), std::move(design), static_cast<double>(products)};
}

void measure(benchmark::State& state, const prepared& what, aw::engine which) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            aw::run(what.network, what.design, what.images, aw::serial_executor{}, which).data());
    }
    const auto count = static_cast<double>(what.images.count);
    state.counters["images"] = benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["products"] =
        benchmark::Counter(count * what.products, benchmark::Counter::kIsIterationInvariantRate);
}

} // namespace

int main(int argc, char** argv) {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::fprintf(stderr, "No Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 1;
    }
    const auto batch = prepare(500);
    const auto few = prepare(10);
    const auto single = prepare(1);
    for (std::size_t i = 0; i < aw::engine_names.size(); ++i) {
        const auto which = static_cast<aw::engine>(i);
        if (aw::is_available(which)) {
            const std::string name(to_string(which));
            const bool slow = which == aw::engine::reference; // seconds for 500 images
            benchmark::RegisterBenchmark((name + (slow ? "/10_images" : "/500_images")).c_str(), measure,
                                         slow ? few : batch, which)
                ->Unit(benchmark::kMillisecond);
            benchmark::RegisterBenchmark((name + "/1_image").c_str(), measure, single, which)
                ->Unit(benchmark::kMillisecond);
        }
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
