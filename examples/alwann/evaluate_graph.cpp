// SPDX-License-Identifier: MIT
#include "evaluate.hpp"

#include <alwann/compensation/batch_tuning.hpp>
#include <alwann/io/tensorflow.hpp>
#include <alwann/io/tensorflow_quantised.hpp>
#include <alwann/nn/batch_designs.hpp>

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

namespace program {

namespace aw = alwann;

namespace {

using design_list = std::vector<std::vector<std::size_t>>;

aw::summation sums_of(const evaluate_options& options) {
    return options.sums == "double" ? aw::summation::double_precision : aw::summation::sequential_float;
}

std::string statistics_of(const evaluate_options& options) {
    return "statistics of every " + std::to_string(options.batch) + " images, summed in " + options.sums;
}

/// Refuses what would have no effect.
void check_options(const evaluate_options& options) {
    if (!options.normalize.empty() && options.normalize != "raw") {
        throw aw::value_error("--normalize " + options.normalize + ": " + options.network +
                              " takes bytes and scales them itself; expected raw, or nothing");
    }
    if (quantisation_settings(options) != quantisation_settings(common_options{})) {
        throw aw::value_error(options.network +
                              ": the graph is quantised already; options of quantisation, such as "
                              "--weight-bits, need a float network");
    }
    if (options.with_float) {
        throw aw::value_error(options.network + ": the graph is quantised; --float needs a float network");
    }
}

/// Whether weights are tuned.
bool tunes_weights(const evaluate_options& options) {
    (void)aw::compensation_from_string(options.compensation); // a name that is none is found wrong as such
    if (options.compensation != "default" && !options.compensation.starts_with("default:") &&
        options.compensation != "weight-tuning" && options.compensation != "none") {
        throw aw::value_error(
            "--compensation " + options.compensation + ": " + options.network +
            " normalises by statistics, which re-centre every channel already; expected none or "
            "weight-tuning (the default)");
    }
    return options.compensation != "none";
}

/// The logits of every design, with statistics of the images themselves.
std::vector<std::vector<float>> run_on_batches(const aw::batch_network& network,
                                               const std::vector<aw::batch_design>& designs,
                                               std::span<const std::uint8_t> pixels,
                                               const evaluate_options& options) {
    aw::batch_options how;
    how.batch = options.batch;
    how.sums = sums_of(options);
    return aw::run_designs(network, designs, pixels, how, aw::tbb_executor(options.threads));
}

/// The logits of every design, with statistics of the calibration images, which run on the same design.
std::vector<std::vector<float>> run_frozen(const aw::batch_network& network,
                                           const std::vector<aw::batch_design>& designs,
                                           std::span<const std::uint8_t> calibration,
                                           std::span<const std::uint8_t> pixels,
                                           const evaluate_options& options) {
    aw::batch_options how;
    how.sums = sums_of(options);
    std::vector<std::vector<float>> logits(designs.size());
    const aw::tbb_executor workers(options.threads);
    workers.for_each(designs.size(), [&](std::size_t d) {
        const auto statistics =
            aw::run_batch(network, designs[d], calibration, how, [](std::size_t, const aw::batch_result&) {});
        auto frozen = how;
        frozen.batch = 250; // for memory: results do not depend on it
        frozen.frozen = &statistics;
        logits[d] = aw::run(network, designs[d], pixels, frozen);
    });
    return logits;
}

void evaluate_quantised(const evaluate_options& options, const aw::graph_def& file) {
    check_options(options);
    const bool tuned = tunes_weights(options);
    choose_engine(options);
    const auto parts = read_libraries(options);
    const auto network = aw::read_tensorflow_quantised(file);
    const auto sources = read_images(options);
    evaluation all;
    all.designs = chosen_designs(options, parts, network.convolutions().size());
    const auto range = measured_images(options, sources, options.batch_statistics ? 0 : options.calibration);
    for (const auto* images : {&sources.test, &sources.tuning}) {
        if (images->shape != network.input_shape()) {
            throw aw::shape_error("data set '" + images->name + "': expected images of " +
                                  to_string(network.input_shape()) + ", found " + to_string(images->shape));
        }
    }
    all.compensation = tuned ? "weight-tuning" : "none";
    std::vector<aw::convolution_shape> shapes;
    for (const auto node : network.convolutions()) {
        shapes.push_back(network.shape_of(node, options.batch_statistics ? options.batch : range.count));
        all.macs.push_back(aw::macs_of(shapes.back()));
        all.macs_paper.push_back(aw::macs_of(shapes.back(), aw::mac_count::paper));
    }

    // The exact network comes last.
    const aw::weight_tuning tuning;
    std::vector<aw::batch_design> designs;
    std::vector<std::string> engines;
    for (const auto& design : all.designs) {
        std::vector<aw::table> tables;
        for (const auto index : design) {
            tables.push_back(parts[index].products);
        }
        if (tuned) {
            designs.push_back(aw::tuned_design(network, tables, tuning));
        } else {
            auto& plain = designs.emplace_back();
            for (std::size_t l = 0; l < tables.size(); ++l) {
                plain.emplace_back(tables[l], network.convolution(l));
            }
        }
        engines.push_back(engines_of(shapes, tables));
    }
    designs.push_back(aw::uniform_design(network, aw::exact_table()));

    const double start = now();
    const auto pixels = sources.test.images(range.first, range.count);
    std::vector<std::vector<float>> logits;
    if (options.batch_statistics) {
        all.statistics = statistics_of(options);
        logits = run_on_batches(network, designs, pixels, options);
    } else {
        all.statistics = "statistics of " + std::to_string(options.calibration) +
                         " calibration images on the same design, summed in " + options.sums;
        require_images(sources.tuning, 0, options.calibration);
        logits = run_frozen(network, designs, sources.tuning.images(0, options.calibration), pixels, options);
    }
    const double seconds = (now() - start) / static_cast<double>(designs.size());
    const auto label = sources.test.labels.begin() + static_cast<std::ptrdiff_t>(range.first);
    const std::vector<int> labels(label, label + static_cast<std::ptrdiff_t>(range.count));
    all.exact = aw::score(logits.back(), network.classes(), labels, logits.back());
    for (std::size_t d = 0; d < all.designs.size(); ++d) {
        all.results.push_back(
            {aw::score(logits[d], network.classes(), labels, logits.back()), seconds, engines[d]});
    }
    report(options, parts, all);
}

/// A float graph whose moments are those of the images measured on.
void evaluate_float(const evaluate_options& options, const aw::graph_def& file) {
    if (!options.multiplier.empty() || !options.layers.empty() || !options.designs.empty()) {
        throw aw::value_error(
            options.network +
            ": multipliers work on codes, and a float graph is quantised with frozen statistics "
            "only: leave out --batch-statistics, or the design");
    }
    if (quantisation_settings(options) != quantisation_settings(common_options{}) ||
        options.compensation != common_options{}.compensation) {
        throw aw::value_error(options.network +
                              ": a float graph with --batch-statistics is measured in floats; options of "
                              "quantisation and compensation need codes");
    }
    const auto network = aw::read_tensorflow(file);
    const auto how = normalisation_of(options, network.network);
    const auto sources = read_images(options);
    const auto range = measured_images(options, sources, 0);
    std::vector<float> results;
    for (std::size_t first = 0; first < range.count; first += options.batch) {
        const auto images = aw::normalise<aw::xtensor_tensors>(sources.test, how, range.first + first,
                                                               std::min(options.batch, range.count - first));
        const auto view = aw::xtensor_tensors::view(images);
        const auto found = aw::run_float(aw::freeze(network, view, sums_of(options)), view);
        results.insert(results.end(), found.begin(), found.end());
    }
    const auto label = sources.test.labels.begin() + static_cast<std::ptrdiff_t>(range.first);
    evaluation all;
    all.real = aw::score(results, network.network.output_shape().size(),
                         {label, label + static_cast<std::ptrdiff_t>(range.count)});
    all.statistics = statistics_of(options);
    report(options, {}, all);
}

} // namespace

bool is_batch_graph(const evaluate_options& options) {
    if (std::filesystem::path(options.network).extension() != ".pb") {
        if (options.batch_statistics) {
            throw aw::value_error("--batch-statistics: " + options.network +
                                  " has its statistics in itself; expected a TensorFlow graph (*.pb)");
        }
        return false;
    }
    return options.batch_statistics || aw::is_quantised(aw::read_graph_def(options.network));
}

void evaluate_graph(const evaluate_options& options) {
    const auto file = aw::read_graph_def(options.network);
    if (aw::is_quantised(file)) {
        evaluate_quantised(options, file);
    } else {
        evaluate_float(options, file);
    }
}

} // namespace program
