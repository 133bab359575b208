// SPDX-License-Identifier: MIT
/// @file
/// The definitions of library/saved_library.hpp.
#pragma once

#include <alwann/circuit/blif.hpp>
#include <alwann/circuit/circuit_text.hpp>
#include <alwann/core/output_file.hpp>
#include <alwann/core/source_text.hpp>
#include <alwann/library/detail/saved_json.hpp>
#include <alwann/library/multiplier_file.hpp>
#include <alwann/library/saved_library.hpp>
#include <alwann/multiplier/table_file.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE bool is_saved_library(const std::filesystem::path& folder) {
    std::error_code missing;
    return std::filesystem::exists(folder / library_list_name, missing);
}

namespace detail {

inline constexpr std::array<provenance, 4> all_provenances = {
    provenance::unknown, provenance::published, provenance::modelled, provenance::modelled_rough};

[[nodiscard]] inline json_value::document operand_to_json(const operand_form& form) {
    return {{"bits", form.bits}, {"coding", to_string(form.coding)}};
}

[[nodiscard]] inline operand_form operand_from_json(const json_value& from) {
    operand_form form;
    form.bits = static_cast<std::uint8_t>(from.at("bits").whole(1, operand_max_bits));
    const json_value coding = from.at("coding");
    const auto found = operand_coding_from_string(coding.text());
    if (!found) {
        coding.fail("unsigned, twos-complement or offset-binary", coding.shown());
    }
    form.coding = *found;
    return form;
}

[[nodiscard]] inline cost cost_from_json(const json_value& from) {
    cost price;
    price.power_mw = from.at("power_mw").figure_or_nan();
    price.area_um2 = from.at("area_um2").figure_or_nan();
    price.delay_ns = from.at("delay_ns").figure_or_nan();
    const json_value source = from.at("source");
    const auto found = std::find_if(all_provenances.begin(), all_provenances.end(),
                                    [&](provenance each) { return to_string(each) == source.text(); });
    if (found == all_provenances.end()) {
        source.fail("unknown, published, modelled or modelled-rough", source.shown());
    }
    price.source = *found;
    return price;
}

/// The error metrics by their names in JSON.
struct saved_metric {
    const char* name;
    double error_metrics::*value;
};

inline constexpr std::array<saved_metric, 9> saved_metrics = {{{"mae", &error_metrics::mae},
                                                               {"mae_percent", &error_metrics::mae_percent},
                                                               {"wce", &error_metrics::wce},
                                                               {"wce_percent", &error_metrics::wce_percent},
                                                               {"wcre_percent", &error_metrics::wcre_percent},
                                                               {"ep_percent", &error_metrics::ep_percent},
                                                               {"mre_percent", &error_metrics::mre_percent},
                                                               {"mse", &error_metrics::mse},
                                                               {"bias", &error_metrics::bias}}};

/// Compares the list's errors with those of the table.
inline void check_errors(const json_value& listed, const error_metrics& measured) {
    for (const saved_metric& metric : saved_metrics) {
        const json_value field = listed.at(metric.name);
        const double value = measured.*metric.value;
        // Compilers differ in the last digits of sums.
        if (!(std::abs(field.number() - value) <= 1e-9 * std::abs(value))) {
            field.fail(json_value::document(value).dump() + ", the error of the table",
                       json_value::document(field.number()).dump());
        }
    }
    const json_value zeros = listed.at("zero_preserving");
    if (zeros.truth() != measured.zero_preserving) {
        zeros.fail(measured.zero_preserving ? "true, as the table has it" : "false, as the table has it");
    }
}

/// Hash of a circuit as it stands. FNV-1a, 64 bits.
[[nodiscard]] inline std::uint64_t hash_of(const netlist& circuit) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325u;
    const auto add = [&hash](std::uint32_t value) {
        for (int shift = 0; shift < 32; shift += 8) {
            hash = (hash ^ ((value >> shift) & 0xFFu)) * 0x100000001B3u;
        }
    };
    for (const gate& g : circuit.gates()) {
        add(static_cast<std::uint32_t>(g.kind));
        add(g.a);
        add(g.b);
    }
    for (const signal output : circuit.outputs()) {
        add(output);
    }
    return hash;
}

/// A file of the folder: lists from elsewhere must not reach out of it.
[[nodiscard]] inline std::filesystem::path file_below(const std::filesystem::path& folder,
                                                      const json_value& field) {
    const std::filesystem::path file(field.text());
    bool inside = !file.empty() && file.is_relative() && field.text().find('\0') == std::string::npos;
    for (const std::filesystem::path& step : file) {
        inside = inside && step != "..";
    }
    if (!inside) {
        field.fail("a file below the library's folder", field.shown());
    }
    return folder / file;
}

[[nodiscard]] inline component component_from_json(const json_value& from,
                                                   const std::filesystem::path& folder) {
    const std::string& name = from.at("name").text();
    const json_value hash = from.at("hash");
    const multiplier_form form{operand_from_json(from.at("form").at("activation")),
                               operand_from_json(from.at("form").at("weight"))};
    const std::filesystem::path file = file_below(folder, from.at("table"));
    component part =
        make_component(table(name, read_table(file).products(), form), cost_from_json(from.at("cost")));
    if (hash_text(part.hash) != hash.text()) {
        hash.fail(hash_text(part.hash) + ", the hash of " + file.string(), hash.shown());
    }
    check_errors(from.at("errors"), part.errors);
    for (const json_value& tag : from.at("tags").elements()) {
        part.tags.push_back(tag.text());
    }
    if (from.has("circuit")) {
        const json_value field = from.at("circuit");
        const std::filesystem::path circuit_file = file_below(folder, field);
        const multiplier_circuit circuit = read_blif(circuit_file, {.activation_bits = form.activation.bits,
                                                                    .weight_bits = form.weight.bits,
                                                                    .is_signed = form.is_signed()});
        if (!(truth_table(circuit) == part.products)) {
            field.fail("a circuit that computes the table " + file.string(), circuit_file.string());
        }
        part.circuit = std::make_shared<const netlist>(circuit.circuit);
    }
    return part;
}

/// The list of a folder.
[[nodiscard]] inline json_value::document read_library_list(const std::filesystem::path& path) {
    const std::string text = read_text_file(path, library_list_max_bytes);
    if (text.find('\0') != std::string::npos) { // would end the text without an error
        throw format_error(path.string(), "document", "JSON without NUL bytes", "one");
    }
    try {
        return json_value::document::parse(text);
    } catch (const nlohmann::json::exception& problem) { // its message has line and column
        throw format_error(path.string(), "document", "JSON", problem.what());
    }
}

/// The files that a folder's list names; none if there is no such list or it cannot be read.
[[nodiscard]] inline std::set<std::filesystem::path> listed_files(const std::filesystem::path& folder) {
    std::set<std::filesystem::path> files;
    try {
        const std::string path = (folder / library_list_name).string();
        const json_value::document list = read_library_list(path);
        for (const json_value& part : json_value(path, list).at("components").elements()) {
            files.insert(file_below(folder, part.at("table")));
            if (part.has("circuit")) {
                files.insert(file_below(folder, part.at("circuit")));
            }
        }
    } catch (const error&) {
        // Then nothing is known to be ours.
    }
    return files;
}

} // namespace detail

ALWANN_SEPARABLE void save_library(const library& parts, const std::filesystem::path& folder) {
    namespace fs = std::filesystem;
    for (const component& part : parts) { // before anything is written
        try {
            (void)detail::json_value::document{part.name, part.tags}.dump();
        } catch (const nlohmann::json::exception&) {
            throw value_error("library: multiplier " + detail::quoted(part.name) +
                              ": its name or a tag of it is not UTF-8");
        }
    }
    std::error_code problem;
    for (const char* inner : {"tables", "circuits"}) {
        fs::create_directories(folder / inner, problem);
        if (problem) {
            throw io_error((folder / inner).string(), "cannot be created: " + problem.message());
        }
    }
    std::set<fs::path> stale = detail::listed_files(folder);
    const auto in_folder = [&](const fs::path& file) {
        stale.erase(folder / file);
        return folder / file;
    };
    auto list = detail::json_value::document::array();
    for (const component& part : parts) {
        const std::string hash = hash_text(part.hash);
        const multiplier_form& form = part.products.form();
        detail::json_value::document errors;
        for (const detail::saved_metric& metric : detail::saved_metrics) {
            errors[metric.name] = part.errors.*metric.value;
        }
        errors["zero_preserving"] = part.errors.zero_preserving;
        const fs::path table_file = fs::path("tables") / (file_name_of(part) + "_" + hash + ".bin");
        write_table(part.products, in_folder(table_file));
        detail::json_value::document entry{{"name", part.name},
                                           {"table", table_file.generic_string()},
                                           {"hash", hash},
                                           {"form",
                                            {{"activation", detail::operand_to_json(form.activation)},
                                             {"weight", detail::operand_to_json(form.weight)}}},
                                           {"cost",
                                            {{"power_mw", part.price.power_mw}, // NaN becomes null
                                             {"area_um2", part.price.area_um2},
                                             {"delay_ns", part.price.delay_ns},
                                             {"source", to_string(part.price.source)}}},
                                           {"errors", errors},
                                           {"tags", part.tags}};
        if (part.circuit != nullptr) {
            const std::string circuit_hash = hash_text(detail::hash_of(*part.circuit));
            const fs::path file = fs::path("circuits") / (file_name_of(part) + "_" + circuit_hash + ".blif");
            write_file(in_folder(file), to_blif(circuit_of(part)));
            entry["circuit"] = file.generic_string();
        }
        list.push_back(std::move(entry));
    }
    const detail::json_value::document document{
        {"format", "alwann library"}, {"version", 1}, {"components", std::move(list)}};
    write_file(folder / library_list_name, document.dump(1) + "\n");
    for (const fs::path& file : stale) { // of the library that was here
        fs::remove(file, problem);
    }
}

ALWANN_SEPARABLE library load_library(const std::filesystem::path& folder) {
    const std::string path = (folder / library_list_name).string();
    const auto document = detail::read_library_list(path);
    const detail::json_value list(path, document);
    if (list.at("format").text() != "alwann library") {
        list.at("format").fail("'alwann library'", list.at("format").shown());
    }
    (void)list.at("version").whole(1, 1);
    library parts;
    for (const detail::json_value& entry : list.at("components").elements()) {
        const detail::json_value name = entry.at("name");
        if (name.text().empty() || parts.contains(name.text())) {
            name.fail("a name of its own", name.shown());
        }
        parts.add(detail::component_from_json(entry, folder));
    }
    return parts;
}

} // namespace alwann::inline ALWANN_ABI
