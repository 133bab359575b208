// SPDX-License-Identifier: MIT
/// Everything that can be chosen, chosen in one line each: tensor type, multiplier, compensation,
/// architecture, optimiser, executor; around a network whose shapes the compiler checks.
///
/// The weights are random: this is about composing, not about accuracy. Swap any of the six lines.
#include <alwann/alwann.hpp>
#include <alwann/core/tbb_executor.hpp>
#include <alwann/nn/sequential.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace aw = alwann;
namespace layer = aw::layer;

// --- The choices -------------------------------------------------------------------------------
using tensors = aw::plain_tensors; // aw::xtensor_tensors, or one's own
const auto mine =
    aw::functional<"drop2">([](auto x, auto w) { return (x & 0xFCu) * w; }); // a table, a family
const auto repair = aw::weight_tuning{} + aw::channel_affine{}; // aw::no_compensation{}, or one's own
const auto accelerator = aw::power_gated{.tiles = 2};           // aw::pipelined{.tiles = 2}
const auto search = aw::nsga2{.population = 8, .generations = 3, .seed = 5}; // aw::random_search{...}
const auto workers = aw::tbb_executor{};                                     // aw::serial_executor{}

// --- The network: a shape that does not fit does not compile -----------------------------------
constexpr auto layers = aw::sequential(layer::conv2d<8>{}, layer::relu{},
                                       aw::residual(layer::conv2d<8>{}, layer::relu{}, layer::conv2d<8>{}),
                                       layer::relu{}, layer::max_pool<2>{}, layer::conv2d<16>{},
                                       layer::relu{}, layer::global_average_pool{}, layer::dense<4>{});
using net = aw::static_network<aw::image_shape{16, 16, 3}, decltype(layers)>;
static_assert(net::output == aw::image_shape{1, 1, 4});

int main() {
    aw::random_generator random(1);
    std::vector<float> weights(net::weights);
    for (auto& weight : weights) {
        weight = static_cast<float>(aw::uniform_unit(random)) - 0.5f;
    }
    const auto trained = net::with(weights, "random weights");

    auto images = tensors::make<float, 4>({64, 16, 16, 3});
    const auto pixels = tensors::view(images);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        pixels.data()[i] = static_cast<float>(aw::uniform_unit(random));
    }
    const auto network = aw::quantize(trained, pixels);
    const auto codes = aw::encode_images(network, pixels);

    // The exact network's own answers as labels: what is lost is what approximation changes.
    const auto logits = aw::run(network, aw::exact_setting(network), codes);
    std::vector<int> labels;
    for (std::size_t n = 0; n < codes.count; ++n) {
        const auto first = logits.begin() + static_cast<std::ptrdiff_t>(4 * n);
        labels.push_back(static_cast<int>(std::max_element(first, first + 4) - first));
    }
    const aw::benchmark_images judged(network, aw::labelled_images{codes, labels}, workers);

    const auto parts = aw::make_library(aw::priced(mine, {.power_mw = 0.24})).with(aw::standard());
    const aw::compensation_data calibration(network, codes, 512);
    const aw::design_evaluator evaluator(network, parts, calibration, repair, judged);
    const auto found = search.minimise(aw::assignment(evaluator, accelerator), workers);

    std::printf("%zu weights, %zu designs\n", net::weights, found.evaluations);
    for (const auto& member : found.front) {
        std::printf("loss %5.1f %%, energy %5.1f %%\n", 100 * member.value.objectives[0],
                    100 * member.value.objectives[1]);
    }
    return found.front.empty() ? 1 : 0;
}
