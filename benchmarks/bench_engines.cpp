// SPDX-License-Identifier: MIT
/// Products per second of every engine on 3 x 3 layers, and how many times faster they are than seven loops.
///
///     bench_engines --benchmark_filter=speed      counter products/s
///     bench_engines --benchmark_filter=ratio      counter times_7_loops: median over rounds in which both
///     run
///                                                 in turn, with the least and the greatest; results compared
///
/// uniform: all codes equally likely. relu: half of the activations 0, the others exponential; weights around
/// their zero point. One thread; processor time, so that other programs disturb little.
#include <alwann/core/random.hpp>
#include <alwann/kernel/engine.hpp>
#include <alwann/multiplier/families.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cmath>
#include <ctime>
#include <string>
#include <vector>

namespace aw = alwann;

namespace {

enum class data_kind { uniform, relu };

/// The loops that a user would write first: one look-up per product, the sum in a register.
void seven_loops(const aw::convolution_task& task) {
    const auto& in = task.shape.input;
    const auto& g = task.shape.geometry;
    const auto out = task.shape.output();
    const std::uint16_t* products = task.multiplier->products().data();
    std::int32_t* result = task.sums;
    for (std::size_t n = 0; n < task.shape.images; ++n) {
        for (std::size_t oy = 0; oy < out.height; ++oy) {
            for (std::size_t ox = 0; ox < out.width; ++ox) {
                for (std::size_t f = 0; f < out.channels; ++f) {
                    std::int32_t sum = 0;
                    for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
                        for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                            const std::size_t y = oy + ky - g.pad_top;
                            const std::size_t x = ox + kx - g.pad_left;
                            const bool inside = y < in.height && x < in.width;
                            for (std::size_t c = 0; c < in.channels; ++c) {
                                const std::size_t code =
                                    inside ? task.activations[((n * in.height + y) * in.width + x) *
                                                                  in.channels +
                                                              c]
                                           : task.padding;
                                const std::size_t weight =
                                    task.weights[((f * g.kernel_height + ky) * g.kernel_width + kx) *
                                                     in.channels +
                                                 c];
                                sum += products[256 * code + weight];
                            }
                        }
                    }
                    *result++ = sum;
                }
            }
        }
    }
}

/// A layer with as many output as input channels, its data and room for its results.
class layer {
public:
    layer(std::size_t channels, data_kind kind, std::size_t images) {
        shape_.images = images;
        shape_.input = {32, 32, channels};
        shape_.outputs = channels;
        auto& g = shape_.geometry;
        g.kernel_height = g.kernel_width = 3;
        g.pad_top = g.pad_left = g.pad_bottom = g.pad_right = 1;
        aw::random_generator random(1);
        const auto draw = [&random] { return aw::uniform_unit(random); };
        weights_.resize(shape_.outputs * shape_.depth());
        for (auto& w : weights_) {
            w = static_cast<std::uint8_t>(
                kind == data_kind::uniform ? 256 * draw() : 64 * (draw() + draw() + draw() + draw()));
        }
        activations_.resize(images * shape_.input.size());
        for (auto& x : activations_) {
            const double value = kind == data_kind::uniform ? 256 * draw()
                                 : draw() < 0.5             ? 0.0
                                                            : -40 * std::log(1 - draw());
            x = static_cast<std::uint8_t>(std::min(value, 255.0));
        }
        sums_.resize(shape_.positions() * shape_.outputs);
    }

    [[nodiscard]] aw::convolution_task task() {
        return {shape_, &multiplier(), activations_.data(), weights_.data(), 0, sums_.data()};
    }
    [[nodiscard]] double products() const {
        return static_cast<double>(shape_.positions() * shape_.outputs * shape_.depth());
    }
    [[nodiscard]] const aw::convolution_shape& shape() const { return shape_; }
    [[nodiscard]] const std::vector<std::int32_t>& sums() const { return sums_; }

private:
    static const aw::table& multiplier() {
        static const aw::table products = aw::tabulate(aw::families::lowor<7>{});
        return products;
    }

    aw::convolution_shape shape_;
    std::vector<std::uint8_t> activations_, weights_;
    std::vector<std::int32_t> sums_;
};

constexpr std::size_t all_images = 16; // 16,384 positions, a call's share of a large batch

void measure_speed(benchmark::State& state, aw::engine which, std::size_t channels, data_kind kind) {
    layer work(channels, kind, which == aw::engine::reference ? 1 : all_images);
    const auto task = work.task();
    for (auto _ : state) {
        aw::product_sums(task, which);
        benchmark::DoNotOptimize(work.sums().data());
        benchmark::ClobberMemory();
    }
    state.counters["products"] =
        benchmark::Counter(work.products(), benchmark::Counter::kIsIterationInvariantRate);
    state.SetLabel(std::string(to_string(aw::active_engine(work.shape(), which))));
}

/// Processor seconds of a call.
template <class Call>
double time_of(const Call& call) {
    const std::clock_t start = std::clock();
    call();
    benchmark::ClobberMemory();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

void measure_ratio(benchmark::State& state, aw::engine which, std::size_t channels, data_kind kind) {
    constexpr std::size_t rounds = 11;
    layer few(channels, kind, 1);
    layer many(channels, kind, which == aw::engine::reference ? 1 : all_images);
    const auto loops = [&] { seven_loops(few.task()); };
    const auto engine = [&] { aw::product_sums(many.task(), which); };
    for (auto _ : state) {
        loops(); // once each to warm up; weights and the first image are the same in both
        engine();
        if (!std::equal(few.sums().begin(), few.sums().end(), many.sums().begin())) {
            state.SkipWithError("the engine's results differ from those of the seven loops");
            return;
        }
        std::vector<double> ratios;
        for (std::size_t round = 0; round < rounds; ++round) {
            const double slow = time_of(loops) / few.products();
            const double fast = time_of(engine) / many.products();
            ratios.push_back(slow / fast);
        }
        std::sort(ratios.begin(), ratios.end());
        state.counters["times_7_loops"] = ratios[rounds / 2];
        state.counters["least"] = ratios.front();
        state.counters["greatest"] = ratios.back();
    }
    state.SetLabel(std::string(to_string(aw::active_engine(many.shape(), which))));
}

} // namespace

int main(int argc, char** argv) {
    for (std::size_t i = 0; i < aw::engine_names.size(); ++i) {
        const auto which = static_cast<aw::engine>(i);
        if (!aw::is_available(which)) {
            continue;
        }
        for (const std::size_t channels : {16u, 32u, 64u}) {
            for (const auto kind : {data_kind::uniform, data_kind::relu}) {
                const std::string name = std::string(to_string(which)) + "/" + std::to_string(channels) +
                                         (kind == data_kind::uniform ? "/uniform" : "/relu");
                benchmark::RegisterBenchmark(("speed/" + name).c_str(), measure_speed, which, channels, kind)
                    ->Unit(benchmark::kMillisecond);
                benchmark::RegisterBenchmark(("ratio/" + name).c_str(), measure_ratio, which, channels, kind)
                    ->Unit(benchmark::kMillisecond)
                    ->Iterations(1);
            }
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
