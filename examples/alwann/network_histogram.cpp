// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "inputs.hpp"

#include <alwann/nn/operand_histogram.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace program {

namespace aw = alwann;

namespace {

struct histogram_options : common_options {
    std::vector<std::string> layers;
    std::string out;
};

/// Convolutions by their numbers conv0, conv1, ... or the names that the network file gives them.
std::vector<std::size_t> layers_of(const aw::network& network, const std::vector<std::string>& names) {
    const auto& convolutions = network.convolutions();
    std::vector<std::size_t> layers;
    for (const auto& name : names) {
        std::vector<std::size_t> meant;
        for (std::size_t layer = 0; layer < convolutions.size(); ++layer) {
            if (name == "conv" + std::to_string(layer) || name == network.nodes()[convolutions[layer]].name) {
                meant.push_back(layer);
            }
        }
        if (meant.empty()) {
            throw aw::name_error("layer '" + name + "': expected conv0 to conv" +
                                 std::to_string(convolutions.size() - 1) +
                                 " or a convolution's name in the network file");
        }
        if (meant.size() > 1) {
            throw aw::name_error("layer '" + name +
                                 "': it means several convolutions, by number and by the names in the " +
                                 "network file; expected a name of one");
        }
        layers.push_back(meant.front());
    }
    return layers;
}

void write_histogram(const histogram_options& options) {
    choose_engine(options);
    const auto images = read_images(options).tuning;
    const auto prepared = prepare_network(options, images);
    const auto layers = layers_of(prepared.quantized, options.layers);
    const std::size_t count = options.images.value_or(std::min(options.calibration, images.size()));
    const auto chosen = take_images(prepared, images, 0, count);
    const auto counts = aw::operand_histogram(prepared.quantized, chosen.images, layers);
    const double products = std::accumulate(counts.activations.begin(), counts.activations.end(), 0.0);
    if (products == 0) {
        throw aw::value_error(options.network + ": it has no convolution whose operands could be counted");
    }
    aw::write_operand_weights(counts, options.out);
    const auto share = [&](double of) { return of / products; };
    const auto used = [](const auto& list) {
        return std::count_if(list.begin(), list.end(), [](double value) { return value > 0; });
    };
    aw::json names = aw::json::array();
    for (std::size_t layer = 0; layer < prepared.quantized.convolutions().size(); ++layer) {
        if (layers.empty() || std::find(layers.begin(), layers.end(), layer) != layers.end()) {
            names.push_back("conv" + std::to_string(layer));
        }
    }
    const aw::json document{
        {"file", options.out},
        {"images", count},
        {"layers", names},
        {"products", products},
        {"activation_codes_used", used(counts.activations)},
        {"weight_codes_used", used(counts.weights)},
        {"commonest_activation_share",
         share(*std::max_element(counts.activations.begin(), counts.activations.end()))},
        {"commonest_weight_share", share(*std::max_element(counts.weights.begin(), counts.weights.end()))}};
    if (options.json) {
        std::printf("%s\n", aw::to_text(document).c_str());
    } else {
        std::vector<std::vector<std::string>> rows{{"field", "value"}};
        for (const auto& [key, value] : document.items()) {
            rows.push_back({key, value.is_string()         ? value.get<std::string>()
                                 : value.is_number_float() ? aw::format_number(value)
                                                           : aw::to_text(value, -1)});
        }
        std::printf("%s", aw::format_table(rows).c_str());
    }
}

} // namespace

void add_network_histogram(CLI::App& network) {
    auto* command = network.add_subcommand(
        "histogram",
        "Counts which operands the multipliers of a network see, for multipliers made for it\n"
        "Example: alwann network histogram --network net.onnx --dataset fashion-mnist --out operands.txt && "
        "alwann multipliers evolve --weighted 0.1 --histogram operands.txt --seconds 60 --out mine");
    const auto options = std::make_shared<histogram_options>();
    add_network_options(*command, *options);
    command
        ->add_option("--layers", options->layers,
                     "convolutions to count, conv0,conv3 or by their names in the file; default: all")
        ->delimiter(',');
    command->add_option("--images", options->images, "images to count on; default: those of --calibration")
        ->check(whole_number(1));
    command->add_option("--calibration", options->calibration, "images for the ranges of codes")
        ->check(whole_number(1))
        ->capture_default_str();
    add_quantisation_options(*command, *options);
    command->add_option("--engine", options->engine, "force an engine (see alwann doctor)");
    command
        ->add_option("--out", options->out,
                     "text file for 512 counts: of activation codes, then of weight codes")
        ->required();
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] { write_histogram(*options); });
}

} // namespace program
