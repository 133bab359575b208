// SPDX-License-Identifier: MIT
/// Candidates per second of the evolution of circuits, from the exact multiplier on, with every instruction
/// set.
///
///     bench_evolve        counters candidates/s and simulated/s: tried, and of these looked at
///
/// One island, one thread; processor time. Every round starts afresh from the exact Dadda multiplier, so that
/// the circuits are the large ones of the beginning. The name says the limit on the mean absolute error in
/// percent; weighted: a limit on the error under the operands of a network instead.
#include <alwann/circuit/arithmetic.hpp>
#include <alwann/circuit/evolve.hpp>

#include <benchmark/benchmark.h>
#include <cmath>
#include <string>

namespace aw = alwann;

namespace {

enum class kind { mae, weighted };

aw::evolution_settings settings_for(aw::evolve_isa isa, kind which, double percent) {
    aw::evolution_settings settings{.limits = {.zero_preserving = true},
                                    .islands = 1,
                                    .epochs = 1,
                                    .epoch_candidates = 10'000,
                                    .isa = isa};
    if (which == kind::mae) {
        settings.limits.mae_percent = percent;
        return settings;
    }
    settings.limits.weighted_percent = percent;
    settings.operands.emplace();
    for (std::size_t code = 0; code < aw::operand_codes; ++code) {
        settings.operands->activations[code] = std::exp(-static_cast<double>(code) / 40);
        settings.operands->weights[code] = std::exp(-std::pow((static_cast<double>(code) - 128) / 40, 2));
    }
    return settings;
}

void measure(benchmark::State& state, aw::evolve_isa isa, kind which, double percent) {
    const aw::netlist seed = aw::circuits::exact_dadda();
    const aw::evolution_settings settings = settings_for(isa, which, percent);
    double candidates = 0, simulated = 0;
    for (auto _ : state) {
        state.PauseTiming();
        aw::evolution run(seed, settings);
        state.ResumeTiming();
        run.run();
        const aw::evolution_progress done = run.progress();
        candidates += static_cast<double>(done.candidates);
        simulated += static_cast<double>(done.simulated);
    }
    state.counters["candidates"] = benchmark::Counter(candidates, benchmark::Counter::kIsRate);
    state.counters["simulated"] = benchmark::Counter(simulated, benchmark::Counter::kIsRate);
}

} // namespace

int main(int argc, char** argv) {
    for (const auto isa : {aw::evolve_isa::portable, aw::evolve_isa::avx2, aw::evolve_isa::avx512,
                           aw::evolve_isa::avx512_popcnt}) {
        if (!aw::is_available(isa)) {
            continue;
        }
        const std::string name(to_string(isa));
        for (const char* percent : {"0.01", "0.1", "1"}) {
            benchmark::RegisterBenchmark(("mae/" + name + "/" + percent).c_str(), measure, isa, kind::mae,
                                         std::stod(percent))
                ->Unit(benchmark::kMillisecond);
        }
        benchmark::RegisterBenchmark(("weighted/" + name + "/0.1").c_str(), measure, isa, kind::weighted, 0.1)
            ->Unit(benchmark::kMillisecond);
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
