// SPDX-License-Identifier: MIT
/// Whole networks, every convolution on one multiplier's table. Everything from codes to results is timed;
/// reading, normalising and encoding the images is not.
///
///     bench_network --benchmark_filter=fashion --benchmark_enable_random_interleaving=true
///         --benchmark_repetitions=7          the shipped ResNet-8, engine by engine, on one thread
///     ALWANN_TEST_DATA=DIR bench_network --benchmark_filter=cifar
///                                            cifar10/<network>/<table>/<threads>, /two_against_one, /parts
///
/// Counters: images and products per second; seconds_per_10000 images; two_against_one: how many times faster
/// two threads are than one, by the clock on the wall; whole_against_kernels: the time of a pass over the sum
/// of the best times of its convolutions' engines. Both are medians over rounds in which the two run in turn,
/// with the least and the greatest. ALWANN_BENCH_IMAGES=N sets the number of CIFAR-10 images (10,000 at
/// most).
#include "alwann_call.hpp"
#include "networks.hpp"
#include "rounds.hpp"

#include <alwann/core/tbb_executor.hpp>

#include <benchmark/benchmark.h>
#include <chrono>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace bench;

namespace {

constexpr std::size_t rounds = 7;

std::vector<float> run(const prepared_network& what, const aw::design_setting& design, std::size_t threads,
                       aw::engine which = aw::requested_engine()) {
    return threads == 1 ? aw::run(what.network, design, what.images, aw::serial_executor{}, which)
                        : aw::run(what.network, design, what.images, aw::tbb_executor{threads}, which);
}

/// The time on the clock that a call takes, in seconds.
template <class Call>
double clock_seconds(const Call& call) {
    const auto start = std::chrono::steady_clock::now();
    call();
    benchmark::ClobberMemory();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The processor's time of all threads: hardly disturbed by other programs, but blind to waiting.
template <class Call>
double processor_seconds(const Call& call) {
    return bench::processor_seconds(competitor("call", 1, call));
}

void report_spread(benchmark::State& state, const std::string& name, std::vector<double> values) {
    const auto found = spread_of(std::move(values));
    state.counters[name] = found.median;
    state.counters[name + "_least"] = found.least;
    state.counters[name + "_greatest"] = found.greatest;
}

void measure_speed(benchmark::State& state, const prepared_network& what, const aw::design_setting& design,
                   std::size_t threads, aw::engine which) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(run(what, design, threads, which).data());
    }
    using counter = benchmark::Counter;
    const auto count = static_cast<double>(what.images.count);
    state.counters["images"] = counter(count, counter::kIsIterationInvariantRate);
    state.counters["products"] = counter(count * what.products, counter::kIsIterationInvariantRate);
    state.counters["seconds_per_10000"] =
        counter(count / 1e4, counter::kIsIterationInvariantRate | counter::kInvert);
}

void measure_threads(benchmark::State& state, const prepared_network& what,
                     const aw::design_setting& design) {
    std::vector<float> one, two;
    for (auto _ : state) {
        std::vector<double> ratios;
        for (std::size_t round = 0; round <= rounds; ++round) {
            const double alone = clock_seconds([&] { one = run(what, design, 1); });
            const double both = clock_seconds([&] { two = run(what, design, 2); });
            if (one != two) {
                throw std::logic_error("two threads gave other results than one");
            }
            if (round > 0) { // the first one fetches pages and starts the threads
                ratios.push_back(alone / both);
            }
        }
        report_spread(state, "two_against_one", std::move(ratios));
    }
}

/// A convolution as it occurs in a network.
struct part {
    aw::convolution_task task;
    std::vector<std::uint8_t> codes;
    std::vector<std::int32_t> sums;
};

std::vector<part> parts_of(const prepared_network& what, const aw::design_setting& design,
                           std::size_t images) {
    const auto& network = what.network;
    std::vector<part> parts;
    aw::forward_pass forward(network, what.images, 0, images);
    std::size_t layer = 0;
    while (forward.next() < network.nodes().size()) {
        const bool chosen =
            layer < network.convolutions().size() && network.convolutions()[layer] == forward.next();
        if (chosen) {
            part next;
            next.task.shape = network.shape_of(forward.next(), images);
            const auto* codes = forward.input_of(forward.next());
            next.codes.assign(codes, codes + images * next.task.shape.input.size());
            next.sums.resize(next.task.shape.positions() * next.task.shape.outputs);
            next.task.multiplier = &design[layer].multiplier;
            next.task.activations = next.codes.data();
            next.task.weights = design[layer].weights.data();
            next.task.padding = static_cast<std::uint8_t>(network.convolution(layer).input.zero);
            next.task.sums = next.sums.data();
            parts.push_back(std::move(next));
        }
        forward.step(chosen ? &design[layer++] : nullptr);
    }
    return parts;
}

void measure_parts(benchmark::State& state, const prepared_network& what, const aw::design_setting& design) {
    prepared_network one_pass = what;
    one_pass.images.count = std::min(aw::images_per_pass, what.images.count);
    auto parts = parts_of(one_pass, design, one_pass.images.count);
    std::vector<alwann_layer> layers;
    for (const auto& each : parts) {
        layers.emplace_back(each.task, aw::requested_engine());
    }
    for (auto _ : state) {
        std::vector<double> whole;
        std::vector<double> best(parts.size(), std::numeric_limits<double>::infinity());
        for (std::size_t round = 0; round <= 2 * rounds; ++round) {
            whole.push_back(processor_seconds([&] { run(one_pass, design, 1); }));
            for (std::size_t i = 0; i < parts.size(); ++i) {
                const double seconds = processor_seconds([&] { layers[i].run_kernel(); });
                best[i] = std::min(best[i], seconds);
            }
        }
        const double kernels = std::accumulate(best.begin(), best.end(), 0.0);
        for (auto& seconds : whole) {
            seconds /= kernels;
        }
        report_spread(state, "whole_against_kernels", std::move(whole));
    }
}

using measurement =
    std::function<void(benchmark::State&, const prepared_network&, const aw::design_setting&)>;

/// A network with a table, made when its first case runs and kept until another one's does.
struct subject {
    std::string name;
    std::function<prepared_network()> prepare;
    std::function<aw::design_setting(const aw::network&)> design;
};

struct prepared_subject {
    std::string name;
    prepared_network network;
    aw::design_setting design;
};

benchmark::internal::Benchmark* add_case(const subject& what, const std::string& name,
                                         const measurement& measure) {
    const auto measured = [what, measure](benchmark::State& state) {
        static std::unique_ptr<prepared_subject> current;
        try {
            if (current == nullptr || current->name != what.name) {
                current.reset();
                auto network = what.prepare();
                auto design = what.design(network.network);
                current = std::make_unique<prepared_subject>(
                    prepared_subject{what.name, std::move(network), std::move(design)});
            }
            measure(state, current->network, current->design);
        } catch (const std::exception& problem) {
            state.SkipWithError(problem.what());
        }
    };
    return benchmark::RegisterBenchmark((what.name + "/" + name).c_str(), measured)
        ->Unit(benchmark::kMillisecond);
}

measurement speed(std::size_t threads, aw::engine which = aw::requested_engine()) {
    return [=](benchmark::State& state, const prepared_network& network, const aw::design_setting& design) {
        measure_speed(state, network, design, threads, which);
    };
}

void add_fashion_mnist() {
    const auto lowor = [](const aw::network& network) {
        return aw::compensation_data::uncompensated(
            network,
            std::vector<aw::table>(network.convolutions().size(), aw::tabulate(aw::families::lowor<7>{})));
    };
    for (std::size_t count : {500u, 10u, 1u}) {
        const subject what{"fashion_mnist/resnet8/" + std::to_string(count),
                           [count] { return prepare_fashion_mnist(count); }, lowor};
        for (std::size_t i = 0; i < aw::engine_names.size(); ++i) {
            const auto which = static_cast<aw::engine>(i);
            const bool slow = which == aw::engine::reference; // seconds for 500 images
            if (aw::is_available(which) && (count == 1 || slow == (count == 10))) {
                add_case(what, std::string(to_string(which)), speed(1, which));
            }
        }
    }
}

void add_cifar10() {
    const char* wanted = std::getenv("ALWANN_BENCH_IMAGES");
    for (const std::string network : {"resnet8", "resnet20", "resnet32"}) {
        const std::size_t count = wanted != nullptr      ? std::strtoul(wanted, nullptr, 10)
                                  : network == "resnet8" ? 1000
                                                         : 500;
        for (const std::string multiplier : {"185Q", "CK5", "1446", "exact"}) {
            const subject what{
                "cifar10/" + network + "/" + multiplier, [=] { return prepare_cifar10(network, count); },
                [=](const aw::network& quantised) { return uniform_design(quantised, multiplier); }};
            add_case(what, "one_thread", speed(1));
            add_case(what, "two_threads", speed(2))->UseRealTime();
            if (network == "resnet8") {
                add_case(what, "two_against_one", measure_threads)->Iterations(1);
                add_case(what, "parts", measure_parts)->Iterations(1);
            }
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    add_fashion_mnist();
    add_cifar10();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
