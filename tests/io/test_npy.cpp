// SPDX-License-Identifier: MIT
#include <alwann/io/npy.hpp>

#include "catch.hpp"
#include "io/compress.hpp"
#include "io/files.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace {

/// As NumPy writes it: padded with blanks to a multiple of 64 bytes, the last one a new line.
std::string npy(const std::string& dictionary, const std::string& values, int version = 1) {
    std::string header = dictionary;
    const std::size_t start = version == 1 ? 10 : 12;
    header.append(63 - (start + header.size()) % 64, ' ');
    header += '\n';
    std::string bytes = "\x93NUMPY";
    bytes += {static_cast<char>(version), '\0'};
    for (std::size_t i = 8; i < start; ++i) {
        bytes += static_cast<char>(header.size() >> (8 * (i - 8)) & 0xFF);
    }
    return bytes + header + values;
}

std::string dictionary(const std::string& type, const std::string& shape,
                       const std::string& order = "False") {
    return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

const auto load_npy = [](const auto& path) { return alwann::read_npy(path); };

const std::string int32s{"\x01\0\0\0\xFE\xFF\xFF\xFF", 8};
const std::string int64s{"\x01\0\0\0\0\0\0\0\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 16};

} // namespace

TEST_CASE("integer arrays of NumPy are read, in both versions of the format") {
    const temporary_directory folder;
    for (const int version : {1, 2}) {
        const auto bytes = npy(dictionary("|u1", "(2, 3)"), "abcdef", version);
        for (const auto& content : {bytes, gzip(bytes), xz(bytes)}) {
            const auto array = alwann::read_npy(folder.write("array.npy", content));
            CHECK(array.dims == std::vector<std::size_t>{2, 3});
            CHECK(std::get<0>(array.values) == std::vector<std::uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'});
        }
    }
    const auto narrow = alwann::read_npy(folder.write("i4.npy", npy(dictionary("<i4", "(2,)"), int32s)));
    CHECK(std::get<1>(narrow.values) == std::vector<std::int32_t>{1, -2});
    const auto wide = alwann::read_npy(folder.write("i8.npy", npy(dictionary("<i8", "(2,)"), int64s)));
    CHECK(std::get<2>(wide.values) == std::vector<std::int64_t>{1, -2});
    const auto scalar = alwann::read_npy(folder.write("scalar.npy", npy(dictionary("|u1", "()"), "a")));
    CHECK(scalar.dims.empty());
}

TEST_CASE("an .npy data set is images and labels") {
    const temporary_directory folder;
    const auto images = folder.write("images.npy", npy(dictionary("|u1", "(2, 1, 3, 1)"), "abcdef"));
    const auto flat = folder.write("flat.npy", npy(dictionary("|u1", "(2, 3, 1)"), "abcdef"));
    const auto labels =
        folder.write("labels.npy", npy(dictionary("<i4", "(2,)"), std::string("\x01\0\0\0\x04\0\0\0", 8)));
    const auto data = alwann::read_npy_dataset(images, labels);
    CHECK(data.shape == alwann::image_shape{1, 3, 1});
    CHECK(data.labels == std::vector<int>{1, 4});
    CHECK(data.classes == 5);
    CHECK(alwann::read_npy_dataset(flat, labels, "flat", 10).shape == alwann::image_shape{3, 1, 1});
    const auto negative = folder.write("negative.npy", npy(dictionary("<i4", "(2,)"), int32s));
    CHECK_THROWS_AS(alwann::read_npy_dataset(images, negative), alwann::format_error);
    CHECK_THROWS_AS(alwann::read_npy_dataset(labels, labels), alwann::format_error);
    CHECK_THROWS_AS(alwann::read_npy_dataset(images, images), alwann::format_error);
    const auto one = folder.write("one.npy", npy(dictionary("|u1", "(1,)"), "a"));
    CHECK_THROWS_AS(alwann::read_npy_dataset(images, one), alwann::shape_error);
    CHECK_THROWS_AS(alwann::read_npy_dataset(one, one), alwann::format_error);
}

TEST_CASE("an .npy file says what is wrong with it") {
    const temporary_directory folder;
    const auto field = [&](const std::string& bytes) {
        try {
            static_cast<void>(alwann::read_npy(folder.write("bad", bytes)));
        } catch (const alwann::format_error& problem) {
            return problem.field();
        }
        return std::string("none");
    };
    CHECK(field("") == "magic number");
    CHECK(field(npy(dictionary("|u1", "(1,)"), "a", 3)) == "format version");
    CHECK(field(npy(dictionary("|u1", "(1,)", "True"), "a")) == "fortran_order");
    for (const std::string type : {"<f4", ">i4", "<u8", "|b1", "<U1", ""}) {
        CHECK(field(npy(dictionary(type, "(1,)"), std::string(8, 'a'))) == "descr");
    }
    CHECK(field(npy(dictionary("|u1", "(2,)"), "a")) == "values");
    CHECK(field(npy(dictionary("|u1", "(2,)"), "abc")) == "values");
    CHECK(field(npy(dictionary("<i4", "(2,)"), "abcdefg")) == "values");
    for (const std::string shape : {"(-1,)", "(a,)", "(4294967296, 4294967296)", "(999999999999,)",
                                    "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"}) {
        CHECK(field(npy(dictionary("|u1", shape), "a")) == "shape");
    }
    CHECK(field(npy(dictionary("|u1", "(1.5,)"), "a")) == "header");
    CHECK(field(npy("", "a")) == "header");
    CHECK(field(npy("{}", "a")) == "header");
    CHECK(field(npy("{'descr': '|u1', 'shape': (1,)}", "a")) == "header");
    CHECK(field(npy("{'descr': '|u1', 'descr': '|u1', 'shape': (1,)}", "a")) == "header");
    CHECK(field(npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}", "a")) == "descr");
    CHECK(field(npy("{'fortran_order':False,\"shape\":(1),'descr':'|u1'}", "a")) == "none");
}

TEST_CASE("damaged .npy files break nothing") {
    const temporary_directory folder;
    const auto bytes = npy(dictionary("<i4", "(2,)"), int32s);
    CHECK(accepted_prefixes(folder, bytes, load_npy) == 0);
    CHECK(accepted_prefixes(folder, gzip(bytes), load_npy) == 0);
    CHECK(fuzz(folder, bytes, load_npy) > 0);
}
