// SPDX-License-Identifier: MIT
#include "coded_network.hpp"
#include "commands.hpp"

#include <alwann/io/graph_def.hpp>
#include <alwann/io/onnx.hpp>
#include <alwann/io/tensorflow_quantised.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

namespace program {

namespace aw = alwann;

namespace {

/// The codes of a layer's result.
struct layer_codes {
    std::optional<aw::quantisation> scale; ///< none: the result is the network's, real numbers
    double signal_to_noise = 0;            ///< dB, quantised against float
};

struct layer_line {
    std::string name, kind;
    aw::image_shape shape;
    std::uint64_t executed = 0, paper = 0, parameters = 0;
    bool approximable = false;
    std::optional<aw::value_range> range; ///< of the activations that calibration saw
    std::optional<layer_codes> codes;     ///< none where they are those of a clip that follows
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
        } else if (const auto* product = std::get_if<aw::op::matrix_product>(&node.what)) {
            const aw::convolution_shape shape{
                1, network.nodes()[node.inputs.front()].shape, {}, node.shape.channels, product->groups};
            line.executed = line.paper = aw::macs_of(shape);
            line.approximable = true;
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

/// The layers of a graph that is quantised already.
std::vector<layer_line> describe(const aw::batch_network& network) {
    std::vector<layer_line> lines;
    for (std::size_t i = 0; i < network.nodes().size(); ++i) {
        const auto& node = network.nodes()[i];
        layer_line line;
        line.name = node.name;
        line.shape = node.shape;
        constexpr const char* kinds[] = {"input", "arithmetic", "encode",     "decode", "convolution",
                                         "bias",  "requantise", "batch norm", "relu",   "average pool",
                                         "add",   "pad",        "mean"};
        line.kind = kinds[node.what.index()];
        if (const auto* layer = std::get_if<aw::batch_op::convolution>(&node.what)) {
            const auto shape = network.shape_of(i, 1);
            line.executed = aw::macs_of(shape);
            line.paper = aw::macs_of(shape, aw::mac_count::paper);
            line.parameters = layer->weights.size();
            line.approximable = layer->approximable;
        } else if (const auto* bias = std::get_if<aw::batch_op::add_bias>(&node.what)) {
            line.parameters = bias->codes.size();
        } else if (const auto* norm = std::get_if<aw::batch_op::normalise>(&node.what)) {
            line.parameters = norm->what.gamma.size() + norm->what.beta.size();
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

/// The layers of a network that is quantised already.
std::vector<layer_line> describe(const aw::network& network) {
    std::vector<layer_line> lines;
    for (std::size_t i = 0; i < network.nodes().size(); ++i) {
        const auto& node = network.nodes()[i];
        layer_line line;
        line.name = node.name;
        line.shape = node.shape;
        std::visit([&line]<class Layer>(const Layer&) { line.kind = Layer::kind; }, node.what);
        if (const auto* layer = std::get_if<aw::quantized_convolution>(&node.what)) {
            const auto shape = network.shape_of(i, 1);
            line.executed = aw::macs_of(shape);
            line.paper = aw::macs_of(shape, aw::mac_count::paper);
            line.parameters = layer->parameters();
            line.approximable = layer->approximable;
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

/// Calibrates on the data set and measures the quantised network against the float one on the same images.
std::vector<layer_line> describe_calibrated(const common_options& options) {
    const auto images = read_images(options).tuning;
    const auto prepared = prepare_network(options, images);
    const auto& trained = prepared.seen.network();
    aw::noise_meter meter(prepared.seen, prepared);
    constexpr std::size_t batch = 64;
    for (std::size_t first = 0; first < options.calibration; first += batch) {
        const auto part = aw::normalise<aw::xtensor_tensors>(images, prepared.normalise, first,
                                                             std::min(batch, options.calibration - first));
        meter.add(aw::xtensor_tensors::view(part));
    }
    auto lines = describe(trained);
    std::vector<std::size_t> last_of(prepared.quantized.nodes().size(), 0);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        last_of[prepared.node_of[i]] = i;
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto node = prepared.node_of[i];
        const auto* layer = std::get_if<aw::quantized_convolution>(&prepared.quantized.nodes()[node].what);
        lines[i].approximable = (lines[i].executed > 0) && layer != nullptr && layer->approximable;
        lines[i].range = prepared.seen.seen()[i].range();
        if (last_of[node] == i) { // before a fused clip there are no codes
            auto& codes = lines[i].codes.emplace();
            codes.signal_to_noise = meter.nodes()[node].decibels();
            if (layer == nullptr || !layer->real_output) {
                codes.scale = prepared.quantized.nodes()[node].scale;
            }
        }
    }
    return lines;
}

/// The rows of a layer that go into JSON. A signal without noise has none in dB: null.
aw::json to_json(const layer_line& line) {
    aw::json layer{{"name", line.name},
                   {"kind", line.kind},
                   {"shape", {line.shape.height, line.shape.width, line.shape.channels}},
                   {"macs", line.executed},
                   {"macs_paper", line.paper},
                   {"parameters", line.parameters},
                   {"approximable", line.approximable}};
    if (line.range) {
        layer["range"] = {line.range->low, line.range->high};
    }
    if (line.codes) {
        const double decibels = line.codes->signal_to_noise;
        layer["signal_to_noise_db"] = std::isfinite(decibels) ? aw::json(decibels) : aw::json();
        if (const auto& scale = line.codes->scale) {
            layer["scale"] = scale->scale;
            layer["zero"] = scale->zero;
            layer["codes"] = scale->highest - scale->lowest + 1;
        }
    }
    return layer;
}

/// Number and zero point of a layer's codes.
std::string codes_text(const layer_line& line) {
    if (!line.codes) {
        return "";
    }
    const auto& scale = line.codes->scale;
    return scale
               ? std::to_string(scale->highest - scale->lowest + 1) + ", zero " + std::to_string(scale->zero)
               : "real numbers";
}

struct shown_network {
    std::vector<layer_line> lines;
    std::map<std::string, std::string> metadata;
    bool quantised = false;
};

shown_network look_at(const common_options& options) {
    const auto& file = options.network;
    if (std::filesystem::path(file).extension() == ".pb" && aw::is_quantised(aw::read_graph_def(file))) {
        if (!options.dataset.empty()) {
            throw aw::value_error(file +
                                  ": the graph is quantised already, so there is no float network to measure "
                                  "it against: leave out --dataset");
        }
        return {describe(aw::read_tensorflow_quantised(std::filesystem::path(file))), {}, true};
    }
    if (const auto coded = read_coded_network(options)) {
        if (!options.dataset.empty()) {
            throw aw::value_error(file +
                                  ": the network is quantised already, so there is no float network to "
                                  "measure it against: leave out --dataset");
        }
        const auto network = aw::quantized_network(*coded);
        return {describe(network), network.metadata, true};
    }
    const auto network = aw::fold_batch_norm(read_float_network(file).network);
    return {options.dataset.empty() ? describe(network) : describe_calibrated(options), network.metadata,
            false};
}

void show(const common_options& options) {
    const auto found = look_at(options);
    const auto& lines = found.lines;
    const bool calibrated = !options.dataset.empty();
    layer_line sum, convolutions;
    aw::json layers = aw::json::array();
    std::vector<std::vector<std::string>> rows{
        {"layer", "kind", "result", "MACs", "MACs (paper)", "parameters"}};
    if (calibrated) {
        rows.front().insert(rows.front().end(), {"range", "codes", "signal to noise, dB"});
    }
    std::size_t next = 0;
    for (const auto& line : lines) {
        const std::string label = line.approximable ? "conv" + std::to_string(next++) : "";
        rows.push_back({label.empty() ? line.name : label + " " + line.name, line.kind,
                        aw::to_string(line.shape), std::to_string(line.executed), std::to_string(line.paper),
                        std::to_string(line.parameters)});
        if (line.range) {
            rows.back().push_back(aw::format_fixed(line.range->low, 3) + " to " +
                                  aw::format_fixed(line.range->high, 3));
            rows.back().push_back(codes_text(line));
            rows.back().push_back(line.codes ? aw::format_fixed(line.codes->signal_to_noise, 1) : "");
        }
        layers.push_back(to_json(line));
        sum.parameters += line.parameters;
        sum.executed += line.executed;
        if (line.approximable) {
            convolutions.executed += line.executed;
            convolutions.paper += line.paper;
        }
    }
    const auto& in = lines.front().shape;
    if (options.json) {
        aw::json document{{"file", options.network},
                          {"input", {in.height, in.width, in.channels}},
                          {"classes", lines.back().shape.size()},
                          {"quantised", found.quantised},
                          {"convolutions", next},
                          {"macs", sum.executed},
                          {"convolution_macs", convolutions.executed},
                          {"convolution_macs_paper", convolutions.paper},
                          {"parameters", sum.parameters},
                          {"metadata", found.metadata},
                          {"layers", layers}};
        if (calibrated) {
            document["quantisation"] = quantisation_settings(options);
            document["calibration"] = options.calibration;
        }
        std::printf("%s\n", aw::to_text(document).c_str());
        return;
    }
    std::printf("%s", aw::format_table(rows).c_str());
    std::printf(
        "\n%zu convolutions, %llu MACs an image executed (%llu counted as in the paper), %llu parameters\n",
        next, static_cast<unsigned long long>(convolutions.executed),
        static_cast<unsigned long long>(convolutions.paper), static_cast<unsigned long long>(sum.parameters));
    if (calibrated) {
        std::printf("Ranges and signal to noise (exact products, against the float network): %zu images\n",
                    options.calibration);
    }
    for (const auto& [key, value] : found.metadata) {
        std::printf("%s: %s\n", key.c_str(), value.c_str());
    }
}

} // namespace

void add_network_command(CLI::App& root) {
    auto* network = root.add_subcommand("network", "Look at a network file, or quantise one");
    network->require_subcommand(1);
    auto* command = network->add_subcommand(
        "show",
        "Layers, shapes, multiplications and parameters, batch normalisation folded; with a data set also "
        "ranges of activations and the noise of quantisation\n"
        "Example: alwann network show examples/networks/resnet8_fashion_mnist.onnx --dataset fashion-mnist");
    const auto options = std::make_shared<common_options>();
    command->add_option("FILE", options->network, "ONNX file, or frozen TensorFlow graph (*.pb)")->required();
    auto* dataset = command->add_option(
        "--dataset", options->dataset,
        "calibrate on its first images and compare with the float network, layer by layer");
    command->add_option("--normalize", options->normalize, "as for evaluate")->needs(dataset);
    command->add_option("--calibration", options->calibration, "images of the data set to use")
        ->check(whole_number(1))
        ->capture_default_str()
        ->needs(dataset);
    for (auto* of_codes : add_quantisation_options(*command, *options)) {
        of_codes->needs(dataset);
    }
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] { show(*options); });
    add_network_quantize(*network);
    add_network_histogram(*network);
}

} // namespace program
