// SPDX-License-Identifier: MIT
#include <alwann/core/parse_number.hpp>

#include "catch.hpp"

#include <cstdint>
#include <limits>
#include <string>

using alwann::parse_number;

TEST_CASE("Whole numbers are read with nothing around them") {
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{4294967296},
                                       std::numeric_limits<std::uint64_t>::max()}) {
        const std::string text = std::to_string(number);
        CHECK(parse_number<std::uint64_t>(text) == number);
        for (const auto& other : {text + " ", " " + text, text + "x", "+" + text, text + ".0", "0x" + text}) {
            CAPTURE(other);
            CHECK(!parse_number<std::uint64_t>(other));
        }
    }
    CHECK(!parse_number<std::uint64_t>(""));
    CHECK(!parse_number<std::uint64_t>("-1"));
    CHECK(!parse_number<std::uint64_t>("18446744073709551616"));
    CHECK(!parse_number<std::int8_t>("128"));
    CHECK(parse_number<std::int8_t>("-128") == std::int8_t{-128});
}

TEST_CASE("Numbers with a fraction are finite") {
    CHECK(parse_number<double>("0.25") == 0.25);
    CHECK(parse_number<double>("-1e3") == -1000.0);
    for (const char* text : {"", ".", "1,5", "1.5.", "nan", "-nan", "inf", "infinity", "1e999", "0.5 "}) {
        CAPTURE(text);
        CHECK(!parse_number<double>(text));
    }
}
