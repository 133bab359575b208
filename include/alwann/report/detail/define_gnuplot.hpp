// SPDX-License-Identifier: MIT
/// @file
/// The definitions of report/gnuplot.hpp.
#pragma once

#include <alwann/report/detail/define_design_plot.hpp>
#include <alwann/report/gnuplot.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// A block of data: energy, accuracy and its interval, and the multipliers as a comment; in percent.
[[nodiscard]] inline std::string gnuplot_data(const char* name, std::vector<plotted_design> designs) {
    std::sort(designs.begin(), designs.end(),
              [](const auto& a, const auto& b) { return a.energy < b.energy; });
    std::string text = "$" + std::string(name) + " << END\n";
    for (const auto& d : designs) {
        std::string words = d.words;
        std::replace_if(
            words.begin(), words.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
        text += format_fixed(d.energy, 3) + " " + format_fixed(d.accuracy, 3) + " " + format_fixed(d.low, 3) +
                " " + format_fixed(d.high, 3) + " # " + words + "\n";
    }
    return text + "END\n";
}

} // namespace detail

ALWANN_SEPARABLE std::string design_plot_gnuplot(const json& results, const std::string& name) {
    if (name.empty() || name.find_first_of("'\"\n\r\\") != std::string::npos) {
        throw value_error("plot: expected a name of files without quotes or line breaks, found '" + name +
                          "'");
    }
    try {
        const auto front = detail::plotted_designs(results, "front");
        const auto uniform = detail::plotted_designs(results, "uniform");
        std::string plots;
        if (!front.empty()) {
            plots += "$front using 1:2 with steps linecolor '#c2410c' notitle, "
                     "$front using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor '#c2410c' "
                     "title 'front'";
        }
        if (!uniform.empty()) {
            plots += std::string(plots.empty() ? "" : ", ") +
                     "$uniform using 1:2:3:4 with yerrorbars pointtype 5 pointsize 0.3 linecolor '#2563a8' "
                     "title 'one multiplier everywhere'";
        }
        std::string text = "# " + name + ".pdf and " + name + ".png: run `gnuplot` on this file.\n" +
                           detail::gnuplot_data("front", front) + detail::gnuplot_data("uniform", uniform) +
                           "set xlabel \"relative energy, % of the exact multiplier's\"\n"
                           "set ylabel 'test accuracy, %'\n"
                           "set xrange [0:*]\nset grid linecolor '#dddddd'\nset key bottom right\n";
        if (plots.empty()) {
            plots = "NaN notitle";
            text += "set yrange [0:100]\n";
        }
        for (const char* terminal : {"pdfcairo size 8.8cm,6.2cm font ',8' linewidth 0.7",
                                     "pngcairo size 1200,840 pointscale 3 linewidth 2 font ',24'"}) {
            const bool pdf = std::string(terminal).starts_with("pdf");
            text += std::string("set terminal ") + terminal + "\nset output '" + name +
                    (pdf ? ".pdf" : ".png") + "'\nplot " + plots + "\n";
        }
        return text + "set output\n";
    } catch (const json::exception& problem) {
        throw value_error(std::string("plot: the results lack what it shows: ") + problem.what());
    }
}

} // namespace alwann::inline ALWANN_ABI
