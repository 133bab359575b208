// SPDX-License-Identifier: MIT
#include <alwann/library/table_directory.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/families.hpp>

#include "catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace alwann;
namespace fs = std::filesystem;

namespace {

// A folder with two truth tables, `a` exact and `b` not, that vanishes with the test.
struct table_folder {
    fs::path path;
    table_folder() {
        std::string name = (fs::temp_directory_path() / "alwann_tables_XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
        write_table(tabulate(exact{}), path / "a.bin");
        write_table(tabulate(families::lowor<6>{}), path / "b.bin");
    }
    ~table_folder() { fs::remove_all(path); }

    void costs(const std::string& text) const { std::ofstream(path / "costs.csv", std::ios::binary) << text; }
    [[nodiscard]] library read() const { return read_table_library(path); }
};

} // namespace

TEST_CASE("A folder of tables with costs") {
    const table_folder folder;
    folder.costs("name,power_mW,area_um2,delay_ns,MAE\na,0.391,709.6,1.43,0\nb,0.25,500,1.1,9\n");
    std::vector<std::string> warnings;
    const library parts =
        read_table_library(folder.path, [&](const std::string& text) { warnings.push_back(text); });
    CHECK(warnings.empty());
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].name == "a");
    CHECK(parts[0].price.power_mw == 0.391);
    CHECK(parts[0].price.area_um2 == 709.6);
    CHECK(parts[0].price.delay_ns == 1.43);
    CHECK(parts[0].price.source == provenance::published);
    CHECK(parts.exact().name == "a");
    CHECK(parts.find("b").products == tabulate(families::lowor<6>{}));
}

TEST_CASE("Columns in any order, quotes, blanks, CRLF, a byte-order mark, missing figures") {
    const table_folder folder;
    folder.costs("\xEF\xBB\xBF"
                 "delay_ns, \"name\" ,power_mW,area_um2\r\n1.0,\"b\", 0.25 ,\r\n\r\n,a,4e-1,700");
    const library parts = folder.read();
    CHECK(parts.find("a").price.power_mw == 0.4);
    CHECK_FALSE(parts.find("a").price.delay_ns == parts.find("a").price.delay_ns); // unknown: NaN
    CHECK_FALSE(parts.find("b").price.area_um2 == parts.find("b").price.area_um2);
    CHECK(parts.find("b").price.delay_ns == 1.0);
    folder.costs("name,power_mW\na,0.4\nb,0\n");
    CHECK(folder.read().find("b").price.power_mw == 0.0);
}

TEST_CASE("Tables without costs and costs without tables are reported") {
    const table_folder folder;
    std::vector<std::string> warnings;
    const auto read = [&] {
        warnings.clear();
        return read_table_library(folder.path, [&](const std::string& text) { warnings.push_back(text); });
    };
    CHECK(read().size() == 2);
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings[0], contains("costs.csv") && contains("no multiplier has a cost"));
    folder.costs("name,power_mW\na,0.4\nc,0.1\n");
    const library parts = read();
    CHECK_FALSE(parts.find("b").has_cost());
    CHECK(parts.find("b").price.source == provenance::unknown);
    REQUIRE(warnings.size() == 2);
    CHECK_THAT(warnings[0], contains("no row for 'b'"));
    CHECK_THAT(warnings[1], contains("costs.csv:3") && contains("no truth table c.bin"));
    CHECK_NOTHROW(folder.read()); // without a handler
    folder.costs("name,power_mW\na,0.4\n");
    CHECK_FALSE(read().find("b").has_cost());
    CHECK(warnings.size() == 1);
}

TEST_CASE("Tables in a subfolder: either folder will do") {
    const table_folder folder;
    fs::create_directory(folder.path / "tables");
    fs::rename(folder.path / "a.bin", folder.path / "tables" / "a.bin");
    fs::rename(folder.path / "b.bin", folder.path / "tables" / "b.bin");
    folder.costs("name,power_mW\na,0.4\nb,0.2\n");
    for (const fs::path& given : {folder.path, folder.path / "tables", folder.path / "tables" / ""}) {
        const library parts = read_table_library(given);
        CHECK(parts.size() == 2);
        CHECK(parts.filter(&component::has_cost).size() == 2);
    }
}

TEST_CASE("Malformed cost lists name the line and the field") {
    const table_folder folder;
    const auto complaint = [&](const std::string& text) {
        folder.costs(text);
        try {
            (void)folder.read();
        } catch (const format_error& problem) {
            CHECK(problem.file().find("costs.csv:") != std::string::npos);
            return std::string(problem.what());
        }
        return std::string("none");
    };
    for (const char* number : {"nan", "inf", "-0.1", "1,5", "0.1x", "", "mW"}) {
        CAPTURE(number);
        const std::string text = complaint(std::string("name,power_mW\na,0.4\nb,") + number + "\n");
        CHECK_THAT(text, contains("costs.csv:3: "));
    }
    CHECK_THAT(complaint("name,power_mW\na,x\n"),
               contains("costs.csv:2: power_mW: expected a number") && contains("'x'"));
    CHECK_THAT(complaint("name,power_mW,area_um2\na,1,-4\n"), contains("costs.csv:2: area_um2"));
    CHECK_THAT(complaint("name,power\na,1\n"), contains("costs.csv:1: header") && contains("'power_mW'"));
    CHECK_THAT(complaint(""), contains("'name'"));
    CHECK_THAT(complaint("name,power_mW\na\n"), contains("costs.csv:2: row: expected 2 fields, found 1"));
    CHECK_THAT(complaint("name,power_mW\na,1\na,2\n"), contains("costs.csv:3: name") && contains("line 2"));
    CHECK_THAT(complaint("name,power_mW\n,1\n"), contains("costs.csv:2: name"));
}

TEST_CASE("Folders that are none, or empty, or damaged") {
    const table_folder folder;
    CHECK_THROWS_AS(read_table_library(folder.path / "missing"), io_error);
    CHECK_THROWS_AS(read_table_library(folder.path / "a.bin"), io_error);
    fs::create_directory(folder.path / "empty");
    CHECK_THROWS_AS(read_table_library(folder.path / "empty"), format_error);
    CHECK_THROWS_WITH(read_table_library(folder.path / "empty"), contains("*.bin"));
    std::ofstream(folder.path / "b.bin", std::ios::binary) << "short";
    CHECK_THROWS_WITH(folder.read(), contains("b.bin") && contains("5 bytes"));
}

TEST_CASE("The multipliers of the paper") {
    const char* data = std::getenv("ALWANN_TEST_DATA");
    if (data == nullptr || !fs::exists(fs::path(data) / "evoapprox" / "costs.csv")) {
        WARN("skipped: ALWANN_TEST_DATA names no folder with evoapprox/costs.csv");
        return;
    }
    std::size_t warnings = 0;
    const library parts =
        read_table_library(fs::path(data) / "evoapprox", [&](const std::string&) { ++warnings; });
    CHECK(warnings == 0);
    CHECK(parts.size() == 36);
    CHECK(parts.filter(&component::has_cost).size() == 36);
    CHECK(parts.exact().name == "mul8u_1JFF");
    CHECK(parts.exact().price.power_mw == 0.391);
}
