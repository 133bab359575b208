// SPDX-License-Identifier: MIT
#include <alwann/circuit/evoapprox_c.hpp>
#include <alwann/circuit/evolve.hpp>
#include <alwann/circuit/families.hpp>
#include <alwann/library/merge.hpp>
#include <alwann/library/multiplier_file.hpp>
#include <alwann/library/saved_library.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/library/table_directory.hpp>
#include <alwann/multiplier/exact.hpp>

#include "../core/full_disk.hpp"
#include "../io/files.hpp"
#include "catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

using namespace alwann;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

bool same_figure(double a, double b) {
    return a == b || (a != a && b != b);
}

void check_same(const component& a, const component& b) {
    CAPTURE(a.name, b.name);
    CHECK(a.name == b.name);
    CHECK(a.hash == b.hash);
    CHECK(a.products == b.products);
    CHECK(same_figure(a.price.power_mw, b.price.power_mw));
    CHECK(same_figure(a.price.area_um2, b.price.area_um2));
    CHECK(same_figure(a.price.delay_ns, b.price.delay_ns));
    CHECK(a.price.source == b.price.source);
    CHECK(a.errors.mre_percent == b.errors.mre_percent);
    CHECK(a.tags == b.tags);
    REQUIRE((a.circuit == nullptr) == (b.circuit == nullptr));
    if (a.circuit != nullptr) {
        CHECK(truth_table(circuit_of(a)) == truth_table(circuit_of(b)));
        CHECK(estimate_cost(circuit_of(a)).power_mw == Approx(estimate_cost(circuit_of(b)).power_mw));
    }
}

void check_same(const library& a, const library& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        check_same(a[i], b[i]);
    }
}

// One of each kind: of a circuit, of a table alone, without a cost, narrow and signed, with an awkward name.
library make_varied() {
    library parts;
    parts.add(make_component(circuits::exact_dadda(), "exact"));
    component tagged = make_component(circuits::lowor(7), "lowor_7");
    tagged.tags = {"lowor", "two words", "\xC3\xA4"};
    parts.add(tagged);
    const table squares = tabulate(functional<"plain">([](auto x, auto w) { return (x & 0xF0u) * w; }));
    parts.add(make_component(squares, {.power_mw = 0.1, .source = provenance::published}));
    parts.add(make_component(table("../odd \"name\"/", squares.products())));
    parts.add(
        make_component(parse_evoapprox_c("int16_t mul8s_1(int8_t A, int8_t B) { return A * B; }", "f")));
    parts.add(make_component(parse_evoapprox_c(
        "// PDK45_PWR = 0.050 mW\nuint64_t mul8x3u_1(uint64_t A, uint64_t B) { return A * B; }", "f")));
    const table offset = parts.find("mul8s_1").products.network_form();
    parts.add(make_component(table("offset", offset.products(), offset.form())));
    return parts;
}

const library& varied() {
    static const library parts = make_varied();
    return parts;
}

// Changes the list of a saved library, and returns the complaint.
std::string complaint(const std::function<void(nlohmann::json&)>& change) {
    static const temporary_directory folder;
    const fs::path list = folder.path() / library_list_name;
    static const auto saved = [&] {
        save_library(varied(), folder.path());
        return nlohmann::json::parse(text_of(list));
    }();
    auto document = saved;
    change(document);
    std::ofstream(list) << document;
    try {
        (void)load_library(folder.path());
    } catch (const format_error& problem) {
        CHECK(problem.file() == list.string());
        return problem.what();
    }
    return "none";
}

} // namespace

TEST_CASE("A saved library is loaded as it was") {
    const temporary_directory folder;
    const fs::path place = folder.path() / "new" / "library";
    CHECK_FALSE(is_saved_library(place));
    save_library(varied(), place);
    CHECK(is_saved_library(place));
    const library loaded = load_library(place);
    check_same(varied(), loaded);
    CHECK(loaded.find("mul8s_1").products.is_signed());
    CHECK(loaded.find("mul8x3u_1").products.form().weight.bits == 3);
    CHECK(loaded.find("offset").products.form().activation.coding == operand_coding::offset_binary);

    save_library(loaded, place); // once more, from itself
    check_same(varied(), load_library(place));

    save_library(standard(), place); // replaced, without what only the old one had
    check_same(standard(), load_library(place));
    std::size_t tables = 0;
    for (const auto& entry : fs::recursive_directory_iterator(place)) {
        CHECK(entry.path().extension() != ".new");
        tables += entry.path().extension() == ".bin" ? 1u : 0u;
    }
    CHECK(tables == standard().size());

    save_library(library(), place);
    CHECK(load_library(place).empty());
}

TEST_CASE("A list that does not fit its tables is refused with the field") {
    CHECK(complaint([](auto&) {}) == "none");
    const auto part = [](auto& list, std::size_t i) -> auto& {
        return list["components"][i];
    };
    CHECK_THAT(complaint([&](auto& list) { part(list, 1)["hash"] = "0123456789abcdef"; }),
               contains("library.json: components[1].hash: expected ") && contains("'0123456789abcdef'"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 1)["table"] = part(list, 0)["table"]; }),
               contains("components[1].hash"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 1)["errors"]["mae"] = 3.5; }),
               contains("components[1].errors.mae: expected ") && contains("found 3.5"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 1)["errors"].erase("wce"); }),
               contains("components[1].errors.wce: expected a value"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 0)["errors"]["zero_preserving"] = false; }),
               contains("components[0].errors.zero_preserving: expected true"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 1)["circuit"] = part(list, 0)["circuit"]; }),
               contains("components[1].circuit: expected a circuit that computes the table"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 4)["form"]["weight"]["coding"] = "unsigned"; }),
               contains("components[4].hash"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 4)["form"]["weight"]["coding"] = "ternary"; }),
               contains("components[4].form.weight.coding: expected unsigned, ") && contains("'ternary'"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 5)["form"]["weight"]["bits"] = 9; }),
               contains("components[5].form.weight.bits: expected a whole number from 1 to 8"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 0)["cost"]["power_mw"] = -1; }),
               contains("components[0].cost.power_mw: expected a number that is not negative"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 0)["cost"]["source"] = "guessed"; }),
               contains("components[0].cost.source: expected unknown, published, "));
    CHECK_THAT(complaint([&](auto& list) { part(list, 0)["name"] = "lowor_7"; }),
               contains("components[1].name: expected a name of its own"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 0)["name"] = 7; }),
               contains("components[0].name: expected a string, found number"));
    CHECK_THAT(complaint([&](auto& list) { part(list, 0)["tags"] = "none"; }),
               contains("components[0].tags: expected an array"));
    for (const char* outside : {"../x.bin", "/etc/passwd", "tables/../../x.bin", ""}) {
        CHECK_THAT(complaint([&](auto& list) { part(list, 0)["table"] = outside; }),
                   contains("components[0].table: expected a file below the library's folder"));
    }
    CHECK_THAT(complaint([](auto& list) { list["format"] = "another"; }), contains("format: expected"));
    CHECK_THAT(complaint([](auto& list) { list["version"] = 2; }), contains("version: expected"));
    CHECK_THAT(complaint([](auto& list) { list["components"] = 3; }), contains("components: expected"));
    CHECK_THAT(complaint([](auto& list) { list = 3; }), contains("expected an object"));
}

TEST_CASE("Damaged folders are refused") {
    const temporary_directory folder;
    CHECK_THROWS_AS(load_library(folder.path()), io_error);
    CHECK_THROWS_AS(load_library(folder.path() / "missing"), io_error);
    save_library(varied(), folder.path());
    const fs::path list = folder.path() / library_list_name;
    const std::string text = text_of(list);
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, text.size() / 2, text.size() - 3}) {
        std::ofstream(list, std::ios::binary) << text.substr(0, length);
        CHECK_THROWS_AS(load_library(folder.path()), format_error);
    }
    std::ofstream(list, std::ios::binary) << text + std::string(1, '\0');
    CHECK_THROWS_WITH(load_library(folder.path()), contains("library.json: document: expected JSON"));
    std::ofstream(list, std::ios::binary) << text;
    for (const auto& entry : fs::directory_iterator(folder.path() / "tables")) {
        fs::resize_file(entry.path(), 131070);
    }
    CHECK_THROWS_WITH(load_library(folder.path()), contains("131072 bytes"));

    // Not even root can write there.
    CHECK_THROWS_AS(save_library(varied(), "/dev/null/library"), io_error);
}

TEST_CASE("A failed save leaves the old library") {
    const temporary_directory folder;
    save_library(varied(), folder.path());
    library bad;
    bad.add(make_component(table("\xFF", varied()[2].products.products())));
    CHECK_THROWS_AS(save_library(bad, folder.path()), value_error);
    CHECK_THROWS_AS(save_library(bad, folder.path() / "new"), value_error);
    CHECK_FALSE(fs::exists(folder.path() / "new")); // no tables without a list
    check_same(varied(), load_library(folder.path()));
    fs::create_directory(folder.path() / "library.json.new"); // in the way of the list
    CHECK_THROWS_AS(save_library(standard(), folder.path()), io_error);
    fs::remove_all(folder.path() / "library.json.new");
    check_same(varied(), load_library(folder.path()));
}

TEST_CASE("Pareto fronts by any figures, ranges and tags") {
    const library& parts = standard();
    const auto no_worse = [](const component& a, const component& b) {
        return a.errors.mae <= b.errors.mae && a.errors.mre_percent <= b.errors.mre_percent &&
               a.price.power_mw <= b.price.power_mw;
    };
    const library front = parts.pareto(&error_metrics::mae, &error_metrics::mre_percent, &cost::power_mw);
    for (const component& part : parts) { // on the front, or no better than something on it
        std::size_t covers = 0;
        for (const component& other : front) {
            covers += no_worse(other, part) ? 1u : 0u;
        }
        CAPTURE(part.name);
        CHECK(covers >= 1);
        if (front.contains(part.name)) {
            CHECK(covers == 1); // itself
        }
    }
    const auto names = [](const library& list) {
        std::vector<std::string> all;
        for (const component& part : list) {
            all.push_back(part.name);
        }
        return all;
    };
    CHECK(names(front) == names(parts.pareto({figure_from_string("mae"), figure_from_string("mre_percent"),
                                              figure_from_string("power_mw")})));
    CHECK(names(parts.pareto()) == names(parts.pareto(&error_metrics::mae, &cost::power_mw)));
    CHECK(names(front.pareto(&error_metrics::mae, &error_metrics::mre_percent, &cost::power_mw)) ==
          names(front));
    CHECK(parts.pareto(&error_metrics::mae, &error_metrics::wce, &cost::power_mw).size() >=
          parts.pareto(&error_metrics::mae, &cost::power_mw).size());
    CHECK_THROWS_AS(parts.pareto(std::vector<component_figure>{}), value_error);
    CHECK_THROWS_WITH(figure_from_string("power"), contains("'power'") && contains("power_mw"));

    for (const double limit : {0.0, 0.01, 0.1, 1.0}) {
        const library below = parts.filter(by_range(&error_metrics::mae_percent, 0, limit));
        const library above = parts.filter(by_range(&error_metrics::mae_percent, std::nextafter(limit, 1e9),
                                                    std::numeric_limits<double>::infinity()));
        CHECK(below.size() + above.size() == parts.size());
        CHECK(below.with(above).size() == parts.size());
        CHECK(below.contains("exact_dadda"));
    }
    library some = varied();
    CHECK(names(some.filter(by_tag("lowor"))) == std::vector<std::string>{"lowor_7"});
    CHECK(some.filter(by_tag("low")).empty());
    CHECK(names(some.filter(by_range(&cost::power_mw, 0, 1e9))) ==
          names(some.filter(&component::has_cost))); // NaN is in no range
    CHECK(some.filter(by_range([](const component& c) { return c.errors.bias; }, -1e9, -1e-9)).size() < 7);

    component same = make_component(circuits::lowor(7), "lowor_7");
    same.tags = {"new", "lowor"};
    some.add(same);
    CHECK(some.find("lowor_7").tags == std::vector<std::string>{"lowor", "two words", "\xC3\xA4", "new"});
}

TEST_CASE("Merging keeps one component for a function") {
    component_merger merger(varied());
    component other = make_component(circuits::lowor(7), "another name");
    other.price = {.power_mw = 0.5, .source = provenance::published};
    other.tags = {"seen"};
    const auto found = merger.add(other);
    CHECK(found.what == component_merger::merged);
    CHECK(found.name == "lowor_7");
    const auto renamed = merger.add(make_component(circuits::lowor(6), "lowor_7"));
    CHECK(renamed.what == component_merger::renamed);
    CHECK(renamed.name == "lowor_7_" + hash_text(simulate(circuits::lowor(6), "").hash()));
    CHECK(merger.add(make_component(circuits::lowor(5), "lowor_5")).what == component_merger::added);
    const library merged = merger.finish();
    CHECK(merged.size() == varied().size() + 2);
    CHECK(merged.find("lowor_7").price.power_mw == 0.5); // published is preferred to modelled
    CHECK(merged.find("lowor_7").has_tag("seen"));
}

TEST_CASE("Circuits of components are written and read back") {
    const temporary_directory folder;
    for (const component& part : varied()) {
        for (const auto& form : multiplier_formats) {
            CAPTURE(part.name, form.name);
            const fs::path file = folder.path() / (file_name_of(part) + std::string(form.extension));
            const bool is_table = form.name == "bin" || form.name == "txt";
            if (!is_table && part.circuit == nullptr) {
                CHECK_THROWS_WITH(write_multiplier(part, file, form.format), contains("no circuit"));
                CHECK_FALSE(fs::exists(file));
                continue;
            }
            if (form.name == "bin" && part.products.form() != multiplier_form{}) { // has no place for it
                CHECK_THROWS_AS(write_multiplier(part, file, form.format), value_error);
                CHECK_THROWS_WITH(write_multiplier(part, file, form.format),
                                  contains("can be written as txt"));
                CHECK_FALSE(fs::exists(file));
                continue;
            }
            write_multiplier(part, file, form.format);
            const multiplier_file read = read_multiplier(file);
            CHECK(read.warnings.empty());
            CHECK(read.part.products == part.products); // and what the codes stand for
            CHECK(read.part.hash == part.hash);
            if (!is_table) {
                CHECK(read.part.price.source == part.price.source);
            }
        }
    }
    CHECK_THROWS_WITH(read_multiplier(folder.path() / "a.py"),
                      contains("one of .bin, .txt, .c, .v and .blif"));
    CHECK_THROWS_AS(read_multiplier(folder.path() / "missing.c"), io_error);
    fs::create_directory(folder.path() / "folder.bin");
    CHECK_THROWS_AS(read_multiplier(folder.path() / "folder.bin"), io_error);
    CHECK_THROWS_WITH(write_multiplier(varied()[0], "/dev/null/x.c", multiplier_format::c_model),
                      contains("/dev/null/x.c: cannot be written"));
}

TEST_CASE("A full disk leaves the library of before") {
    if (!has_full_device()) {
        return;
    }
    const temporary_directory folder;
    save_library(varied(), folder.path());
    const component fresh = make_component(circuits::lowor(9), "fresh");
    library parts = varied();
    parts.add(fresh);
    const temporary_directory elsewhere;
    save_library(parts, elsewhere.path());
    std::vector<fs::path> files{library_list_name};
    for (const auto& entry : fs::recursive_directory_iterator(elsewhere.path())) {
        if (entry.path().filename().string().starts_with("fresh_")) {
            files.push_back(fs::relative(entry.path(), elsewhere.path()));
        }
    }
    REQUIRE(files.size() == 3); // the table and the circuit, too
    for (const fs::path& file : files) {
        CAPTURE(file);
        const full_disk_for full(folder.path() / file);
        CHECK_THROWS_AS(save_library(parts, folder.path()), io_error);
        check_same(varied(), load_library(folder.path()));
    }
    save_library(parts, folder.path());
    check_same(parts, load_library(folder.path()));
    for (const multiplier_format_name& format : multiplier_formats) {
        const fs::path file = folder.path() / ("a" + std::string(format.extension));
        write_multiplier(fresh, file, format.format);
        const std::string before = content_of(file);
        const full_disk_for full(file);
        CHECK_THROWS_WITH(write_multiplier(fresh, file, format.format), contains("No space left"));
        CHECK(content_of(file) == before);
    }
}

TEST_CASE("What a table file does not tell can be said when it is read") {
    const temporary_directory folder;
    const library parts = varied();
    const component& part = parts.find("mul8s_1");
    write_table(part.products, folder.path() / "raw.bin");
    CHECK_FALSE(read_multiplier(folder.path() / "raw.bin").part.products == part.products);
    CHECK(read_multiplier(folder.path() / "raw.bin", {.is_signed = true}).part.products == part.products);
    write_multiplier(part, folder.path() / "a.txt", multiplier_format::text_table);
    CHECK_FALSE(
        read_multiplier(folder.path() / "a.txt", {.is_signed = false}).part.products.form().is_signed());
    // But not that operands are narrower than products show.
    CHECK_THROWS_WITH(read_multiplier(folder.path() / "a.txt", {.weight_bits = 4}),
                      contains("depends on more"));
    const table narrow = table::narrow("n", std::vector<std::uint16_t>(4096, 5), {{8}, {4}});
    write_table(narrow, folder.path() / "narrow.bin");
    CHECK(read_multiplier(folder.path() / "narrow.bin", {.weight_bits = 4}).part.products == narrow);
}

TEST_CASE("Files of a gigabyte are refused before they are read") {
    const temporary_directory folder;
    const auto huge = [&](const std::string& name) {
        const fs::path file = folder.write(name, "");
        fs::resize_file(file, std::uintmax_t{1} << 30); // sparse
        return file;
    };
    for (const multiplier_format_name& format : multiplier_formats) {
        const fs::path file = huge("huge" + std::string(format.extension));
        CAPTURE(format.name);
        CHECK_THROWS_AS(read_multiplier(file), format_error);
        CHECK_THROWS_WITH(read_multiplier(file), contains("huge" + std::string(format.extension)));
    }
    CHECK_THROWS_AS(read_operand_weights(huge("operands.txt")), format_error);
    CHECK_THROWS_AS(evolution::restore(huge("saved"), {.limits = {.mae_percent = 1}}), format_error);
    CHECK_THROWS_AS(load_library(huge("library.json").parent_path()), format_error);
    write_table(tabulate(exact{}), folder.path() / "exact.bin");
    fs::remove(folder.path() / "huge.bin");
    huge("costs.csv");
    CHECK_THROWS_WITH(read_table_library(folder.path()), contains("costs.csv: size"));
}
