// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/families.hpp>
#include <alwann/multiplier/tabulate.hpp>
#include <alwann/multiplier/text_table.hpp>

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

TEST_CASE("Negative products are stored in two's complement, and make operands signed") {
    const auto with = [](const std::string& begin, std::size_t count) {
        std::string text = begin;
        for (std::size_t i = count; i < operand_pairs; ++i) {
            text += " 0";
        }
        return text;
    };
    const table products = parse_text_table(with("-1 -32768 32767", 3), "f", "t");
    CHECK(products(0, 0) == 0xFFFF);
    CHECK(products(0, 1) == 0x8000);
    CHECK(products.product(0, 1) == -32768);
    CHECK(products.form().activation == operand_form{8, operand_coding::twos_complement});
    CHECK(products.form().weight == products.form().activation);
    CHECK_FALSE(parse_text_table(with("65535", 1), "f", "t").is_signed());
    CHECK_THAT(complaint(with("1 -1 40000", 3)),
               contains("f:1:6: product: expected one from -32768 to 32767"));
    CHECK_THAT(complaint(with("40000 -1", 2)), contains("f:1:7: product: expected one from -32768 to 32767"));
    const std::string form = "#operands:activation 8 bits unsigned,weight 8 bits unsigned\n";
    CHECK_THAT(complaint(with(form + "-1", 1)), contains("f:2:1: product: expected one from 0 on"));
    const std::string mixed = "#operands:activation 8 bits unsigned,weight 8 bits twos-complement\n1 40000";
    CHECK_THAT(complaint(with(mixed, 2)), contains("f:2:3: product: expected one up to 32767"));
}

TEST_CASE("Text tables tell the form of their operands") {
    std::string name = (fs::temp_directory_path() / "alwann_text_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    const fs::path file = fs::path(name) / "t.txt";
    const auto content = [&] {
        std::ifstream written(file);
        std::stringstream text;
        text << written.rdbuf();
        return text.str();
    };
    for (const auto coding :
         {operand_coding::unsigned_code, operand_coding::twos_complement, operand_coding::offset_binary}) {
        for (const std::uint8_t bits : {std::uint8_t{8}, std::uint8_t{5}}) {
            const multiplier_form form{{8, coding}, {bits, coding}};
            std::vector<std::uint16_t> exact;
            for (std::size_t x = 0; x < operand_codes; ++x) {
                for (std::size_t w = 0; w < operand_codes; ++w) {
                    exact.push_back(static_cast<std::uint16_t>(form.exact(x, w)));
                }
            }
            const table products("t", exact, form);
            write_text_table(products, file);
            CHECK(content().starts_with('#') == (form != multiplier_form{}));
            const table back = read_text_table(file);
            CHECK(back == products); // the form is part of it
            CHECK(back.hash() == products.hash());
        }
    }
    fs::remove_all(name);
    const std::string zeros = text_of(tabulate(families::truncation<8, 8>{}));
    const auto form_of = [&](const std::string& comment) {
        return parse_text_table(comment + "\n" + zeros, "f", "t").form();
    };
    CHECK(form_of("# some operands: not described") == multiplier_form{});
    CHECK(form_of("##\toperands:  activation 4 bits unsigned , weight 3 bits  offset-binary \r") ==
          multiplier_form{{4, operand_coding::unsigned_code}, {3, operand_coding::offset_binary}});
    for (const char* bad :
         {"# operands:", "# operands: signed",
          "# operands: activation 9 bits unsigned, weight 8 bits unsigned",
          "# operands: weight 8 bits unsigned, activation 8 bits unsigned",
          "# operands: activation 8 bits unsigned, weight 8 bits unsigned, third 8 bits unsigned",
          "# operands: activation 8 bits unsigned, weight 8 bits odd"}) {
        CAPTURE(bad);
        CHECK_THAT(complaint(bad + ("\n" + zeros)), contains("f:1:1: operands: expected a form such as"));
    }
    const std::string one = "#operands: activation 4 bits unsigned, weight 4 bits unsigned\n";
    const std::string two = "#operands: activation 4 bits unsigned, weight 5 bits unsigned\n";
    CHECK_THAT(complaint(one + two + zeros), contains("f:2:1: operands: expected one form of the operands"));
    CHECK(complaint(one + one + zeros) == "none");
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
