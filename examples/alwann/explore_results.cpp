// SPDX-License-Identifier: MIT
#include "explore.hpp"
#include "report.hpp"

#include <alwann/core/output_file.hpp>

#include <cstdio>
#include <filesystem>

namespace program {

namespace aw = alwann;

namespace {

aw::json settings_of(const explore_results& run) {
    const auto& options = run.options;
    const auto& split = run.split;
    return {{"dataset", options.dataset},
            {"test_dataset", options.test_dataset},
            {"normalize", run.prepared.normalise.name},
            {"architecture", options.architecture},
            {"mapping", options.mapping},
            {"tiles", options.tiles},
            {"optimizer", options.optimizer},
            {"population", options.population},
            {"generations", options.generations},
            {"evaluations", options.evaluations},
            {"seed", options.seed},
            {"images", split.search_count},
            {"first_image", split.search_first},
            {"calibration", options.calibration},
            {"samples", options.samples},
            {"search_samples", samples_of_search(options)},
            {"test_images", split.test_count},
            {"uniform_images", options.uniform_images},
            {"front", options.most_tested},
            {"first_test_image", split.test_first},
            {"compensation", run.compensation},
            {"quantisation", quantisation_settings(options)},
            {"objectives", options.objectives},
            {"limits", options.limits},
            {"drop_level", options.drop_level},
            {"memory", options.memory},
            {"mac_count", options.mac_count}};
}

/// The last line on standard output: what was gained at most 0.6 points below the exact 8-bit network.
std::string verdict(const aw::exploration& found) {
    if (found.interrupted) {
        return "Interrupted: the front so far, not measured on test images. The same command goes on from "
               "here.";
    }
    constexpr double points = 0.6;
    const auto* best = aw::cheapest_within(found.front, points);
    if (best == nullptr) {
        return "No design of the front loses at most 0.6 points on the test images.";
    }
    return "Energy saved at <= 0.6 points of loss on the test images: " +
           aw::format_fixed(100 * (1 - best->energy), 1) + " % (loss " +
           aw::format_percent(best->test_loss, best->loss_interval) + " points, 95 % interval, " +
           std::to_string(found.test_images) + " images)";
}

/// What was not emulated, as shares of all products that the designs asked for would have taken.
std::string savings(const aw::evaluation_counts& counts) {
    const double all = counts.emulated + counts.saved_by_known + counts.saved_by_prefixes +
                       counts.saved_by_drops + counts.saved_by_archive;
    const auto share = [all](double part) {
        return aw::format_fixed(all > 0 ? 100 * part / all : 0, 1) + " %";
    };
    return "Products not emulated: " + share(counts.saved_by_known) + " of designs known (" +
           std::to_string(counts.known) + "), " + share(counts.saved_by_prefixes) + " of layers shared, " +
           share(counts.saved_by_drops) + " of designs dropped (" + std::to_string(counts.dropped) + "), " +
           share(counts.saved_by_archive) + " of the archive (" + std::to_string(counts.archived) + ").\n";
}

/// The convolutions that a design gives a multiplier.
aw::json layers_of(const aw::network& network) {
    aw::json layers = aw::json::array();
    for (const auto node : network.convolutions()) {
        const auto shape = network.shape_of(node, 1);
        layers.push_back({{"name", network.nodes()[node].name},
                          {"input", {shape.input.height, shape.input.width, shape.input.channels}},
                          {"kernel", {shape.geometry.kernel_height, shape.geometry.kernel_width}},
                          {"stride", {shape.geometry.stride_height, shape.geometry.stride_width}},
                          {"outputs", shape.outputs},
                          {"groups", shape.groups}});
    }
    return layers;
}

} // namespace

void write_results(const explore_results& run, const std::filesystem::path& folder) {
    const auto& options = run.options;
    const auto& found = run.found;
    const auto& parts = run.parts;
    const auto& network = run.prepared.of_designs();
    const std::string front = aw::to_markdown(found.front, parts);
    std::string summary =
        "Exact 8-bit network: " + aw::format_percent(found.exact_accuracy, found.exact_interval) + " % on " +
        std::to_string(found.test_images) +
        " test images; library's exact multiplier: " + parts.exact().name + ", " +
        aw::format_fixed(parts.exact().price.power_mw, 4) + " mW (" +
        std::string(to_string(parts.exact().price.source)) + ").\n" + std::to_string(found.evaluations) +
        " designs on " + std::to_string(found.search_images) + " search images, " +
        aw::format_fixed(found.emulated_products / 1e9, 0) + " G products emulated in " +
        aw::format_fixed(run.seconds, 1) + " s; hypervolume " + aw::format_fixed(found.hypervolume, 4) +
        "; energies count executed multiplications" +
        (options.mac_count == "executed"
             ? ""
             : " (the search weighed those of --macs " + options.mac_count + ")") +
        "; intervals are 95 %\n(Wilson; of a loss Newcombe, paired), p is McNemar's, " +
        "the probability of such a loss by chance.\n" + savings(found.counts) + run.of_ranks;
    if (!options.json) {
        std::printf("%s\n%s", front.c_str(), summary.c_str());
        std::fflush(stdout); // should writing the files fail, the result has been seen
    }

    aw::json library = aw::json::array();
    for (const auto& part : parts) {
        library.push_back(aw::to_json(part));
    }
    aw::json document{{"alwann", aw::version},
                      {"network",
                       {{"file", options.network},
                        {"convolutions", network.convolutions().size()},
                        {"macs", aw::macs_of(network)},
                        {"macs_paper", aw::macs_of(network, aw::mac_count::paper)},
                        {"layers", layers_of(network)}}},
                      {"library", library},
                      {"settings", settings_of(run)}};
    document.update(aw::to_json(found, parts));
    document["seconds"] = run.seconds;
    document["ranks"] = run.ranks;
    document["convergence"] = run.convergence;
    if (!found.completions.empty()) {
        document["completions"] = found.completions;
    }
    if (options.json) {
        std::printf("%s\n", aw::to_text(document).c_str());
    }
    aw::write_file(folder / "results.json", aw::to_text(document) + "\n");
    aw::write_file(folder / "front.csv", aw::to_csv(found.front, parts));
    aw::write_file(folder / "uniform.csv", aw::to_csv(found.uniform, parts));
    std::string report = "# Designs for " + options.network + "\n\n" + summary + "\n" + verdict(found) +
                         "\n\n## Front\n\n" + front;
    if (!options.no_uniform) {
        report += "\n## One multiplier everywhere\n\nMeasured on " + std::to_string(run.uniform_images) +
                  " test images.\n\n" + aw::to_markdown(found.uniform, parts);
    }
    aw::write_file(folder / "report.md", report);
    write_report(folder, document, parts);
    if (!options.json) {
        std::printf(
            "Files: report.html, report.md, results.json, front.csv, uniform.csv, front.svg and front.gp in "
            "%s\n%s\n",
            folder.string().c_str(), verdict(found).c_str());
    }
}

} // namespace program
