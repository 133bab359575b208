// SPDX-License-Identifier: MIT
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

/// Adds to each output channel what its sums lack on average, on samples of the layer's work.
struct channel_offset {
    [[nodiscard]] static std::string name() { return "channel-offset"; }
    [[nodiscard]] static constexpr bool needs_samples() { return true; }
    void compensate(const aw::layer_context& context, aw::layer_setting& setting) const {
        const auto& samples = *context.samples; // with the sums that the exact network has there
        const auto sums = aw::accumulators(context.layer, samples, setting.multiplier, setting.weights);
        const std::size_t outputs = context.layer.outputs;
        for (std::size_t f = 0; f < outputs; ++f) {
            double lack = 0;
            for (std::size_t n = 0; n < samples.count(); ++n) {
                lack += double(samples.targets[n * outputs + f]) - sums[n * outputs + f];
            }
            setting.corrections[f].offset = lack / static_cast<double>(samples.count());
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
    const auto trained = aw::read_onnx("examples/networks/resnet8_fashion_mnist.onnx");
    const auto pixels = aw::normalise<tensors>(train, aw::normalisation_from_string("0.286/0.353"), 0, 400);
    const auto network = aw::quantize(trained, tensors::view(pixels).rows(0, 100));
    const auto codes = aw::encode_images(network, tensors::view(pixels));
    const aw::compensation_data data(network, codes);
    const aw::benchmark_images images(network, {codes, train.slice(0, 400).labels});
    const auto& multiplier = aw::standard().find("bamvc_1_8");
    const std::vector<aw::table> design(network.convolutions().size(), multiplier.products);
    const auto show = [&](const auto& how) {
        const auto found = images.measure(data.compensate(design, how));
        std::printf("%-40s accuracy %.1f %%, logit mse %.3f\n", how.name().c_str(), 100 * found.accuracy(),
                    found.logit_mse);
    };
    show(aw::no_compensation{});
    show(channel_offset{});
    show(aw::weight_tuning{} + channel_offset{}); // one after the other
    return 0;
}
