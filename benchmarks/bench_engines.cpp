// SPDX-License-Identifier: MIT
/// The engines against what users have without this library, layer by layer.
///
///     bench_engines --benchmark_filter=3x3_64to64_32x32/general/relu     a part of
///     <layer>/<table>/<data>/<engine> bench_engines --benchmark_format=json
///
/// Counters of an engine: products (per second); vs_naive, vs_loops, vs_gather and vs_onednn: how many times
/// faster than these it is. Each is the median over rounds in which all of them run in turn, in processor
/// time; _least and _greatest are the round with the smallest and the largest ratio. The label is the engine
/// that ran. Baselines have cases of their own, with products per second only. docs/performance.md says more.
///
/// All sums are compared with those of a baseline first; an engine with others is reported as an error.
#include "alwann_call.hpp"
#include "baselines.hpp"
#include "gather.hpp"
#include "layers.hpp"
#include "onednn.hpp"
#include "rounds.hpp"

#include <benchmark/benchmark.h>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace bench;

namespace {

constexpr std::size_t rounds = 7;

/// A layer with data and a table, its right result, and the baselines ready to run. Those that take too long
/// for the whole batch take fewer images: their time per product does not depend on that.
class contest {
public:
    contest(const layer_case& layer, const aw::table& multiplier, data_kind kind)
        : multiplier_(multiplier), data_(layer.shape, kind) {
        blocked_lookups(data_.task(multiplier, layer.shape.images, expected_))();
        const double image = products_of(layer.shape) / static_cast<double>(layer.shape.images);
        const auto few = std::min(layer.shape.images, static_cast<std::size_t>(2e7 / image) + 1);
        add<naive_operator>("naive", 1);
        add<seven_loops>("loops", 1);
        add<blocked_lookups>("blocked", few);
#if defined(__x86_64__)
        add_gathers<avx2_gather>("gather-avx2", few);
        add_gathers<avx512_gather>("gather-avx512", few);
#endif
        add_onednn();
    }
    contest(const contest&) = delete; // baselines refer to the members

    [[nodiscard]] const aw::convolution_shape& shape() const {
        return data_.shape();
    }
    [[nodiscard]] aw::convolution_task task(std::size_t images, std::vector<std::int32_t>& sums) const {
        return data_.task(multiplier_, images, sums);
    }
    [[nodiscard]] bool is_right(const std::vector<std::int32_t>& sums) const {
        return !sums.empty() && std::equal(sums.begin(), sums.end(), expected_.begin());
    }
    [[nodiscard]] competitor* find(std::string_view name) {
        const auto found = std::find_if(baselines_.begin(), baselines_.end(),
                                        [name](const auto& each) { return each->name == name; });
        return found == baselines_.end() ? nullptr : found->get();
    }
    [[nodiscard]] std::vector<competitor*> baselines() {
        std::vector<competitor*> all;
        for (const auto& each : baselines_) {
            all.push_back(each.get());
        }
        return all;
    }
    /// The fastest of the baselines that look up several sums at a time, by the last rounds.
    [[nodiscard]] competitor& best_lookups() {
        competitor* best = nullptr;
        for (const auto& each : baselines_) {
            const bool several = each->name == "blocked" || each->name.starts_with("gather");
            if (several &&
                (best == nullptr || spread_of(each->seconds).median < spread_of(best->seconds).median)) {
                best = each.get();
            }
        }
        return *best;
    }

private:
    template <class Baseline>
    void add(std::string name, std::size_t images) {
        sums_.push_back(std::make_unique<std::vector<std::int32_t>>());
        auto& sums = *sums_.back();
        const auto work = task(images, sums);
        const auto baseline = std::make_shared<Baseline>(work);
        (*baseline)();
        if (!is_right(sums)) {
            throw std::logic_error("the sums of baseline '" + name + "' differ from those of 'blocked'");
        }
        baselines_.push_back(std::make_unique<competitor>(std::move(name), products_of(work.shape),
                                                          [baseline] { (*baseline)(); }));
    }

#if defined(__x86_64__)
    template <class Isa>
    void add_gathers(const std::string& name, std::size_t images) {
        if (Isa::available()) {
            add<gather_over_positions<Isa>>(name + "-positions", images);
            if (shape().group_outputs() >= 8) { // else most lanes would be idle
                add<gather_over_outputs<Isa>>(name + "-outputs", images);
            }
        }
    }
#endif

    void add_onednn() {
#if defined(ALWANN_BENCH_ONEDNN)
        static const std::string problem = restrict_onednn();
        if (!problem.empty()) {
            return; // main() says so
        }
        std::vector<std::int32_t> unused;
        const auto convolution = std::make_shared<onednn_convolution>(task(shape().images, unused));
        (*convolution)();
        if (!convolution->is_right()) {
            throw std::logic_error("the sums of oneDNN (" + convolution->implementation() +
                                   ") differ from those of a plain loop");
        }
        baselines_.push_back(std::make_unique<competitor>("onednn", products_of(shape()),
                                                          [convolution] { (*convolution)(); }));
#endif
    }

    aw::table multiplier_;
    layer_data data_;
    std::vector<std::int32_t> expected_;
    std::vector<std::unique_ptr<std::vector<std::int32_t>>> sums_;
    std::vector<std::unique_ptr<competitor>> baselines_;
};

/// What a case is about. The cases of one contest come after each other and share it.
struct subject {
    layer_case layer;
    aw::table multiplier;
    data_kind kind;

    [[nodiscard]] std::string name() const {
        return layer.name + "/" + multiplier.name() + "/" + std::string(to_string(kind)) + "/";
    }
};

contest& contest_of(const subject& what) {
    static std::string current;
    static std::unique_ptr<contest> prepared;
    if (current != what.name()) {
        prepared.reset();
        prepared = std::make_unique<contest>(what.layer, what.multiplier, what.kind);
        current = what.name();
    }
    return *prepared;
}

void report(benchmark::State& state, const std::string& name, const spread& ratio) {
    state.counters[name] = ratio.median;
    state.counters[name + "_least"] = ratio.least;
    state.counters[name + "_greatest"] = ratio.greatest;
}

/// Products per second, and the time of a call.
void report_speed(benchmark::State& state, const competitor& who) {
    state.SetIterationTime(spread_of(who.seconds).median * who.products);
    state.counters["products"] = benchmark::Counter(who.products, benchmark::Counter::kIsRate);
}

void measure_engine(benchmark::State& state, const subject& what, aw::engine which) {
    auto& against = contest_of(what);
    // Engines without vectors would take seconds for the batch, and gain nothing by it.
    const bool scalar = which == aw::engine::reference || which == aw::engine::lookup;
    std::vector<std::int32_t> sums;
    const auto task = against.task(scalar ? 1 : against.shape().images, sums);
    alwann_layer layer(task, which);
    competitor engine("alwann", products_of(task.shape), [&] { layer(); });
    layer.write_sums();
    if (!against.is_right(sums)) {
        throw std::logic_error("the engine's sums differ from those of the baselines");
    }
    auto all = against.baselines();
    all.push_back(&engine);
    run_rounds(all, rounds);
    report_speed(state, engine);
    report(state, "vs_naive", times_faster(engine, *against.find("naive")));
    state.counters["vs_loops"] = times_faster(engine, *against.find("loops")).median;
    report(state, "vs_gather", times_faster(engine, against.best_lookups()));
    if (const auto* exact = against.find("onednn")) {
        report(state, "vs_onednn", times_faster(engine, *exact));
    }
    state.SetLabel(layer.engine());
}

void measure_baseline(benchmark::State& state, const subject& what, const std::string& name) {
    auto* baseline = contest_of(what).find(name);
    if (baseline == nullptr) {
        throw std::runtime_error("not on this processor or for this layer");
    }
    run_rounds({baseline}, rounds);
    report_speed(state, *baseline);
}

/// Registers measure(state, arguments...), which measures by itself and says what is wrong by throwing.
template <class Measure, class... Arguments>
void add_case(const std::string& name, const Measure& measure, const Arguments&... arguments) {
    const auto run = [=](benchmark::State& state) {
        for (auto _ : state) {
            try {
                measure(state, arguments...);
            } catch (const std::exception& problem) {
                state.SkipWithError(problem.what());
                return;
            }
        }
    };
    benchmark::RegisterBenchmark(name.c_str(), run)
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}

void add_cases() {
    std::vector<std::string> baselines = {"naive", "loops", "blocked"};
#if defined(__x86_64__)
    for (const std::string kind : {"avx2", "avx512"}) {
        if (kind == "avx2" ? avx2_gather::available() : avx512_gather::available()) {
            baselines.insert(baselines.end(),
                             {"gather-" + kind + "-positions", "gather-" + kind + "-outputs"});
        }
    }
#endif
#if defined(ALWANN_BENCH_ONEDNN)
    baselines.emplace_back("onednn");
#endif
    const auto tables = table_cases();
    for (const auto& layer : layer_cases()) {
        for (const auto& multiplier : tables) {
            for (const auto kind : {data_kind::uniform, data_kind::relu}) {
                const subject what{layer, multiplier, kind};
                for (std::size_t i = 0; i < aw::engine_names.size(); ++i) {
                    const auto which = static_cast<aw::engine>(i);
                    if (aw::is_available(which) && aw::suits(which, *aw::analysis_of(multiplier))) {
                        add_case(what.name() + std::string(to_string(which)), measure_engine, what, which);
                    }
                }
                if (multiplier.name() == "general") { // to a look-up all tables are the same
                    for (const auto& name : baselines) {
                        if (layer.shape.group_outputs() >= 8 || !name.ends_with("-outputs")) {
                            add_case(what.name() + name, measure_baseline, what, name);
                        }
                    }
                }
            }
        }
    }
}

} // namespace

int main(int argc, char** argv) {
#if defined(ALWANN_BENCH_ONEDNN)
    const auto problem = restrict_onednn();
    if (!problem.empty()) {
        std::fprintf(stderr, "No counter vs_onednn: %s\n", problem.c_str());
    }
#else
    std::fprintf(stderr, "No counter vs_onednn: built without oneDNN (Debian, Ubuntu: libdnnl-dev)\n");
#endif
    add_cases();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
