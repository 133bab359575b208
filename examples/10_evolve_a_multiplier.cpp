// SPDX-License-Identifier: MIT
/// Evolves a multiplier for a network: one whose errors are small where the network's operands are.
///
/// With limits on its errors on all operands alike, it makes the circuits named evo_* of alwann::standard():
/// scripts/evolve-standard calls `10_evolve_a_multiplier --mae 0.1 --wce 0.5 --epochs 50 --seed 1 --code
/// NAME`, which prints a circuit as include/alwann/library/detail/evolved_circuits.hpp holds it.
#include <alwann/circuit/evolve.hpp>
#include <alwann/core/tbb_executor.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>
#include <alwann/nn/operand_histogram.hpp>
#include <alwann/nn/quantize.hpp>

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

namespace aw = alwann;
using tensors = aw::plain_tensors;

namespace {

/// Which operands the multipliers of a ResNet-8 see on 100 images of Fashion-MNIST.
aw::operand_weights operands_of_resnet8() {
    const auto trained = aw::read_onnx("examples/networks/resnet8_fashion_mnist.onnx");
    const auto how = aw::normalisation_from_string(trained.metadata.at("normalize"));
    const auto train = aw::read_fashion_mnist(aw::dataset_part::train);
    const auto pixels = aw::normalise<tensors>(train, how, 0, 100);
    const auto network = aw::quantize(trained, tensors::view(pixels));
    return aw::operand_histogram(network, aw::encode_images(network, tensors::view(pixels)));
}

/// Islands run beside each other; the result is the same on one core.
aw::evolved_circuit evolve(const aw::evolution_settings& settings) {
    return aw::evolution(aw::circuits::exact_dadda(), settings).run(aw::tbb_executor{});
}

/// The circuit as an initialiser: gates as kind + 4 * a + 4096 * b, then the outputs.
void print_code(const aw::evolved_circuit& found, const std::string& name) {
    std::printf("// %.4f mW, %.1f um2; MAE %.4f %%, WCE %.3f %%, MRE %.2f %%, mean error %.1f\n",
                found.price.power_mw, found.price.area_um2, found.errors.mae_percent,
                found.errors.wce_percent, found.errors.mre_percent, found.errors.bias);
    std::string line = "inline constexpr std::uint32_t " + name + "[] = {";
    std::string text;
    const auto print = [&](unsigned value) {
        const std::string word = std::to_string(value) + ",";
        if (text.empty() || line.size() + word.size() + 1 > 110) {
            text += line + "\n";
            line = "   ";
        }
        line += " " + word;
    };
    for (const aw::gate& g : found.circuit.gates()) {
        print(static_cast<unsigned>(g.kind) + 4 * g.a + 4096 * g.b);
    }
    for (const aw::signal output : found.circuit.outputs()) {
        print(output);
    }
    std::printf("%s%s};\n", text.c_str(), line.c_str());
}

} // namespace

int main(int argc, char** argv) {
    std::map<std::string, std::string> options; // pairs of a name and a value
    for (int i = 1; i + 1 < argc; i += 2) {
        options[argv[i]] = argv[i + 1];
    }
    if (!options.empty()) {
        aw::evolution_settings settings{.limits = {.zero_preserving = true}};
        settings.limits.mae_percent = std::stod(options.at("--mae"));
        settings.limits.wce_percent = std::stod(options.at("--wce"));
        settings.epochs = std::stoul(options.at("--epochs"));
        settings.seed = std::stoul(options.at("--seed"));
        print_code(evolve(settings), options.at("--code"));
        return 0;
    }
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        std::printf("skipped: no Fashion-MNIST (Debian: apt install dataset-fashion-mnist)\n");
        return 77;
    }
    const auto operands = operands_of_resnet8();
    const double exact = aw::estimate_cost(aw::circuits::exact_dadda()).power_mw;
    const auto show = [&](const char* made_for, const aw::evolved_circuit& found) {
        std::printf("%-13s %5.1f %% of the exact power; mean error: %.3f %% on all operands, %.3f %% on the "
                    "network's\n",
                    made_for, 100 * found.price.power_mw / exact, found.errors.mae_percent,
                    aw::weighted_error_percent(aw::simulate(found.circuit, "evolved"), operands));
    };
    // The same effort and the same limit, once on all operands alike and once on those of the network.
    show("all operands", evolve({.limits = {.mae_percent = 0.2, .zero_preserving = true}, .epochs = 2}));
    show("this network", evolve({.limits = {.weighted_percent = 0.2, .zero_preserving = true},
                                 .operands = operands,
                                 .epochs = 2}));
    return 0;
}
