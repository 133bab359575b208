// SPDX-License-Identifier: MIT
#include <alwann/io/idx.hpp>

#include "catch.hpp"
#include "io/compress.hpp"
#include "io/files.hpp"

#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

namespace {

std::string idx(std::initializer_list<unsigned> dims, const std::string& values, char type = 8) {
    std::string bytes{'\0', '\0', type, static_cast<char>(dims.size())};
    for (const unsigned extent : dims) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes += static_cast<char>(extent >> shift & 0xFF);
        }
    }
    return bytes + values;
}

const auto load_idx = [](const auto& path) { return alwann::read_idx(path); };

} // namespace

TEST_CASE("idx files are read, plain and compressed") {
    const temporary_directory folder;
    const auto bytes = idx({2, 3}, "abcdef");
    for (const auto& content : {bytes, gzip(bytes), xz(bytes)}) {
        const auto array = alwann::read_idx(folder.write("array", content));
        CHECK(array.dims == std::vector<std::size_t>{2, 3});
        CHECK(std::string(array.values.begin(), array.values.end()) == "abcdef");
    }
}

TEST_CASE("an idx data set is images and labels") {
    const temporary_directory folder;
    const auto images = folder.write("images.gz", gzip(idx({2, 1, 3}, "abcdef")));
    const auto labels = folder.write("labels", idx({2}, std::string{'\1', '\4'}));
    const auto data = alwann::read_idx_dataset(images, labels);
    CHECK(data.name == "images.gz");
    CHECK(data.shape == alwann::image_shape{1, 3, 1});
    CHECK(data.labels == std::vector<int>{1, 4});
    CHECK(data.classes == 5);
    CHECK(data.image(1)[0] == 'd');
    const auto colour = folder.write("colour", idx({2, 1, 1, 3}, "abcdef"));
    CHECK(alwann::read_idx_dataset(colour, labels, "colour", 10).shape == alwann::image_shape{1, 1, 3});
    CHECK_THROWS_AS(alwann::read_idx_dataset(labels, labels), alwann::format_error);
    CHECK_THROWS_AS(alwann::read_idx_dataset(images, images), alwann::format_error);
    CHECK_THROWS_AS(alwann::read_idx_dataset(images, folder.write("one", idx({1}, "a"))),
                    alwann::shape_error);
    CHECK_THROWS_AS(alwann::read_idx_dataset(folder.write("none", idx({0, 2, 2}, "")),
                                             folder.write("no labels", idx({0}, ""))),
                    alwann::value_error);
}

TEST_CASE("an idx file says what is wrong with it") {
    const temporary_directory folder;
    const auto field = [&](const std::string& bytes) {
        try {
            static_cast<void>(alwann::read_idx(folder.write("bad", bytes)));
        } catch (const alwann::format_error& problem) {
            return problem.field();
        }
        return std::string("none");
    };
    CHECK(field("") == "magic number");
    CHECK(field("a text file") == "magic number");
    CHECK(field(idx({2}, "ab", 9)) == "type");
    CHECK(field(idx({}, "")) == "rank");
    CHECK(field(idx({1, 1, 1, 1, 1}, "a")) == "rank");
    CHECK(field(idx({2, 3}, "abcdef").substr(0, 9)) == "dimensions");
    CHECK(field(idx({2, 3}, "abcde")) == "values");
    CHECK(field(idx({2, 3}, "abcdefg")) == "values");
    CHECK(field(idx({0, 3}, "a")) == "values");
    CHECK(field(idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "a")) == "values");
    CHECK(field(idx({0x80000000, 0x80000000, 4}, "a")) == "values"); // 2^64
    CHECK(field(idx({0, 0xFFFFFFFF, 0xFFFFFFFF}, "")) == "none");
    CHECK_THROWS_AS(alwann::read_idx(folder.path() / "missing"), alwann::io_error);
}

TEST_CASE("damaged idx files break nothing") {
    const temporary_directory folder;
    const auto bytes = idx({2, 2, 3}, "abcdefghijkl");
    CHECK(accepted_prefixes(folder, bytes, load_idx) == 0);
    CHECK(accepted_prefixes(folder, gzip(bytes), load_idx) == 0);
    CHECK(accepted_prefixes(folder, xz(bytes), load_idx) == 0);
    CHECK(fuzz(folder, bytes, load_idx) > 0);
}

TEST_CASE("Fashion-MNIST names its package where it is missing") {
    const temporary_directory folder;
    CHECK_THROWS_AS(alwann::read_fashion_mnist(alwann::dataset_part::test, folder.path()), alwann::io_error);
    CHECK_THROWS_WITH(alwann::read_fashion_mnist(alwann::dataset_part::train, folder.path()),
                      contains("train-images-idx3-ubyte") && contains("dataset-fashion-mnist"));
    folder.write("t10k-images-idx3-ubyte", idx({1, 1, 1}, "a"));
    folder.write("t10k-labels-idx1-ubyte", idx({1}, "\3"));
    CHECK(alwann::read_fashion_mnist(alwann::dataset_part::test, folder.path()).classes == 10);
}

TEST_CASE("Fashion-MNIST is read from the system's folder") {
    if (!std::filesystem::exists(alwann::fashion_mnist_directory)) {
        WARN("skipped: the package dataset-fashion-mnist is not installed");
        return;
    }
    const auto test = alwann::read_fashion_mnist(alwann::dataset_part::test);
    CHECK(test.size() == 10000);
    CHECK(test.shape == alwann::image_shape{28, 28, 1});
    std::vector<int> counts(10, 0);
    for (const int label : test.labels) {
        ++counts[static_cast<std::size_t>(label)];
    }
    CHECK(counts == std::vector<int>(10, 1000));
    CHECK(alwann::read_fashion_mnist(alwann::dataset_part::train).size() == 60000);
}
