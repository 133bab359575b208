// SPDX-License-Identifier: MIT
/// What composing costs: convolve() with a tensor policy and a lambda, beside the engine called by hand with
/// pointers and a table; and what a generic lambda gains from running on SIMD batches.
#include "rounds.hpp"

#include <alwann/core/random.hpp>
#include <alwann/kernel/convolve.hpp>
#include <alwann/multiplier/functional.hpp>
#include <alwann/tensor/xtensor.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>

namespace aw = alwann;

namespace {

constexpr std::size_t rounds = 101;

const auto drop3 = aw::functional<"drop3">([](auto x, auto w) { return (x & 0xF8u) * w; });
const auto drop3_scalar =
    aw::functional<"drop3">([](std::uint32_t x, std::uint32_t w) { return (x & 0xF8u) * w; });

aw::plain_tensor<std::uint8_t, 4> random_codes(const std::array<std::size_t, 4>& extents) {
    auto tensor = aw::plain_tensors::make<std::uint8_t>(extents);
    aw::random_generator random(1);
    for (auto& code : tensor.values) {
        code = static_cast<std::uint8_t>(aw::uniform_below(random, 256));
    }
    return tensor;
}

template <class Tensors>
void composed(benchmark::State& state) {
    const auto channels = static_cast<std::size_t>(state.range(0));
    const auto activations = random_codes({8, 32, 32, channels});
    const auto weights = random_codes({channels, 3, 3, channels});
    const auto x = aw::plain_tensors::view(activations), w = aw::plain_tensors::view(weights);

    aw::convolution_shape shape{8, {32, 32, channels}, {}, channels};
    auto& g = shape.geometry;
    g.kernel_height = g.kernel_width = 3;
    g.pad_top = g.pad_bottom = g.pad_left = g.pad_right = 1;
    // The same table for both: two in different places differ by two percent.
    const aw::table& products = aw::detail::table_of(drop3);
    const double work = static_cast<double>(shape.positions() * shape.outputs * shape.depth());

    bench::competitor by_hand("by hand", work, [&] {
        auto sums = Tensors::template make<std::int32_t, 4>({8, 32, 32, channels});
        aw::product_sums({shape, &products, x.data(), w.data(), 0, Tensors::view(sums).data()});
        benchmark::DoNotOptimize(Tensors::view(sums).data());
    });
    bench::competitor with_types("composed", work, [&] {
        auto sums = aw::convolve<Tensors>(x, w, drop3, {.padding = 1});
        benchmark::DoNotOptimize(Tensors::view(sums).data());
    });
    for (auto _ : state) {
        bench::run_rounds({&by_hand, &with_types}, rounds);
    }
    state.counters["composed_per_by_hand"] = bench::times_faster(by_hand, with_types).median;
    state.counters["products_per_second"] = 1 / bench::spread_of(with_types.seconds).median;
}
BENCHMARK_TEMPLATE(composed, aw::plain_tensors)
    ->Arg(16)
    ->Arg(64)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(composed, aw::xtensor_tensors)->Arg(64)->Iterations(1)->Unit(benchmark::kMillisecond);

/// The truth table of a lambda, evaluated on batches and pair by pair.
void tabulation(benchmark::State& state) {
    static_assert(drop3.vectorised && !drop3_scalar.vectorised);
    bench::competitor batches("batches", aw::operand_pairs,
                              [&] { benchmark::DoNotOptimize(aw::tabulate(drop3)); });
    bench::competitor pairs("pairs", aw::operand_pairs,
                            [&] { benchmark::DoNotOptimize(aw::tabulate(drop3_scalar)); });
    for (auto _ : state) {
        bench::run_rounds({&batches, &pairs}, rounds);
    }
    state.counters["lanes"] = static_cast<double>(aw::operand_batch::size);
    state.counters["batches_vs_pairs"] = bench::times_faster(batches, pairs).median;
}
BENCHMARK(tabulation)->Iterations(1)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
