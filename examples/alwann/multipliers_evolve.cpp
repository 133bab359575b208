// SPDX-License-Identifier: MIT
#include "multipliers.hpp"
#include "signals.hpp"

#include <alwann/circuit/arithmetic.hpp>
#include <alwann/circuit/evolve.hpp>
#include <alwann/library/merge.hpp>
#include <alwann/library/multiplier_file.hpp>
#include <alwann/library/saved_library.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace program {

namespace aw = alwann;
namespace fs = std::filesystem;

namespace {

struct evolve_options : common_options {
    aw::evolution_settings settings;
    std::string from; ///< empty: the exact Dadda multiplier, or what the checkpoint began with
    std::string histogram;
    std::string checkpoint;
    std::string out;
    std::string name;
    std::optional<double> seconds;
    std::optional<std::size_t> candidates;
};

aw::netlist seed_circuit(const evolve_options& options) {
    if (options.from.empty()) {
        return aw::circuits::exact_dadda();
    }
    const auto part = aw::multiplier_format_of(options.from) ? aw::read_multiplier(options.from).part
                                                             : read_libraries(options).find(options.from);
    const auto circuit = aw::circuit_of(part);
    if (circuit.is_signed) {
        throw aw::value_error(options.from + ": its operands are signed; evolution is for unsigned ones");
    }
    return circuit.circuit;
}

/// Where the result goes; tells before the evolution what would fail after it.
class destination {
public:
    explicit destination(std::string path)
        : path_(std::move(path)), format_(aw::multiplier_format_of(path_)) {
        const auto parent = fs::path(path_).parent_path();
        std::error_code problem;
        if (format_ && !parent.empty() && !fs::is_directory(parent, problem)) {
            throw aw::io_error(path_, "its folder does not exist");
        }
        if (!format_) {
            fs::create_directories(path_, problem);
            if (problem) {
                throw aw::io_error(path_, "cannot be created: " + problem.message());
            }
            if (aw::is_saved_library(path_)) {
                merger_ = aw::component_merger(aw::load_library(path_));
            }
        }
    }

    /// A file's name without the extension, else what the circuit computes.
    [[nodiscard]] std::string name_for(const aw::component& part) const {
        return format_ ? fs::path(path_).stem().string() : "evo_" + aw::hash_text(part.hash).substr(0, 8);
    }

    /// The name under which it was written.
    std::string write(const aw::component& part) {
        if (format_) {
            aw::write_multiplier(part, path_, *format_);
            return part.name;
        }
        const auto outcome = merger_.add(part);
        aw::save_library(merger_.finish(), path_);
        return outcome.name;
    }

private:
    std::string path_;
    std::optional<aw::multiplier_format> format_;
    aw::component_merger merger_;
};

/// Epochs for a number of candidates; few candidates are shared out in one epoch.
void bound_candidates(aw::evolution_settings& settings, std::size_t candidates) {
    const std::size_t each = std::max<std::size_t>(1, (candidates + settings.islands - 1) / settings.islands);
    settings.epoch_candidates = std::min<std::uint64_t>(settings.epoch_candidates, each);
    settings.epochs = (each + settings.epoch_candidates - 1) / settings.epoch_candidates;
}

/// A checkpoint that cannot be written is no reason to lose the evolution.
void checkpoint(const aw::evolution& evolution, const std::string& file) {
    try {
        evolution.save(file);
    } catch (const aw::io_error& problem) {
        inform(std::string(problem.what()) + "; the evolution goes on");
    }
}

/// Writes the result; if that fails, somewhere else. Returns the name under which it was written.
std::string write(destination& out, const aw::component& part) {
    try {
        return out.write(part);
    } catch (const aw::error& problem) {
        const auto refuge = fs::temp_directory_path() / (aw::file_name_of(part) + ".c");
        aw::write_multiplier(part, refuge, aw::multiplier_format::c_model);
        throw aw::io_error(std::string(problem.what()), "the result is in " + refuge.string());
    }
}

void evolve(const evolve_options& options) {
    require_utf8("--name", options.name);
    survive_closed_pipes();
    auto settings = options.settings;
    if (!options.histogram.empty()) {
        settings.operands = aw::read_operand_weights(options.histogram);
    }
    if (options.candidates) {
        bound_candidates(settings, *options.candidates);
    } else if (options.seconds) {
        settings.epochs = std::numeric_limits<std::size_t>::max();
    }
    destination out(options.out);
    const bool resumes = !options.checkpoint.empty() && fs::exists(options.checkpoint);
    auto evolution = resumes ? aw::evolution::restore(options.checkpoint, settings)
                             : aw::evolution(seed_circuit(options), settings);
    if (resumes && !options.from.empty() &&
        aw::evolution(seed_circuit(options), settings).seed() != evolution.seed()) {
        throw aw::value_error(options.checkpoint + ": began with another circuit than --from " +
                              options.from);
    }
    const double start = now();
    const auto before = evolution.progress();
    if (resumes) {
        inform(options.checkpoint + ": goes on after " + std::to_string(before.candidates) + " candidates");
    }
    const std::uint64_t tried_before = before.candidates;
    watch_for_interrupts(); // the best so far is kept
    progress_line progress;
    constexpr std::string_view by_interrupt = "interrupt";
    std::string_view stopped = "candidates";
    const auto& best =
        evolution.run(aw::tbb_executor(options.threads), [&](const aw::evolution_progress& at) {
            const double elapsed = now() - start;
            const double limit = options.seconds.value_or(0);
            const bool by_time =
                options.seconds && (!options.candidates || elapsed / limit * static_cast<double>(at.epochs) >
                                                               static_cast<double>(at.epoch));
            progress.show("best " + aw::format_fixed(at.best.price.power_mw, 4) + " mW, " +
                              aw::format_fixed(at.best.price.area_um2, 1) + " um2, MAE " +
                              aw::format_fixed(at.best.errors.mae_percent, 4) + " %",
                          by_time ? elapsed : static_cast<double>(at.epoch),
                          by_time ? limit : static_cast<double>(at.epochs), at.candidates - tried_before,
                          "candidates");
            if (!options.checkpoint.empty()) {
                checkpoint(evolution, options.checkpoint);
            }
            if (interrupted()) {
                stopped = by_interrupt;
                return false;
            }
            if (options.seconds && elapsed >= limit) {
                stopped = "seconds";
                return false;
            }
            return true;
        });
    progress.finish();
    const double seconds = now() - start;
    auto part = aw::make_component(best.circuit, "evolved", settings.model);
    const std::string name = options.name.empty() ? out.name_for(part) : options.name;
    part = aw::make_component(best.circuit, name, settings.model);
    part.tags.emplace_back("evolved");
    const std::string written = write(out, part);
    const auto after = evolution.progress();
    const auto exact = aw::estimate_cost(aw::circuits::exact_dadda(), settings.model);
    auto document = describe(part);
    document["name"] = written;
    document["weighted_percent"] = best.weighted_percent;
    document["relative_power"] = part.price.power_mw / exact.power_mw;
    document["relative_area"] = part.price.area_um2 / exact.area_um2;
    document["candidates"] = after.candidates;
    document["candidates_per_second"] = static_cast<double>(after.candidates - tried_before) / seconds;
    document["seconds"] = seconds;
    document["stopped_by"] = stopped;
    document["out"] = options.out;
    if (options.json) {
        std::printf("%s\n", aw::to_text(document).c_str());
    } else {
        document = aw::json::parse(aw::to_text(document, -1)); // NaN becomes null
        std::printf("%s", aw::format_table(field_rows(document)).c_str());
    }
    if (stopped == by_interrupt) {
        std::fflush(stdout);
        throw CLI::RuntimeError(interrupted_status);
    }
}

} // namespace

void add_multipliers_evolve(CLI::App& multipliers) {
    auto* command = multipliers.add_subcommand(
        "evolve", "Evolves a multiplier of less power and area within limits on its errors\n"
                  "Example: alwann multipliers evolve --mae 0.1 --wce 1 --zero-preserving --seconds 60 "
                  "--out my_library");
    const auto options = std::make_shared<evolve_options>();
    auto& settings = options->settings;
    auto& limits = settings.limits;
    command->add_option(
        "--from", options->from,
        "seed: a name in the library, or a file .c, .v or .blif; default: exact_dadda, or what "
        "the checkpoint began with");
    add_library_option(*command, *options);
    command->add_option("--mae", limits.mae_percent, "most mean absolute error, % of 65536");
    command->add_option("--wce", limits.wce_percent, "most worst-case error, % of 65536");
    command->add_option("--mre", limits.mre_percent, "most mean relative error, %");
    command->add_option("--bias", limits.bias, "most absolute value of the mean error");
    command->add_option("--weighted", limits.weighted_percent,
                        "most mean absolute error, % of 65536, of operands as often as --histogram has them");
    command->add_option(
        "--histogram", options->histogram,
        "how often a network has each operand code, as `alwann network histogram` writes it: a text of 256 "
        "numbers for activations, then 256 for weights");
    command->add_flag("--zero-preserving", limits.zero_preserving, "products with zero stay zero");
    command
        ->add_option(
            "--candidates", options->candidates,
            "circuits to try, shared by the islands; default: 16 million, or as many as --seconds allows")
        ->check(whole_number(1));
    command
        ->add_option("--seconds", options->seconds,
                     "time to stop after; how far it gets depends on the machine")
        ->check(number(1e-3, 1e9));
    command->add_option("--seed", settings.seed, "of all randomness")
        ->check(whole_number())
        ->capture_default_str();
    command->add_option("--islands", settings.islands, "circuits that evolve beside each other")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command->add_option("--threads", options->threads, "threads; default: all cores")
        ->check(whole_number(0, most_threads));
    command->add_option("--checkpoint", options->checkpoint,
                        "file that the evolution is saved to, and goes on from if it is there");
    command
        ->add_option("--out", options->out,
                     "file .c, .v, .blif, .bin or .txt, or the folder of a library to add the result to")
        ->required();
    command->add_option("--name", options->name, "of the result; default: the file's, or evo_ and a hash");
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] { evolve(*options); });
}

} // namespace program
