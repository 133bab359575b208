// SPDX-License-Identifier: MIT
#include "program.hpp"

#include <alwann/library/standard.hpp>
#include <alwann/multiplier/table_file.hpp>

#include <cstdlib>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace program_test;

TEST_CASE("multipliers list gives costs and errors of each multiplier") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const auto found = run({"multipliers", "list", "--library", "standard", "--json"});
    REQUIRE(found.status == 0);
    CHECK(found.err.empty());
    const auto list = found.document();
    REQUIRE(list.is_array());
    REQUIRE(list.size() == aw::standard().size());
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto& part = aw::standard()[i];
        CAPTURE(part.name);
        CHECK(list[i].at("name") == part.name);
        CHECK(list[i].at("power_mw") == part.price.power_mw);
        CHECK(list[i].at("mae_percent") == part.errors.mae_percent);
        CHECK(list[i].at("wce") == part.errors.wce);
        CHECK(list[i].at("hash").get<std::string>().size() == 16);
    }
    CHECK_THAT(run({"multipliers", "list"}).out, contains("lowor_7"));
}

TEST_CASE("A table in a file is measured, and can be a library") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const temporary_directory folder;
    const auto file = (folder.path() / "mine.bin").string();
    const auto& part = aw::standard().find("lowor_7");
    aw::write_table(part.products, file);

    const auto measured = run({"multipliers", "metrics", file, "--json"});
    REQUIRE(measured.status == 0);
    const auto document = measured.document();
    CHECK(document.at("name") == "mine");
    CHECK(document.at("mae") == part.errors.mae);
    CHECK(document.at("ep_percent") == part.errors.ep_percent);
    CHECK(document.at("power_mw").is_null());

    const auto shown =
        run({"multipliers", "show", "mine", "--library", "standard", "--library", file, "--json"});
    REQUIRE(shown.status == 0);
    CHECK(shown.document().at("hash") == document.at("hash"));
    CHECK(run({"multipliers", "list", "--library", file, "--json"}).document().size() == 1);
}

TEST_CASE("network show gives layers, shapes and multiplications") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const auto found = run({"network", "show", network, "--json"});
    REQUIRE(found.status == 0);
    CHECK(found.err.empty());
    const auto document = found.document();
    std::size_t convolutions = 0;
    std::uint64_t executed = 0, paper = 0;
    for (const auto& layer : document.at("layers")) {
        CHECK(layer.at("shape").size() == 3);
        CHECK(layer.contains("parameters"));
        if (layer.at("approximable").get<bool>()) {
            ++convolutions;
            executed += layer.at("macs").get<std::uint64_t>();
            paper += layer.at("macs_paper").get<std::uint64_t>();
        }
    }
    // 28 x 28 x 16 x 9 x (1 + 16 + 16), then stages of half the size and twice the channels.
    CHECK(convolutions == 7);
    CHECK(executed == 9144576);
    // The published way counts the stride-2 layers on a padded 30 x 30 and 16 x 16 input, stride 1.
    CHECK(paper == executed + (30 * 30 - 14 * 14) * 9 * 16 * 32 + (16 * 16 - 7 * 7) * 9 * 32 * 64);
    CHECK_THAT(run({"network", "show", network}).out, contains("conv6"));
}

TEST_CASE("network show gives ranges and noise where there are images") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto show = [&](const std::vector<std::string>& more) {
        std::vector<std::string> arguments{
            "network", "show", network, "--dataset", images.specification(), "--calibration", "20", "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto found = run(arguments);
        CAPTURE(found.err);
        REQUIRE(found.status == 0);
        return found.document();
    };
    const auto fine = show({}), coarse = show({"--activation-bits", "5", "--approximate-dense"});
    const auto codes_of = [](const json& layers, const char* field) {
        std::vector<double> values;
        for (const auto& layer : layers) {
            if (layer.contains(field) && !layer.at(field).is_null()) {
                values.push_back(layer.at(field).get<double>());
            }
        }
        return values;
    };
    const auto a = codes_of(fine.at("layers"), "signal_to_noise_db"),
               b = codes_of(coarse.at("layers"), "signal_to_noise_db");
    REQUIRE(a.size() > 10);
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(a[i] > b[i] + 8); // three bits
    }
    const auto& image = fine.at("layers")[0];
    CHECK(image.at("kind") == "input");
    CHECK(image.at("range")[0].get<double>() == Approx(-0.286 / 0.353).margin(1e-5)); // black
    CHECK(image.at("codes") == 256);
    for (const auto& layer : fine.at("layers")) {
        CHECK(layer.at("range")[0] <= layer.at("range")[1]);
    }
    CHECK(!fine.at("layers").back().contains("codes")); // real numbers
    CHECK(coarse.at("layers")[0].at("codes") == 32);
    CHECK(coarse.at("quantisation").at("activation_bits") == 5);
    CHECK(fine.at("convolutions") == 7);
    CHECK(coarse.at("convolutions") == 8);
    CHECK(run({"network", "show", network, "--dataset", "idx:none,none"}).status == 1);

    const char* data = std::getenv("ALWANN_TEST_DATA");
    if (data == nullptr) {
        WARN("skipped: ALWANN_TEST_DATA is not set");
        return;
    }
    // Counts of the authors' graph, as published.
    const auto graph = std::string(data) + "/networks/resnet_8_quant_ax.pb";
    const auto published = run({"network", "show", graph, "--json"}).document();
    CHECK(published.at("quantised") == true);
    CHECK(published.at("convolutions") == 7);
    CHECK(published.at("convolution_macs") == 12238848);
    CHECK(published.at("convolution_macs_paper") == 21178368);
    CHECK_THAT(run({"network", "show", graph, "--dataset", images.specification()}).err,
               contains("quantised already"));
}

TEST_CASE("doctor describes the machine") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const auto found = run({"doctor", "--json"});
    REQUIRE(found.status == 0);
    const auto document = found.document();
    CHECK(document.at("engines").at("reference") == true);
    CHECK(document.contains("avx512bw"));
    CHECK(document.at("component").size() == 8);
    CHECK(document.at("component").at("onnx") != "missing"); // the program needs it
    std::size_t missing = 0;
    for (const char* kind : {"component", "tool", "data"}) {
        for (const auto& [what, words] : document.at(kind).items()) {
            missing += words == "missing" ? 1 : 0;
        }
    }
    CHECK(document.at("missing").size() == missing);
    for (const auto& each : document.at("missing")) {
        CHECK_THAT(each.at("command").get<std::string>(), contains("apt install") || contains("fetch-data"));
    }
    const auto shown = run({"doctor"});
    CHECK(shown.status == 0);
    CHECK_THAT(shown.out, contains(missing > 0 ? "Missing, and how to get it" : "Nothing is missing"));
}

TEST_CASE("a quantised network is written as ONNX and evaluates to the same, bit for bit") {
    if (program().empty() || !std::filesystem::exists(network)) {
        WARN("skipped: the program was not built");
        return;
    }
    const image_files files;
    const temporary_directory folder;
    const auto file = (folder.path() / "codes.onnx").string();
    const auto written = run({"network", "quantize", network, "-o", file, "--dataset", files.specification(),
                              "--calibration", "20", "--json"});
    REQUIRE(written.status == 0);
    CHECK(written.document()["identical"] == true);
    CHECK(written.document()["convolutions"] == 7);
    const auto evaluate = [&](const std::string& what, const std::string& multiplier) {
        const auto found =
            run({"evaluate", "--network", what, "--dataset", files.specification(), "--library", "standard",
                 "--multiplier", multiplier, "--calibration", "20", "--samples", "500", "--json"});
        REQUIRE(found.status == 0);
        auto document = found.document();
        document.erase("seconds");
        return document;
    };
    for (const char* multiplier : {"exact_dadda", "bamvc_1_8"}) { // compensation included
        CHECK(evaluate(file, multiplier) == evaluate(network, multiplier));
    }
    const auto shown = run({"network", "show", file, "--json"});
    REQUIRE(shown.status == 0);
    CHECK(shown.document()["quantised"] == true);
    CHECK(shown.document()["convolutions"] == 7);
    const auto refused =
        run({"evaluate", "--network", file, "--dataset", files.specification(), "--weight-bits", "6"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, contains(file) && contains("quantised already"));
    const auto nowhere =
        run({"network", "quantize", network, "-o", (folder.path() / "no" / "such.onnx").string(), "--dataset",
             files.specification(), "--calibration", "20"});
    CHECK(nowhere.status == 1);
    CHECK_THAT(nowhere.err, contains("such.onnx"));
}
