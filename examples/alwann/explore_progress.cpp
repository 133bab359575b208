// SPDX-License-Identifier: MIT
#include "explore.hpp"

#include <alwann/core/parse_number.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

namespace program {

namespace aw = alwann;

std::size_t bytes_from_string(const std::string& text) {
    std::size_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, value);
    const std::string unit(stop, end);
    const int shift = unit.empty() ? 0 : unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : -1;
    if (problem != std::errc() || shift < 0 || value > (std::size_t{1} << (63 - shift))) {
        throw aw::value_error("--memory: expected a number of bytes such as 65536, 512M or 2G, found " +
                              text);
    }
    return value << shift;
}

std::size_t samples_of_search(const explore_options& options) {
    return options.search_samples.value_or(std::min<std::size_t>(options.samples, 8192));
}

aw::search_goals goals_of(const explore_options& options) {
    aw::search_goals goals;
    goals.objectives.clear();
    for (const auto& name : options.objectives) {
        goals.objectives.push_back(aw::objective_from_string(name));
    }
    for (const auto& text : options.limits) {
        const auto sign = text.find('=');
        const auto bound =
            sign == std::string::npos ? std::nullopt : aw::parse_number<double>(text.substr(sign + 1));
        if (!bound) {
            throw aw::value_error("--limit: expected OBJECTIVE=NUMBER, found " + text);
        }
        goals.limits.push_back({aw::objective_from_string(text.substr(0, sign)), *bound});
    }
    goals.check(); // before any work is done
    return goals;
}

explore_display::explore_display(const explore_options& options) : how_(options.progress), start_(now()) {}

void explore_display::show(const aw::explore_progress& progress) {
    const double seconds = now() - start_;
    const double rate = seconds > 0 ? static_cast<double>(progress.evaluations) / seconds : 0;
    const auto done = static_cast<double>(progress.done), all = static_cast<double>(progress.all);
    if (how_ == "json") {
        const aw::json event{
            {"event", "progress"},
            {"stage", to_string(progress.stage)},
            {"done", progress.done},
            {"all", progress.all},
            {"seconds", seconds},
            {"evaluations", progress.evaluations},
            {"evaluations_per_second", rate},
            {"cache_hits", progress.counts.known + progress.counts.archived},
            {"known", progress.counts.known},
            {"archived", progress.counts.archived},
            {"dropped", progress.counts.dropped},
            {"emulated_products", progress.counts.emulated},
            {"hypervolume", progress.hypervolume},
            {"seconds_left", done > 0 ? aw::json(seconds * (all - done) / done) : aw::json(nullptr)}};
        std::fprintf(stderr, "%s\n", aw::to_text(event, -1).c_str());
    } else if (how_ == "line") {
        const std::string what = progress.stage == aw::explore_stage::uniform  ? "uniform design "
                                 : progress.stage == aw::explore_stage::search ? "generation "
                                                                               : "measuring on test images ";
        line_.show(what + std::to_string(progress.done) + " of " + std::to_string(progress.all) +
                       ", hypervolume " + aw::format_fixed(progress.hypervolume, 4) + ", " +
                       std::to_string(progress.counts.known + progress.counts.archived) + " known",
                   done, all, progress.evaluations, "evaluations");
    }
}

void explore_display::end(const aw::exploration& found) {
    line_.finish();
    if (how_ == "json") {
        const aw::json event{{"event", found.interrupted ? "interrupted" : "done"},
                             {"seconds", now() - start_},
                             {"evaluations", found.evaluations},
                             {"front", found.front.size()},
                             {"hypervolume", found.hypervolume}};
        std::fprintf(stderr, "%s\n", aw::to_text(event, -1).c_str());
    }
}

} // namespace program
