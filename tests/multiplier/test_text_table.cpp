// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/families.hpp>
#include <alwann/multiplier/table_file.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include "catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace alwann;
namespace fs = std::filesystem;

namespace {

std::string text_of(const table& multiplier, char between = ' ', char after = '\n') {
    std::string text;
    for (std::size_t i = 0; i < operand_pairs; ++i) {
        text += std::to_string(multiplier.products()[i]) + (i % 256 == 255 ? after : between);
    }
    return text;
}

std::string complaint(const std::string& text) {
    try {
        (void)parse_text_table(text, "f", "t");
    } catch (const format_error& problem) {
        return problem.what();
    }
    return "none";
}

} // namespace

TEST_CASE("Tables as text: written, read, in any layout") {
    const table products = tabulate(families::lowor<7>{});
    CHECK(parse_text_table(text_of(products), "f", "t") == products);
    CHECK(parse_text_table(text_of(products), "f", "t").name() == "t");
    CHECK(parse_text_table(text_of(products, ',', ';'), "f", "t") == products);
    CHECK(parse_text_table(text_of(products, '\n'), "f", "t") == products); // one in a line
    CHECK(parse_text_table("\xEF\xBB\xBF# products\r\n" + text_of(products, '\t') + "# end", "f", "t") ==
          products);

    std::string name = (fs::temp_directory_path() / "alwann_text_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    const fs::path file = fs::path(name) / "lowor.txt";
    write_text_table(products, file);
    CHECK(read_text_table(file) == products);
    CHECK(read_text_table(file).name() == "lowor");
    std::ifstream written(file);
    std::stringstream content;
    content << written.rdbuf();
    CHECK(content.str() == text_of(products));
    CHECK_THROWS_AS(write_text_table(products, fs::path(name) / "missing" / "a.txt"), io_error);
    CHECK_THROWS_AS(read_text_table(fs::path(name) / "missing.txt"), io_error);
    fs::resize_file(file, text_table_max_bytes + 1);
    CHECK_THROWS_WITH(read_text_table(file), contains("size: expected at most 4194304 bytes, found 4194305"));
    fs::remove_all(name);
}

TEST_CASE("Negative products are stored in two's complement") {
    std::string text = "-1 -32768 65535";
    for (std::size_t i = 3; i < operand_pairs; ++i) {
        text += " 0";
    }
    const table products = parse_text_table(text, "f", "t");
    CHECK(products(0, 0) == 0xFFFF);
    CHECK(products(0, 1) == 0x8000);
    CHECK(products(0, 2) == 0xFFFF);
}

TEST_CASE("Malformed text tables: what, and exactly where") {
    const std::string good = text_of(tabulate(exact{}));
    CHECK_THAT(complaint(""), contains("f:1:1: truth table: expected 65536 integers, found 0"));
    CHECK_THAT(complaint(good + "7"), contains("f:257:1: truth table: expected 65536 integers, found more"));
    std::string text = good;
    text.erase(text.find("\n0 2 ") + 1, 2); // a product of the third row
    CHECK_THAT(complaint(text),
               contains("f:257:1: truth table: expected 65536 integers, found 65535 (line 3 has 255)"));
    for (const char* bad :
         {"x", "1.5", "65536", "-32769", "+1", "0x10", "1e3", "99999999999999999999", "--1", "\"1\""}) {
        text = good;
        text.replace(text.find("\n0 1 ") + 3, 1, bad);
        CAPTURE(bad);
        CHECK_THAT(
            complaint(text),
            contains(std::string("f:2:3: product: expected an integer from -32768 to 65535, found '") + bad));
    }
    CHECK_THAT(complaint(std::string("1 2\n\0", 5)),
               contains("f:2:1: text: expected text without NUL bytes"));
    CHECK_THAT(complaint(std::string(text_table_max_bytes + 1, ' ')),
               contains("f: size: expected at most 4194304 bytes"));
}

TEST_CASE("Damaged text tables are read or refused") {
    const std::string good = text_of(tabulate(exact{}));
    random_generator random(5);
    std::size_t refused = 0;
    for (int round = 0; round < 60; ++round) {
        std::string text = good;
        const auto place = static_cast<std::size_t>(uniform_below(random, text.size()));
        if (round % 3 == 0) {
            text.resize(place);
        } else {
            text[place] = static_cast<char>(uniform_below(random, 256));
        }
        refused += complaint(text) == "none" ? 0 : 1;
    }
    CHECK(refused > 40);
}
