// SPDX-License-Identifier: MIT
// Searches that stop, go on, or run on several processes.
#include "program.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <catch.hpp>

using namespace program_test;

namespace {

// A call of explore; what is in `more` replaces what stands here.
std::vector<std::string> arguments(const image_files& images, const std::string& folder,
                                   const std::vector<std::string>& more) {
    std::vector<std::string> all{"explore"};
    const std::vector<std::string> usual{"--network",        network,
                                         "--dataset",        images.specification(),
                                         "--tiles",          "3",
                                         "--compensation",   "channel-affine",
                                         "--seed",           "5",
                                         "--output",         folder,
                                         "--calibration",    "10",
                                         "--samples",        "64",
                                         "--images",         "20",
                                         "--test-images",    "20",
                                         "--uniform-images", "10",
                                         "--population",     "6",
                                         "--library",        small_library(images.folder().path() / "parts")};
    for (std::size_t i = 0; i < usual.size(); i += 2) {
        if (std::find(more.begin(), more.end(), usual[i]) == more.end()) {
            all.insert(all.end(), {usual[i], usual[i + 1]});
        }
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

json results(const std::string& folder) {
    return json::parse(read_text(folder + "/results.json"));
}

bool skipped() {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return true;
    }
    return false;
}

} // namespace

TEST_CASE("The same search again costs nothing, and tells of its progress in JSON") {
    if (skipped()) {
        return;
    }
    const image_files images;
    const auto folder = (images.folder().path() / "out").string();
    const std::vector<std::string> search{"--evaluations", "60", "--progress", "json"};
    CHECK(run(arguments(images, folder, {"--resume"})).status == 1); // from nothing
    REQUIRE(run(arguments(images, folder, search)).status == 0);
    const auto first = results(folder);
    CHECK(first.at("emulated_products") > 0);
    CHECK(first.at("saved_products").at("shared_prefixes") > 0);
    CHECK(std::filesystem::exists(folder + "/archive.sqlite"));
    auto more = search;
    more.push_back("--resume");
    const auto again = run(arguments(images, folder, more));
    REQUIRE(again.status == 0);
    const auto second = results(folder);
    CHECK(second.at("emulated_products") == 0);
    for (const char* same : {"front", "uniform", "hypervolume", "evaluations"}) {
        CAPTURE(same);
        CHECK(second.at(same) == first.at(same));
    }
    std::istringstream lines(again.err);
    std::string line, last;
    std::size_t events = 0;
    while (std::getline(lines, line)) {
        if (line.rfind('{', 0) == 0) {
            const auto event = json::parse(line);
            last = event.at("event").get<std::string>();
            ++events;
            if (last == "progress") {
                CHECK(event.at("hypervolume") >= 0);
                CHECK(event.at("done") <= event.at("all"));
                CHECK(event.contains("evaluations_per_second"));
                CHECK(event.contains("cache_hits"));
                CHECK(event.contains("seconds_left"));
            }
        }
    }
    CHECK(events > 3);
    CHECK(last == "done");
    // Another search pays only for what is new: here for nothing but designs that are.
    REQUIRE(run(arguments(images, folder, {"--evaluations", "50", "--seed", "6"})).status == 0);
    CHECK(results(folder).at("saved_products").at("archived") > 0);
}

TEST_CASE("A search that goes without the model of its layers says so, and how many evaluations it takes") {
    if (skipped()) {
        return;
    }
    const image_files images;
    const auto folder = (images.folder().path() / "out").string();
    const auto notes = [&](const std::string& evaluations, const std::string& optimizer) {
        const auto done =
            run(arguments(images, folder, {"--evaluations", evaluations, "--optimizer", optimizer}));
        REQUIRE(done.status == 0);
        return done.err;
    };
    const auto without = notes("10", "guided");
    CHECK_THAT(without, contains("of 10 evaluations: the search goes without"));
    const std::string option = "--evaluations ";
    const auto enough = std::stoul(without.substr(without.find(option) + option.size()));
    CHECK_THAT(notes(std::to_string(enough), "guided"), !contains("goes without"));
    CHECK_THAT(notes(std::to_string(enough - 1), "guided"), contains("goes without"));
    CHECK_THAT(notes("10", "random"), !contains("goes without"));
}

TEST_CASE("^C ends a search with the front so far") {
    if (skipped()) {
        return;
    }
    if (std::system("timeout --version >/dev/null 2>&1") != 0) {
        WARN("skipped: no timeout(1) to send the signal");
        return;
    }
    const image_files images;
    const auto folder = (images.folder().path() / "out").string();
    const auto stopped = run(arguments(images, folder, {"--evaluations", "1000000", "--optimizer", "nsga2"}),
                             "timeout --foreground --preserve-status -s INT 4"); // else it signals twice
    CAPTURE(stopped.err);
    CHECK(stopped.status == 130);
    CHECK_THAT(stopped.out, contains("Interrupted"));
    const auto found = results(folder);
    CHECK(found.at("interrupted") == true);
    for (const auto& design : found.at("front")) {
        CHECK(design.at("test_accuracy").is_null());
        CHECK(design.at("search_accuracy") >= 0);
    }
}

TEST_CASE("A second ^C quits at once, and what was measured is not lost") {
    if (skipped()) {
        return;
    }
    const image_files images;
    const auto folder = (images.folder().path() / "out").string();
    // Signals until there is nobody to take them; the shell would have its child ignore them, the program
    // does not. On a busy machine the program may be done with the first before there is a second.
    bool has_quit = false;
    for (int attempt = 0; attempt < 5 && !has_quit; ++attempt) {
        std::filesystem::remove_all(folder);
        const auto quit = run(
            arguments(images, folder, {"--evaluations", "1000000", "--optimizer", "nsga2"}),
            R"(sh -c '"$@" & child=$!; sleep 3; while kill -INT $child 2>/dev/null; do :; done; wait $child' sh)");
        CAPTURE(quit.err);
        REQUIRE(quit.status == 130);
        has_quit = quit.out.empty() && !std::filesystem::exists(folder + "/results.json");
    }
    CHECK(has_quit);
    REQUIRE(
        run(arguments(images, folder, {"--evaluations", "10", "--optimizer", "nsga2", "--resume"})).status ==
        0);
    CHECK(results(folder).at("saved_products").at("archived") > 0);
}

TEST_CASE("An evolution that ^C ends has a result, and says that it was ended") {
    if (skipped()) {
        return;
    }
    if (std::system("timeout --version >/dev/null 2>&1") != 0) {
        WARN("skipped: no timeout(1) to send the signal");
        return;
    }
    const temporary_directory folder;
    const auto file = (folder.path() / "evolved.c").string();
    const auto stopped =
        run({"multipliers", "evolve", "--mae", "1", "--seconds", "600", "--out", file, "--json"},
            "timeout --foreground --preserve-status -s INT 2");
    CAPTURE(stopped.err);
    CHECK(stopped.status == 130);
    CHECK(json::parse(stopped.out).at("stopped_by") == "interrupt");
    CHECK(run({"multipliers", "metrics", file}).status == 0);
}

TEST_CASE("Another spelling of a compensation finds what an archive has of it") {
    if (skipped()) {
        return;
    }
    const image_files images;
    const auto folder = (images.folder().path() / "out").string();
    const auto search = [&](const char* compensation) {
        const auto done = run(arguments(images, folder,
                                        {"--evaluations", "10", "--optimizer", "random", "--macs", "paper",
                                         "--compensation", compensation}));
        REQUIRE(done.status == 0);
        // What is printed is of executed multiplications, whatever the search weighs.
        CHECK_THAT(done.out,
                   contains("energies count executed multiplications (the search weighed those of"));
        return results(folder);
    };
    const auto first = search("sqc+ls3");
    CHECK(first.at("emulated_products") > 0);
    const auto again = search("centred-map+channel-ls3");
    CHECK(again.at("emulated_products") == 0);
    CHECK(again.at("front") == first.at("front"));
}

TEST_CASE("Images of the search are not taken for a test") {
    if (skipped()) {
        return;
    }
    const image_files images;
    const auto folder = (images.folder().path() / "out").string();
    const auto mixed = run(
        arguments(images, folder,
                  {"--evaluations", "10", "--test-dataset", images.specification(), "--test-images", "60"}));
    CHECK(mixed.status == 1);
    CHECK_THAT(mixed.err, contains("images are also"));
    CHECK(mixed.out.empty());
}

TEST_CASE("A steady-state search is repeated from its results") {
    if (skipped()) {
        return;
    }
    const image_files images;
    const auto folder = [&](const char* name) { return (images.folder().path() / name).string(); };
    const std::vector<std::string> search{"--evaluations", "40",          "--optimizer",
                                          "steady-state",  "--in-flight", "3"};
    REQUIRE(run(arguments(images, folder("one"), search)).status == 0);
    auto replay = search;
    replay.insert(replay.end(), {"--replay", folder("one") + "/results.json", "--threads", "1"});
    REQUIRE(run(arguments(images, folder("two"), replay)).status == 0);
    CHECK(results(folder("one")).at("completions").size() == 40);
    CHECK(results(folder("two")).at("completions") == results(folder("one")).at("completions"));
    CHECK(results(folder("two")).at("front") == results(folder("one")).at("front"));
}

TEST_CASE("The same seed gives the same front on any number of MPI ranks") {
    const char* mpirun = std::getenv("ALWANN_MPIRUN");
    if (skipped() || mpirun == nullptr) {
        WARN("skipped: no MPI (component mpi and mpirun)");
        return;
    }
    const image_files images;
    const auto folder = [&](const std::string& name) { return (images.folder().path() / name).string(); };
    const std::vector<std::string> search{"--evaluations", "60", "--design-ranges", "percentile:99"};
    const auto with = [&](const std::string& option, const std::string& value) {
        auto all = search;
        all.insert(all.end(), {option, value});
        return all;
    };
    REQUIRE(run(arguments(images, folder("serial"), with("--threads", "1"))).status == 0);
    const auto expected = results(folder("serial"));
    for (const std::size_t ranks : {1u, 2u, 4u}) {
        const auto out = folder(std::to_string(ranks));
        const std::string prefix = std::string(mpirun) + (geteuid() == 0 ? " --allow-run-as-root" : "") +
                                   " --oversubscribe -n " + std::to_string(ranks);
        const auto done = run(arguments(images, out, search), prefix);
        CAPTURE(ranks, done.err);
        REQUIRE(done.status == 0);
        const auto found = results(out);
        CHECK(found.at("ranks") == ranks);
        for (const char* same : {"front", "uniform", "hypervolume", "evaluations"}) {
            CAPTURE(same);
            CHECK(found.at(same) == expected.at(same));
        }
    }
    // Ranks that may not keep activations compute more, and the same.
    const std::string two =
        std::string(mpirun) + (geteuid() == 0 ? " --allow-run-as-root" : "") + " --oversubscribe -n 2";
    const auto forgetful = run(arguments(images, folder("forgetful"), with("--memory", "0")), two);
    CAPTURE(forgetful.err);
    REQUIRE(forgetful.status == 0);
    const auto found = results(folder("forgetful"));
    CHECK(found.at("front") == expected.at("front"));
    CHECK(found.at("emulated_products") > results(folder("2")).at("emulated_products"));
    // What is wrong on rank 0 ends all of them.
    const auto bad = arguments(images, folder("bad"), {"--network", "no-such-file.onnx"});
    CHECK(run(bad, two).status != 0);
}
