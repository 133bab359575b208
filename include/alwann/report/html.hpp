// SPDX-License-Identifier: MIT
/// @file
/// Explorations as one HTML file that needs nothing else (CMake components `json` and `compressed`).
#pragma once

#include <alwann/circuit/circuit_text.hpp>
#include <alwann/core/error.hpp>
#include <alwann/library/library.hpp>
#include <alwann/report/design_plot.hpp>
#include <alwann/report/detail/html_check.hpp>
#include <alwann/report/detail/html_design_script.hpp>
#include <alwann/report/detail/html_plot_script.hpp>
#include <alwann/report/detail/html_script.hpp>
#include <alwann/report/detail/html_style.hpp>
#include <alwann/report/heat_map.hpp>
#include <alwann/report/json.hpp>
#include <alwann/report/svg.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// What a report may carry besides the results.
struct html_options {
    /// Chart.js 3 or 4, minified, with its licence comment: plots to hover over, zoom into and click. Without
    /// it the plot is a drawing whose points can be clicked.
    std::string_view chart_script = {};
};

namespace detail {

/// JSON inside a script element: no text in it can end the element. Bytes that are not UTF-8 are replaced.
[[nodiscard]] inline std::string html_json(const json& document) {
    std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace);
    std::string safe;
    for (const char c : text) {
        safe += c == '<' ? "\\u003c" : std::string(1, c);
    }
    return safe;
}

/// Costs and errors of each multiplier that a design of the results names, with a heat map and a circuit
/// where `parts` has them.
[[nodiscard]] inline json html_multipliers(const json& results, const library& parts) {
    std::set<std::string> named;
    for (const char* kind : {"front", "uniform"}) {
        for (const auto& design : results.at(kind)) {
            for (const auto& name : design.at("tiles")) {
                named.insert(name.get<std::string>());
            }
        }
    }
    json all = json::object();
    for (const auto& entry : results.at("library")) {
        if (const auto name = entry.at("name").get<std::string>(); named.count(name) != 0) {
            all[name] = entry;
        }
    }
    for (const auto& part : parts) {
        if (!all.contains(part.name)) {
            continue;
        }
        json& entry = all[part.name];
        entry["heat_map"] = "data:image/png;base64," + to_base64(to_png(error_heat_map(part.products)));
        if (part.circuit != nullptr) {
            entry["verilog"] = to_verilog(circuit_of(part));
        }
    }
    return all;
}

} // namespace detail

/// A page with the front, every design layer by layer and tile by tile, the multipliers and the settings.
///
/// `results` is the document that to_json(exploration) makes, with the keys that `alwann explore` adds: see
/// docs/results.schema.json. `parts` gives heat maps and circuits of the multipliers; it may lack any of
/// them. Throws value_error for a document without the keys that are needed.
[[nodiscard]] inline std::string html_report(const json& results, const library& parts,
                                             const html_options& options = {}) {
    try {
        detail::check_for_html(results);
        const std::string title = "Designs for " + results.at("network").at("file").get<std::string>();
        std::string page =
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
            detail::markup_escaped(title) + "</title>\n<style>" + std::string(detail::html_style) +
            "</style>\n</head>\n<body>\n<h1>" + detail::markup_escaped(title) + "</h1>\n";
        page +=
            "<p class=\"soft\">Accuracies are measured on images that had no part in choosing the designs; "
            "intervals are 95 %. Energy counts multiplications, relative to the library's exact "
            "multiplier.</p>\n"
            "<div class=\"cards\" id=\"summary\"></div>\n"
            "<h2>Accuracy and energy</h2>\n"
            "<div id=\"front-plot\" class=\"screen-only\"><div class=\"plot\"><canvas id=\"front-canvas\" "
            "role=\"img\" aria-label=\"Accuracy against relative energy; the table below has the "
            "figures\"></canvas></div>\n<p class=\"soft\">Click a point to see its design. The wheel zooms, "
            "dragging moves. <button type=\"button\" id=\"whole\">Show all</button></p></div>\n"
            "<div id=\"front-still\" class=\"still\">" +
            design_plot_svg(results) +
            "</div>\n<h3>Front</h3>\n<div id=\"front\"></div>\n"
            "<h2>Design</h2>\n<div id=\"design\"></div>\n"
            "<div id=\"convergence\"><h2>Convergence</h2>\n<div class=\"plot\"><canvas "
            "id=\"convergence-canvas\" role=\"img\" aria-label=\"Hypervolume over evaluated "
            "designs\"></canvas></div></div>\n"
            "<div><h2>One multiplier everywhere</h2>\n<div id=\"uniform\"></div></div>\n"
            "<h2>Settings</h2>\n<details><summary>All settings of the run</summary><pre "
            "id=\"settings\"></pre></details>\n";
        page += "<script type=\"application/json\" id=\"results\">" + detail::html_json(results) +
                "</script>\n<script type=\"application/json\" id=\"multipliers\">" +
                detail::html_json(detail::html_multipliers(results, parts)) + "</script>\n";
        if (!options.chart_script.empty()) {
            page += "<script>" + std::string(options.chart_script) + "</script>\n";
        }
        page += "<script>" + std::string(detail::html_script) + std::string(detail::html_design_script) +
                std::string(detail::html_plot_script) + "</script>\n</body>\n</html>\n";
        return page;
    } catch (const json::exception& problem) {
        throw value_error(std::string("report: the results lack what a report shows: ") + problem.what());
    }
}

} // namespace alwann::inline ALWANN_ABI
