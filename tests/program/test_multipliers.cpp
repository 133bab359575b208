// SPDX-License-Identifier: MIT
#include "../core/full_disk.hpp"
#include "program.hpp"

#include <alwann/circuit/evoapprox_c.hpp>
#include <alwann/library/error_front.hpp>
#include <alwann/library/saved_library.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/table_file.hpp>
#include <alwann/multiplier/tabulate.hpp>
#include <alwann/multiplier/text_table.hpp>
#include <alwann/report/heat_map.hpp>

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
namespace fs = std::filesystem;
using namespace program_test;

namespace {

// Whether to go on; says so if not.
bool is_built() {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return false;
    }
    return true;
}

// A failure is one line on standard error that begins with the program's name, and nothing else.
void is_refused(const std::vector<std::string>& arguments, const std::string& text) {
    CAPTURE(arguments);
    const auto found = run(arguments);
    CHECK(found.status == 1);
    CHECK(found.out.empty());
    CHECK(found.error_lines() == 1);
    CHECK(found.err.rfind("alwann: ", 0) == 0);
    CHECK_THAT(found.err, contains(text));
}

json succeeds(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    CAPTURE(arguments);
    const auto found = run(arguments);
    CAPTURE(found.err);
    REQUIRE(found.status == 0);
    return found.document();
}

std::uint32_t big_endian(std::string_view bytes, std::size_t place) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = value << 8 | static_cast<unsigned char>(bytes.at(place + i));
    }
    return value;
}

struct png_file {
    std::uint32_t width = 0, height = 0;
    std::string rows; ///< decompressed
};

// Takes a PNG apart and checks signature, order of chunks and checksums.
png_file parse_png(const std::string& bytes) {
    png_file found;
    REQUIRE(bytes.substr(0, 8) == "\x89PNG\r\n\x1A\n");
    std::string types;
    for (std::size_t place = 8; place < bytes.size();) {
        const std::uint32_t length = big_endian(bytes, place);
        REQUIRE(place + 12 + length <= bytes.size());
        const std::string checked = bytes.substr(place + 4, 4 + length);
        CHECK(crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size())) ==
              big_endian(bytes, place + 8 + length));
        types += checked.substr(0, 4) + " ";
        if (checked.rfind("IHDR", 0) == 0) {
            REQUIRE(length == 13);
            found.width = big_endian(checked, 4);
            found.height = big_endian(checked, 8);
            CHECK(checked.substr(12) == std::string("\x08\x02\x00\x00\x00", 5));
        }
        if (checked.rfind("IDAT", 0) == 0) {
            uLongf size = std::size_t{found.height} * (1 + 3 * std::size_t{found.width});
            found.rows.resize(size);
            REQUIRE(uncompress(reinterpret_cast<Bytef*>(found.rows.data()), &size,
                               reinterpret_cast<const Bytef*>(checked.data() + 4), length) == Z_OK);
            CHECK(size == found.rows.size());
        }
        place += 12 + length;
    }
    CHECK(types == "IHDR IDAT IEND ");
    return found;
}

} // namespace

TEST_CASE("Each command of multipliers has help with an example") {
    if (!is_built()) {
        return;
    }
    for (const char* command : {"list", "show", "metrics", "import", "export", "evolve", "compare"}) {
        CAPTURE(command);
        const auto found = run({"multipliers", command, "--help"});
        CHECK(found.status == 0);
        CHECK(found.err.empty());
        CHECK_THAT(found.out, contains(std::string("Example: alwann multipliers ") + command));
    }
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"import", "a.c"},
             {"import", "--into", "x"},
             {"export", "--to", "x"},
             {"export", "lowor_7"},
             {"export", "lowor_7", "--all", "--to", "x"},
             {"export", "lowor_7", "--to", "x", "--format", "pdf"},
             {"evolve", "--mae", "1"},
             {"evolve", "--mae", "much", "--out", "x"},
             {"evolve", "--mae", "1", "--candidates", "-1", "--out", "x"},
             {"compare", "standard"},
             {"show", "lowor_7", "--magnification", "17"},
             {"metrics", "a.c", "--signed", "--unsigned"},
             {"list", "--markdown", "--json"},
         }) {
        auto all = arguments;
        all.insert(all.begin(), "multipliers");
        CAPTURE(all);
        const auto found = run(all);
        CHECK(found.status == 2);
        CHECK(found.out.empty());
        CHECK(!found.err.empty());
    }
}

TEST_CASE("An exported circuit has the same table whatever its form") {
    if (!is_built()) {
        return;
    }
    const temporary_directory folder;
    for (const char* name : {"lowor_7", "bamvc_1_8", "c42yang_10", "exact_dadda"}) {
        const auto& part = aw::standard().find(name);
        for (const auto& [format, extension] :
             {std::pair{"c", ".c"}, {"verilog", ".v"}, {"blif", ".blif"}, {"bin", ".bin"}, {"txt", ".txt"}}) {
            CAPTURE(name, format);
            const auto written = succeeds({"multipliers", "export", name, "--library", "standard", "--to",
                                           (folder.path() / format).string(), "--format", format});
            REQUIRE(written.size() == 1);
            const std::string file = written[0].at("file");
            CHECK(file == (folder.path() / format / (name + std::string(extension))).string());
            const auto measured = succeeds({"multipliers", "metrics", file});
            CHECK(measured.at("hash") == aw::hash_text(part.hash));
            CHECK(measured.at("hash") == written[0].at("hash"));
            CHECK(measured.at("mismatches").empty());
            CHECK(measured.at("mae") == part.errors.mae);
            const bool is_circuit = measured.at("header").contains("MAE%");
            CHECK(is_circuit == (std::string(format) != "bin" && std::string(format) != "txt"));
            if (is_circuit) {
                CHECK(measured.at("modelled").at("power_mw").get<double>() == Approx(part.price.power_mw));
                CHECK(measured.at("published").is_null());
            }
            CHECK_THAT(run({"multipliers", "metrics", file}).out, contains(aw::hash_text(part.hash)));
        }
    }
}

TEST_CASE("A table has no names of operands, and a library without a figure nothing to compare") {
    if (!is_built()) {
        return;
    }
    const temporary_directory folder;
    const auto table = folder.path() / "mul8u_some.bin";
    aw::write_table(aw::tabulate(aw::exact{}), table);
    is_refused({"multipliers", "metrics", table.string(), "--activation", "A"}, "no names");
    folder.write("costs.csv", "name,power_mW\nmul8u_some,0.5\n"); // no area
    const auto compared = run({"multipliers", "compare", "tables:" + folder.path().string(), "standard",
                               "--metric", "area_um2", "--json"});
    CHECK(compared.status == 0);
    CHECK(compared.document().at("designs").empty());
}

TEST_CASE("metrics compares with the header") {
    if (!is_built()) {
        return;
    }
    const temporary_directory folder;
    const auto file = folder.write("mul8u_1.c", "// PDK45_PWR = 0.400 mW\n// MAE = 5.0\n// EP% = 0.00 %\n"
                                                "uint64_t mul8u_1(uint64_t A, uint64_t B) { return A * B; }");
    const auto measured = succeeds({"multipliers", "metrics", file.string()});
    CHECK(measured.at("power_mw") == 0.4);
    CHECK(measured.at("cost_source") == "published");
    CHECK(measured.at("published").at("power_mw") == 0.4);
    CHECK(measured.at("modelled").at("power_mw").get<double>() > 0.3);
    CHECK(measured.at("header").at("MAE").at("agrees") == false);
    CHECK(measured.at("header").at("MAE").at("stated") == "5.0");
    CHECK(measured.at("header").at("MAE").at("measured") == 0);
    CHECK(measured.at("header").at("EP%").at("agrees") == true);
    REQUIRE(measured.at("mismatches").size() == 1);
    const auto shown = run({"multipliers", "metrics", file.string()});
    CHECK(shown.status == 0);
    CHECK_THAT(shown.out, contains("mismatch"));
    CHECK_THAT(shown.err, contains("line 2: MAE is stated as 5.0, measured as 0"));

    // Operands by their names, and in two's complement.
    const auto odd = folder.write("odd.c", "uint64_t odd(uint64_t B, uint64_t A) { return B * (A & 254); }");
    const auto first = succeeds({"multipliers", "metrics", odd.string()});
    const auto second = succeeds({"multipliers", "metrics", odd.string(), "--activation", "A"});
    CHECK(first.at("hash") != second.at("hash"));
    CHECK(first.at("mae") == second.at("mae"));
    const auto negative = folder.write("mul8s_1.c", "int16_t mul8s_1(int8_t A, int8_t B) { return A * B; }");
    CHECK(succeeds({"multipliers", "metrics", negative.string()}).at("wce") == 0);
    CHECK(succeeds({"multipliers", "metrics", negative.string()}).at("weight").at("coding") ==
          "twos-complement");
}

TEST_CASE("Imported multipliers make a library of one's own") {
    if (!is_built()) {
        return;
    }
    const temporary_directory folder;
    const auto at = [&](const char* name) { return (folder.path() / name).string(); };
    for (const char* format : {"c", "verilog", "bin"}) {
        succeeds({"multipliers", "export", "lowor_7", "bamvc_1_8", "--to", at("files"), "--format", format});
    }
    const auto imported = succeeds({"multipliers", "import", at("files/lowor_7.bin"), at("files/lowor_7.c"),
                                    at("files/lowor_7.v"), "--into", at("mine"), "--tag", "good"});
    CHECK(imported.at("multipliers") == 1);
    CHECK(imported.at("imported")[0].at("outcome") == "added");
    CHECK(imported.at("imported")[1].at("outcome") == "merged");
    CHECK(imported.at("imported")[2].at("outcome") == "merged");
    fs::copy_file(at("files/bamvc_1_8.v"), at("lowor_7.v"));
    const auto more = succeeds({"multipliers", "import", at("files/bamvc_1_8.bin"), "--into", at("mine")});
    CHECK(more.at("multipliers") == 2);

    const auto list = succeeds({"multipliers", "list", "--library", at("mine")});
    REQUIRE(list.size() == 2);
    const auto& part = aw::standard().find("lowor_7");
    CHECK(list[0].at("name") == "lowor_7");
    CHECK(list[0].at("hash") == aw::hash_text(part.hash));
    CHECK(list[0].at("power_mw").get<double>() == Approx(part.price.power_mw)); // of the circuit read second
    CHECK(list[0].at("gates").is_number());
    CHECK(list[1].at("power_mw").is_null());
    CHECK(succeeds({"multipliers", "list", "--library", at("mine"), "--tag", "good"}).size() == 1);
    CHECK(aw::load_library(at("mine")).find("lowor_7").has_tag("good"));

    // A library is a source as well; another function under a taken name gets a new one.
    fs::create_directory(at("other"));
    const auto& different = aw::standard().find("bamvc_0_9");
    aw::library one;
    one.add(aw::make_component(aw::table("lowor_7", different.products.products())));
    aw::save_library(one, at("other"));
    const auto renamed = succeeds({"multipliers", "import", at("other"), "--into", at("mine")});
    CHECK(renamed.at("imported")[0].at("outcome") == "renamed");
    CHECK(renamed.at("imported")[0].at("name") == "lowor_7_" + aw::hash_text(different.hash));

    // Signed operands: a .bin does not tell, a .txt does.
    const auto negative = folder.write("mul8s_1.c", "int16_t mul8s_1(int8_t A, int8_t B) { return A * B; }");
    succeeds({"multipliers", "import", negative.string(), "--into", at("signed")});
    const auto export_signed = [&](const char* format) {
        return std::vector<std::string>{"multipliers", "export",  "mul8s_1",  "--library", at("signed"),
                                        "--to",        at("out"), "--format", format};
    };
    is_refused(export_signed("bin"), "can be written as txt, c, verilog or blif");
    const auto text = succeeds(export_signed("txt"))[0];
    CHECK(succeeds({"multipliers", "metrics", text.at("file")}).at("hash") == text.at("hash"));
    CHECK(succeeds({"multipliers", "metrics", text.at("file")}).at("wce") == 0);
    aw::write_table(aw::read_text_table(text.at("file").get<std::string>()), at("raw.bin"));
    succeeds({"multipliers", "import", at("raw.bin"), "--signed", "--into", at("raw")});
    CHECK(succeeds({"multipliers", "list", "--library", at("raw")})[0].at("hash") == text.at("hash"));

    // A file that cannot be read leaves the library as it was.
    const auto broken = folder.write("broken.c", "int broken(").string();
    is_refused({"multipliers", "import", at("files/bamvc_1_8.c"), broken, "--into", at("new")},
               "broken.c:1:");
    CHECK_FALSE(fs::exists(at("new")));
    is_refused({"multipliers", "import", at("files/lowor_7.c"), "--into", "/dev/null/library"},
               "/dev/null/library");
    is_refused(
        {"multipliers", "export", "bamvc_1_8", "--library", at("mine"), "--to", at("x"), "--format", "c"},
        "no circuit");
    CHECK_FALSE(fs::exists(at("x")));
    is_refused({"multipliers", "export", "lowor_7", "--to", "/dev/null/x"}, "/dev/null/x");
    fs::resize_file(at("files/lowor_7.bin"), 131070);
    is_refused({"multipliers", "list", "--library", at("files/lowor_7.bin")}, "131072");
    const auto tables = run({"multipliers", "list", "--library", at("files")}); // as a folder of tables
    CHECK(tables.status == 1);
    CHECK(tables.out.empty());
    CHECK_THAT(tables.err, contains("costs.csv: not found") && contains("131072"));
}

TEST_CASE("A folder of circuits is a library, what is unreadable goes to standard error") {
    if (!is_built()) {
        return;
    }
    const temporary_directory folder;
    succeeds(
        {"multipliers", "export", "lowor_7", "lowor_8", "--to", folder.path().string(), "--format", "c"});
    folder.write("broken.c", "int broken(");
    const auto found =
        run({"multipliers", "list", "--library", "evoapprox:" + folder.path().string(), "--json"});
    CHECK(found.status == 0);
    CHECK(found.document().size() == 2);
    CHECK_THAT(found.err, contains("broken.c:1:") && contains("3 files, 2 multipliers"));
    is_refused({"multipliers", "list", "--library", folder.path().string()}, "evoapprox:");
}

TEST_CASE("Heat maps are valid files of the right size") {
    if (!is_built()) {
        return;
    }
    const temporary_directory folder;
    const auto png = (folder.path() / "map.png").string(), svg = (folder.path() / "map.svg").string();
    const auto shown = succeeds({"multipliers", "show", "lowor_7", "--heatmap", png});
    CHECK(shown.at("structure").at("error_low") == -642);
    CHECK(shown.at("structure").at("error_high") == 0);
    CHECK(shown.at("structure").at("activation_bits_used") == "11111111");
    CHECK(!shown.at("structure").at("engine").get<std::string>().empty());
    const auto image = parse_png(read_text(png));
    CHECK(image.width == 256);
    CHECK(image.height == 256);
    const auto& products = aw::standard().find("lowor_7").products;
    std::size_t wrong = 0, white = 0;
    for (std::size_t row = 0; row < 256; ++row) {
        CHECK(image.rows[row * 769] == 0);
        for (std::size_t x = 0; x < 256; ++x) {
            const bool is_white = image.rows.substr(row * 769 + 1 + 3 * x, 3) == "\xFF\xFF\xFF";
            const auto w = 255 - row;
            const bool is_exact =
                products(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(w)) == x * w;
            wrong += is_white != is_exact ? 1u : 0u;
            white += is_white ? 1u : 0u;
        }
    }
    CHECK(wrong == 0);
    CHECK(white > 1000);
    succeeds({"multipliers", "show", "lowor_7", "--heatmap", png, "--magnification", "3"});
    CHECK(parse_png(read_text(png)).width == 768);

    CHECK(run({"multipliers", "show", "lowor_7", "--heatmap", svg}).status == 0);
    const auto text = read_text(svg);
    CHECK(text.rfind("<svg ", 0) == 0);
    CHECK_THAT(text, contains("data:image/png;base64,iVBORw0KGgo") && contains("lowor_7"));

    const auto narrow =
        folder.write("mul8x3s_1.c", "int16_t mul8x3s_1(int8_t A, int8_t B) { return A * B; }");
    const auto read = aw::make_component(aw::read_evoapprox_c(narrow));
    CHECK(aw::error_heat_map(read.products).height() == 8);
    is_refused({"multipliers", "show", "lowor_7", "--heatmap", (folder.path() / "map.gif").string()},
               "one of .png and .svg");
    is_refused({"multipliers", "show", "lowor_7", "--heatmap", "/dev/null/map.png"}, "/dev/null/map.png");
}

TEST_CASE("Lists are filtered by figures, and documentation is up to date") {
    if (!is_built()) {
        return;
    }
    const auto front = succeeds({"multipliers", "list", "--pareto", "mae,power_mw"});
    const auto expected = aw::standard().pareto();
    REQUIRE(front.size() == expected.size());
    for (std::size_t i = 0; i < front.size(); ++i) {
        CHECK(front[i].at("name") == expected[i].name);
    }
    for (const auto& part : succeeds({"multipliers", "list", "--range", "wce_percent:0.1:1", "--range",
                                      "power_mw::0.3", "--tag", "lowor"})) {
        CHECK(part.at("wce_percent") >= 0.1);
        CHECK(part.at("wce_percent") <= 1);
        CHECK(part.at("power_mw") <= 0.3);
        CHECK(part.at("name").get<std::string>().rfind("lowor", 0) == 0);
    }
    const auto textbook = succeeds({"multipliers", "list", "--library", "textbook", "--tag", "drum"});
    CHECK(textbook.size() == 3);
    CHECK(textbook[0].at("cost_source") == "modelled-rough");
    is_refused({"multipliers", "list", "--pareto", "mae,watts"}, "'watts': expected one of mae, ");
    for (const char* range : {"mae", "mae:1", "mae:2:1", "mae:a:b", "watts"}) {
        is_refused({"multipliers", "list", "--range", range}, range);
    }
    const auto page =
        fs::path(__FILE__).parent_path().parent_path().parent_path() / "docs" / "multipliers.md";
    for (const char* library : {"standard", "textbook"}) {
        CAPTURE(library);
        const auto table = run({"multipliers", "list", "--library", library, "--markdown"});
        REQUIRE(table.status == 0);
        const bool up_to_date = read_text(page).find(table.out) != std::string::npos;
        CHECK(up_to_date); // else the table is to be made anew, by the command that stands there
    }
}

TEST_CASE("Evolution keeps its limits, resumes, and tells early what would fail") {
    if (!is_built()) {
        return;
    }
    const temporary_directory folder;
    const auto at = [&](const char* name) { return (folder.path() / name).string(); };
    const std::vector<std::string> evolve{"multipliers",      "evolve", "--mae",  "1", "--wce",     "8",
                                          "--candidates",     "8000",   "--seed", "3", "--islands", "2",
                                          "--zero-preserving"};
    const auto with = [&](const std::vector<std::string>& more) {
        auto all = evolve;
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    const auto found = succeeds(with({"--out", at("small.c")}));
    CHECK(found.at("mae_percent") <= 1);
    CHECK(found.at("wce_percent") <= 8);
    CHECK(found.at("zero_preserving") == true);
    CHECK(found.at("relative_power") < 1);
    CHECK(found.at("candidates") == 8000);
    CHECK(found.at("name") == "small");
    CHECK(succeeds({"multipliers", "metrics", at("small.c")}).at("hash") == found.at("hash"));
    const auto again = succeeds(with({"--out", at("mine"), "--threads", "1", "--checkpoint", at("saved")}));
    CHECK(again.at("hash") == found.at("hash"));
    const auto resumed =
        succeeds(with({"--out", at("mine"), "--checkpoint", at("saved")})); // has nothing to do
    CHECK(resumed.at("hash") == found.at("hash"));
    // It goes on with more candidates, but not from another circuit.
    auto more = with({"--out", at("more.c"), "--checkpoint", at("saved")});
    *std::find(more.begin(), more.end(), "8000") = "16000";
    CHECK(succeeds(more).at("candidates") == 16000);
    is_refused(with({"--out", at("x.c"), "--checkpoint", at("saved"), "--from", "lowor_2"}),
               "another circuit");
    const auto list = succeeds({"multipliers", "list", "--library", at("mine"), "--tag", "evolved"});
    REQUIRE(list.size() == 1);
    CHECK(list[0].at("hash") == found.at("hash"));

    std::string histogram;
    for (int i = 0; i < 512; ++i) {
        histogram += std::to_string(i % 256 < 64 ? 3 : 1) + (i % 16 == 15 ? "\n" : " ");
    }
    const auto counts = folder.write("counts.txt", histogram).string();
    const auto weighted =
        succeeds({"multipliers", "evolve", "--weighted", "2", "--histogram", counts, "--candidates", "4000",
                  "--from", at("small.c"), "--out", at("weighted.v"), "--name", "for_my_net"});
    CHECK(weighted.at("weighted_percent") <= 2);
    CHECK(weighted.at("name") == "for_my_net");

    is_refused(with({"--out", at("missing/x.c")}), "missing/x.c");
    is_refused(with({"--out", "/dev/null/library"}), "/dev/null/library");
    is_refused(with({"--out", at("x.c"), "--from", "lower_7"}), "lowor_7");
    is_refused(with({"--out", at("x.c"), "--from", "lowor_13_drop10"}), "limits");
    is_refused(with({"--out", at("x.c"), "--weighted", "1"}), "operand weights");
    is_refused(with({"--out", at("x.c"), "--weighted", "1", "--histogram", at("small.c")}), "small.c:1");
    is_refused(
        with({"--out", at("x.c"), "--weighted", "1", "--histogram", folder.write("h", "1 2 3").string()}),
        "512 numbers");
    is_refused(with({"--out", at("x.c"), "--checkpoint", at("small.c")}), "small.c");
    is_refused({"multipliers", "evolve", "--out", at("x.c")}, "at least one of");
    CHECK_FALSE(fs::exists(at("x.c")));
}

TEST_CASE("A multiplier evolved for a network's operands errs less on them than one for all operands alike") {
    if (!is_built()) {
        return;
    }
    const image_files images(80);
    const temporary_directory folder;
    const auto at = [&](const char* name) { return (folder.path() / name).string(); };
    const std::vector<std::string> count{
        "network",       "histogram", "--network", network, "--dataset", images.specification(),
        "--calibration", "40",        "--images",  "20",    "--out"};
    const auto histogram = [&](const std::string& file, const std::vector<std::string>& more) {
        auto arguments = count;
        arguments.push_back(file);
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    };
    const auto all = succeeds(histogram(at("all.txt"), {}));
    const auto shown = succeeds({"network", "show", network});
    CHECK(all.at("layers").size() == 7);
    CHECK(all.at("products") == 20 * shown.at("convolution_macs").get<double>());
    const auto some = succeeds(histogram(at("some.txt"), {"--layers", "conv1,conv3"}));
    CHECK(some.at("layers") == json{"conv1", "conv3"});
    CHECK(some.at("products") < all.at("products"));
    is_refused(histogram(at("none.txt"), {"--layers", "conv7"}), "conv0 to conv6");
    is_refused(histogram("/dev/full", {}), "/dev/full");
    CHECK_FALSE(fs::exists(at("none.txt")));

    // Uniform operands first; then less error on the network's operands, for no more power.
    const auto evolve = [&](const std::string& out, const std::vector<std::string>& limits) {
        std::vector<std::string> arguments{"multipliers", "evolve", "--candidates", "60000",
                                           "--islands",   "2",      "--out",        out};
        arguments.insert(arguments.end(), limits.begin(), limits.end());
        return succeeds(arguments);
    };
    const auto weighted_error = [&](const std::string& file) {
        return succeeds({"multipliers", "metrics", file, "--histogram", at("all.txt")})
            .at("weighted_percent")
            .get<double>();
    };
    const auto uniform = evolve(at("uniform.c"), {"--mae", "0.5"});
    const double uniform_error = weighted_error(at("uniform.c"));
    const auto fitted = evolve(
        at("fitted.c"), {"--weighted", std::to_string(uniform_error / 2), "--histogram", at("all.txt")});
    CHECK(weighted_error(at("fitted.c")) == Approx(fitted.at("weighted_percent").get<double>()));
    CHECK(weighted_error(at("fitted.c")) <= uniform_error / 2);
    CHECK(fitted.at("power_mw") <= uniform.at("power_mw"));
}

TEST_CASE("A full disk does not lose an evolution") {
    if (!is_built() || !has_full_device()) {
        return;
    }
    const temporary_directory folder;
    const auto at = [&](const char* name) { return (folder.path() / name).string(); };
    const std::vector<std::string> evolve{"multipliers",  "evolve",  "--mae",     "1",
                                          "--candidates", "2000",    "--islands", "1",
                                          "--out",        at("a.c"), "--json",    "--checkpoint"};
    auto arguments = evolve;
    arguments.emplace_back("/dev/full"); // is there, but is no checkpoint
    CHECK(run(arguments).status == 1);
    arguments.back() = at("saved");
    {
        const full_disk_for full(at("saved"));
        const auto found = run(arguments);
        CHECK(found.status == 0);
        CHECK_THAT(found.err, contains("No space left") && contains("the evolution goes on"));
    }
    const auto hash = succeeds({"multipliers", "metrics", at("a.c")}).at("hash");
    fs::remove(at("saved"));
    folder.write("a.c", "old");
    {
        const full_disk_for full(at("a.c"));
        const auto found = run(arguments);
        CHECK(found.status == 1);
        CHECK_THAT(found.err, contains("No space left") && contains("the result is in "));
        const auto place = found.err.find("the result is in ");
        const std::string refuge = found.err.substr(place + 17, found.err.find('\n', place) - place - 17);
        CHECK(succeeds({"multipliers", "metrics", refuge}).at("hash") == hash);
        fs::remove(refuge);
    }
    CHECK(read_text(at("a.c")) == "old");
    const full_disk_for full(at("lowor_7.v"));
    is_refused({"multipliers", "export", "lowor_7", "--to", folder.path().string(), "--format", "verilog"},
               "lowor_7.v: cannot be written: No space left");
}

TEST_CASE("Libraries are compared at equal error") {
    if (!is_built()) {
        return;
    }
    const temporary_directory folder;
    const auto plot = (folder.path() / "fronts.svg").string();
    const auto own = succeeds({"multipliers", "compare", "standard", "standard", "--svg", plot});
    CHECK(own.at("designs").size() == aw::standard().size());
    for (const auto& design : own.at("designs")) {
        CAPTURE(design.dump());
        const double relative = design.at("against")[0].at("relative");
        const double best = design.at("against")[0].at("best_within_mw");
        CHECK(best <= design.at("power_mw").get<double>());
        CHECK(design.at("against")[0].at("interpolated_mw").get<double>() <= best * (1 + 1e-12));
        if (design.at("on_front").get<bool>()) {
            CHECK(relative == Approx(1));
        }
    }
    CHECK_THAT(read_text(plot), contains("<svg ") && contains("mae_percent") && contains("lowor_7"));
    const auto shown = run({"multipliers", "compare", "standard", "standard", "--metric", "mre_percent"});
    CHECK(shown.status == 0);
    CHECK_THAT(shown.out, contains("Front against standard: "));
    is_refused({"multipliers", "compare", "standard", "nonsense"}, "nonsense");
    is_refused({"multipliers", "compare", "standard", "standard", "--metric", "watts"}, "watts");
    is_refused({"multipliers", "compare", "standard", "standard", "--svg", "/dev/null/x.svg"},
               "/dev/null/x.svg");
}

TEST_CASE("Files that are no multipliers") {
    if (!is_built()) {
        return;
    }
    const temporary_directory folder;
    const auto metrics = [&](const std::string& name, std::string_view content, const std::string& text) {
        is_refused({"multipliers", "metrics", folder.write(name, content).string()}, text);
    };
    is_refused({"multipliers", "metrics", "/nowhere/mine.c"}, "/nowhere/mine.c");
    is_refused({"multipliers", "metrics", "/nowhere/mine.bin"}, "/nowhere/mine.bin");
    fs::create_directory(folder.path() / "folder.v");
    is_refused({"multipliers", "metrics", (folder.path() / "folder.v").string()}, "is a directory");
    metrics("mine.py", "", "one of .bin, .txt, .c, .v and .blif");
    metrics("mine", "", "one of .bin, .txt, .c, .v and .blif");
    metrics("cut.bin", std::string(131070, '\1'), "131070 bytes");
    metrics("long.bin", std::string(131073, '\1'), "more");
    metrics("short.txt", "1 2 3", "65536 integers");
    for (const char* name : {"nul.c", "nul.v", "nul.blif", "nul.txt"}) {
        metrics(name, std::string_view("mod\0ule", 7), "NUL");
    }
    metrics("empty.c", "", "empty.c");
    metrics("empty.v", "", "empty.v");
    metrics("loop.blif", ".model m\n.inputs a b\n.outputs o\n.names a o b o2\n.end\n", "loop.blif");
}
