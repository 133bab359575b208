// SPDX-License-Identifier: MIT
#include <alwann/io/cifar10.hpp>

#include "catch.hpp"
#include "io/compress.hpp"
#include "io/files.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

/// Red counts up, green is 100, blue the label.
std::string record(char label) {
    std::string bytes{label};
    for (int i = 0; i < 1024; ++i) {
        bytes += static_cast<char>(i % 256);
    }
    return bytes + std::string(1024, '\x64') + std::string(1024, label);
}

} // namespace

TEST_CASE("CIFAR-10 records become images with interleaved colours") {
    const temporary_directory folder;
    const auto one = folder.write("one.bin", record(3));
    const auto two = folder.write("two.bin.xz", xz(record(9) + record(0)));
    const auto three = folder.write("three.bin.gz", gzip(record(1)));
    const auto data = alwann::read_cifar10({one, two, three});
    CHECK(data.size() == 4);
    CHECK(data.shape == alwann::image_shape{32, 32, 3});
    CHECK(data.classes == 10);
    CHECK(data.labels == std::vector<int>{3, 9, 0, 1});
    const auto image = data.image(1);
    REQUIRE(image.size() == 3072);
    CHECK(image[3 * (5 * 32 + 7) + 0] == 5 * 32 + 7);
    CHECK(image[3 * (5 * 32 + 7) + 1] == 100);
    CHECK(image[3 * (5 * 32 + 7) + 2] == 9);
}

TEST_CASE("CIFAR-10 files are checked") {
    const temporary_directory folder;
    const auto read = [](const std::filesystem::path& path) { return alwann::read_cifar10({path}); };
    CHECK_THROWS_WITH(read(folder.write("label", record(1) + record(10))), contains("label of record 1"));
    CHECK_THROWS_AS(read(folder.write("label", record(10))), alwann::format_error);
    CHECK_THROWS_AS(read(folder.write("long", record(1) + "x")), alwann::format_error);
    CHECK_THROWS_AS(read(folder.write("empty", "")), alwann::format_error);
    CHECK_THROWS_AS(alwann::read_cifar10({}), alwann::value_error);
    CHECK_THROWS_AS(read(folder.path() / "missing"), alwann::io_error);
    CHECK(accepted_prefixes(folder, record(1), read) == 0);
    CHECK(accepted_prefixes(folder, xz(record(1)), read) == 0);
    CHECK(fuzz(folder, gzip(record(1)), read) > 0);
}

TEST_CASE("official CIFAR-10 images are read") {
    const char* folder = std::getenv("ALWANN_TEST_DATA");
    if (folder == nullptr) {
        WARN("skipped: ALWANN_TEST_DATA is not set");
        return;
    }
    const auto file = std::filesystem::path(folder) / "cifar10" / "test_batch_first1017.bin.xz";
    const auto data = alwann::read_cifar10({file});
    CHECK(data.size() == 1017);
    CHECK(data.slice(0, 5).labels == std::vector<int>{3, 8, 8, 0, 6}); // cat, ship, ship, airplane, frog
}
