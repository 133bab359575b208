// SPDX-License-Identifier: MIT
/// A compensation of one's own, alone and after the paper's weight tuning.
///
/// A compensation may change the weight codes given to the multiplier, and a gain and an offset per output
/// channel: constants that the hardware holds anyway. This one re-centres each channel.
#include <alwann/alwann.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace aw = alwann;
using tensors = aw::plain_tensors;

/// Adds to each channel what it lacks on average, in accumulator steps, on the samples.
struct channel_offset {
    [[nodiscard]] static std::string name() { return "channel-offset"; }
    /// So layers come in network order, their inputs as the compensated layers before leave them.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return true; }

    void compensate(const aw::layer_context& context, aw::layer_setting& setting) const {
        const auto& samples = *context.samples;
        const auto sums = aw::accumulators(context.layer, samples, setting.multiplier, setting.weights);
        const std::size_t outputs = context.layer.outputs;
        for (std::size_t f = 0; f < outputs; ++f) {
            double lack = 0;
            for (std::size_t n = 0; n < samples.count(); ++n) {
                lack += double(samples.targets[n * outputs + f]) - sums[n * outputs + f];
            }
            setting.corrections[f] = {.gain = 1, .offset = lack / static_cast<double>(samples.count())};
        }
    }
};
static_assert(aw::compensation<channel_offset>);

int main() {
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::printf("skipped: no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 77;
    }
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    const auto test = aw::read_fashion_mnist(aw::dataset_part::test).slice(0, 500);
    const auto trained = aw::read_onnx("examples/networks/resnet8_fashion_mnist.onnx");
    const auto how = aw::normalisation_from_string(trained.metadata.at("normalize"));
    const auto pixels = aw::normalise<tensors>(train, how, 0, 200);
    const auto network = aw::quantize(trained, tensors::view(pixels));
    const auto samples = aw::encode_images(network, tensors::view(pixels));
    const aw::compensation_data calibration(network, samples);
    const auto test_pixels = aw::normalise<tensors>(test, how, 0, test.size());
    const aw::benchmark_images images(network,
                                      {aw::encode_images(network, tensors::view(test_pixels)), test.labels});

    const auto measure = [&](const aw::component& part, const auto& how_compensated) {
        const std::vector<aw::table> design(network.convolutions().size(), part.products);
        const auto found = images.measure(calibration.compensate(design, how_compensated));
        std::printf("%-12s %-30s %6.1f %% %12.4f\n", part.name.c_str(), how_compensated.name().c_str(),
                    100 * found.accuracy(), found.logit_mse);
    };
    std::printf("exact 8-bit network: %.1f %% on %zu test images\n\n", 100 * images.exact().accuracy(),
                images.size());
    std::printf("%-12s %-30s %8s %12s\n", "multiplier", "compensation", "accuracy", "logit mse");
    for (const char* name : {"lowor_8", "bamvc_1_8"}) {
        const auto& part = aw::standard().find(name);
        measure(part, aw::no_compensation{});
        measure(part, channel_offset{});
        measure(part, aw::weight_tuning{} + channel_offset{});
        measure(part, aw::channel_affine{}); // the library's own: a gain too
    }
    return 0;
}
