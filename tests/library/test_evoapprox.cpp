// SPDX-License-Identifier: MIT
#include <alwann/circuit/circuit_text.hpp>
#include <alwann/circuit/families.hpp>
#include <alwann/core/csv.hpp>
#include <alwann/library/error_front.hpp>
#include <alwann/library/evoapprox.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/library/table_directory.hpp>

#include "catch.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

using namespace alwann;
namespace fs = std::filesystem;

namespace {

// An empty folder that vanishes with the test.
struct folder_of_circuits {
    fs::path path;
    folder_of_circuits() {
        std::string name = (fs::temp_directory_path() / "alwann_evoapprox_XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~folder_of_circuits() { fs::remove_all(path); }

    void put(const std::string& file, const std::string& text) const {
        fs::create_directories((path / file).parent_path());
        std::ofstream(path / file, std::ios::binary) << text;
    }
};

multiplier_circuit circuit(const std::string& name, const netlist& gates, double power = -1) {
    multiplier_circuit made{.name = name, .circuit = gates, .published = {}};
    if (power >= 0) {
        made.published.price = {.power_mw = power, .source = provenance::published};
    }
    return made;
}

std::vector<std::string> names_of(const library& parts) {
    std::vector<std::string> names;
    for (const component& part : parts) {
        names.push_back(part.name);
    }
    return names;
}

std::vector<std::string> texts_of(const std::vector<evoapprox_report::note>& notes) {
    std::vector<std::string> texts;
    for (const auto& note : notes) {
        texts.push_back(note.file.filename().string() + ": " + note.text);
    }
    return texts;
}

} // namespace

TEST_CASE("A folder of circuits becomes a library") {
    using namespace circuits;
    const folder_of_circuits folder;
    folder.put("8x8_unsigned/pwr_mae/mul8u_AAA.c", to_evoapprox_c(circuit("mul8u_AAA", exact_dadda(), 0.39)));
    folder.put("8x8_unsigned/pwr_mae/mul8u_AAA.v", "not even Verilog"); // not looked at
    folder.put("8x8_unsigned/pwr_mae/mul8u_AAA_pdk45.v", "neither");
    folder.put("8x8_unsigned/pwr_mae/mul8u_AAA.py", "no circuit");
    folder.put("8x8_unsigned/pwr_mre/mul8u_BBB.c", to_evoapprox_c(circuit("mul8u_BBB", lowor(6), 0.25)));
    folder.put("8x8_unsigned/pwr_mse/mul8u_BBB.c", to_evoapprox_c(circuit("mul8u_BBB", lowor(6), 0.24)));
    folder.put("8x8_unsigned/pwr_mse/mul8u_CCC.v", to_verilog(circuit("mul8u_CCC", lowor(7))));
    folder.put("8x8_unsigned/pwr_mse/mul8u_CCC_pdk45.v", "not looked at either");
    folder.put("8x8_unsigned/pwr_wce/mul8u_DDD_pdk45.v",
               to_verilog(circuit("mul8u_DDD", lowor(8), 0.2), verilog_style::cells));
    folder.put("newer/mul8u_BBB.c", to_evoapprox_c(circuit("mul8u_BBB", lowor(5), 0.3)));
    folder.put("newer/mul8u_EEE.c", to_evoapprox_c(circuit("mul8u_EEE", exact_array(), 0.41)));
    folder.put("adders/add8u_1.c", "int broken(");
    folder.put("16x16_unsigned/mul16u_1.c", "int broken(");
    folder.put("8x3_unsigned/mul8x3u_1.c", "uint64_t mul8x3u_1(uint64_t A, uint64_t B) { return A * B; }");
    folder.put("8x8_signed/mul8s_1.c", "int16_t mul8s_1(int8_t A, int8_t B) { return A * B; }");
    folder.put("broken/mul8u_F.c", "uint64_t mul8u_F(uint64_t A, uint64_t B) {\n  return A / B;\n}");

    const evoapprox_library parts = read_evoapprox(folder.path);
    const evoapprox_report& report = parts.report;
    CHECK(report.files == 12);
    const std::string renamed = parts[4].name;
    CHECK(names_of(parts) ==
          std::vector<std::string>{"mul8u_AAA", "mul8u_BBB", "mul8u_CCC", "mul8u_DDD", renamed});
    CHECK(renamed.substr(0, 10) == "mul8u_BBB_");
    CHECK(renamed.size() == 26);
    CHECK(parts.find("mul8u_AAA").products.hash() == simulate(exact_dadda(), "").hash());
    CHECK(parts.find("mul8u_AAA").price.power_mw == 0.39); // mul8u_EEE is dearer
    CHECK(parts.find("mul8u_BBB").price.power_mw == 0.24);
    CHECK(parts.find("mul8u_CCC").price.source == provenance::modelled);
    CHECK(parts.find("mul8u_DDD").price.source == provenance::published);
    CHECK(parts.exact().name == "mul8u_AAA");
    CHECK(parts.find(renamed).products == simulate(lowor(5), ""));

    CHECK(texts_of(report.merged) ==
          std::vector<std::string>{"mul8u_BBB.c: mul8u_BBB", "mul8u_EEE.c: mul8u_AAA"});
    CHECK(texts_of(report.renamed) == std::vector<std::string>{"mul8u_BBB.c: " + renamed});
    CHECK(texts_of(report.left_out) ==
          std::vector<std::string>{"mul16u_1.c: operands of 16 bits", "mul8x3u_1.c: operands of 8 and 3 bits",
                                   "mul8s_1.c: signed operands", "add8u_1.c: an adder"});
    REQUIRE(report.unreadable.size() == 1);
    CHECK_THAT(report.unreadable[0].text, contains("mul8u_F.c:2:12: return: expected ';', found '/'"));
    CHECK(report.warnings.empty());

    const library joined = parts.with(library()); // is a library like any other
    CHECK(joined.size() == 5);

    const evoapprox_library all = read_evoapprox(folder.path, {.narrow = true, .signed_operands = true});
    CHECK(all.size() == 7);
    CHECK(all.find("mul8s_1").products.is_signed());
    CHECK(all.find("mul8s_1").is_exact());
    CHECK(all.find("mul8x3u_1").is_exact());
    CHECK(all.find("mul8x3u_1").products.form().weight.bits == 3);
}

TEST_CASE("Stated figures that are wrong are warnings") {
    const folder_of_circuits folder;
    folder.put("mul8u_1.c",
               "// MAE = 5.0\n// EP% = 0.00 %\nuint64_t mul8u_1(uint64_t A, uint64_t B) { return A * B; }");
    const evoapprox_library parts = read_evoapprox(folder.path);
    CHECK(parts.size() == 1);
    REQUIRE(parts.report.warnings.size() == 1);
    CHECK_THAT(parts.report.warnings[0],
               contains("mul8u_1.c: mul8u_1: line 1: MAE is stated as 5.0, measured as 0"));
}

TEST_CASE("Folders without circuits") {
    const folder_of_circuits folder;
    CHECK_THROWS_AS(read_evoapprox(folder.path), format_error);
    CHECK_THROWS_AS(read_evoapprox(folder.path / "missing"), io_error);
    folder.put("mul8u_1.c", "");
    CHECK(read_evoapprox(folder.path).empty());
    CHECK(read_evoapprox(folder.path).report.unreadable.size() == 1);
    CHECK_THROWS_AS(read_evoapprox(folder.path / "mul8u_1.c"), io_error);
    fs::create_directory(folder.path / "odd.c"); // a folder
    CHECK(read_evoapprox(folder.path).report.files == 1);
}

TEST_CASE("The tables of the paper have the errors that their list states") {
    const char* data = std::getenv("ALWANN_TEST_DATA");
    if (data == nullptr || !fs::exists(fs::path(data) / "evoapprox" / "costs.csv")) {
        WARN("skipped: ALWANN_TEST_DATA names no folder with evoapprox/costs.csv");
        return;
    }
    const library parts = read_table_library(fs::path(data) / "evoapprox");
    std::ifstream list(fs::path(data) / "evoapprox" / "costs.csv");
    std::string line;
    std::getline(list, line);
    const std::vector<std::string> header = csv_fields(line).value();
    std::size_t figures = 0;
    while (std::getline(list, line)) {
        const std::vector<std::string> row = csv_fields(line).value();
        REQUIRE(row.size() == header.size());
        const error_metrics& errors = parts.find(row[0]).errors;
        for (std::size_t i = 1; i < row.size(); ++i) {
            for (const metric_name& metric : metric_names) {
                std::string column(metric.name); // MAE% is MAE_pct there
                if (column.ends_with('%')) {
                    column.replace(column.size() - 1, 1, "_pct");
                }
                if (column == header[i]) {
                    const auto figure = read_figure(row[i]);
                    REQUIRE(figure);
                    CAPTURE(row[0], column, row[i], errors.*metric.value);
                    CHECK(figure->agrees_with(errors.*metric.value));
                    ++figures;
                }
            }
        }
    }
    CHECK(figures == 36 * metric_names.size());
}

TEST_CASE("Each of our designs is as good as a published one, in one kind of error at least") {
    const char* data = std::getenv("ALWANN_TEST_DATA");
    if (data == nullptr || !fs::exists(fs::path(data) / "evoapprox" / "costs.csv")) {
        WARN("skipped: ALWANN_TEST_DATA names no folder with evoapprox/costs.csv");
        return;
    }
    const library published = read_table_library(fs::path(data) / "evoapprox");
    const std::array errors{&error_metrics::mae, &error_metrics::mre_percent, &error_metrics::wce,
                            &error_metrics::ep_percent, &error_metrics::mse};
    for (const component& part : standard()) {
        if (part.errors.wce == 0) {
            continue; // what all others are relative to
        }
        double least = std::numeric_limits<double>::infinity();
        for (const auto error : errors) {
            const double power = error_front(published, error).interpolated_power(part.errors.*error);
            least = std::fmin(least, part.price.power_mw / power); // NaN below the front's first
        }
        CAPTURE(part.name);
        CHECK(least <= 1.10);
    }
}
