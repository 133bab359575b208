// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "explore.hpp"
#include "explore_ranks.hpp"
#include "signals.hpp"

#include <alwann/core/output_file.hpp>
#include <alwann/io/sqlite_archive.hpp>
#include <alwann/search/guided.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace program {

namespace aw = alwann;

namespace {

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

aw::any_architecture architecture_of(const explore_options& options) {
    if (options.architecture == "pipelined") {
        return aw::pipelined{options.tiles, options.mapping == "any" ? aw::pipeline_order::any
                                                                     : aw::pipeline_order::contiguous};
    }
    return aw::power_gated{options.tiles};
}

/// The file of earlier evaluations, --archive or in the folder of results.
std::string archive_file(const explore_options& options, const std::filesystem::path& folder) {
    const std::string file = options.archive.empty() ? (folder / "archive.sqlite").string() : options.archive;
    const bool there = std::filesystem::exists(file);
    if (options.resume && !there) {
        throw aw::io_error(file, "there is no archive to resume from");
    }
    if (there) {
        inform("archive: evaluations in " + file + " are not repeated");
    }
    return file;
}

/// Says so if a few images are in two sets; throws value_error if many are.
void check_disjoint(const aw::coded_images& a, const aw::coded_images& b, const char* one,
                    const char* other) {
    const auto count = aw::require_disjoint(a, b, one, other);
    if (count > 0) {
        inform("images: " + std::to_string(count) + " " + other + " images are also " + one + " images");
    }
}

/// What search() returns. Where no design is within the limits, the error names these.
template <class Search>
aw::exploration under_limits(const explore_options& options, const Search& search) {
    try {
        return search();
    } catch (const aw::infeasible_error& problem) {
        std::string limits;
        for (const auto& limit : options.limits) {
            limits += " --limit " + limit;
        }
        throw aw::infeasible_error(problem.what() + (limits.empty() ? limits : "; asked for were" + limits));
    }
}

void explore(explore_options options) {
    const double start = now();
    choose_engine(options);
    survive_closed_pipes();
    rank_pool ranks;
    if (!ranks.is_root()) {
        ranks.serve(options);
        return;
    }
    watch_for_interrupts();
    if (options.objectives.empty()) {
        // A smooth measure of quality tells designs apart that lose about as many images.
        options.objectives = {options.optimizer == "paper" ? "loss" : "logit-error", "energy"};
    }
    if (options.mapping != "contiguous" && options.architecture != "pipelined") {
        throw aw::value_error("--mapping: only the tiles of --architecture pipelined have an order");
    }
    const std::size_t memory = bytes_from_string(options.memory);
    const auto goals = goals_of(options);
    const chosen_optimizer optimizer(options);
    const auto how = aw::compensation_from_string(options.compensation, aw::search_budget);
    const auto parts = read_libraries(options);
    const auto sources = read_images(options);
    const auto split = split_images(options, sources);
    const std::size_t uniform_count =
        options.uniform_images == 0 ? split.test_count : std::min(options.uniform_images, split.test_count);
    // Early, so that the ranks prepare themselves at the same time.
    ranks.distribute(options, sources.tuning, sources.test.slice(split.test_first, split.test_count),
                     uniform_count, parts);
    const auto prepared = prepare_network(options, sources.tuning);
    const auto& network = prepared.of_designs();
    aw::check_tiles(options.tiles, network.convolutions().size());
    const auto folder = prepare_folder(options.output);
    inform("images: " + sources.tuning.name + " 0 to " + std::to_string(options.calibration - 1) +
           " for calibration, " + std::to_string(split.search_first) + " to " +
           std::to_string(split.search_first + split.search_count - 1) + " for the search; " +
           sources.test.name + " " + std::to_string(split.test_first) + " to " +
           std::to_string(split.test_first + split.test_count - 1) + " for the final measurement");

    const aw::tbb_executor workers(options.threads);
    const auto search_images =
        take_search_images(prepared, sources.tuning, split.search_first, split.search_count, workers);
    const auto final_images =
        prepared.clipped
            ? take_test_images(prepared, sources.tuning, split.search_first, split.search_count, workers)
            : search_images;
    const auto test_images =
        take_test_images(prepared, sources.test, split.test_first, split.test_count, workers);
    const auto uniform_images =
        take_test_images(prepared, sources.test, split.test_first, uniform_count, workers);
    const auto& calibration_images = prepared.calibration_of_designs();
    check_disjoint(calibration_images, search_images.codes(), "calibration", "search");
    check_disjoint(calibration_images, test_images.codes(), "calibration", "test");
    check_disjoint(search_images.codes(), test_images.codes(), "search", "test");
    const auto calibration = search_calibration(prepared, samples_of_search(options), workers);
    const auto final_calibration = design_calibration(prepared, options.samples, workers);
    aw::sqlite_archive archive(archive_file(options, folder));
    aw::design_evaluator evaluator(network, parts, calibration, how, search_images,
                                   {.memory = memory,
                                    .drop_level = options.drop_level,
                                    .archive = &archive,
                                    .seed = options.seed,
                                    .engine = options.engine.empty() ? "auto" : options.engine,
                                    .interrupted = interrupted,
                                    .runner = ranks.runner()});
    // The few that are reported get a compensation that takes its time.
    evaluator.use_finally(aw::compensation_from_string(options.compensation), {}, &final_calibration,
                          &final_images);
    ranks.attach(evaluator, {&final_images, &test_images, &uniform_images});
    const aw::assignment problem(
        evaluator, architecture_of(options),
        options.mac_count == "paper" ? aw::mac_count::paper : aw::mac_count::executed, goals);
    const double modelled = problem.layered_evaluations();
    const auto budget = static_cast<double>(options.budget());
    if (options.optimizer == "guided" && modelled > aw::guided_search::most_of_model * budget) {
        inform("note: knowing each layer alone with each multiplier would take " +
               aw::format_fixed(std::ceil(modelled), 0) + " of " + std::to_string(options.budget()) +
               " evaluations: the search goes without, which costs quality; --evaluations " +
               aw::format_fixed(std::ceil(modelled / aw::guided_search::most_of_model), 0) +
               " or more, or fewer multipliers, would do");
    }
    explore_display display(options);
    // Only one thread may talk to other ranks: there, an evaluation that is alone spreads over all of them.
    const bool one_at_a_time = ranks.size() > 1 && options.optimizer == "steady-state";
    const aw::serial_executor alone;
    aw::json convergence = aw::json::array();
    const auto search = [&] {
        return aw::explore(problem, evaluator, test_images, uniform_images, optimizer,
                           one_at_a_time ? aw::executor_ref(alone) : aw::executor_ref(workers),
                           [&](const aw::explore_progress& progress) {
                               display.show(progress);
                               if (progress.stage == aw::explore_stage::search) {
                                   convergence.push_back({{"evaluations", progress.evaluations},
                                                          {"hypervolume", progress.hypervolume}});
                               }
                           },
                           {options.most_tested, !options.no_uniform});
    };
    const auto found = under_limits(options, search);
    display.end(found);

    const double seconds = now() - start;
    write_results({options, prepared, split, parts, found, convergence, how.name(), uniform_images.size(),
                   ranks.size(), ranks.summary(seconds), seconds},
                  folder);
    if (found.interrupted) {
        std::fflush(stdout);
        throw CLI::RuntimeError(interrupted_status);
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
    command
        ->add_option(
            "--optimizer", options->optimizer,
            "guided: by the sensitivity of layers, then NSGA-II; nsga2; paper: NSGA-II as published; "
            "steady-state: NSGA-II that waits for nobody; random; exhaustive")
        ->check(CLI::IsMember({"guided", "nsga2", "paper", "steady-state", "random", "exhaustive"}))
        ->capture_default_str();
    command
        ->add_option(
            "--objectives", options->objectives,
            "what is minimised: loss, logit-error, energy, area, latency, interval (between images), "
            "multipliers (how many different ones); default: logit-error,energy, with the optimiser paper "
            "loss,energy")
        ->delimiter(',');
    command->add_option("--limit", options->limits,
                        "OBJECTIVE=NUMBER, the most that a design may have of it; repeatable");
    command->add_option("--population", options->population)
        ->check(whole_number(2, most_steps))
        ->capture_default_str();
    command->add_option("--generations", options->generations)
        ->check(whole_number(0, most_steps))
        ->capture_default_str();
    command->add_option("--evaluations", options->evaluations, "bounds the search instead of --generations")
        ->check(whole_number());
    command->add_option("--images", options->images, "search images; default: 500")->check(whole_number());
    command
        ->add_option("--test-images", options->test_images, "images of the final measurement; default: all")
        ->check(whole_number());
    command
        ->add_option(
            "--search-samples", options->search_samples,
            "the same as --samples, for what the search compensates: each layer alone; default: as many, "
            "at most 8192")
        ->check(whole_number(1, aw::compensation_data::most_samples));
    command
        ->add_option("--front", options->most_tested,
                     "most designs of the front that are compensated in the order of layers and tested")
        ->check(whole_number(1))
        ->capture_default_str();
    command
        ->add_option("--uniform-images", options->uniform_images,
                     "of these, images on which uniform designs are measured for comparison; 0: all")
        ->check(whole_number())
        ->capture_default_str();
    command->add_flag("--no-uniform", options->no_uniform,
                      "leave out of the result the uniform designs, which take long with many multipliers");
    command->add_option("--macs", options->mac_count, "multiplications the search weighs: executed or paper")
        ->check(CLI::IsMember({"executed", "paper"}))
        ->capture_default_str();
    command
        ->add_option("--drop-level", options->drop_level,
                     "probability of wrongly dropping a design before it has seen all images; 0: never drop")
        ->check(number(0, 0.5))
        ->capture_default_str();
    command
        ->add_option("--memory", options->memory,
                     "bytes for activations that designs share, such as 512M; of each MPI rank")
        ->capture_default_str();
    command->add_option(
        "--archive", options->archive,
        "file of evaluations, of any search; default: archive.sqlite in the output folder. What is "
        "in it is never computed again");
    command->add_flag("--resume", options->resume,
                      "go on with an interrupted search: its archive must be there");
    command
        ->add_option("--in-flight", options->in_flight,
                     "steady-state: evaluations at a time; default: threads")
        ->check(whole_number());
    command->add_option(
        "--replay", options->replay,
        "steady-state: repeat the search of this results.json exactly; needs its --in-flight");
    command->add_option("--progress", options->progress, "line, json (lines on stderr) or none")
        ->check(CLI::IsMember({"line", "json", "none"}))
        ->capture_default_str();
    command->add_option("--seed", options->seed)->check(whole_number())->capture_default_str();
    command->add_option("--output", options->output, "folder for the results")->required();
    add_run_options(*command, *options);
    add_quantisation_options(*command, *options);
    add_design_ranges_option(*command, *options);
    command->add_flag("--json", options->json, "results.json on standard output too, and nothing else there");
    command->callback([options] { explore(*options); });
}

} // namespace program
