// SPDX-License-Identifier: MIT
#include <alwann/core/csv.hpp>
#include <alwann/core/random.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <catch.hpp>

using alwann::csv_field;
using alwann::csv_fields;

namespace {

using fields = std::vector<std::string>;

} // namespace

TEST_CASE("Whatever fields hold, a line of them reads back") {
    alwann::random_generator random(3);
    constexpr std::string_view letters = "ab ,\"\t'x";
    for (int line = 0; line < 2000; ++line) {
        fields written(1 + alwann::uniform_below(random, 5));
        std::string text;
        for (std::size_t i = 0; i < written.size(); ++i) {
            for (auto left = alwann::uniform_below(random, 6); left > 0; --left) {
                written[i] += letters[alwann::uniform_below(random, letters.size())];
            }
            text += (i == 0 ? "" : ",") + csv_field(written[i]);
        }
        CAPTURE(text);
        const auto found = csv_fields(text);
        REQUIRE(found);
        REQUIRE(*found == written);
    }
}

TEST_CASE("Plain fields have no quotes, and lines of other programs are read") {
    CHECK(csv_field("mul8u_1JFF") == "mul8u_1JFF");
    CHECK(csv_field("a,b") == "\"a,b\"");
    CHECK(csv_field("a\nb") == "\"a\nb\"");
    CHECK(csv_fields("") == fields{""});
    CHECK(csv_fields(",") == fields{"", ""});
    CHECK(csv_fields(" a ,\t\"b\" , c d\r") == fields{"a", "b", "c d"});
    CHECK(csv_fields("\"\",\"\"\"\"") == fields{"", "\""});
    CHECK(csv_fields("5\" pipe") == fields{"5\" pipe"});
}

TEST_CASE("Quotes that are not closed, or end before their field, are refused") {
    for (const std::string_view line : {"\"", "\"a", "a,\"b", "\"a\"b", "\"a\" b,c", "\"a\"\"", "\"a\nb"}) {
        CAPTURE(line);
        CHECK_FALSE(csv_fields(line));
    }
}
