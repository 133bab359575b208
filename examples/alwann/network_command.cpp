// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "inputs.hpp"

#include <alwann/io/onnx.hpp>

#include <cstdio>
#include <memory>

namespace program {

namespace aw = alwann;

namespace {

struct layer_line {
    std::string name, kind;
    aw::image_shape shape;
    std::uint64_t executed = 0, paper = 0, parameters = 0;
    bool approximable = false;
};

std::vector<layer_line> describe(const aw::graph& network) {
    std::vector<layer_line> lines;
    for (const auto& node : network.nodes()) {
        layer_line line;
        line.name = node.name;
        line.shape = node.shape;
        std::visit(
            [&line]<class Layer>(const Layer& layer) {
                line.kind = Layer::kind;
                if constexpr (requires { layer.parameters(); }) {
                    line.parameters = layer.parameters();
                }
            },
            node.what);
        if (const auto* layer = std::get_if<aw::op::conv2d>(&node.what)) {
            const aw::convolution_shape shape{1, network.nodes()[node.inputs.front()].shape, layer->geometry,
                                              layer->outputs, layer->groups};
            line.executed = aw::macs_of(shape);
            line.paper = aw::macs_of(shape, aw::mac_count::paper);
            line.approximable = true;
        } else if (const auto* dense = std::get_if<aw::op::dense>(&node.what)) {
            line.executed = line.paper = dense->weights.size();
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

void show(const std::string& file, bool as_json) {
    const auto network = aw::fold_batch_norm(aw::read_onnx(file));
    const auto lines = describe(network);
    layer_line sum, convolutions;
    aw::json layers = aw::json::array();
    std::vector<std::vector<std::string>> rows{
        {"layer", "kind", "result", "MACs", "MACs (paper)", "parameters"}};
    std::size_t next = 0;
    for (const auto& line : lines) {
        const std::string label = line.approximable ? "conv" + std::to_string(next++) : "";
        rows.push_back({label.empty() ? line.name : label + " " + line.name, line.kind,
                        aw::to_string(line.shape), std::to_string(line.executed), std::to_string(line.paper),
                        std::to_string(line.parameters)});
        layers.push_back({{"name", line.name},
                          {"kind", line.kind},
                          {"shape", {line.shape.height, line.shape.width, line.shape.channels}},
                          {"macs", line.executed},
                          {"macs_paper", line.paper},
                          {"parameters", line.parameters},
                          {"approximable", line.approximable}});
        sum.parameters += line.parameters;
        sum.executed += line.executed;
        if (line.approximable) {
            convolutions.executed += line.executed;
            convolutions.paper += line.paper;
        }
    }
    if (as_json) {
        const aw::json document{
            {"file", file},
            {"input",
             {network.input_shape().height, network.input_shape().width, network.input_shape().channels}},
            {"classes", network.output_shape().size()},
            {"convolutions", next},
            {"macs", sum.executed},
            {"convolution_macs", convolutions.executed},
            {"convolution_macs_paper", convolutions.paper},
            {"parameters", sum.parameters},
            {"metadata", network.metadata},
            {"layers", layers}};
        std::printf("%s\n", document.dump(2).c_str());
        return;
    }
    std::printf("%s", aw::format_table(rows).c_str());
    std::printf(
        "\n%zu convolutions, %llu MACs an image executed (%llu counted as in the paper), %llu parameters\n",
        next, static_cast<unsigned long long>(convolutions.executed),
        static_cast<unsigned long long>(convolutions.paper), static_cast<unsigned long long>(sum.parameters));
    for (const auto& [key, value] : network.metadata) {
        std::printf("%s: %s\n", key.c_str(), value.c_str());
    }
}

} // namespace

void add_network_command(CLI::App& root) {
    auto* network = root.add_subcommand("network", "Look at a network file");
    network->require_subcommand(1);
    auto* command = network->add_subcommand(
        "show", "Layers, shapes, multiplications and parameters, batch normalisation folded\n"
                "Example: alwann network show examples/networks/resnet8_fashion_mnist.onnx");
    const auto file = std::make_shared<std::string>();
    const auto as_json = std::make_shared<bool>(false);
    command->add_option("FILE", *file, "ONNX file")->required();
    command->add_flag("--json", *as_json, "one JSON document on standard output");
    command->callback([file, as_json] { show(*file, *as_json); });
    add_network_histogram(*network);
}

} // namespace program
