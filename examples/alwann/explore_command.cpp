// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "inputs.hpp"
#include "report.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>

namespace program {

namespace aw = alwann;

namespace {

struct explore_options : common_options {
    std::string architecture = "power-gated";
    std::string mapping = "contiguous";
    std::string optimizer = "nsga2";
    std::string mac_count = "executed";
    std::string output;
    std::size_t tiles = 0;
    std::size_t population = 50;
    std::size_t generations = 30;
    std::size_t evaluations = 0;
    std::size_t test_images = 0;
    std::size_t uniform_images = 2000;
    std::uint64_t seed = 1;
};

/// Where the images of one run come from.
struct image_split {
    std::size_t search_first = 0, search_count = 0, test_first = 0, test_count = 0;
};

image_split split_images(const explore_options& options, const image_sources& sources) {
    if (options.images.value() == 0) {
        throw aw::value_error("--images: expected at least 1 search image, found 0");
    }
    image_split split;
    split.search_first = options.calibration;
    split.search_count = options.images.value();
    split.test_first = sources.separate ? 0 : options.calibration + split.search_count;
    const std::size_t needed = options.calibration + split.search_count + (sources.separate ? 0 : 1);
    if (sources.tuning.size() < needed) {
        throw aw::value_error("data set '" + sources.tuning.name + "': expected at least " +
                              std::to_string(needed) + " images (calibration, search" +
                              (sources.separate ? "" : ", test") + "), found " +
                              std::to_string(sources.tuning.size()));
    }
    const std::size_t left = sources.test.size() - split.test_first;
    if (options.test_images > left) {
        throw aw::value_error("--test-images: expected at most " + std::to_string(left) + ", found " +
                              std::to_string(options.test_images));
    }
    split.test_count = options.test_images == 0 ? left : options.test_images;
    return split;
}

/// The folder for results, found writable before any work is done.
std::filesystem::path prepare_folder(const std::string& name) {
    std::error_code problem;
    std::filesystem::create_directories(name, problem);
    if (problem) {
        throw aw::io_error(name, "cannot be created: " + problem.message());
    }
    const auto probe = std::filesystem::path(name) / "results.json.probe";
    aw::write_file(probe, "");
    std::filesystem::remove(probe, problem);
    return name;
}

/// Images for the final measurement.
struct test_sets {
    const aw::benchmark_images& front;
    const aw::benchmark_images& uniform;
};

template <aw::architecture Architecture, aw::optimizer Optimizer>
aw::exploration search(const aw::design_evaluator<aw::any_compensation>& evaluator, Architecture accelerator,
                       const test_sets& test, const Optimizer& optimizer, const explore_options& options) {
    const aw::assignment problem(evaluator, accelerator,
                                 options.mac_count == "paper" ? aw::mac_count::paper
                                                              : aw::mac_count::executed);
    const aw::tbb_executor workers(options.threads);
    progress_line progress;
    return aw::explore(
        problem, evaluator, test.front, test.uniform, optimizer, workers,
        [&](aw::explore_stage stage, std::size_t done, std::size_t all, std::size_t evaluations) {
            const char* what = stage == aw::explore_stage::uniform  ? "uniform design "
                               : stage == aw::explore_stage::search ? "generation "
                                                                    : "measuring on test images ";
            progress.show(what + std::to_string(done) + " of " + std::to_string(all),
                          static_cast<double>(done), static_cast<double>(all), evaluations, "evaluations");
        });
}

template <aw::architecture Architecture>
aw::exploration search_with(const aw::design_evaluator<aw::any_compensation>& evaluator,
                            Architecture accelerator, const test_sets& test, const explore_options& options) {
    const std::size_t budget =
        options.evaluations != 0 ? options.evaluations : options.population * (options.generations + 1);
    const std::size_t generations = options.evaluations == 0       ? options.generations
                                    : budget <= options.population ? 0
                                                                   : budget / options.population - 1;
    if (options.optimizer == "random") {
        return search(evaluator, accelerator, test,
                      aw::random_search{.evaluations = budget, .seed = options.seed}, options);
    }
    if (options.optimizer == "exhaustive") {
        return search(evaluator, accelerator, test, aw::exhaustive{}, options);
    }
    auto optimizer = options.optimizer == "paper" ? aw::nsga2::paper() : aw::nsga2{};
    optimizer.population = options.population;
    optimizer.generations = generations;
    optimizer.seed = options.seed;
    return search(evaluator, accelerator, test, optimizer, options);
}

aw::json settings_of(const explore_options& options, const prepared_network& prepared,
                     const image_split& split, const aw::any_compensation& how) {
    return {{"dataset", options.dataset},
            {"test_dataset", options.test_dataset},
            {"normalize", prepared.normalise.name},
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
            {"test_images", split.test_count},
            {"uniform_images", options.uniform_images},
            {"first_test_image", split.test_first},
            {"compensation", how.name()},
            {"quantisation", quantisation_settings(options)},
            {"mac_count", options.mac_count}};
}

/// The last line on standard output: what was gained at most 0.6 points below the exact 8-bit network.
std::string verdict(const aw::exploration& found) {
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

void explore(explore_options options) {
    const double start = now();
    choose_engine(options);
    if (options.population < 2) {
        throw aw::value_error("--population: expected at least 2, found " +
                              std::to_string(options.population));
    }
    const auto how = aw::compensation_from_string(options.compensation, aw::search_budget);
    const auto parts = read_libraries(options);
    const auto sources = read_images(options);
    const auto split = split_images(options, sources);
    const auto prepared = prepare_network(options, sources.tuning);
    const auto& network = prepared.quantized;
    aw::check_tiles(options.tiles, network.convolutions().size());
    const auto folder = prepare_folder(options.output);
    inform("images: " + sources.tuning.name + " 0 to " + std::to_string(options.calibration - 1) +
           " for calibration, " + std::to_string(split.search_first) + " to " +
           std::to_string(split.search_first + split.search_count - 1) + " for the search; " +
           sources.test.name + " " + std::to_string(split.test_first) + " to " +
           std::to_string(split.test_first + split.test_count - 1) + " for the final measurement");

    const aw::tbb_executor workers(options.threads);
    const aw::benchmark_images search_images(
        network, take_images(prepared, sources.tuning, split.search_first, split.search_count), workers);
    const aw::benchmark_images test_images(
        network, take_images(prepared, sources.test, split.test_first, split.test_count), workers);
    const std::size_t uniform_count =
        options.uniform_images == 0 ? split.test_count : std::min(options.uniform_images, split.test_count);
    const aw::benchmark_images uniform_images(
        network, take_images(prepared, sources.test, split.test_first, uniform_count), workers);
    const aw::compensation_data calibration(network, prepared.calibration, options.samples, 1, workers);
    const aw::design_evaluator evaluator(network, parts, calibration, how, search_images);

    const test_sets test{test_images, uniform_images};
    const auto found = options.architecture == "pipelined"
                           ? search_with(evaluator,
                                         aw::pipelined{options.tiles, options.mapping == "any"
                                                                          ? aw::pipeline_order::any
                                                                          : aw::pipeline_order::contiguous},
                                         test, options)
                           : search_with(evaluator, aw::power_gated{options.tiles}, test, options);

    const std::string front = aw::to_markdown(found.front, parts);
    const double seconds = now() - start;
    std::string summary =
        "Exact 8-bit network: " + aw::format_percent(found.exact_accuracy, found.exact_interval) + " % on " +
        std::to_string(found.test_images) +
        " test images; library's exact multiplier: " + parts.exact().name + ", " +
        aw::format_fixed(parts.exact().price.power_mw, 4) + " mW (" +
        std::string(to_string(parts.exact().price.source)) + ").\n" + std::to_string(found.evaluations) +
        " designs on " + std::to_string(found.search_images) + " search images, " +
        aw::format_fixed(found.emulated_products / 1e9, 0) + " G products emulated in " +
        aw::format_fixed(seconds, 1) + " s; hypervolume " + aw::format_fixed(found.hypervolume, 4) +
        "; energies count " + options.mac_count + " multiplications; intervals are 95 %.\n";
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
                        {"macs_paper", aw::macs_of(network, aw::mac_count::paper)}}},
                      {"library", library},
                      {"settings", settings_of(options, prepared, split, how)}};
    document.update(aw::to_json(found, parts));
    document["seconds"] = seconds;
    if (options.json) {
        std::printf("%s\n", document.dump(2).c_str());
    }
    aw::write_file(folder / "results.json", document.dump(2) + "\n");
    aw::write_file(folder / "front.csv", aw::to_csv(found.front, parts));
    aw::write_file(folder / "uniform.csv", aw::to_csv(found.uniform, parts));
    aw::write_file(folder / "report.md", "# Designs for " + options.network + "\n\n" + summary + "\n" +
                                             verdict(found) + "\n\n## Front\n\n" + front +
                                             "\n## One multiplier everywhere\n\nMeasured on " +
                                             std::to_string(uniform_images.size()) + " test images.\n\n" +
                                             aw::to_markdown(found.uniform, parts));
    write_report(folder, document, parts);
    if (!options.json) {
        std::printf(
            "Files: report.html, report.md, results.json, front.csv, uniform.csv and front.svg in %s\n%s\n",
            folder.string().c_str(), verdict(found).c_str());
    }
}

} // namespace

void add_explore_command(CLI::App& root) {
    auto* command = root.add_subcommand(
        "explore", "Searches the Pareto front of accuracy and energy for a network\n"
                   "Example: alwann explore --network examples/networks/resnet8_fashion_mnist.onnx --dataset "
                   "fashion-mnist --library standard --architecture power-gated --tiles 3 --population 20 "
                   "--generations 10 --images 500 --seed 1 --output results");
    const auto options = std::make_shared<explore_options>();
    options->images = 500;
    add_network_options(*command, *options);
    add_library_option(*command, *options);
    command->add_option("--architecture", options->architecture, "power-gated or pipelined")
        ->check(CLI::IsMember({"power-gated", "pipelined"}))
        ->capture_default_str();
    command->add_option("--mapping", options->mapping, "layers of a pipelined tile: contiguous or any")
        ->check(CLI::IsMember({"contiguous", "any"}))
        ->capture_default_str();
    command->add_option("--tiles", options->tiles, "tiles, at most one per convolution")
        ->check(whole_number())
        ->required();
    command->add_option("--optimizer", options->optimizer, "nsga2, paper, random or exhaustive")
        ->check(CLI::IsMember({"nsga2", "paper", "random", "exhaustive"}))
        ->capture_default_str();
    command->add_option("--population", options->population)->check(whole_number())->capture_default_str();
    command->add_option("--generations", options->generations)->check(whole_number())->capture_default_str();
    command->add_option("--evaluations", options->evaluations, "bounds the search instead of --generations")
        ->check(whole_number());
    command->add_option("--images", options->images, "search images; default: 500")->check(whole_number());
    command
        ->add_option("--test-images", options->test_images, "images of the final measurement; default: all")
        ->check(whole_number());
    command
        ->add_option("--uniform-images", options->uniform_images,
                     "of these, images on which uniform designs are measured for comparison; 0: all")
        ->check(whole_number())
        ->capture_default_str();
    command->add_option("--macs", options->mac_count, "multiplications the search weighs: executed or paper")
        ->check(CLI::IsMember({"executed", "paper"}))
        ->capture_default_str();
    command->add_option("--seed", options->seed)->capture_default_str();
    command->add_option("--output", options->output, "folder for the results")->required();
    add_run_options(*command, *options);
    add_quantisation_options(*command, *options);
    command->add_flag("--json", options->json, "results.json on standard output too, and nothing else there");
    command->callback([options] { explore(*options); });
}

} // namespace program
