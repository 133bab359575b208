// SPDX-License-Identifier: MIT
#include "multipliers.hpp"

#include <alwann/library/merge.hpp>
#include <alwann/library/multiplier_file.hpp>
#include <alwann/library/saved_library.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>

namespace program {

namespace aw = alwann;
namespace fs = std::filesystem;

namespace {

struct import_options {
    std::vector<std::string> sources;
    std::vector<std::string> tags;
    std::string into;
    bool is_signed = false;
    bool json = false;
};

/// The multipliers of a source. Signed operands can be demanded of files, as tables need not tell.
aw::library read_source(const std::string& source, bool is_signed) {
    if (!is_signed) {
        return read_library(source);
    }
    if (!aw::multiplier_format_of(source)) {
        throw aw::value_error(source + ": --signed is for files of one multiplier");
    }
    aw::library one;
    one.add(aw::read_multiplier(source, {.is_signed = true}).part);
    return one;
}

void import(const import_options& options) {
    const fs::path folder = options.into;
    aw::component_merger merger(aw::is_saved_library(folder) ? aw::load_library(folder) : aw::library());
    aw::json changes = aw::json::array();
    std::size_t added = 0;
    for (const auto& source : options.sources) {
        for (auto part : read_source(source, options.is_signed)) {
            for (const auto& tag : options.tags) {
                if (!part.has_tag(tag)) {
                    part.tags.push_back(tag);
                }
            }
            const std::string name = part.name;
            const auto outcome = merger.add(std::move(part));
            const char* what = "added";
            if (outcome.what == aw::component_merger::merged) {
                what = "merged";
                inform(source + ": " + name + " computes the same as " + outcome.name + ": merged");
            } else {
                ++added;
            }
            if (outcome.what == aw::component_merger::renamed) {
                what = "renamed";
                inform(source + ": another multiplier is called " + name + "; this one becomes " +
                       outcome.name);
            }
            changes.push_back(
                {{"source", source}, {"multiplier", name}, {"outcome", what}, {"name", outcome.name}});
        }
    }
    const auto parts = merger.finish();
    aw::save_library(parts, folder);
    if (options.json) {
        const aw::json document{
            {"library", options.into}, {"multipliers", parts.size()}, {"imported", changes}};
        std::printf("%s\n", aw::to_text(document).c_str());
    } else {
        std::printf("%zu added, %zu merged; %zu multipliers in %s\n", added, changes.size() - added,
                    parts.size(), options.into.c_str());
    }
}

struct export_options : common_options {
    std::vector<std::string> names;
    std::string format = "bin";
    std::string to;
    bool all = false;
};

void export_multipliers(const export_options& options) {
    const auto form = std::find_if(aw::multiplier_formats.begin(), aw::multiplier_formats.end(),
                                   [&](const auto& each) { return each.name == options.format; });
    const auto parts = read_libraries(options);
    std::vector<const aw::component*> wanted;
    if (options.all) {
        for (const auto& part : parts) {
            wanted.push_back(&part);
        }
    }
    for (const auto& name : options.names) {
        wanted.push_back(&parts.find(name));
    }
    std::set<std::string> taken;
    std::vector<fs::path> files;
    for (const auto* part : wanted) { // before the first file is written
        aw::require_format(*part, form->format);
        const std::string name = aw::file_name_of(*part);
        const std::string unique = taken.insert(name).second ? name : name + "_" + aw::hash_text(part->hash);
        files.push_back(fs::path(options.to) / (unique + std::string(form->extension)));
    }
    std::error_code problem;
    fs::create_directories(options.to, problem);
    if (problem) {
        throw aw::io_error(options.to, "cannot be created: " + problem.message());
    }
    aw::json written = aw::json::array();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        aw::write_multiplier(*wanted[i], files[i], form->format);
        written.push_back({{"name", wanted[i]->name},
                           {"file", files[i].string()},
                           {"hash", aw::hash_text(wanted[i]->hash)}});
    }
    if (options.json) {
        std::printf("%s\n", aw::to_text(written).c_str());
        return;
    }
    for (const auto& file : files) {
        std::printf("%s\n", file.c_str());
    }
}

} // namespace

void add_multipliers_import(CLI::App& multipliers) {
    auto* command = multipliers.add_subcommand(
        "import", "Adds multipliers to a library of your own; those that compute the same are merged\n"
                  "Example: alwann multipliers import mine.v mul8u_2AC.c --into my_library");
    const auto options = std::make_shared<import_options>();
    command
        ->add_option("FILE", options->sources,
                     "files .bin, .txt, .c, .v or .blif, or libraries as --library takes them")
        ->required();
    command->add_option("--into", options->into, "folder of the library; made if need be")->required();
    command->add_flag("--signed", options->is_signed,
                      "operands are in two's complement, of files .bin that do not tell");
    command->add_option("--tag", options->tags, "tag for what is imported, repeatable")->take_all();
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] { import(*options); });
}

void add_multipliers_export(CLI::App& multipliers) {
    auto* command = multipliers.add_subcommand(
        "export", "Writes multipliers of a library as files that other tools read\n"
                  "Example: alwann multipliers export lowor_7 bamvc_1_8 --format verilog --to circuits");
    const auto options = std::make_shared<export_options>();
    auto* names = command->add_option("NAME", options->names, "names in the library");
    command->add_flag("--all", options->all, "all multipliers of the library")->excludes(names);
    add_library_option(*command, *options);
    command->add_option("--to", options->to, "folder for the files; made if need be")->required();
    command->add_option("--format", options->format, "bin, txt, c, verilog or blif")
        ->check(CLI::IsMember({"bin", "txt", "c", "verilog", "blif"}))
        ->capture_default_str();
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] {
        if (options->names.empty() && !options->all) {
            throw CLI::RequiredError("NAME or --all");
        }
        export_multipliers(*options);
    });
}

} // namespace program
