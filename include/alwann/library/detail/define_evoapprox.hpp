// SPDX-License-Identifier: MIT
/// @file
/// The definitions of library/evoapprox.hpp.
#pragma once

#include <alwann/circuit/detail/lexer.hpp>
#include <alwann/circuit/detail/words.hpp>
#include <alwann/circuit/evoapprox_c.hpp>
#include <alwann/circuit/verilog.hpp>
#include <alwann/library/evoapprox.hpp>
#include <alwann/library/merge.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// The circuit files below a folder, sorted; Verilog only where no C model is beside it.
[[nodiscard]] inline std::vector<std::filesystem::path> circuit_files(const std::filesystem::path& folder) {
    namespace fs = std::filesystem;
    std::vector<fs::path> models, netlists;
    std::error_code problem;
    for (fs::recursive_directory_iterator
             entry(folder, fs::directory_options::skip_permission_denied, problem),
         end;
         !problem && entry != end; entry.increment(problem)) {
        const fs::path extension = entry->path().extension();
        std::error_code vanished;
        if ((extension == ".c" || extension == ".v") && entry->is_regular_file(vanished)) {
            (extension == ".c" ? models : netlists).push_back(entry->path());
        }
        if (models.size() + netlists.size() > evoapprox_max_files) {
            throw format_error(folder.string(), "folder",
                               "at most " + std::to_string(evoapprox_max_files) + " circuits", "more");
        }
    }
    if (problem) {
        throw io_error(folder.string(), problem.message());
    }
    std::sort(models.begin(), models.end());
    std::sort(netlists.begin(), netlists.end());
    std::vector<fs::path> files = models;
    for (const fs::path& netlist : netlists) {
        std::string stem = netlist.stem().string();
        const bool is_mapped = stem.ends_with("_pdk45");
        stem = stem.substr(0, stem.size() - (is_mapped ? 6 : 0));
        const fs::path base = netlist.parent_path() / stem;
        const bool has_model = std::binary_search(models.begin(), models.end(), fs::path(base) += ".c");
        const bool has_other =
            is_mapped && std::binary_search(netlists.begin(), netlists.end(), fs::path(base) += ".v");
        if (!has_model && !has_other) {
            files.push_back(netlist);
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// Why a circuit need not be read, by its file name; empty if it has to be.
[[nodiscard]] inline std::string reason_to_skip(std::string_view stem) {
    if (stem.starts_with("add") && stem.size() > 3 && is_digit(stem[3])) {
        return "an adder";
    }
    const auto named = parse_multiplier_name(stem);
    const std::size_t bits = named ? std::max(named->first_bits, named->second_bits) : 0;
    return bits > operand_max_bits ? "operands of " + std::to_string(bits) + " bits" : "";
}

} // namespace detail

ALWANN_SEPARABLE evoapprox_library read_evoapprox(const std::filesystem::path& folder,
                                                  const evoapprox_selection& selection) {
    evoapprox_library parts;
    evoapprox_report& report = parts.report;
    component_merger merger;
    for (const std::filesystem::path& file : detail::circuit_files(folder)) {
        ++report.files;
        if (std::string reason = detail::reason_to_skip(file.stem().string()); !reason.empty()) {
            report.left_out.push_back({file, std::move(reason)});
            continue;
        }
        try {
            const multiplier_circuit circuit =
                file.extension() == ".c" ? read_evoapprox_c(file) : read_verilog(file);
            if (circuit.is_signed && !selection.signed_operands) {
                report.left_out.push_back({file, "signed operands"});
                continue;
            }
            if (std::min(circuit.activation_bits, circuit.weight_bits) < operand_max_bits &&
                !selection.narrow) {
                report.left_out.push_back({file, "operands of " + std::to_string(circuit.activation_bits) +
                                                     " and " + std::to_string(circuit.weight_bits) +
                                                     " bits"});
                continue;
            }
            component part = make_component(circuit);
            for (const std::string& warning : check_published(circuit, part.errors)) {
                report.warnings.push_back(file.string() + ": " + warning);
            }
            const component_merger::outcome outcome = merger.add(std::move(part));
            if (outcome.what == component_merger::merged) {
                report.merged.push_back({file, outcome.name});
            } else if (outcome.what == component_merger::renamed) {
                report.renamed.push_back({file, outcome.name});
            }
        } catch (const error& problem) {
            report.unreadable.push_back({file, problem.what()});
        }
    }
    if (report.files == 0) {
        throw format_error(folder.string(), "folder", "circuits (*.c or *.v)", "none");
    }
    static_cast<library&>(parts) = merger.finish();
    return parts;
}

} // namespace alwann::inline ALWANN_ABI
