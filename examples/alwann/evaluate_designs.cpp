// SPDX-License-Identifier: MIT
#include "evaluate.hpp"

#include <alwann/core/csv.hpp>
#include <alwann/core/source_text.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>

namespace program {

namespace aw = alwann;

namespace {

constexpr std::size_t designs_max_bytes = std::size_t{64} << 20;

/// Designs of a CSV file: the columns conv0, conv1, ... hold names of multipliers, one design a row.
std::vector<std::vector<std::size_t>> read_designs(const std::string& path, const aw::library& parts,
                                                   std::size_t layers) {
    std::istringstream file(aw::detail::read_text_file(path, designs_max_bytes));
    std::string line;
    std::size_t number = 0;
    const auto place = [&] { return "line " + std::to_string(number); };
    const auto next = [&]() -> std::optional<std::vector<std::string>> {
        while (std::getline(file, line)) {
            if (++number == 1 && line.starts_with("\xEF\xBB\xBF")) { // byte-order mark of spreadsheets
                line.erase(0, 3);
            }
            auto cells = aw::csv_fields(line);
            if (!cells) {
                throw aw::format_error(path, place(), "cells whose quotes are closed",
                                       aw::detail::quoted(line));
            }
            if (cells->size() > 1 || !cells->front().empty()) {
                return cells;
            }
        }
        return std::nullopt;
    };
    const auto header = next().value_or(std::vector<std::string>());
    std::vector<std::size_t> columns;
    for (std::size_t l = 0; l < layers; ++l) {
        const std::string name = "conv" + std::to_string(l);
        if (std::count(header.begin(), header.end(), name) != 1) {
            throw aw::format_error(path, "line 1",
                                   "one column " + name + " (the network has " + std::to_string(layers) +
                                       " convolutions)");
        }
        columns.push_back(
            static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin()));
    }
    std::vector<std::vector<std::size_t>> designs;
    while (const auto cells = next()) {
        if (cells->size() != header.size()) {
            throw aw::format_error(path, place(), std::to_string(header.size()) + " cells",
                                   std::to_string(cells->size()));
        }
        auto& design = designs.emplace_back();
        for (std::size_t l = 0; l < layers; ++l) {
            const auto& name = (*cells)[columns[l]];
            if (!parts.contains(name)) {
                throw aw::format_error(path, place() + ", conv" + std::to_string(l),
                                       "a multiplier of the library", aw::detail::quoted(name));
            }
            design.push_back(parts.index_of(name));
        }
    }
    if (designs.empty()) {
        throw aw::format_error(path, "rows", "at least one design after the header");
    }
    return designs;
}

/// Not a number where a cost or the exact multiplier is unknown: evaluation works without either.
double energy_or_nan(const std::vector<std::size_t>& multipliers, const std::vector<std::uint64_t>& macs,
                     const aw::library& parts) {
    try {
        return aw::relative_energy(multipliers, macs, parts);
    } catch (const aw::error&) {
        return std::numeric_limits<double>::quiet_NaN();
    }
}

aw::json to_json(const evaluate_options& options, const aw::library& parts, const evaluation& all,
                 std::size_t d) {
    const auto& [found, seconds, engine] = all.results[d];
    const auto interval = aw::wilson(found.correct, found.images());
    const auto loss = aw::paired_difference(aw::count_pairs(all.exact.hits, found.hits));
    aw::json names = aw::json::array();
    for (const auto index : all.designs[d]) {
        names.push_back(parts[index].name);
    }
    aw::json result{{"accuracy", found.accuracy()},
                    {"correct", found.correct},
                    {"images", found.images()},
                    {"interval", {interval.low, interval.high}},
                    {"relative_energy", energy_or_nan(all.designs[d], all.macs, parts)},
                    {"relative_energy_paper_macs", energy_or_nan(all.designs[d], all.macs_paper, parts)},
                    {"layers", names},
                    {"seconds", seconds},
                    {"engine", engine},
                    {"logit_mse", found.logit_mse},
                    {"exact_accuracy", all.exact.accuracy()},
                    {"loss", loss.difference},
                    {"loss_interval", {loss.interval.low, loss.interval.high}},
                    {"compensation", all.compensation}};
    if (all.statistics.empty()) {
        result["quantisation"] = quantisation_settings(options);
    } else {
        result["statistics"] = all.statistics;
    }
    if (all.real) {
        result["float_accuracy"] = all.real->accuracy();
        result["float_correct"] = all.real->correct;
    }
    return result;
}

/// Of a float network alone.
void report_float(const evaluate_options& options, const evaluation& found) {
    const auto interval = aw::wilson(found.real->correct, found.real->images());
    if (options.json) {
        const aw::json document{{"float_accuracy", found.real->accuracy()},
                                {"float_correct", found.real->correct},
                                {"images", found.real->images()},
                                {"interval", {interval.low, interval.high}},
                                {"statistics", found.statistics}};
        std::printf("%s\n", aw::to_text(document).c_str());
        return;
    }
    std::printf("float network %s %% on %zu images, %s\n",
                aw::format_percent(found.real->accuracy(), interval).c_str(), found.real->images(),
                found.statistics.c_str());
}

} // namespace

std::vector<std::vector<std::size_t>> chosen_designs(const evaluate_options& options,
                                                     const aw::library& parts, std::size_t layers) {
    if (!options.designs.empty()) {
        return read_designs(options.designs, parts, layers);
    }
    const std::vector<std::string> everywhere(layers, options.multiplier.empty() ? parts.exact().name
                                                                                 : options.multiplier);
    const auto& names = options.layers.empty() ? everywhere : options.layers;
    if (names.size() != layers) {
        throw aw::shape_error(options.network + ": --layers: expected a multiplier for each of " +
                              std::to_string(layers) + " convolutions, found " +
                              std::to_string(names.size()));
    }
    std::vector<std::size_t> design;
    for (const auto& name : names) {
        design.push_back(parts.index_of(name));
    }
    return {design};
}

std::string engines_of(const std::vector<aw::convolution_shape>& shapes,
                       const std::vector<aw::table>& tables) {
    std::vector<std::string_view> names;
    for (std::size_t l = 0; l < tables.size(); ++l) {
        const auto name = aw::to_string(aw::active_engine(shapes[l], tables[l].network_form()));
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

image_range measured_images(const evaluate_options& options, const image_sources& sources,
                            std::size_t calibrated) {
    // Images that calibrated are not measured on, unless the data set has a test part of its own.
    const std::size_t skipped = sources.separate ? 0 : calibrated;
    if (options.offset >= sources.test.size()) {
        throw aw::value_error("--offset: data set '" + sources.test.name + "' has " +
                              std::to_string(sources.test.size()) + " images, found " +
                              std::to_string(options.offset));
    }
    const std::size_t first = options.offset + skipped;
    const std::size_t left = sources.test.size() - std::min(first, sources.test.size());
    const std::size_t count = options.images.value_or(left);
    if (skipped > 0) {
        inform("images 0 to " + std::to_string(calibrated - 1) + " calibrate, " + std::to_string(first) +
               " to " + std::to_string(first + std::max<std::size_t>(count, 1) - 1) + " are measured on");
    }
    require_images(sources.test, first, count);
    return {first, count};
}

aw::measurement measure_float(const aw::graph& network, const aw::normalisation& how,
                              const aw::dataset& images, const image_range& range, std::size_t threads) {
    constexpr std::size_t batch = 32;
    const auto folded = aw::fold_batch_norm(network);
    const std::size_t classes = folded.output_shape().size();
    std::vector<float> results(range.count * classes);
    aw::tbb_executor(threads).for_each((range.count + batch - 1) / batch, [&](std::size_t b) {
        const std::size_t begin = b * batch;
        const auto pixels = aw::normalise<aw::xtensor_tensors>(images, how, range.first + begin,
                                                               std::min(batch, range.count - begin));
        const auto found = aw::run_float(folded, aw::xtensor_tensors::view(pixels));
        std::copy(found.begin(), found.end(), results.begin() + static_cast<std::ptrdiff_t>(begin * classes));
    });
    const auto label = images.labels.begin() + static_cast<std::ptrdiff_t>(range.first);
    return aw::score(results, classes, {label, label + static_cast<std::ptrdiff_t>(range.count)});
}

void report(const evaluate_options& options, const aw::library& parts, const evaluation& found) {
    if (found.results.empty()) {
        return report_float(options, found);
    }
    aw::json results = aw::json::array();
    for (std::size_t d = 0; d < found.designs.size(); ++d) {
        results.push_back(to_json(options, parts, found, d));
    }
    if (options.json) {
        std::printf("%s\n", (options.designs.empty() ? results.front() : results).dump(2).c_str());
        return;
    }
    std::vector<std::vector<std::string>> rows{
        {"accuracy %", "loss, points", "energy %", "logit mse", "multipliers"}};
    for (std::size_t d = 0; d < found.designs.size(); ++d) {
        const auto& r = results[d];
        rows.push_back({aw::format_percent(r["accuracy"], {r["interval"][0], r["interval"][1]}),
                        aw::format_percent(r["loss"], {r["loss_interval"][0], r["loss_interval"][1]}),
                        aw::format_fixed(100 * r["relative_energy"].get<double>(), 1),
                        aw::format_fixed(r["logit_mse"], 4), aw::describe_layers(found.designs[d], parts)});
    }
    std::printf("%s\n%zu images, compensation %s; exact quantised network %s %%",
                aw::format_table(rows).c_str(), found.exact.images(), found.compensation.c_str(),
                aw::format_fixed(100 * found.exact.accuracy(), 2).c_str());
    if (found.real) {
        std::printf(", float network %s %%", aw::format_fixed(100 * found.real->accuracy(), 2).c_str());
    }
    std::printf("%s%s\n", found.statistics.empty() ? "" : "; ", found.statistics.c_str());
}

} // namespace program
