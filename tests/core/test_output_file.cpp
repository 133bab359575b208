// SPDX-License-Identifier: MIT
#include <alwann/core/output_file.hpp>

#include "../catch.hpp"
#include "../io/files.hpp"
#include "full_disk.hpp"

#include <csignal>
#include <filesystem>
#include <string>

#include <sys/resource.h>

using namespace alwann;
namespace fs = std::filesystem;

TEST_CASE("A file is replaced as a whole") {
    const temporary_directory folder;
    const fs::path file = folder.path() / "a";
    write_file(file, "first");
    CHECK(content_of(file) == "first");
    write_file(file, std::string(100'000, 'x'));
    CHECK(content_of(file).size() == 100'000);
    write_file(file, "");
    CHECK(content_of(file).empty());
    fs::create_symlink(file, folder.path() / "link");
    write_file(folder.path() / "link", "through a link");
    CHECK(fs::is_symlink(folder.path() / "link"));
    CHECK(content_of(file) == "through a link");
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 2);
}

TEST_CASE("What cannot be written is an error with the system's reason") {
    const temporary_directory folder;
    CHECK_THROWS_AS(write_file(folder.path() / "missing" / "a", ""), io_error);
    CHECK_THROWS_WITH(write_file(folder.path() / "missing" / "a", ""),
                      contains("missing/a: cannot be written: No such file or directory"));
    CHECK_THROWS_WITH(write_file(folder.path(), ""), contains("cannot be written"));
    CHECK_NOTHROW(write_file("/dev/null", "nothing")); // and it stays what it is
    CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("A full disk leaves the old file as it was") {
    if (!has_full_device()) {
        return;
    }
    const temporary_directory folder;
    const fs::path file = folder.path() / "a";
    write_file(file, "old");
    for (const std::size_t size : {std::size_t{1}, std::size_t{1} << 20}) { // noticed at the end, or at once
        const full_disk_for full(file);
        CHECK_THROWS_AS(write_file(file, std::string(size, 'x')), io_error);
        CHECK(content_of(file) == "old");
        CHECK_FALSE(fs::exists(fs::symlink_status(folder.path() / "a.new")));
    }
    CHECK_THROWS_WITH(write_file("/dev/full", "x"), contains("/dev/full: cannot be written: No space left"));
    CHECK(fs::is_character_file("/dev/full"));
    write_file(file, "new");
    CHECK(content_of(file) == "new");
}

TEST_CASE("A write that breaks off in the middle leaves the old file as it was") {
    const temporary_directory folder;
    const fs::path file = folder.path() / "a";
    write_file(file, "old");
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{8192, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    std::string message = "none";
    try {
        write_file(file, std::string(1 << 20, 'x'));
    } catch (const io_error& problem) {
        message = problem.what();
    }
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK_THAT(message, contains("a: cannot be written: File too large"));
    CHECK(content_of(file) == "old");
    CHECK_FALSE(fs::exists(folder.path() / "a.new"));
}
