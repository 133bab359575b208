// SPDX-License-Identifier: MIT
#include "multipliers.hpp"

#include <alwann/core/parse_number.hpp>
#include <alwann/library/projection.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <string_view>

namespace program {

namespace aw = alwann;

namespace {

struct list_options : common_options {
    std::vector<std::string> pareto;
    std::vector<std::string> ranges;
    std::vector<std::string> tags;
    bool markdown = false;
};

struct figure_range {
    aw::component_figure figure;
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
};

/// FIGURE:LOW:HIGH, either bound may be empty.
figure_range range_from_string(const std::string& text) {
    const auto first = std::min(text.find(':'), text.size());
    const auto second = std::min(text.find(':', std::min(first + 1, text.size())), text.size());
    figure_range range{aw::figure_from_string(text.substr(0, first))};
    const auto bound = [&](std::size_t begin, std::size_t end, double& value) {
        if (begin >= end) {
            return;
        }
        const auto found = aw::parse_number<double>(text.substr(begin, end - begin));
        if (!found) {
            throw aw::value_error("--range " + text + ": expected FIGURE:LOW:HIGH, found '" +
                                  text.substr(begin, end - begin) + "'");
        }
        value = *found;
    };
    bound(first + 1, second, range.low);
    bound(second + 1, text.size(), range.high);
    if (second == text.size() || !(range.low <= range.high)) {
        throw aw::value_error("--range " + text + ": expected FIGURE:LOW:HIGH, low before high");
    }
    return range;
}

aw::library selection(const list_options& options) {
    std::vector<aw::component_figure> objectives;
    for (const auto& name : options.pareto) {
        objectives.push_back(aw::figure_from_string(name));
    }
    std::vector<figure_range> ranges;
    for (const auto& text : options.ranges) {
        ranges.push_back(range_from_string(text));
    }
    auto parts = read_libraries(options);
    for (const auto& range : ranges) {
        parts = parts.filter(aw::by_range(range.figure, range.low, range.high));
    }
    for (const auto& tag : options.tags) {
        parts = parts.filter(aw::by_tag(tag));
    }
    return objectives.empty() ? parts : parts.pareto(objectives);
}

/// A table for documentation: by falling power, and what it was made of.
std::string page(const aw::library& parts) {
    std::vector<aw::component> sorted(parts.begin(), parts.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const aw::component& a, const aw::component& b) {
        return a.price.power_mw > b.price.power_mw || (a.has_cost() && !b.has_cost());
    });
    aw::library ordered;
    for (auto& part : sorted) {
        ordered.add(std::move(part));
    }
    return multiplier_table(ordered);
}

void list(const list_options& options) {
    const auto parts = selection(options);
    if (options.json) {
        aw::json document = aw::json::array();
        for (const auto& part : parts) {
            document.push_back(describe(part));
        }
        std::printf("%s\n", aw::to_text(document).c_str());
    } else {
        std::printf("%s", options.markdown ? page(parts).c_str() : multiplier_table(parts).c_str());
    }
}

} // namespace

void add_multipliers_list(CLI::App& multipliers) {
    auto* command = multipliers.add_subcommand(
        "list", "Names, costs and errors of a library's multipliers\n"
                "Example: alwann multipliers list --library standard --pareto mre_percent,power_mw "
                "--range wce_percent:0:5");
    const auto options = std::make_shared<list_options>();
    add_library_option(*command, *options);
    command
        ->add_option("--pareto", options->pareto,
                     "only those that no other is better than in these figures, such as mae,power_mw")
        ->delimiter(',');
    command
        ->add_option("--range", options->ranges, "only figures from LOW to HIGH: FIGURE:LOW:HIGH, repeatable")
        ->take_all();
    command->add_option("--tag", options->tags, "only those with the tag, repeatable")->take_all();
    auto* markdown =
        command->add_flag("--markdown", options->markdown, "by falling power, as docs/multipliers.md has it");
    command->add_flag("--json", options->json, "one JSON document on standard output")->excludes(markdown);
    command->callback([options] { list(*options); });
}

} // namespace program
