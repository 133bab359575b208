// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "evaluate.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace program {

namespace aw = alwann;

namespace {

void evaluate(const evaluate_options& options) {
    if (is_batch_graph(options)) {
        return evaluate_graph(options);
    }
    if (const evaluate_options usual; options.batch != usual.batch || options.sums != usual.sums) {
        throw aw::value_error(std::string(options.batch != usual.batch ? "--batch" : "--sums") + ": " +
                              options.network + " takes no statistics of the images measured on");
    }
    choose_engine(options);
    const auto how = aw::compensation_from_string(options.compensation);
    const auto parts = read_libraries(options);
    const auto sources = read_images(options);
    const auto prepared = prepare_network(options, sources.tuning);
    const auto& network = prepared.of_designs();
    evaluation all;
    all.designs = chosen_designs(options, parts, network.convolutions().size());
    const auto range = measured_images(options, sources, options.calibration);
    const aw::tbb_executor workers(options.threads);
    const auto images = take_test_images(prepared, sources.test, range.first, range.count, workers);
    const auto calibration = design_calibration(prepared, options.samples, workers);
    all.exact = images.exact();
    std::vector<aw::convolution_shape> shapes;
    for (const auto node : network.convolutions()) {
        shapes.push_back(network.shape_of(node, std::min(range.count, aw::images_per_pass)));
    }
    all.macs = aw::macs_of(network);
    all.macs_paper = aw::macs_of(network, aw::mac_count::paper);
    all.compensation = how.name();

    progress_line progress;
    for (const auto& design : all.designs) {
        const double start = now();
        std::vector<aw::table> tables;
        for (const auto index : design) {
            tables.push_back(parts[index].products);
        }
        const auto show = [&, before = all.results.size()](double share) {
            progress.show(std::to_string(before) + " of " + std::to_string(all.designs.size()) + " designs",
                          static_cast<double>(before) + share, static_cast<double>(all.designs.size()),
                          before, "designs");
        };
        const auto setting =
            calibration.compensate(tables, how, workers, [&](std::size_t done, std::size_t steps) {
                show(static_cast<double>(done) / static_cast<double>(steps + 1));
            });
        auto found = images.measure(setting, workers);
        all.results.push_back({std::move(found), now() - start, engines_of(shapes, tables)});
        show(1);
    }
    if (options.with_float) {
        all.real = measure_float(prepared.trained, prepared.normalise, sources.test, range, options.threads);
    }
    progress.finish();
    report(options, parts, all);
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
    which->add_option(
        "--designs", options->designs,
        "CSV file with a design a row: the columns conv0, conv1, ... hold names of multipliers, "
        "others are ignored");
    which->require_option(0, 1);
    add_run_options(*command, *options);
    add_quantisation_options(*command, *options);
    add_design_ranges_option(*command, *options);
    command->add_option("--images", options->images, "images to measure on; default: all there are")
        ->check(whole_number());
    command->add_option("--offset", options->offset, "test images to leave out at the beginning")
        ->check(whole_number());
    command->add_flag("--float", options->with_float, "also measure the float network");
    command->add_flag("--batch-statistics", options->batch_statistics,
                      "TensorFlow graphs: ranges and moments of the images measured on, --batch at a time; "
                      "default: those of the calibration images, frozen");
    command->add_option("--batch", options->batch, "images that share statistics")
        ->check(whole_number(1))
        ->capture_default_str();
    command
        ->add_option(
            "--sums", options->sums,
            "moments of a batch are summed in float32, one after the other as TensorFlow does it, or in "
            "double")
        ->check(CLI::IsMember({"float32", "double"}))
        ->capture_default_str();
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] { evaluate(*options); });
}

} // namespace program
