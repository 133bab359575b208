// SPDX-License-Identifier: MIT
#include <alwann/io/bytes.hpp>

#include "catch.hpp"
#include "io/compress.hpp"
#include "io/files.hpp"

#include <random>
#include <string>

namespace {

std::string text() {
    std::string bytes;
    std::mt19937 random(7);
    for (int i = 0; i < 300; ++i) {
        bytes += std::to_string(random() % 100) + " ";
    }
    return bytes;
}

const auto load_file = [](const auto& path) { return alwann::read_file(path); };

} // namespace

TEST_CASE("compressed files are recognised by content, whatever their name") {
    const temporary_directory folder;
    CHECK(alwann::read_file(folder.write("plain.gz", text())) == text());
    CHECK(alwann::read_file(folder.write("packed.bin", gzip(text()))) == text());
    CHECK(alwann::read_file(folder.write("packed.gz", xz(text()))) == text());
    CHECK(alwann::read_file(folder.write("empty", "")).empty());
    CHECK(alwann::read_file(folder.write("empty.gz", gzip(""))).empty());
    CHECK(alwann::read_file(folder.write("empty.xz", xz(""))).empty());
}

TEST_CASE("several compressed streams in one file follow each other") {
    const temporary_directory folder;
    CHECK(alwann::read_file(folder.write("two.gz", gzip("one ") + gzip("two"))) == "one two");
    CHECK(alwann::read_file(folder.write("two.xz", xz("one ") + xz("two"))) == "one two");
}

TEST_CASE("a file larger than a few buffers arrives complete") {
    const temporary_directory folder;
    std::string large((3 << 20) + 17, 'x');
    for (std::size_t i = 0; i < large.size(); i += 1001) {
        large[i] = static_cast<char>(i % 251);
    }
    CHECK(alwann::read_file(folder.write("large", large)) == large);
    CHECK(alwann::read_file(folder.write("large.gz", gzip(large))) == large);
    CHECK(alwann::read_file(folder.write("large.xz", xz(large))) == large);
}

TEST_CASE("a damaged compressed file is an error that names it") {
    const temporary_directory folder;
    for (const auto& bytes : {gzip(text()), xz(text())}) {
        CHECK(accepted_prefixes(folder, bytes, load_file, 6) ==
              0); // shorter ones are not known to be compressed
        CHECK_THROWS_AS(alwann::read_file(folder.write("more", bytes + "more")), alwann::format_error);
    }
    try {
        static_cast<void>(alwann::read_file(folder.write("short.gz", gzip(text()).substr(0, 100))));
        FAIL("accepted");
    } catch (const alwann::format_error& problem) {
        CHECK(problem.file() == (folder.path() / "short.gz").string());
        CHECK(problem.field() == "gzip stream");
        CHECK_THAT(problem.what(), contains("ends early"));
    }
}

TEST_CASE("nothing grows beyond the limit") {
    const temporary_directory folder;
    const std::string zeros(std::size_t{8} << 20, '\0');
    for (const auto& bytes : {gzip(zeros), xz(zeros), zeros}) {
        const auto file = folder.write("zeros", bytes);
        CHECK(alwann::read_file(file, zeros.size()).size() == zeros.size());
        CHECK_THROWS_AS(alwann::read_file(file, zeros.size() - 1), alwann::format_error);
        CHECK_THROWS_AS(alwann::read_file(file, 10), alwann::format_error);
        CHECK_THROWS_AS(alwann::read_file(file, 0), alwann::format_error);
    }
    CHECK(alwann::read_file(folder.write("exact", "1234"), 4) == "1234");
}

TEST_CASE("what cannot be read is an error that names it") {
    const temporary_directory folder;
    CHECK_THROWS_WITH(alwann::read_file(folder.path() / "missing.bin"), contains("missing.bin"));
    CHECK_THROWS_AS(alwann::read_file(folder.path() / "missing.bin"), alwann::io_error);
    CHECK_THROWS_AS(alwann::read_file(folder.path()), alwann::io_error);
}

TEST_CASE("flipped bits in compressed files break nothing") {
    const temporary_directory folder;
    CHECK(fuzz(folder, gzip(text()), load_file, 1) > 0);
    CHECK(fuzz(folder, xz(text()), load_file, 2) > 0);
}
