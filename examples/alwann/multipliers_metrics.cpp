// SPDX-License-Identifier: MIT
#include "multipliers.hpp"

#include <alwann/library/multiplier_file.hpp>

#include <cstdio>
#include <memory>
#include <optional>

namespace program {

namespace aw = alwann;

namespace {

struct metrics_options {
    std::string file;
    std::string histogram;
    aw::circuit_reading reading;
    bool is_signed = false;
    bool is_unsigned = false;
    bool json = false;
};

aw::json price_of(const aw::cost& price) {
    if (!price.known()) {
        return nullptr;
    }
    return {{"power_mw", price.power_mw},
            {"area_um2", price.area_um2},
            {"delay_ns", price.delay_ns},
            {"source", to_string(price.source)}};
}

/// What the file states of its errors, beside what was measured.
aw::json header_of(const aw::multiplier_circuit& circuit, const aw::error_metrics& measured) {
    aw::json header = aw::json::object();
    for (const auto& stated : circuit.published.metrics) {
        const double value = measured.*stated.metric.value;
        header[std::string(stated.metric.name)] = {{"stated", stated.figure.text},
                                                   {"measured", value},
                                                   {"line", stated.line},
                                                   {"agrees", stated.figure.agrees_with(value)}};
    }
    return header;
}

void print(const aw::json& document, const aw::multiplier_file& read) {
    aw::json fields = describe(read.part);
    if (document.contains("weighted_percent")) {
        fields["weighted_percent"] = document["weighted_percent"];
    }
    std::printf("%s", aw::format_table(field_rows(fields)).c_str());
    std::vector<std::vector<std::string>> costs{{"cost", "mW", "um2", "ns"}};
    for (const char* kind : {"published", "modelled"}) {
        if (const auto& price = document[kind]; !price.is_null()) {
            const auto figure = [&](const char* key, int decimals) {
                return price[key].is_null() ? std::string("-") : brief(price[key], decimals);
            };
            costs.push_back({kind, figure("power_mw", 4), figure("area_um2", 1), figure("delay_ns", 2)});
        }
    }
    if (costs.size() > 1) {
        std::printf("\n%s", aw::format_table(costs).c_str());
    }
    if (!document["header"].empty()) {
        std::vector<std::vector<std::string>> rows{{"error", "stated", "measured", ""}};
        for (const auto& [name, field] : document["header"].items()) {
            rows.push_back({name, field["stated"], aw::format_number(field["measured"]),
                            field["agrees"].get<bool>() ? "agrees" : "mismatch"});
        }
        std::printf("\n%s", aw::format_table(rows).c_str());
    }
}

void measure(const metrics_options& options) {
    auto reading = options.reading;
    if (options.is_signed || options.is_unsigned) {
        reading.is_signed = options.is_signed;
    }
    const auto read = aw::read_multiplier(options.file, reading);
    auto document = describe(read.part);
    document["file"] = options.file;
    document["published"] = nullptr;
    document["modelled"] = nullptr;
    document["header"] = aw::json::object();
    if (read.circuit) {
        document["published"] = price_of(read.circuit->published.price);
        document["modelled"] = price_of(aw::estimate_cost(*read.circuit));
        document["header"] = header_of(*read.circuit, read.part.errors);
    }
    if (!options.histogram.empty()) {
        document["weighted_percent"] =
            aw::weighted_error_percent(read.part.products, aw::read_operand_weights(options.histogram));
    }
    document["mismatches"] = read.warnings;
    for (const auto& warning : read.warnings) {
        inform("mismatch: " + warning);
    }
    if (options.json) {
        std::printf("%s\n", aw::to_text(document).c_str());
    } else {
        print(document, read);
    }
}

} // namespace

void add_multipliers_metrics(CLI::App& multipliers) {
    auto* command = multipliers.add_subcommand(
        "metrics", "Recomputes errors and cost of a multiplier in a file, and compares them with its header\n"
                   "Example: alwann multipliers metrics mul8u_2AC.c");
    const auto options = std::make_shared<metrics_options>();
    command
        ->add_option(
            "FILE", options->file,
            ".bin: 65,536 little-endian 16-bit products, index 256 * x + w; .txt: 65,536 integers; .c: C "
            "model of EvoApproxLib; .v: structural Verilog; .blif")
        ->required();
    command->add_option("--activation", options->reading.activation,
                        "argument or port that is the activation; default: the first");
    auto* is_signed = command->add_flag("--signed", options->is_signed,
                                        "operands are in two's complement; default: what the file says");
    command->add_flag("--unsigned", options->is_unsigned, "operands are unsigned")->excludes(is_signed);
    command->add_option(
        "--histogram", options->histogram,
        "also the mean absolute error of operands as often as `alwann network histogram` counts "
        "them, % of 65536");
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] { measure(*options); });
}

} // namespace program
