// SPDX-License-Identifier: MIT
#include "../search/task.hpp"
#include "files.hpp"

#include <alwann/compensation/channel_affine.hpp>
#include <alwann/io/sqlite_archive.hpp>
#include <alwann/search/assignment.hpp>
#include <alwann/search/nsga2.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using search_test::tiny_task;

namespace {

// A search of a quarter of a second: work is short, the pauses are what a kill mostly meets.
aw::search_result search(const tiny_task& task, const std::string& file) {
    aw::sqlite_archive archive(file);
    const auto pause = [] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return false;
    };
    const aw::design_evaluator evaluator(
        task.net, task.parts, task.calibration, aw::weight_tuning{} + aw::channel_affine{},
        task.search_images, {.drop_level = 0.05, .block = 5, .archive = &archive, .interrupted = pause});
    const aw::assignment problem(evaluator, aw::power_gated{.tiles = 3});
    return aw::nsga2{.population = 6, .generations = 14, .seed = 2}.minimise(problem);
}

// Starts the search in a process of its own.
pid_t start(const tiny_task& task, const std::string& file) {
    const pid_t child = fork();
    if (child == 0) {
        try {
            (void)search(task, file);
            _exit(0);
        } catch (const std::exception& problem) {
            std::fprintf(stderr, "child: %s\n", problem.what());
        }
        _exit(1);
    }
    return child;
}

// All that an archive holds, without times.
std::string rows(const std::string& file) {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK);
    std::string text;
    for (const char* query :
         {"PRAGMA integrity_check",
          "SELECT network, images, compensation, hex(tables), seen, correct, hex(hits), hex(logit_errors), "
          "compensation_name, engine, seed FROM evaluations ORDER BY 1, 2, 3, 4",
          "SELECT network, compensation, layer, products, hex(weights), hex(corrections) FROM settings "
          "ORDER BY 1, 2, 3, 4"}) {
        sqlite3_exec(
            database, query,
            [](void* to, int columns, char** values, char**) {
                for (int c = 0; c < columns; ++c) {
                    *static_cast<std::string*>(to) +=
                        std::string(values[c] != nullptr ? values[c] : "null") + ' ';
                }
                *static_cast<std::string*>(to) += '\n';
                return 0;
            },
            &text, nullptr);
    }
    sqlite3_close(database);
    return text;
}

} // namespace

TEST_CASE("A search that is killed again and again ends as one that is not") {
    const tiny_task task;
    const temporary_directory folder;
    const auto name = [&](const std::string& file) { return (folder.path() / file).string(); };
    const auto begin = std::chrono::steady_clock::now();
    const auto expected = search(task, name("uninterrupted"));
    const std::chrono::duration<double, std::micro> whole = std::chrono::steady_clock::now() - begin;
    const auto expected_rows = rows(name("uninterrupted"));
    REQUIRE(expected_rows.rfind("ok", 0) == 0);

    aw::random_generator random(std::random_device{}()); // any moment must do
    std::size_t kills = 0, round = 0, partial = 0;
    while (kills < 24) {
        const auto file = name("killed" + std::to_string(round));
        const pid_t child = start(task, file);
        std::this_thread::sleep_for(whole * (0.4 * aw::uniform_unit(random)));
        kill(child, SIGKILL);
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        if (WIFSIGNALED(status)) {
            ++kills;
            partial += std::filesystem::exists(file) && rows(file) != expected_rows ? 1 : 0;
        } else { // it had come to its end
            REQUIRE(WEXITSTATUS(status) == 0);
            REQUIRE(rows(file) == expected_rows);
            ++round;
        }
    }
    CHECK(partial >= 5); // most kills met a search under way
    const auto file = name("killed" + std::to_string(round));
    const auto resumed = search(task, file);
    CHECK(resumed.front == expected.front);
    CHECK(resumed.evaluated == expected.evaluated);
    CHECK(rows(file) == expected_rows);
}

TEST_CASE("Processes share an archive") {
    const tiny_task task;
    const temporary_directory folder;
    const auto alone = (folder.path() / "alone").string(), shared = (folder.path() / "shared").string();
    (void)search(task, alone);
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i) {
        children.push_back(start(task, shared));
    }
    for (const pid_t child : children) {
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
    CHECK(rows(shared) == rows(alone));
}

TEST_CASE("What an archive holds comes back to the bit, and longer measurements stay") {
    const temporary_directory folder;
    const auto file = (folder.path() / "archive.sqlite").string();
    const aw::evaluation_key key{~0ull, 2, 1ull << 63, {3, ~0ull}};
    aw::measurement some;
    for (int i = 0; i < 9; ++i) {
        some.hits.push_back(i % 3 == 0);
        some.logit_errors.push_back(0.1f * static_cast<float>(i));
    }
    const auto measured = some.first(9);
    const auto shorter = some.first(4);
    const aw::setting_key layer{1, 2, 3, ~0ull};
    const aw::stored_setting setting{{0, 255, 7}, {{}, {}}};
    {
        aw::sqlite_archive archive(file);
        CHECK_FALSE(archive.find(key));
        CHECK_FALSE(archive.find_setting(layer));
        for (const auto* each : {&shorter, &measured, &shorter}) {
            const aw::archive_entry entry{key, each, {"none", "auto", 1, 0.5}};
            archive.store(std::span(&entry, 1));
        }
        archive.store_setting(layer, setting);
        CHECK(archive.size() == 1);
    }
    aw::sqlite_archive archive(file);
    const auto found = archive.find(key);
    REQUIRE(found);
    CHECK(found->hits == measured.hits);
    CHECK(found->logit_errors == measured.logit_errors);
    CHECK(found->correct == 3);
    CHECK(found->logit_mse == measured.logit_mse);
    CHECK(archive.find_setting(layer) == setting);
    auto other = key;
    other.tables.pop_back();
    CHECK_FALSE(archive.find(other));
}

TEST_CASE("Files that are no archive are refused and left alone") {
    const temporary_directory folder;
    const auto text = (folder.path() / "text").string(), foreign = (folder.path() / "foreign").string();
    std::ofstream(text) << std::string(5000, 'x');
    CHECK_THROWS_AS(aw::sqlite_archive(text), aw::format_error);
    CHECK(std::filesystem::file_size(text) == 5000);
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(foreign.c_str(), &database) == SQLITE_OK);
    sqlite3_exec(database, "CREATE TABLE mine (a)", nullptr, nullptr, nullptr);
    sqlite3_close(database);
    CHECK_THROWS_WITH(aw::sqlite_archive(foreign), contains("application_id"));
    CHECK_THROWS_AS(aw::sqlite_archive((folder.path() / "no" / "such").string()), aw::io_error);
}

TEST_CASE("Processes make one archive at the same moment") {
    const temporary_directory folder;
    for (int round = 0; round < 40; ++round) {
        const auto file = (folder.path() / std::to_string(round)).string();
        std::vector<pid_t> children;
        for (int i = 0; i < 6; ++i) {
            children.push_back(fork());
            REQUIRE(children.back() >= 0);
            if (children.back() == 0) {
                try {
                    aw::sqlite_archive archive(file);
                    _exit(archive.size() == 0 ? 0 : 1);
                } catch (...) {
                    _exit(1);
                }
            }
        }
        for (const pid_t child : children) {
            int status = 0;
            REQUIRE(waitpid(child, &status, 0) == child);
            CHECK(WIFEXITED(status));
            CHECK(WEXITSTATUS(status) == 0);
        }
    }
}
