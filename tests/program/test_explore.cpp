// SPDX-License-Identifier: MIT
#include "program.hpp"

#include <alwann/library/standard.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace program_test;

namespace {

bool contains_option(const std::vector<std::string>& arguments, const std::string& name) {
    return std::find(arguments.begin(), arguments.end(), name) != arguments.end();
}

// A search in a second or two. Returns what it wrote to results.json.
json explore(const image_files& images, const std::string& folder, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"explore",
                                       "--network",
                                       network,
                                       "--dataset",
                                       images.specification(),
                                       "--tiles",
                                       "2",
                                       "--seed",
                                       "3",
                                       "--output",
                                       folder,
                                       "--calibration",
                                       "10",
                                       "--samples",
                                       "64",
                                       "--images",
                                       "20",
                                       "--test-images",
                                       "20",
                                       "--uniform-images",
                                       "10",
                                       "--population",
                                       "6",
                                       "--generations",
                                       "2"};
    if (!contains_option(more, "--library")) {
        arguments.insert(arguments.end(), {"--library", small_library(images.folder().path() / "parts")});
    }
    if (!contains_option(more, "--optimizer")) {
        arguments.insert(arguments.end(), {"--optimizer", "nsga2"}); // spares the sensitivity of each layer
    }
    if (!contains_option(more, "--compensation")) {
        arguments.insert(arguments.end(), {"--compensation", "channel-bias"});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto found = run(arguments);
    CAPTURE(arguments, found.err);
    REQUIRE(found.status == 0);
    return json::parse(read_text(folder + "/results.json"));
}

json without_time(json document) {
    document.erase("seconds");
    return document;
}

} // namespace

TEST_CASE("explore writes what it found") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto folder = (images.folder().path() / "a" / "b").string(); // made by the program
    const auto found = explore(images, folder, {"--compensation", "default", "--objectives", "loss,energy"});

    for (const char* field : {"network", "library", "settings", "exact_accuracy", "evaluations",
                              "hypervolume", "seconds", "emulated_products"}) {
        CAPTURE(field);
        CHECK(found.contains(field));
    }
    CHECK(found.at("library").size() == 4);
    CHECK(found.at("uniform").size() == 4);
    CHECK(found.at("settings").at("seed") == 3);
    CHECK(found.at("search_images") == 20);
    CHECK(found.at("test_images") == 20);

    const auto& front = found.at("front");
    REQUIRE(!front.empty());
    double before = 2;
    for (const auto& design : front) {
        REQUIRE(design.at("tiles").size() == 2);
        REQUIRE(design.at("mapping").size() == 7);
        double area = 0;
        for (const auto& name : design.at("tiles")) {
            area += aw::standard().find(name.get<std::string>()).price.area_um2;
        }
        for (std::size_t l = 0; l < 7; ++l) {
            CHECK(design.at("layers")[l] ==
                  design.at("tiles").at(design.at("mapping")[l].get<std::size_t>()));
        }
        CHECK(design.at("area_um2").get<double>() == Approx(area));
        CHECK(design.at("relative_energy") <= before);
        before = design.at("relative_energy").get<double>();
        CHECK(design.at("relative_energy_paper_macs") > 0);
        CHECK(design.at("search_accuracy") >= 0);
        CHECK(design.at("test_interval")[0] <= design.at("test_accuracy"));
        CHECK(design.at("test_interval")[1] >= design.at("test_accuracy"));
    }
    // Nothing on the front is dominated on the search images.
    for (const auto& a : front) {
        for (const auto& b : front) {
            const bool no_worse = b.at("relative_energy") <= a.at("relative_energy") &&
                                  b.at("search_accuracy") >= a.at("search_accuracy");
            const bool better = b.at("relative_energy") < a.at("relative_energy") ||
                                b.at("search_accuracy") > a.at("search_accuracy");
            CHECK(!(no_worse && better));
        }
    }

    // front.csv has the same designs, in the columns that `evaluate --designs` reads.
    std::istringstream csv(read_text(folder + "/front.csv"));
    std::string line;
    REQUIRE(std::getline(csv, line));
    CHECK_THAT(line, contains("conv0,conv1,conv2,conv3,conv4,conv5,conv6"));
    std::size_t rows = 0;
    while (std::getline(csv, line)) {
        ++rows;
    }
    CHECK(rows == front.size());
    const auto again =
        run({"evaluate", "--network", network, "--dataset", images.specification(), "--calibration", "10",
             "--samples", "64", "--offset", "20", "--images", "20", "--library",
             small_library(images.folder().path() / "parts"), "--designs", folder + "/front.csv", "--json"});
    REQUIRE(again.status == 0);
    const auto measured = again.document();
    REQUIRE(measured.size() == front.size());
    for (std::size_t i = 0; i < front.size(); ++i) {
        CHECK(measured[i].at("layers") == front[i].at("layers"));
        CHECK(measured[i].at("accuracy") == front[i].at("test_accuracy"));
        CHECK(measured[i].at("relative_energy") == front[i].at("relative_energy"));
    }
}

TEST_CASE("evaluate measures what explore reports, with ranges of designs, too") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    std::vector<json> fronts, exact;
    for (const std::string ranges : {"percentile:99.99", "percentile:98"}) {
        const auto folder = (images.folder().path() / ranges).string();
        const auto found =
            explore(images, folder, {"--compensation", "channel-ls3", "--design-ranges", ranges});
        const auto& front = found.at("front");
        REQUIRE(!front.empty());
        CHECK(found.at("settings").at("quantisation").at("design_ranges") == ranges);
        const auto again = run({"evaluate",
                                "--network",
                                network,
                                "--dataset",
                                images.specification(),
                                "--calibration",
                                "10",
                                "--samples",
                                "64",
                                "--offset",
                                "20",
                                "--images",
                                "20",
                                "--library",
                                small_library(images.folder().path() / "parts"),
                                "--designs",
                                folder + "/front.csv",
                                "--compensation",
                                "channel-ls3",
                                "--design-ranges",
                                ranges,
                                "--json"});
        CAPTURE(ranges, again.err);
        REQUIRE(again.status == 0);
        const auto measured = again.document();
        REQUIRE(measured.size() == front.size());
        for (std::size_t i = 0; i < front.size(); ++i) {
            CHECK(measured[i].at("layers") == front[i].at("layers"));
            CHECK(measured[i].at("logit_mse") == front[i].at("logit_mse"));
            CHECK(measured[i].at("loss") == front[i].at("test_loss"));
        }
        fronts.push_back(front);
        exact.push_back(found.at("exact_accuracy"));
    }
    CHECK(fronts[0] != fronts[1]);
    CHECK(exact[0] == exact[1]);
}

TEST_CASE("The same seed gives the same front, whatever the threads") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto folder = [&](const char* name) { return (images.folder().path() / name).string(); };
    const auto one = without_time(explore(images, folder("one"), {"--threads", "1"}));
    CHECK(without_time(explore(images, folder("again"), {"--threads", "1"})) == one);
    CHECK(without_time(explore(images, folder("two"), {"--threads", "2"})) == one);
    CHECK(read_text(folder("two") + "/front.csv") == read_text(folder("one") + "/front.csv"));
}

TEST_CASE("explore prints one document, or a table that ends with what was saved") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto folder = (images.folder().path() / "results").string();
    const std::vector<std::string> arguments{"explore",
                                             "--network",
                                             network,
                                             "--dataset",
                                             images.specification(),
                                             "--tiles",
                                             "2",
                                             "--seed",
                                             "3",
                                             "--output",
                                             folder,
                                             "--calibration",
                                             "10",
                                             "--samples",
                                             "64",
                                             "--images",
                                             "10",
                                             "--population",
                                             "4",
                                             "--generations",
                                             "1",
                                             "--compensation",
                                             "centred-map+channel-bias",
                                             "--architecture",
                                             "pipelined"};
    const auto text = run(arguments);
    REQUIRE(text.status == 0);
    const auto last = text.out.rfind('\n', text.out.size() - 2) + 1;
    const std::string verdict = text.out.substr(last);
    CAPTURE(verdict);
    CHECK((verdict.rfind("Energy saved at <= 0.6 points", 0) == 0 || verdict.rfind("No design", 0) == 0));

    auto with_json = arguments;
    with_json.emplace_back("--json");
    const auto found = run(with_json);
    REQUIRE(found.status == 0);
    CHECK(found.document() == json::parse(read_text(folder + "/results.json")));
    CHECK(found.document().at("library").size() == aw::standard().size()); // unless --library says otherwise
    for (const auto& design : found.document().at("front")) {
        const auto mapping = design.at("mapping").get<std::vector<std::size_t>>();
        CHECK(std::is_sorted(mapping.begin(), mapping.end())); // contiguous tiles, each in use
        CHECK(mapping.front() == 0);
        CHECK(mapping.back() == 1);
    }

    // Who reads standard output may leave; what was computed is kept.
    std::filesystem::remove(folder + "/results.json");
    (void)run(arguments, "sh -c '\"$0\" \"$@\" | true'");
    auto kept = without_time(json::parse(read_text(folder + "/results.json")));
    CHECK(kept.at("front") == found.document().at("front"));

    // Not every file name is UTF-8, but results.json is.
    const auto odd = images.folder().path() / "n\xE9t.onnx";
    std::filesystem::copy_file(network, odd);
    auto renamed = with_json;
    std::replace(renamed.begin(), renamed.end(), network, odd.string());
    const auto of_odd = run(renamed);
    REQUIRE(of_odd.status == 0);
    CHECK(of_odd.document().at("front") == found.document().at("front"));
    CHECK_THAT(of_odd.document().at("network").at("file").get<std::string>(),
               contains("n\xEF\xBF\xBDt.onnx"));

    auto shorter = with_json;
    shorter.emplace_back("--no-uniform");
    const auto front_alone = run(shorter);
    REQUIRE(front_alone.status == 0);
    CHECK(front_alone.document().at("front") == found.document().at("front"));
    CHECK(front_alone.document().at("uniform").empty());
    CHECK(read_text(folder + "/report.md").find("One multiplier everywhere") == std::string::npos);
}

TEST_CASE("Every optimiser keeps its budget") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const std::size_t uniform = 4; // of small_library
    for (const std::string optimizer : {"nsga2", "paper", "random"}) {
        CAPTURE(optimizer);
        const auto found = explore(images, (images.folder().path() / optimizer).string(),
                                   {"--optimizer", optimizer, "--evaluations", "12"});
        CHECK(found.at("evaluations") <= uniform + 12);
        CHECK(found.at("evaluations") >= uniform);
        CHECK_FALSE(found.at("front").empty());
        // One that is less than the population of 6, too.
        const auto few = explore(images, (images.folder().path() / (optimizer + "_few")).string(),
                                 {"--optimizer", optimizer, "--evaluations", "3"});
        CHECK(few.at("evaluations") <= uniform + 3);
    }
}
