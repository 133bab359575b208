// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "inputs.hpp"

#include <cstdio>
#include <memory>

namespace program {

namespace aw = alwann;

namespace {

/// A number for people: `digits` significant ones at most; "-" where unknown.
std::string brief(double value, int decimals) {
    return std::isnan(value) ? "-" : aw::format_fixed(value, decimals);
}

void list(const common_options& options) {
    const auto parts = read_libraries(options);
    if (options.json) {
        aw::json document = aw::json::array();
        for (const auto& part : parts) {
            document.push_back(aw::to_json(part));
        }
        std::printf("%s\n", document.dump(2).c_str());
        return;
    }
    std::vector<std::vector<std::string>> rows{
        {"name", "mW", "um2", "ns", "cost", "MAE %", "WCE %", "MRE %", "EP %", "bias", "0 kept"}};
    for (const auto& part : parts) {
        const auto& e = part.errors;
        rows.push_back({part.name, brief(part.price.power_mw, 4), brief(part.price.area_um2, 1),
                        brief(part.price.delay_ns, 2), std::string(to_string(part.price.source)),
                        brief(e.mae_percent, 4), brief(e.wce_percent, 3), brief(e.mre_percent, 3),
                        brief(e.ep_percent, 1), brief(e.bias, 1), e.zero_preserving ? "yes" : "no"});
    }
    std::printf("%s", aw::format_table(rows).c_str());
}

void show(const aw::component& part, bool as_json) {
    const auto document = aw::to_json(part);
    if (as_json) {
        std::printf("%s\n", document.dump(2).c_str());
        return;
    }
    std::vector<std::vector<std::string>> rows{{"field", "value"}};
    for (const auto& [key, value] : document.items()) {
        rows.push_back({key, value.is_string() ? value.get<std::string>() : value.dump()});
    }
    std::printf("%s", aw::format_table(rows).c_str());
}

} // namespace

void add_multipliers_command(CLI::App& root) {
    auto* multipliers = root.add_subcommand("multipliers", "Look at libraries of approximate multipliers");
    multipliers->require_subcommand(1);
    const auto options = std::make_shared<common_options>();
    const auto name = std::make_shared<std::string>();

    auto* all = multipliers->add_subcommand("list", "Names, costs and errors of a library's multipliers\n"
                                                    "Example: alwann multipliers list --library standard");
    add_library_option(*all, *options);
    all->add_flag("--json", options->json, "one JSON document on standard output");
    all->callback([options] { list(*options); });

    auto* one =
        multipliers->add_subcommand("show", "One multiplier of a library\n"
                                            "Example: alwann multipliers show lowor_7 --library standard");
    one->add_option("NAME", *name, "name in the library")->required();
    add_library_option(*one, *options);
    one->add_flag("--json", options->json, "one JSON document on standard output");
    one->callback([options, name] { show(read_libraries(*options).find(*name), options->json); });

    auto* metrics =
        multipliers->add_subcommand("metrics", "Recomputes the errors of a truth table in a file\n"
                                               "Example: alwann multipliers metrics mine.bin");
    metrics->add_option("FILE", *name, "truth table: 65,536 little-endian 16-bit products, index 256 * x + w")
        ->required();
    metrics->add_flag("--json", options->json, "one JSON document on standard output");
    metrics->callback([options, name] { show(aw::make_component(aw::read_table(*name)), options->json); });
}

} // namespace program
