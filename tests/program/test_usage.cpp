// SPDX-License-Identifier: MIT
#include "program.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <catch.hpp>

using namespace program_test;

namespace {

// A failure is one line on standard error that begins with the program's name, and nothing else.
void is_usage_error(const std::vector<std::string>& arguments, const std::string& text) {
    CAPTURE(arguments);
    const auto found = run(arguments);
    CHECK(found.status == 1);
    CHECK(found.out.empty());
    CHECK(found.error_lines() == 1);
    CHECK(found.err.rfind("alwann: ", 0) == 0);
    CHECK_THAT(found.err, contains(text));
}

// The same after lines that say what is measured on.
void is_usage_error_after_notes(const std::vector<std::string>& arguments, const std::string& text) {
    CAPTURE(arguments);
    const auto found = run(arguments);
    CHECK(found.status == 1);
    CHECK(found.out.empty());
    CHECK_THAT(found.err, contains("alwann: ") && contains(text));
}

std::vector<std::string> evaluate_with(const std::string& data, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"evaluate", "--network", network, "--dataset",     data, "--images",
                                       "5",        "--samples", "64",    "--calibration", "5",  "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

} // namespace

TEST_CASE("Help and version succeed, on standard output") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{},
                                               {"network", "show"},
                                               {"multipliers", "list"},
                                               {"multipliers", "show"},
                                               {"multipliers", "metrics"},
                                               {"evaluate"},
                                               {"explore"},
                                               {"report"},
                                               {"completion"},
                                               {"doctor"}}) {
        CAPTURE(command);
        auto arguments = command;
        arguments.emplace_back("--help");
        const auto found = run(arguments);
        CHECK(found.status == 0);
        CHECK(found.err.empty());
        CHECK_THAT(found.out, contains("Example: alwann"));
    }
    const auto version = run({"--version"});
    CHECK(version.status == 0);
    CHECK(std::count(version.out.begin(), version.out.end(), '.') == 2);
}

TEST_CASE("Bad usage has exit status 2 and leaves standard output empty") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    std::vector<std::vector<std::string>> calls{
        {},
        {"nonsense"},
        {"--bogus"},
        {"network"},
        {"network", "show"},
        {"network", "show", network, "--bogus"},
        {"network", "show", network, "--weight-bits", "4"}, // of what is quantised for a data set only
        {"network", "show", network, "--calibration", "4"},
        {"multipliers"},
        {"multipliers", "show"},
        {"multipliers", "list", "superfluous"},
        {"evaluate"},
        {"evaluate", "--network", network},
        {"evaluate", "--dataset", "fashion-mnist"},
        {"evaluate", "--network", network, "--dataset", "x", "--multiplier", "a", "--layers", "a,b"},
        {"evaluate", "--network", network, "--dataset", "x", "--images", "many"},
        {"evaluate", "--network", network, "--dataset", "x", "--weights", "per-pixel"},
        {"explore", "--network", network, "--dataset", "x", "--output", "y"},
        {"explore", "--network", network, "--dataset", "x", "--tiles", "2"},
        {"explore", "--network", network, "--dataset", "x", "--tiles", "two", "--output", "y"},
        {"explore", "--network", network, "--dataset", "x", "--tiles", "2", "--output", "y", "--architecture",
         "free"},
        {"explore", "--network", network, "--dataset", "x", "--tiles", "2", "--output", "y", "--optimizer",
         "magic"},
        {"evaluate", "--network", network, "--dataset", "x", "--multiplier",
         ""}, // a variable that is not set
        {"evaluate", "--network", network, "--dataset", "x", "--multiplier="},
        {"evaluate", "--network", network, "--dataset", "x", "--threads", "70000"},
        {"multipliers", "evolve", "--mae", "1", "--out", "/nowhere/a.v", "--seconds", "nan"},
        {"multipliers", "evolve", "--mae", "1", "--out", "/nowhere/a.v", "--seconds", "0"},
        {"multipliers", "evolve", "--mae", "1", "--out", "/nowhere/a.v", "--seed", "-1"},
    };
    for (const auto& [option, value] : {std::pair{"--population", "1"},
                                        {"--population", "18446744073709551615"},
                                        {"--generations", "9223372036854775808"},
                                        {"--seed", "-1"},
                                        {"--drop-level", "nan"},
                                        {"--drop-level", "0.6"}}) {
        calls.push_back({"explore", "--network", network, "--dataset", "x", "--tiles", "2", "--output", "y",
                         option, value});
    }
    for (const auto& arguments : calls) {
        CAPTURE(arguments);
        const auto found = run(arguments);
        CHECK(found.status == 2);
        CHECK(found.out.empty());
        CHECK(!found.err.empty());
    }
    CHECK_THAT(run({"nonsense"}).err, contains("evaluate, explore, report"));
    const auto misspelt = run({"evaluate", "--netwrk", network});
    CHECK(misspelt.status == 2);
    CHECK_THAT(misspelt.err, contains("--netwrk"));
    CHECK_THAT(run({"evaluate", "--dataset", "x"}).err, contains("--network"));
}

TEST_CASE("A file of options is understood as a whole or refused") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const temporary_directory folder;
    const auto with = [&](const std::string& text) {
        const auto file = folder.write("options.toml", text).string();
        return run({"--config", file, "multipliers", "list"});
    };
    const auto plain = run({"multipliers", "list"});
    CHECK(with("").out == plain.out);
    CHECK(with("# nothing\n[evaluate]\nimages = 3\n").out == plain.out);
    const auto other = with("[multipliers.list]\nlibrary = [\"textbook\",\n  \"standard\"] # both\n");
    CHECK(other.status == 0);
    CHECK(other.out.size() > plain.out.size());
    std::string deep = "[multipliers";
    for (int level = 0; level < 20'000; ++level) {
        deep += ".a";
    }
    for (const std::string& text :
         {std::string("[multipliers.list]\nlibraryx = \"textbook\"\n"),
          std::string("[evaluat]\nimages = 3\n"), std::string("[evaluate\nimages = 3\n"),
          std::string("multiplier = \"a\"\n"), std::string("[evaluate]\nmultiplier = \"a\n"),
          std::string("[evaluate]\nimages\n"), std::string("[evaluate]\nimages =\n"),
          std::string("\x01\x02\x7F binary\n"), deep + "]\nx = 1\n"}) {
        CAPTURE(text.substr(0, 60));
        const auto found = with(text);
        CHECK(found.status == 2);
        CHECK(found.out.empty());
        CHECK(!found.err.empty());
    }
}

TEST_CASE("Output that is lost is a failure") {
    if (program().empty() || !std::filesystem::exists("/dev/full")) {
        WARN("skipped: the program alwann was not built, or there is no /dev/full");
        return;
    }
    const std::string full = "sh -c 'exec \"$0\" \"$@\" >/dev/full'";
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"multipliers", "list"},
                                               {"multipliers", "list", "--json"},
                                               {"multipliers", "show", "lowor_7"},
                                               {"completion"},
                                               {"--version"},
                                               {"--help"}}) {
        CAPTURE(command);
        const auto found = run(command, full);
        CHECK(found.status == 1);
        CHECK_THAT(found.err, contains("standard output"));
    }
}

TEST_CASE("Bad input has exit status 1 and a line that says what is wrong") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto& data = images.specification();
    const auto& folder = images.folder();
    const auto bytes = read_text(network);
    REQUIRE(bytes.size() > 1000);

    SECTION("networks") {
        is_usage_error({"network", "show", "/nowhere/net.onnx"}, "/nowhere/net.onnx");
        is_usage_error({"network", "show", "/tmp"}, "/tmp");
        for (const std::size_t length :
             {std::size_t{0}, std::size_t{1}, bytes.size() / 2, bytes.size() - 1}) {
            CAPTURE(length);
            const auto cut = folder.write("cut.onnx", std::string_view(bytes).substr(0, length)).string();
            is_usage_error({"network", "show", cut}, "cut.onnx");
            is_usage_error({"evaluate", "--network", cut, "--dataset", data}, "cut.onnx");
        }
        for (const auto& [option, value] : {std::pair{"--batch", "3"}, {"--sums", "double"}}) {
            is_usage_error({"evaluate", "--network", network, "--dataset", data, option, value}, option);
        }
    }
    SECTION("data sets") {
        const auto evaluate = [](const std::string& what) {
            return std::vector<std::string>{"evaluate", "--network", network, "--dataset", what};
        };
        is_usage_error(evaluate("mnist"), "'mnist'");
        is_usage_error(evaluate("idx:one_file_only"), "idx:one_file_only");
        is_usage_error(evaluate("cifar10:/nowhere/batch.bin"), "/nowhere/batch.bin");
        is_usage_error(evaluate("npy:/nowhere/a.npy,/nowhere/b.npy"), "/nowhere/a.npy");
        is_usage_error(evaluate("fashion-mnist:/nowhere"), "/nowhere");
        is_usage_error(evaluate("idx:" + network + "," + network), "resnet8");
        const auto short_file = folder.write("short", std::string_view("\0\0\10\3\0\0", 6)).string();
        is_usage_error(evaluate("idx:" + short_file + "," + short_file), "short");
    }
    SECTION("multipliers and designs") {
        is_usage_error(evaluate_with(data, {"--multiplier", "lower_7"}), "lowor_7");
        is_usage_error(evaluate_with(data, {"--layers", "lowor_7,lowor_7"}), "7 convolutions");
        is_usage_error(evaluate_with(data, {"--library", "unheard-of"}), "unheard-of");
        is_usage_error(evaluate_with(data, {"--library", "tables:/nowhere"}), "/nowhere");
        is_usage_error(evaluate_with(data, {"--library", "/nowhere/mine.bin"}), "/nowhere/mine.bin");
        is_usage_error(evaluate_with(data, {"--designs", "/nowhere/designs.csv"}), "/nowhere/designs.csv");
        const auto no_columns = folder.write("designs.csv", "name,conv0\na,lowor_7\n").string();
        is_usage_error(evaluate_with(data, {"--designs", no_columns}), "conv1");
        const auto no_rows = folder.write("rows.csv", "conv0,conv1,conv2,conv3,conv4,conv5,conv6\n").string();
        is_usage_error(evaluate_with(data, {"--designs", no_rows}), "rows.csv");
        const std::string header = "conv0,conv1,conv2,conv3,conv4,conv5,conv6";
        const std::string row = "lowor_7,lowor_7,lowor_7,lowor_7,lowor_7,lowor_7,lowor_7";
        const auto designs = [&](const std::string& text, const std::string& problem) {
            const auto file = folder.write("some.csv", text).string();
            is_usage_error(evaluate_with(data, {"--designs", file}), problem);
        };
        designs(header + "\n" + row + "\nlowor_7,a,lowor_7,lowor_7,lowor_7,lowor_7,lowor_7\n",
                "line 3, conv1: expected a multiplier of the library, found 'a'");
        designs(header + "\n" + row + ",lowor_7\n", "line 2: expected 7 cells, found 8");
        designs(header + ",conv0\n" + row + ",lowor_7\n", "one column conv0");
        designs(header + "\n\"" + row + "\n", "line 2: expected cells whose quotes are closed");
        designs("", "conv0");
        is_usage_error(evaluate_with(data, {"--designs", "/tmp"}), "/tmp: is a directory");
        auto labels = read_text(data.substr(data.find(',') + 1));
        labels[8 + 7] = 10; // after the header; images 0 to 4 calibrate
        const auto wrong = data.substr(0, data.find(',') + 1) + folder.write("wrong", labels).string();
        is_usage_error_after_notes(evaluate_with(wrong, {}), "image 7 has the label 10");
        is_usage_error(evaluate_with(data, {"--offset", "18446744073709551610"}), "60 images");
        const auto cut_table = folder.write("cut.bin", "too short").string();
        is_usage_error({"multipliers", "metrics", cut_table}, "131072");
        is_usage_error({"multipliers", "show", "lower_7"}, "lowor_7");
    }
    SECTION("networks and multipliers to write") {
        const auto quantize = [&](const std::string& from, const std::string& to) {
            return std::vector<std::string>{"network", "quantize",      from, "-o", to, "--dataset",
                                            data,      "--calibration", "5"};
        };
        is_usage_error(quantize(network, (folder.path() / "q.pb").string()), "q.pb");
        const auto copy = folder.write("copy.onnx", bytes).string();
        is_usage_error(quantize(copy, copy), "the network itself");
        CHECK(read_text(copy) == bytes);
        is_usage_error({"multipliers", "evolve", "--mae", "1", "--candidates", "10", "--out",
                        (folder.path() / "new").string(), "--name", "\xFF"},
                       "UTF-8");
        CHECK(!std::filesystem::exists(folder.path() / "new"));
        std::string zeros;
        for (int code = 0; code < 512; ++code) {
            zeros += "0 ";
        }
        is_usage_error({"multipliers", "evolve", "--weighted", "1", "--histogram",
                        folder.write("zeros.txt", zeros).string(), "--candidates", "10", "--out",
                        (folder.path() / "new").string()},
                       "zeros.txt: histogram");
    }
    SECTION("settings") {
        is_usage_error(evaluate_with(data, {"--compensation", "magic"}), "magic");
        is_usage_error(evaluate_with(data, {"--engine", "warp"}), "warp");
        is_usage_error(evaluate_with(data, {"--normalize", "0.5/0"}), "0.5/0");
    }
    SECTION("more images than there are") {
        is_usage_error({"evaluate", "--network", network, "--dataset", data, "--calibration", "61"}, "61");
        const auto found = run(
            {"evaluate", "--network", network, "--dataset", data, "--calibration", "10", "--images", "51"});
        CHECK(found.status == 1);
        CHECK(found.out.empty());
        CHECK_THAT(found.err, contains("51"));
    }
}

TEST_CASE("A search that cannot be done is refused") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto results = (images.folder().path() / "results").string();
    const auto explore = [&](const std::vector<std::string>& more, const std::string& output) {
        std::vector<std::string> arguments{
            "explore",   "--network", network,    "--dataset", images.specification(), "--calibration", "5",
            "--samples", "64",        "--output", output};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto found = run(arguments);
        CAPTURE(arguments, found.err);
        CHECK(found.status == 1);
        CHECK(found.out.empty());
        CHECK_THAT(found.err, contains("alwann: "));
        CHECK(!std::filesystem::exists(results + "/results.json"));
        return found.err;
    };
    CHECK_THAT(explore({"--tiles", "8", "--images", "10"}, results), contains("1 to 7 tiles"));
    CHECK_THAT(explore({"--tiles", "0", "--images", "10"}, results), contains("1 to 7 tiles"));
    CHECK_THAT(explore({"--tiles", "2", "--images", "0"}, results), contains("0"));
    CHECK_THAT(explore({"--tiles", "2", "--images", "100"}, results), contains("found 60"));
    CHECK_THAT(explore({"--tiles", "2", "--images", "10", "--test-images", "1000"}, results),
               contains("1000"));
    const auto replay = images.folder().write("replay.json", "{\"completions\": []}").string();
    CHECK_THAT(explore({"--tiles", "2", "--images", "10", "--optimizer", "steady-state", "--replay", replay},
                       results),
               contains("replay.json: completions"));
    CHECK_THAT(explore({"--tiles", "2", "--images", "10", "--objectives", "loss,loss"}, results),
               contains("twice"));
    CHECK_THAT(explore({"--tiles", "2", "--images", "10", "--in-flight", "3"}, results),
               contains("--in-flight"));
    CHECK_THAT(explore({"--tiles", "2", "--images", "10", "--mapping", "any"}, results),
               contains("--mapping"));
    for (const char* limit : {"area", "area=", "area=nan", "area=inf", "area=1x", "=1x"}) {
        CHECK_THAT(explore({"--tiles", "2", "--images", "10", "--limit", limit}, results),
                   contains("OBJECTIVE=NUMBER"));
    }
    CHECK_THAT(explore({"--tiles", "2", "--images", "10", "--optimizer", "random", "--evaluations", "5",
                        "--compensation", "none", "--limit", "energy=0.001"},
                       results),
               contains("--limit energy=0.001"));
    // Not even root can make a folder there.
    CHECK_THAT(explore({"--tiles", "2", "--images", "10"}, "/dev/null/results"),
               contains("/dev/null/results"));
}

TEST_CASE("Options printed as a file are read back from it, and the command line wins") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const temporary_directory folder;
    const auto file = (folder.path() / "options.toml").string();
    const auto asked = run({"--print-config", "multipliers", "list", "--library", "standard", "--json"});
    REQUIRE(asked.status == 0);
    CHECK(asked.err.empty());
    std::ofstream(file) << asked.out;

    const auto read = run({"--config", file, "multipliers", "list"});
    REQUIRE(read.status == 0);
    CHECK(read.out == run({"multipliers", "list", "--library", "standard", "--json"}).out);

    const auto again = run({"--config", file, "--print-config", "multipliers", "list"});
    CHECK(again.out == asked.out);
    const auto other =
        run({"--config", file, "--print-config", "multipliers", "list", "--library", "tables:elsewhere"});
    CHECK_THAT(other.out, contains("tables:elsewhere"));
    CHECK(run({"--config", (folder.path() / "nonesuch.toml").string(), "doctor"}).status == 2);
}

TEST_CASE("The completion script completes commands, options and values in bash") {
    if (program().empty() || std::system("bash -c true 2>/dev/null") != 0) {
        WARN("skipped: the program alwann was not built, or there is no bash");
        return;
    }
    const auto completed = [](const std::vector<std::string>& words) {
        std::string line = "source <('" + program() + "' completion); COMP_WORDS=(";
        for (const auto& word : words) {
            line += "\"" + word + "\" ";
        }
        line += "); COMP_CWORD=" + std::to_string(words.size() - 1) + "; _alwann; echo ${COMPREPLY[*]}";
        const temporary_directory folder;
        const auto script = folder.path() / "script", out = folder.path() / "out";
        std::ofstream(script) << line;
        REQUIRE(std::system(("bash '" + script.string() + "' >'" + out.string() + "'").c_str()) == 0);
        return read_text(out);
    };
    CHECK(completed({"alwann", "expl"}) == "explore\n");
    CHECK(completed({"alwann", "explore", "--archit"}) == "--architecture\n");
    CHECK(completed({"alwann", "explore", "--architecture", "pip"}) == "pipelined\n");
    CHECK(completed({"alwann", "multipliers", "metr"}) == "metrics\n");
    CHECK(completed({"alwann", "explore", "--network", "x"}) == "\n"); // a file: bash's own business
}
