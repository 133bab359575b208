// SPDX-License-Identifier: MIT
// What compensations bring and what they cost.
//
// table/<network>/<weights>/<multiplier>/<method>: ResNet-20 or -32 on CIFAR-10, one multiplier in all
// convolutions, <weights> with scales per_channel or per_tensor. Counters: `loss_points`, top-1 on the 1,017
// test images against the 8-bit exact network, and `logit_mse`, the mean squared difference of the logits
// from that network's. Needs ALWANN_TEST_DATA.
//
// time/<shape>/<method>/<threads>: networks of random weights in the shape of ResNet-20 and ResNet-56. The
// column CPU counts all threads: on two undisturbed processors two threads take half of it.
//
// inference/<shape>: one thread, with constants as trained and with a slope in every channel, in turn;
// counter `with_slopes_against_without`.
//
// 500 images calibrate, 8,192 positions a layer (ALWANN_BENCH_IMAGES, ALWANN_BENCH_POSITIONS).
#include "networks.hpp"
#include "rounds.hpp"

#include <alwann/core/tbb_executor.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

namespace aw = alwann;

std::size_t from_environment(const char* name, std::size_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

std::size_t calibration_images() {
    return from_environment("ALWANN_BENCH_IMAGES", 500);
}
std::size_t positions() {
    return from_environment("ALWANN_BENCH_POSITIONS", 8192);
}

const aw::tbb_executor& workers() {
    static const aw::tbb_executor all;
    return all;
}

/// A trained network with what it is compensated and measured with; none of it moves.
struct trained {
    aw::network network;
    aw::coded_images codes;
    aw::compensation_data calibration;
    aw::benchmark_images test;

    trained(aw::network quantised, const aw::dataset& train, const aw::dataset& images,
            const aw::normalisation& how)
        : network(std::move(quantised)),
          codes(encode(network, train, how, calibration_images())),
          calibration(network, codes, positions(), 1, workers()),
          test(network, {encode(network, images, how, images.size()), labels_of(images)}, workers()) {}

    static aw::coded_images encode(const aw::network& network, const aw::dataset& images,
                                   const aw::normalisation& how, std::size_t count) {
        const auto pixels = aw::normalise<aw::plain_tensors>(images, how, 0, count);
        return aw::encode_images(network, aw::plain_tensors::view(pixels));
    }
    static std::vector<int> labels_of(const aw::dataset& images) {
        return {images.labels.begin(), images.labels.end()};
    }
};

/// Kept from case to case: the last network that was asked for.
const trained& trained_network(const std::string& name, bool per_channel) {
    static std::string current;
    static std::unique_ptr<trained> kept;
    const std::string wanted = name + (per_channel ? "/per_channel" : "/per_tensor");
    if (current != wanted) {
        kept.reset();
        const auto how = aw::normalisation_from_string("imagenet");
        const auto graph = aw::read_onnx(bench::test_data("networks/" + name + "_cifar10.onnx"));
        const auto train = aw::read_cifar10({bench::test_data("cifar10/data_batch_1.bin.xz")});
        const auto test = aw::read_cifar10({bench::test_data("cifar10/test_batch_first1017.bin.xz")});
        const auto observed = aw::normalise<aw::plain_tensors>(train, how, 0, calibration_images());
        kept = std::make_unique<trained>(
            aw::quantize(graph, aw::plain_tensors::view(observed), {.weights_per_channel = per_channel}),
            train, test, how);
        current = wanted;
    }
    return *kept;
}

/// A multiplier of EvoApprox, or of a family of our own.
aw::table table_of(const std::string& name) {
    if (name == "broken_array_0_7") {
        return aw::tabulate(aw::families::broken_array<0, 7>{});
    }
    if (name == "lowor_7") {
        return aw::tabulate(aw::families::lowor<7>{});
    }
    if (name == "truncation_2_2") {
        return aw::tabulate(aw::families::truncation<2, 2>{});
    }
    return aw::read_table(bench::test_data("evoapprox/tables/mul8u_" + name + ".bin"));
}

void measure_table(benchmark::State& state, const std::string& network, bool per_channel,
                   const std::string& multiplier, const std::string& method) {
    try {
        const auto& on = trained_network(network, per_channel);
        const auto products = table_of(multiplier);
        const std::vector<aw::table> tables(on.network.convolutions().size(), products);
        const auto how = aw::compensation_from_string(method);
        aw::design_setting design;
        for (auto _ : state) {
            design = on.calibration.compensate(tables, how, workers());
        }
        const auto found = on.test.measure(design, workers());
        state.counters["loss_points"] = 100 * (on.test.exact().accuracy() - found.accuracy());
        state.counters["logit_mse"] = found.logit_mse;
    } catch (const std::exception& problem) {
        state.SkipWithError(problem.what());
    }
}

/// A network of random weights with random images.
struct untrained {
    aw::network network;
    aw::coded_images codes;
    aw::compensation_data calibration;

    untrained(const aw::graph& graph, std::size_t images)
        : network(aw::quantize(graph, noise(graph, 20).view())),
          codes(aw::encode_images(network, noise(graph, images).view())),
          calibration(network, codes, positions(), 1, workers()) {}

    struct batch {
        std::size_t count;
        aw::image_shape shape;
        std::vector<float> pixels;

        [[nodiscard]] aw::tensor_view<const float, 4> view() const {
            return {pixels.data(), {count, shape.height, shape.width, shape.channels}};
        }
    };
    static batch noise(const aw::graph& graph, std::size_t count) {
        aw::random_generator random(count);
        batch result{count, graph.input_shape(), {}};
        result.pixels.resize(count * graph.input_shape().size());
        for (auto& pixel : result.pixels) {
            pixel = static_cast<float>(2 * aw::uniform_unit(random) - 1);
        }
        return result;
    }
};

const untrained& untrained_network(std::size_t blocks) {
    static std::size_t current = 0;
    static std::unique_ptr<untrained> kept;
    if (current != blocks) {
        kept.reset();
        kept = std::make_unique<untrained>(bench::random_resnet(blocks), calibration_images());
        current = blocks;
    }
    return *kept;
}

void measure_time(benchmark::State& state, std::size_t blocks, const std::string& method,
                  std::size_t threads) {
    const auto& on = untrained_network(blocks);
    const auto products = aw::tabulate(aw::families::broken_array<0, 7>{});
    const std::vector<aw::table> tables(on.network.convolutions().size(), products);
    const auto how = aw::compensation_from_string(method);
    const aw::tbb_executor crew(threads);
    for (auto _ : state) {
        benchmark::DoNotOptimize(on.calibration.compensate(tables, how, crew).data());
    }
}

void measure_inference(benchmark::State& state, std::size_t blocks) {
    const auto& on = untrained_network(blocks);
    auto images = on.codes;
    images.count = std::min(aw::images_per_pass, images.count);
    const auto products = aw::tabulate(aw::families::broken_array<0, 7>{});
    const std::vector<aw::table> tables(on.network.convolutions().size(), products);
    const auto plain = aw::compensation_data::uncompensated(on.network, tables);
    auto sloped = plain;
    for (auto& layer : sloped) {
        for (auto& correction : layer.corrections) {
            correction.slope = 0.3;
        }
    }
    const aw::network_plan without(on.network, plain, images.count), with(on.network, sloped, images.count);
    const auto run = [&](const aw::network_plan& plan) {
        benchmark::DoNotOptimize(plan.run(images, 0, images.count).data());
    };
    bench::competitor first("without", 1, [&] { run(without); }), second("with", 1, [&] { run(with); });
    for (auto _ : state) {
        bench::run_rounds({&first, &second}, 15);
    }
    state.counters["with_slopes_against_without"] = bench::times_faster(first, second).median;
}

void add_cases() {
    const std::vector<std::string> methods{"none",
                                           "weight-tuning",
                                           "closed-bias",
                                           "channel-bias",
                                           "channel-affine",
                                           "weight-tuning+channel-affine",
                                           "control-variate",
                                           "histogram-map+channel-affine",
                                           "centred-map+channel-bias",
                                           "centred-map+channel-ls3",
                                           "tcd",
                                           "tcd+channel-affine",
                                           "tcd+channel-ls3"};
    for (const std::string network : {"resnet20", "resnet32"}) {
        for (const bool per_channel : {false, true}) {
            for (const std::string multiplier :
                 {"CK5", "7C1", "2AC", "2HH", "NGR", "PKY", "185Q", "DM1", "L40", "12N4", "broken_array_0_7",
                  "lowor_7", "truncation_2_2"}) {
                for (const auto& method : methods) {
                    const std::string name = "table/" + network +
                                             (per_channel ? "/per_channel/" : "/per_tensor/") + multiplier +
                                             "/" + method;
                    benchmark::RegisterBenchmark(name.c_str(),
                                                 [=](benchmark::State& state) {
                                                     measure_table(state, network, per_channel, multiplier,
                                                                   method);
                                                 })
                        ->Iterations(1)
                        ->MeasureProcessCPUTime()
                        ->UseRealTime()
                        ->Unit(benchmark::kMillisecond);
                }
            }
        }
    }
    benchmark::RegisterBenchmark("inference/resnet20_shape",
                                 [](benchmark::State& state) { measure_inference(state, 3); })
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
    for (const std::size_t blocks : {3u, 9u}) {
        for (const auto& method : methods) {
            for (const std::size_t threads : {1u, 2u}) {
                const std::string name = "time/resnet" + std::to_string(6 * blocks + 2) + "_shape/" + method +
                                         "/" + std::to_string(threads);
                benchmark::RegisterBenchmark(
                    name.c_str(),
                    [=](benchmark::State& state) { measure_time(state, blocks, method, threads); })
                    ->Iterations(1)
                    ->MeasureProcessCPUTime()
                    ->UseRealTime()
                    ->Unit(benchmark::kMillisecond);
            }
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    add_cases();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
