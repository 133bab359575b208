// SPDX-License-Identifier: MIT
/// @file
/// The definitions of library/table_directory.hpp.
#pragma once

#include <alwann/core/csv.hpp>
#include <alwann/core/parse_number.hpp>
#include <alwann/library/table_directory.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// A cost list: multiplier name -> cost, and the line it was on.
using cost_list = std::map<std::string, std::pair<cost, std::size_t>>;

[[nodiscard]] inline cost_list read_costs(const std::filesystem::path& path) {
    std::istringstream file(read_text_file(path, cost_list_max_bytes));
    const auto at_line = [&](std::size_t number) { return path.string() + ":" + std::to_string(number); };
    std::string line;
    std::size_t number = 1;
    std::getline(file, line);
    if (line.starts_with("\xEF\xBB\xBF")) { // byte-order mark, as spreadsheets write it
        line.erase(0, 3);
    }
    const auto fields_of = [&] {
        auto fields = csv_fields(line);
        if (!fields) {
            throw format_error(at_line(number), "row", "fields whose quotes are closed",
                               detail::quoted(line));
        }
        return *std::move(fields);
    };
    const std::vector<std::string> header = fields_of();
    const auto column = [&](std::string_view name) {
        return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
    };
    const std::size_t name_column = column("name"), power_column = column("power_mW");
    const std::size_t area_column = column("area_um2"), delay_column = column("delay_ns");
    for (const auto& [place, name] : {std::pair{name_column, "name"}, std::pair{power_column, "power_mW"}}) {
        if (place == header.size()) {
            throw format_error(at_line(number), "header", std::string("a column '") + name + "'",
                               "'" + line + "'");
        }
    }
    for (const auto& name : header) {
        if (std::count(header.begin(), header.end(), name) > 1) {
            throw format_error(at_line(number), "header", "different columns",
                               "two of " + detail::quoted(name));
        }
    }
    cost_list costs;
    while (std::getline(file, line)) {
        ++number;
        const std::vector<std::string> fields = fields_of();
        if (fields.size() == 1 && fields[0].empty()) {
            continue;
        }
        if (fields.size() != header.size()) {
            throw format_error(at_line(number), "row", std::to_string(header.size()) + " fields",
                               std::to_string(fields.size()));
        }
        const auto figure = [&](std::size_t place, bool optional) {
            if (optional && (place == header.size() || fields[place].empty())) {
                return std::numeric_limits<double>::quiet_NaN();
            }
            const std::string& text = fields[place];
            const auto value = parse_number<double>(text);
            if (!value || *value < 0) {
                throw format_error(at_line(number), header[place], "a number that is not negative",
                                   "'" + text + "'");
            }
            return *value;
        };
        const std::string& name = fields[name_column];
        if (name.empty()) {
            throw format_error(at_line(number), "name", "a multiplier's name", "nothing");
        }
        cost price;
        price.power_mw = figure(power_column, false);
        price.area_um2 = figure(area_column, true);
        price.delay_ns = figure(delay_column, true);
        price.source = provenance::published;
        const auto [earlier, inserted] = costs.try_emplace(name, price, number);
        if (!inserted) {
            throw format_error(at_line(number), "name", "each name once",
                               "'" + name + "' as in line " + std::to_string(earlier->second.second));
        }
    }
    return costs;
}

} // namespace detail

ALWANN_SEPARABLE library read_table_library(const std::filesystem::path& folder,
                                            const warning_handler& warn) {
    namespace fs = std::filesystem;
    const auto tables_in = [](const fs::path& place) {
        std::vector<fs::path> files;
        std::error_code problem;
        for (fs::directory_iterator entry(place, problem), end; !problem && entry != end;
             entry.increment(problem)) {
            if (entry->path().extension() == ".bin") {
                files.push_back(entry->path());
            }
        }
        if (problem) {
            throw io_error(place.string(), problem.message());
        }
        std::sort(files.begin(), files.end());
        return files;
    };
    const auto tell = [&](const std::string& what) {
        if (warn) {
            warn(what);
        }
    };
    std::vector<fs::path> files = tables_in(folder);
    if (files.empty() && fs::is_directory(folder / "tables")) {
        files = tables_in(folder / "tables");
    }
    if (files.empty()) {
        throw format_error(folder.string(), "folder", "truth tables (*.bin)", "none");
    }
    fs::path list = folder / "costs.csv";
    if (const fs::path place = fs::absolute(folder / "").lexically_normal().parent_path();
        !fs::exists(list) && place.filename() == "tables") {
        list = place.parent_path() / "costs.csv";
    }
    detail::cost_list costs;
    const bool listed = fs::exists(list);
    if (listed) {
        costs = detail::read_costs(list);
    } else {
        tell(list.string() + ": not found, so no multiplier has a cost");
    }
    library parts;
    for (const fs::path& file : files) {
        const table products = read_table(file);
        const auto row = costs.find(products.name());
        if (row == costs.end()) {
            if (listed) {
                tell(list.string() + ": no row for '" + products.name() + "', so it has no cost");
            }
            parts.add(make_component(products));
        } else {
            parts.add(make_component(products, row->second.first));
            costs.erase(row);
        }
    }
    for (const auto& [name, entry] : costs) {
        tell(list.string() + ":" + std::to_string(entry.second) + ": no truth table " + name +
             ".bin, row skipped");
    }
    return parts;
}

} // namespace alwann::inline ALWANN_ABI
