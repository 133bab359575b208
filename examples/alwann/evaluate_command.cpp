// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "inputs.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace program {

namespace aw = alwann;

namespace {

/// The engines that a design's layers run on: each once, in the order of the layers.
std::string engines_of(const aw::network& network, const std::vector<aw::table>& tables, std::size_t images) {
    std::vector<std::string_view> names;
    for (std::size_t l = 0; l < tables.size(); ++l) {
        const auto shape = network.shape_of(network.convolutions()[l], images);
        const auto name = aw::to_string(aw::active_engine(shape, tables[l].network_form()));
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    std::string all;
    for (const auto name : names) {
        all += (all.empty() ? "" : ", ") + std::string(name);
    }
    return all;
}

struct evaluate_options : common_options {
    std::string multiplier;
    std::vector<std::string> layers;
    std::string designs;
    std::size_t offset = 0;
    bool with_float = false;
};

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::string cell;
    std::istringstream stream(line);
    while (std::getline(stream, cell, ',')) {
        const auto first = cell.find_first_not_of(" \t\r\"");
        const auto last = cell.find_last_not_of(" \t\r\"");
        cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    return cells;
}

/// Designs of a CSV file: the columns conv0, conv1, ... hold multiplier names, one design a row.
std::vector<std::vector<std::string>> read_designs(const std::string& path, std::size_t layers) {
    std::ifstream file(path);
    std::string line;
    if (!file || !std::getline(file, line)) {
        throw aw::io_error(path, "cannot be read, or is empty");
    }
    const auto header = cells_of(line);
    std::vector<std::size_t> columns;
    for (std::size_t l = 0; l < layers; ++l) {
        const std::string name = "conv" + std::to_string(l);
        const auto found = std::find(header.begin(), header.end(), name);
        if (found == header.end()) {
            throw aw::format_error(path, "line 1",
                                   "a column " + name + " (the network has " + std::to_string(layers) +
                                       " convolutions)");
        }
        columns.push_back(static_cast<std::size_t>(found - header.begin()));
    }
    std::vector<std::vector<std::string>> designs;
    for (std::size_t number = 2; std::getline(file, line); ++number) {
        const auto cells = cells_of(line);
        if (cells.empty()) {
            continue;
        }
        std::vector<std::string> design;
        for (std::size_t l = 0; l < layers; ++l) {
            if (columns[l] >= cells.size() || cells[columns[l]].empty()) {
                throw aw::format_error(path, "line " + std::to_string(number) + ", conv" + std::to_string(l),
                                       "the name of a multiplier");
            }
            design.push_back(cells[columns[l]]);
        }
        designs.push_back(std::move(design));
    }
    if (designs.empty()) {
        throw aw::format_error(path, "rows", "at least one design after the header");
    }
    return designs;
}

/// Not a number where a cost or the exact multiplier is unknown: evaluation works without either.
double energy_or_nan(const std::vector<std::size_t>& multipliers, const aw::network& network,
                     aw::mac_count count, const aw::library& parts) {
    try {
        return aw::relative_energy(multipliers, aw::macs_of(network, count), parts);
    } catch (const aw::error&) {
        return std::numeric_limits<double>::quiet_NaN();
    }
}

double float_accuracy(const prepared_network& prepared, const aw::dataset& images, std::size_t first,
                      std::size_t count, const aw::tbb_executor& workers) {
    constexpr std::size_t batch = 32;
    const auto folded = aw::fold_batch_norm(prepared.trained);
    const std::size_t batches = (count + batch - 1) / batch;
    std::vector<std::size_t> correct(batches, 0);
    workers.for_each(batches, [&](std::size_t b) {
        const std::size_t begin = first + b * batch;
        const std::size_t size = std::min(batch, first + count - begin);
        const auto pixels = aw::normalise<aw::xtensor_tensors>(images, prepared.normalise, begin, size);
        const auto results = aw::run_float(folded, aw::xtensor_tensors::view(pixels));
        const auto best = aw::top_classes(results, folded.output_shape().size());
        for (std::size_t i = 0; i < size; ++i) {
            correct[b] += best[i] == static_cast<std::size_t>(images.labels[begin + i]) ? 1u : 0u;
        }
    });
    std::size_t all = 0;
    for (const auto each : correct) {
        all += each;
    }
    return static_cast<double>(all) / static_cast<double>(count);
}

void evaluate(const evaluate_options& options) {
    choose_engine(options);
    const auto how = aw::compensation_from_string(options.compensation);
    const auto parts = read_libraries(options);
    const auto sources = read_images(options);
    const auto prepared = prepare_network(options, sources.tuning);
    const auto& network = prepared.quantized;
    const std::size_t layers = network.convolutions().size();

    std::vector<std::vector<std::string>> designs;
    if (!options.designs.empty()) {
        designs = read_designs(options.designs, layers);
    } else if (!options.layers.empty()) {
        designs.push_back(options.layers);
    } else {
        designs.emplace_back(layers, options.multiplier.empty() ? parts.exact().name : options.multiplier);
    }
    std::vector<std::vector<std::size_t>> indices;
    for (const auto& design : designs) {
        if (design.size() != layers) {
            throw aw::shape_error(options.network + ": --layers: expected a multiplier for each of " +
                                  std::to_string(layers) + " convolutions, found " +
                                  std::to_string(design.size()));
        }
        auto& names = indices.emplace_back();
        for (const auto& name : design) {
            names.push_back(parts.index_of(name));
        }
    }

    // Images that calibrated are not measured on, unless the data set has a test part of its own.
    const std::size_t first = options.offset + (sources.separate ? 0 : options.calibration);
    const std::size_t left = sources.test.size() - std::min(first, sources.test.size());
    const std::size_t count = options.images.value_or(left);
    if (!sources.separate) {
        inform("images 0 to " + std::to_string(options.calibration - 1) + " calibrate, " +
               std::to_string(first) + " to " + std::to_string(first + std::max<std::size_t>(count, 1) - 1) +
               " are measured on");
    }
    const aw::tbb_executor workers(options.threads);
    const aw::benchmark_images images(network, take_images(prepared, sources.test, first, count), workers);
    const aw::compensation_data calibration(network, prepared.calibration, options.samples, 1, workers);

    aw::json results = aw::json::array();
    progress_line progress;
    for (std::size_t d = 0; d < indices.size(); ++d) {
        const double start = now();
        std::vector<aw::table> tables;
        aw::json names = aw::json::array();
        for (const auto index : indices[d]) {
            tables.push_back(parts[index].products);
            names.push_back(parts[index].name);
        }
        const auto show = [&](double share) {
            const auto done = static_cast<double>(d) + share;
            progress.show(std::to_string(d) + " of " + std::to_string(indices.size()) + " designs", done,
                          static_cast<double>(indices.size()), d, "designs");
        };
        const auto setting =
            calibration.compensate(tables, how, workers, [&](std::size_t done, std::size_t all) {
                show(static_cast<double>(done) / static_cast<double>(all + 1));
            });
        const auto found = images.measure(setting, workers);
        const auto interval = aw::wilson(found.correct, found.images());
        const auto loss = aw::paired_difference(aw::count_pairs(images.exact().hits, found.hits));
        const auto engine = engines_of(network, tables, std::min(count, aw::images_per_pass));
        results.push_back(
            {{"accuracy", found.accuracy()},
             {"correct", found.correct},
             {"images", found.images()},
             {"interval", {interval.low, interval.high}},
             {"relative_energy", energy_or_nan(indices[d], network, aw::mac_count::executed, parts)},
             {"relative_energy_paper_macs", energy_or_nan(indices[d], network, aw::mac_count::paper, parts)},
             {"layers", names},
             {"seconds", now() - start},
             {"engine", engine},
             {"logit_mse", found.logit_mse},
             {"exact_accuracy", images.exact().accuracy()},
             {"loss", loss.difference},
             {"loss_interval", {loss.interval.low, loss.interval.high}},
             {"compensation", how.name()}});
        progress.show(std::to_string(d + 1) + " of " + std::to_string(indices.size()) + " designs",
                      static_cast<double>(d + 1), static_cast<double>(indices.size()), d + 1, "designs");
    }
    if (options.with_float) {
        const double accuracy = float_accuracy(prepared, sources.test, first, count, workers);
        for (auto& result : results) {
            result["float_accuracy"] = accuracy;
        }
    }
    progress.finish();
    if (options.json) {
        std::printf("%s\n", (options.designs.empty() ? results.front() : results).dump(2).c_str());
        return;
    }
    std::vector<std::vector<std::string>> rows{
        {"accuracy %", "loss, points", "energy %", "logit mse", "multipliers"}};
    for (std::size_t d = 0; d < indices.size(); ++d) {
        const auto& r = results[d];
        rows.push_back({aw::format_percent(r["accuracy"], {r["interval"][0], r["interval"][1]}),
                        aw::format_percent(r["loss"], {r["loss_interval"][0], r["loss_interval"][1]}),
                        aw::format_fixed(100 * r["relative_energy"].get<double>(), 1),
                        aw::format_fixed(r["logit_mse"], 4), aw::describe_layers(indices[d], parts)});
    }
    std::printf("%s\n%zu images, compensation %s; exact 8-bit network %s %%", aw::format_table(rows).c_str(),
                images.size(), how.name().c_str(),
                aw::format_fixed(100 * images.exact().accuracy(), 2).c_str());
    if (options.with_float) {
        std::printf(", float network %s %%",
                    aw::format_fixed(100 * results[0]["float_accuracy"].get<double>(), 2).c_str());
    }
    std::printf("\n");
}

} // namespace

void add_evaluate_command(CLI::App& root) {
    auto* command = root.add_subcommand(
        "evaluate", "Accuracy and energy of given designs\n"
                    "Example: alwann evaluate --network examples/networks/resnet8_fashion_mnist.onnx "
                    "--dataset fashion-mnist --multiplier lowor_7 --images 1000");
    const auto options = std::make_shared<evaluate_options>();
    add_network_options(*command, *options);
    add_library_option(*command, *options);
    auto* which =
        command->add_option_group("design", "One of these; default: the exact multiplier everywhere");
    which->add_option("--multiplier", options->multiplier, "the same multiplier in every convolution");
    which->add_option("--layers", options->layers, "a multiplier for each convolution: M0,M1,...")
        ->delimiter(',');
    which->add_option("--designs", options->designs,
                      "CSV file with a design a row in columns conv0, conv1, ...");
    which->require_option(0, 1);
    add_run_options(*command, *options);
    command->add_option("--images", options->images, "images to measure on; default: all there are")
        ->check(whole_number());
    command->add_option("--offset", options->offset, "test images to leave out at the beginning")
        ->check(whole_number());
    command->add_flag("--float", options->with_float, "also measure the float network");
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] { evaluate(*options); });
}

} // namespace program
