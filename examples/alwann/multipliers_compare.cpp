// SPDX-License-Identifier: MIT
#include "multipliers.hpp"

#include <alwann/core/output_file.hpp>
#include <alwann/library/error_front.hpp>
#include <alwann/report/front_plot.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

namespace program {

namespace aw = alwann;

namespace {

struct compare_options {
    std::vector<std::string> libraries;
    std::string metric = "mae_percent";
    std::string plot;
    bool json = false;
};

/// Designs with a cost for which the metric is known, by its rising value.
std::vector<aw::component> sorted(const aw::library& parts, const aw::component_figure& metric) {
    const auto priced =
        parts.filter([&](const aw::component& part) { return part.has_cost() && !std::isnan(metric(part)); });
    std::vector<aw::component> designs(priced.begin(), priced.end());
    std::stable_sort(designs.begin(), designs.end(),
                     [&](const aw::component& a, const aw::component& b) { return metric(a) < metric(b); });
    return designs;
}

/// The middle one of some numbers, the mean of two if they are even; NaN if there are none.
double median(std::vector<double> values) {
    if (values.empty()) {
        return std::nan("");
    }
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Where a library's costs are from: "published", "modelled", or both.
std::string sources_of(const aw::library& parts) {
    const auto has = [&](bool published) {
        return std::any_of(parts.begin(), parts.end(), [&](const aw::component& part) {
            return part.has_cost() && (part.price.source == aw::provenance::published) == published;
        });
    };
    return has(true) && has(false) ? "published and modelled" : has(true) ? "published" : "modelled";
}

/// How the designs on the first front stand to another one.
std::string summary(const aw::json& designs, std::size_t other, const std::string& name) {
    std::vector<double> relative;
    for (const auto& design : designs) {
        const auto& share = design["against"][other]["relative"];
        if (design["on_front"].get<bool>() && !share.is_null()) {
            relative.push_back(share);
        }
    }
    const auto lower =
        std::count_if(relative.begin(), relative.end(), [](double share) { return share <= 1; });
    return "Front against " + name + ": " + std::to_string(lower) + " of " + std::to_string(relative.size()) +
           " designs at or below it, median " + brief(100 * median(relative), 1) + " % of its power\n";
}

void compare(const compare_options& options) {
    const auto metric = aw::figure_from_string(options.metric);
    std::vector<aw::plotted_library> libraries;
    std::vector<aw::error_front> fronts;
    for (const auto& name : options.libraries) {
        libraries.push_back({name, read_library(name)});
        fronts.emplace_back(libraries.back().parts, metric);
        if (const auto own = sources_of(libraries.front().parts), other = sources_of(libraries.back().parts);
            own != other) {
            inform("costs of " + options.libraries.front() + " are " + own + ", of " + name + " " + other +
                   ": the model is off by 6 % on average, differences under 10 % mean little");
        }
    }
    if (!options.plot.empty()) {
        aw::write_file(options.plot, aw::front_plot_svg(libraries, metric, options.metric));
    }
    std::vector<std::vector<std::string>> rows{{"name", options.metric, "mW", "front"}};
    for (std::size_t i = 1; i < fronts.size(); ++i) {
        rows.front().push_back("% of " + options.libraries[i]);
        rows.front().push_back("its mW within");
    }
    aw::json designs = aw::json::array();
    for (const auto& part : sorted(libraries.front().parts, metric)) {
        const double error = metric(part), power = part.price.power_mw;
        const auto& own = fronts.front().points();
        const bool on_front =
            std::any_of(own.begin(), own.end(), [&](const auto& point) { return point.name == part.name; });
        rows.push_back({part.name, brief(error, 4), brief(power, 4), on_front ? "yes" : ""});
        aw::json against = aw::json::array();
        for (std::size_t i = 1; i < fronts.size(); ++i) {
            const double there = fronts[i].interpolated_power(error), within = fronts[i].power_within(error);
            rows.back().push_back(brief(100 * power / there, 1));
            rows.back().push_back(brief(within, 4));
            against.push_back({{"library", options.libraries[i]},
                               {"interpolated_mw", there}, // NaN becomes null
                               {"relative", power / there},
                               {"best_within_mw", within}});
        }
        designs.push_back({{"name", part.name},
                           {options.metric, error},
                           {"power_mw", power},
                           {"on_front", on_front},
                           {"against", against}});
    }
    // Through text: NaN is written as null, but is not null before.
    const auto document = aw::json::parse(
        aw::json{{"metric", options.metric}, {"libraries", options.libraries}, {"designs", designs}}.dump());
    if (options.json) {
        std::printf("%s\n", aw::to_text(document).c_str());
        return;
    }
    std::printf("%s\n", aw::format_table(rows).c_str());
    for (std::size_t i = 1; i < fronts.size(); ++i) {
        std::printf("%s", summary(document["designs"], i - 1, options.libraries[i]).c_str());
    }
}

} // namespace

void add_multipliers_compare(CLI::App& multipliers) {
    auto* command = multipliers.add_subcommand(
        "compare",
        "Power of each design of a library relative to the Pareto fronts of others at the same error\n"
        "Example: alwann multipliers compare standard evoapprox:evoapproxlib --svg fronts.svg");
    const auto options = std::make_shared<compare_options>();
    command->add_option("LIBRARY", options->libraries, "two or more, as --library takes them")
        ->required()
        ->expected(2, -1);
    command
        ->add_option("--metric", options->metric,
                     "figure to compare at: mae_percent, wce_percent, mre_percent, mse, ...")
        ->capture_default_str();
    command->add_option("--svg", options->plot,
                        "file for a plot of power against the metric, on logarithmic axes");
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] { compare(*options); });
}

} // namespace program
