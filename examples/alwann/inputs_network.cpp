// SPDX-License-Identifier: MIT
#include "coded_network.hpp"

#include <alwann/io/onnx.hpp>
#include <alwann/io/tensorflow.hpp>
#include <alwann/io/tensorflow_quantised.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace program {

namespace aw = alwann;

std::vector<CLI::Option*> add_quantisation_options(CLI::App& command, common_options& options) {
    auto* group = command.add_option_group("quantisation", "How the trained network becomes one of codes");
    group->add_option("--weights", options.weights, "scale of weight codes: per-channel or per-tensor")
        ->check(CLI::IsMember({"per-channel", "per-tensor"}))
        ->capture_default_str();
    group->add_option("--weight-bits", options.weight_bits, "bits of a weight, 2 to 8")
        ->check(CLI::Range(2, 8))
        ->capture_default_str();
    group->add_option("--activation-bits", options.activation_bits, "bits of an activation, 2 to 8")
        ->check(CLI::Range(2, 8))
        ->capture_default_str();
    group
        ->add_option(
            "--ranges", options.ranges,
            "which activations get codes: minmax (all that calibration sees), percentile[:P] (all but the "
            "tails beyond P %, default 99.99) or mse[:NOISE] (the range of least squared error, where that "
            "of "
            "the multiplier is NOISE - 1 times that of rounding)")
        ->capture_default_str();
    group->add_option("--weight-ranges", options.weight_ranges, "the same of weights")->capture_default_str();
    group->add_flag("--symmetric-weights", options.symmetric_weights,
                    "signed weights with zero point 0 instead of unsigned ones");
    group->add_flag("--exact-first", options.exact_first,
                    "the first layer has exact products and 8 bits, and so has the image");
    group->add_flag("--exact-last", options.exact_last,
                    "the last layer has exact products and 8-bit weights");
    group->add_flag("--approximate-dense", options.approximate_dense,
                    "designs give dense layers a multiplier, too, after the convolutions' numbering");
    return group->get_options();
}

void add_design_ranges_option(CLI::App& command, common_options& options) {
    command.add_option(
        "--design-ranges", options.design_ranges,
        "--ranges for designs alone: narrower ones make the errors of multipliers smaller, and "
        "compensation makes up for what they clip; designs are compared with the exact network "
        "of --ranges; default: the same");
}

aw::quantize_options quantisation_of(const common_options& options) {
    return {.weights_per_channel = options.weights == "per-channel",
            .symmetric_weights = options.symmetric_weights,
            .weight_bits = options.weight_bits,
            .activation_bits = options.activation_bits,
            .ranges = aw::range_rule_from_string(options.ranges),
            .weight_ranges = aw::range_rule_from_string(options.weight_ranges),
            .exact_first = options.exact_first,
            .exact_last = options.exact_last,
            .approximate_dense = options.approximate_dense};
}

aw::json quantisation_settings(const common_options& options) {
    const auto& of_designs = options.design_ranges.empty() ? options.ranges : options.design_ranges;
    return {{"weights", options.weights},
            {"weight_bits", options.weight_bits},
            {"activation_bits", options.activation_bits},
            {"ranges", aw::range_rule_from_string(options.ranges).name()},
            {"design_ranges", aw::range_rule_from_string(of_designs).name()},
            {"weight_ranges", aw::range_rule_from_string(options.weight_ranges).name()},
            {"symmetric_weights", options.symmetric_weights},
            {"exact_first", options.exact_first},
            {"exact_last", options.exact_last},
            {"approximate_dense", options.approximate_dense}};
}

aw::unfrozen_graph read_float_network(const std::string& file) {
    if (std::filesystem::path(file).extension() != ".pb") {
        return {aw::read_onnx(file), {}};
    }
    const auto graph = aw::read_graph_def(file);
    if (aw::is_quantised(graph)) {
        throw aw::value_error(file +
                              ": the graph is quantised already, with ranges of the batch: only `alwann "
                              "evaluate` runs it. Expected a float graph");
    }
    return aw::read_tensorflow(graph);
}

aw::normalisation normalisation_of(const common_options& options, const aw::graph& network) {
    std::string how = options.normalize;
    if (how.empty()) {
        const auto noted = network.metadata.find("normalize");
        how = noted != network.metadata.end() ? noted->second : "none";
    }
    try {
        return aw::normalisation_from_string(how);
    } catch (const aw::error& problem) {
        throw aw::value_error(
            (options.normalize.empty() ? options.network + ": metadata: " : std::string("--normalize: ")) +
            problem.what());
    }
}

std::optional<aw::quantized_graph> read_coded_network(const common_options& options) {
    if (std::filesystem::path(options.network).extension() == ".pb") {
        return std::nullopt;
    }
    auto read = aw::read_onnx_codes(options.network);
    if (!aw::has_codes(read.network)) {
        return std::nullopt;
    }
    if (quantisation_settings(options) != quantisation_settings(common_options{})) {
        throw aw::value_error(options.network +
                              ": the network is quantised already; options of quantisation, such as "
                              "--weight-bits, need a float network");
    }
    return read;
}

namespace {

void require_calibration(const common_options& options, const aw::dataset& tuning) {
    if (tuning.size() < options.calibration) {
        throw aw::value_error("data set '" + tuning.name + "': " + std::to_string(tuning.size()) +
                              " images, but --calibration asks for " + std::to_string(options.calibration));
    }
}

/// Calls use(images) for the calibration images: as floats only so many are in memory.
template <class Use>
void for_each_batch(const common_options& options, const aw::dataset& tuning, const aw::normalisation& how,
                    Use&& use) {
    constexpr std::size_t batch = 64;
    for (std::size_t first = 0; first < options.calibration; first += batch) {
        const auto images = aw::normalise<aw::xtensor_tensors>(tuning, how, first,
                                                               std::min(batch, options.calibration - first));
        use(aw::xtensor_tensors::view(images));
    }
}

aw::coded_images encode_calibration(const common_options& options, const aw::dataset& tuning,
                                    const aw::normalisation& how, const aw::network& network) {
    aw::coded_images calibration{network.input_shape(), 0, {}};
    for_each_batch(options, tuning, how, [&](const auto& images) {
        const auto part = aw::encode_images(network, images);
        calibration.count += part.count;
        calibration.codes.insert(calibration.codes.end(), part.codes.begin(), part.codes.end());
    });
    return calibration;
}

} // namespace

prepared_network prepare_network(const common_options& options, const aw::dataset& tuning) {
    const auto how = quantisation_of(options); // found wrong before any work
    auto clipping = how;
    if (!options.design_ranges.empty()) {
        clipping.ranges = aw::range_rule_from_string(options.design_ranges);
    }
    if (auto coded = read_coded_network(options)) {
        auto network = aw::quantized_network(*coded);
        auto normalise = normalisation_of(options, coded->network);
        require_calibration(options, tuning);
        auto calibration = encode_calibration(options, tuning, normalise, network);
        aw::calibrator seen(coded->network);
        return {{std::move(network), {}},
                std::move(coded->network),
                std::move(normalise),
                std::move(seen),
                std::move(calibration)};
    }
    auto read = read_float_network(options.network);
    auto normalise = normalisation_of(options, read.network);
    require_calibration(options, tuning);
    if (!read.norms.empty()) { // moments are those of all images at once
        const auto images = aw::normalise<aw::xtensor_tensors>(tuning, normalise, 0, options.calibration);
        read = {aw::freeze(read, aw::xtensor_tensors::view(images)), {}};
    }
    aw::calibrator seen(read.network);
    for_each_batch(options, tuning, normalise, [&](const auto& images) { seen.add(images); });
    auto traced = aw::quantize_traced(seen, how);
    auto calibration = encode_calibration(options, tuning, normalise, traced.quantized);
    std::optional<prepared_network::clipped_network> clipped;
    if (!options.design_ranges.empty()) {
        auto network = aw::quantize(seen, clipping);
        auto codes = encode_calibration(options, tuning, normalise, network);
        clipped = {std::move(network), std::move(codes)};
    }
    return {std::move(traced), std::move(read.network), std::move(normalise),
            std::move(seen),   std::move(calibration),  std::move(clipped)};
}

void require_images(const aw::dataset& from, std::size_t first, std::size_t count) {
    if (count == 0 || first > from.size() || count > from.size() - first) {
        throw aw::value_error("data set '" + from.name + "': expected at least 1 image and at most " +
                              std::to_string(from.size() - std::min(first, from.size())) + " from image " +
                              std::to_string(first) + " on, asked for " + std::to_string(count));
    }
}

namespace {

aw::labelled_images take_codes(const aw::network& network, const aw::normalisation& how,
                               const aw::dataset& from, std::size_t first, std::size_t count) {
    require_images(from, first, count);
    const auto images = aw::normalise<aw::xtensor_tensors>(from, how, first, count);
    const auto label = from.labels.begin() + static_cast<std::ptrdiff_t>(first);
    return {aw::encode_images(network, aw::xtensor_tensors::view(images)),
            {label, label + static_cast<std::ptrdiff_t>(count)}};
}

/// Accuracy counts which of a result's numbers is the highest, and whether the label says so.
void require_classes(const prepared_network& prepared, const aw::dataset& from, std::size_t first,
                     std::size_t count) {
    require_images(from, first, count);
    const auto& output = prepared.quantized.nodes().back().shape;
    if (output.height != 1 || output.width != 1) {
        throw aw::shape_error(prepared.trained.source() +
                              ": its result: expected a number for each class, found " +
                              std::to_string(output.height) + "x" + std::to_string(output.width) + "x" +
                              std::to_string(output.channels) + " values");
    }
    const auto classes = static_cast<int>(output.channels);
    for (std::size_t i = first; i < first + count; ++i) {
        if (from.labels[i] < 0 || from.labels[i] >= classes) {
            throw aw::value_error("data set '" + from.name + "': image " + std::to_string(i) +
                                  " has the label " + std::to_string(from.labels[i]) +
                                  ", but the network has " + std::to_string(classes) + " classes");
        }
    }
}

} // namespace

aw::labelled_images take_images(const prepared_network& prepared, const aw::dataset& from, std::size_t first,
                                std::size_t count) {
    return take_codes(prepared.quantized, prepared.normalise, from, first, count);
}

aw::benchmark_images take_test_images(const prepared_network& prepared, const aw::dataset& from,
                                      std::size_t first, std::size_t count, aw::executor_ref workers) {
    require_classes(prepared, from, first, count);
    const aw::benchmark_images exact(prepared.quantized, take_images(prepared, from, first, count), workers);
    if (!prepared.clipped) {
        return exact;
    }
    const auto& network = prepared.clipped->quantized;
    return {network, take_codes(network, prepared.normalise, from, first, count).images, exact};
}

aw::benchmark_images take_search_images(const prepared_network& prepared, const aw::dataset& from,
                                        std::size_t first, std::size_t count, aw::executor_ref workers) {
    require_classes(prepared, from, first, count);
    const auto& network = prepared.of_designs();
    return {network, take_codes(network, prepared.normalise, from, first, count), workers};
}

aw::compensation_data search_calibration(const prepared_network& prepared, std::size_t samples,
                                         aw::executor_ref workers) {
    return {prepared.of_designs(), prepared.calibration_of_designs(), samples, 1, workers};
}

aw::compensation_data design_calibration(const prepared_network& prepared, std::size_t samples,
                                         aw::executor_ref workers) {
    auto result = search_calibration(prepared, samples, workers);
    if (prepared.clipped) {
        result.aim_at(aw::compensation_data(prepared.quantized, prepared.calibration, samples, 1, workers));
    }
    return result;
}

} // namespace program
