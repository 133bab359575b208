// SPDX-License-Identifier: MIT
#include "coded_network.hpp"

#include <alwann/core/output_file.hpp>
#include <alwann/io/onnx.hpp>
#include <alwann/io/onnx_writer.hpp>

#include <cstdio>
#include <memory>

namespace program {

namespace aw = alwann;

namespace {

struct network_quantize_options : common_options {
    std::string output;
};

void quantize(const network_quantize_options& options) {
    std::error_code problem;
    if (std::filesystem::equivalent(options.network, options.output, problem)) {
        throw aw::value_error("--output " + options.output + ": it is the network itself");
    }
    if (std::filesystem::path(options.output).extension() == ".pb") {
        throw aw::value_error("--output " + options.output +
                              ": what is written is ONNX; *.pb is taken for a TensorFlow graph");
    }
    const auto sources = read_images(options);
    const auto prepared = prepare_network(options, sources.tuning);
    const auto& network = prepared.quantized;
    const std::string bytes = aw::to_onnx(network);
    if (!(aw::quantized_network(aw::parse_onnx(bytes, options.output)) == network)) {
        throw aw::format_error(options.output, "network", "the same network when it is read back",
                               "another one");
    }
    aw::write_file(options.output, bytes);
    if (options.json) {
        const aw::json document{{"file", options.output},
                                {"bytes", bytes.size()},
                                {"nodes", network.nodes().size()},
                                {"convolutions", network.convolutions().size()},
                                {"quantisation", quantisation_settings(options)},
                                {"calibration", options.calibration},
                                {"identical", true}};
        std::printf("%s\n", aw::to_text(document).c_str());
        return;
    }
    std::printf("%s: %zu nodes, %zu of them convolutions that designs decide about, %zu bytes\n"
                "read back: the same network, bit for bit\n",
                options.output.c_str(), network.nodes().size(), network.convolutions().size(), bytes.size());
}

} // namespace

void add_network_quantize(CLI::App& network) {
    auto* command = network.add_subcommand(
        "quantize",
        "Calibrates and quantises a network and writes it as ONNX with QuantizeLinear and DequantizeLinear; "
        "all commands read it back with identical results\n"
        "Example: alwann network quantize examples/networks/resnet8_fashion_mnist.onnx -o int8.onnx "
        "--dataset "
        "fashion-mnist");
    const auto options = std::make_shared<network_quantize_options>();
    command->add_option("FILE", options->network, "ONNX file, or frozen TensorFlow graph (*.pb)")->required();
    command->add_option("-o,--output", options->output, "ONNX file to write")->required();
    command->add_option("--dataset", options->dataset, "calibrate on its first images")->required();
    command->add_option("--normalize", options->normalize, "as for evaluate");
    command->add_option("--calibration", options->calibration, "images of the data set to use")
        ->check(whole_number(1))
        ->capture_default_str();
    add_quantisation_options(*command, *options);
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] { quantize(*options); });
}

} // namespace program
