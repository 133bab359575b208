// SPDX-License-Identifier: MIT
#include "inputs.hpp"

#include <alwann/library/evoapprox.hpp>
#include <alwann/library/multiplier_file.hpp>
#include <alwann/library/saved_library.hpp>
#include <alwann/library/textbook.hpp>

#include <filesystem>
#include <utility>

namespace program {

namespace aw = alwann;
namespace fs = std::filesystem;

namespace {

constexpr const char* library_forms = "standard, textbook (families of the literature), tables:DIR (*.bin "
                                      "and costs.csv), evoapprox:DIR (a checkout "
                                      "of EvoApproxLib or a part of it), a "
                                      "folder of `multipliers import`, or a file .bin, .txt, .c, .v or .blif";

aw::library read_evoapprox_library(const fs::path& folder) {
    auto parts = aw::read_evoapprox(folder);
    const auto& report = parts.report;
    for (const auto& note : report.unreadable) {
        inform("left out: " + note.text);
    }
    for (const auto& warning : report.warnings) {
        inform("mismatch: " + warning);
    }
    for (const auto& note : report.renamed) {
        inform(note.file.string() + ": another circuit has this name; called " + note.text);
    }
    inform(folder.string() + ": " + std::to_string(report.files) + " files, " + std::to_string(parts.size()) +
           " multipliers; " + std::to_string(report.merged.size()) + " merged, " +
           std::to_string(report.left_out.size()) + " of other kinds, " +
           std::to_string(report.unreadable.size()) + " unreadable");
    return parts;
}

aw::library read_folder(const fs::path& folder) {
    if (aw::is_saved_library(folder)) {
        return aw::load_library(folder);
    }
    std::error_code problem;
    for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
         entry.increment(problem)) {
        if (entry->path().extension() == ".bin" || entry->path().filename() == "tables") {
            return aw::read_table_library(folder, inform);
        }
    }
    throw aw::format_error(folder.string(), "folder",
                           "library.json or truth tables (*.bin); for circuits write evoapprox:DIR");
}

} // namespace

void add_library_option(CLI::App& command, common_options& options) {
    command
        .add_option("--library", options.libraries,
                    std::string("multipliers, repeatable: ") + library_forms + "; default: standard")
        ->take_all();
}

namespace {

aw::library library_named(const std::string& text) {
    const auto rest_of = [&](const char* kind) { return fs::path(text.substr(std::string(kind).size())); };
    std::error_code problem;
    if (text == "standard") {
        return aw::standard();
    }
    if (text == "textbook") {
        return aw::textbook();
    }
    if (text.starts_with("tables:")) {
        return aw::read_table_library(rest_of("tables:"), inform);
    }
    if (text.starts_with("evoapprox:")) {
        return read_evoapprox_library(rest_of("evoapprox:"));
    }
    if (fs::is_directory(text, problem)) {
        return read_folder(text);
    }
    if (aw::multiplier_format_of(text)) {
        auto read = aw::read_multiplier(text);
        for (const auto& warning : read.warnings) {
            inform("mismatch: " + text + ": " + warning);
        }
        aw::library one;
        one.add(std::move(read.part));
        return one;
    }
    throw aw::name_error("library '" + text + "': expected " + library_forms);
}

} // namespace

aw::library read_library(const std::string& text) {
    aw::library read = library_named(text);
    for (const auto& part : read) {
        require_utf8("multiplier", part.name);
    }
    return read;
}

aw::library read_libraries(const common_options& options) {
    aw::library joined;
    if (options.libraries.empty()) {
        joined = aw::standard();
    }
    for (const auto& name : options.libraries) {
        joined = joined.with(read_library(name));
    }
    return joined;
}

} // namespace program
