// SPDX-License-Identifier: MIT
#include <alwann/compensation/weight_tuning.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/metrics.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include <cstdint>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

namespace {

aw::multiplier_form form_of(int x_bits, int w_bits, aw::operand_coding coding) {
    aw::multiplier_form form;
    form.activation = {static_cast<std::uint8_t>(x_bits), coding};
    form.weight = {static_cast<std::uint8_t>(w_bits), coding};
    return form;
}

// The exact multiplier of some form, from its own products only.
aw::table exact_of(const aw::multiplier_form& form) {
    std::vector<std::uint16_t> products;
    for (std::size_t x = 0; x < std::size_t{1} << form.activation.bits; ++x) {
        for (std::size_t w = 0; w < std::size_t{1} << form.weight.bits; ++w) {
            products.push_back(static_cast<std::uint16_t>(form.exact(x, w)));
        }
    }
    return aw::table::narrow("exact", products, form);
}

} // namespace

TEST_CASE("Codes stand for numbers") {
    const aw::operand_form plain;
    const aw::operand_form twos{8, aw::operand_coding::twos_complement};
    const aw::operand_form offset{8, aw::operand_coding::offset_binary};
    for (std::size_t code = 0; code < 256; ++code) {
        REQUIRE(plain.value(code) == static_cast<std::int32_t>(code));
        REQUIRE(twos.value(code) == static_cast<std::int8_t>(code));
        REQUIRE(offset.value(code) == static_cast<std::int32_t>(code) - 128);
    }
    const aw::operand_form narrow{3, aw::operand_coding::twos_complement};
    const std::int32_t expected[] = {0, 1, 2, 3, -4, -3, -2, -1};
    for (std::size_t code = 0; code < 256; ++code) {
        REQUIRE(narrow.value(code) == expected[code % 8]); // higher bits are ignored
    }
}

TEST_CASE("Exact multipliers of every width and coding have no error") {
    for (const auto coding : {aw::operand_coding::unsigned_code, aw::operand_coding::twos_complement}) {
        for (int x_bits = 1; x_bits <= 8; ++x_bits) {
            for (const int w_bits : {1, 2, 4, 7, 8}) {
                const auto exact = exact_of(form_of(x_bits, w_bits, coding));
                const auto metrics = aw::measure_errors(exact);
                CAPTURE(x_bits, w_bits);
                REQUIRE(metrics.mae == 0);
                REQUIRE(metrics.mre_percent == 0);
                REQUIRE(metrics.ep_percent == 0);
                REQUIRE(metrics.zero_preserving);
                REQUIRE(exact.is_signed() == (coding != aw::operand_coding::unsigned_code));
            }
        }
    }
}

TEST_CASE("The form of the operands is part of a table's identity") {
    const auto plain = aw::tabulate(aw::exact{});
    const aw::table same("other name", plain.products());
    const aw::table other("exact", plain.products(), form_of(8, 8, aw::operand_coding::twos_complement));
    CHECK(same == plain);
    CHECK(same.hash() == plain.hash());
    CHECK_FALSE(other == plain);
    CHECK(other.hash() != plain.hash());
    CHECK(plain.network_form() == plain);
    CHECK(plain.engine_form() == plain);
}

TEST_CASE("The engine form adds a constant, the network form recodes") {
    const auto exact = exact_of(form_of(8, 8, aw::operand_coding::twos_complement));
    const auto engine = exact.engine_form();
    const auto network = exact.network_form();
    CHECK_FALSE(engine.is_signed());
    CHECK(network.is_signed());
    CHECK(network.network_form() == network);
    for (int x = 0; x < 256; ++x) {
        for (int w = 0; w < 256; ++w) {
            const auto xc = static_cast<std::uint8_t>(x);
            const auto wc = static_cast<std::uint8_t>(w);
            REQUIRE(exact.product(xc, wc) == static_cast<std::int8_t>(x) * static_cast<std::int8_t>(w));
            REQUIRE(engine.product(xc, wc) == exact.product(xc, wc) + exact.engine_bias());
            REQUIRE(network.product(xc, wc) == (x - 128) * (w - 128));
        }
    }
}

TEST_CASE("Metrics of a narrow approximate multiplier are those of its own products") {
    // 4 x 2 bits, one product wrong by 3.
    aw::multiplier_form form = form_of(4, 2, aw::operand_coding::unsigned_code);
    std::vector<std::uint16_t> products;
    for (std::size_t x = 0; x < 16; ++x) {
        for (std::size_t w = 0; w < 4; ++w) {
            products.push_back(static_cast<std::uint16_t>(x * w + (x == 5 && w == 3 ? 3 : 0)));
        }
    }
    const auto metrics = aw::measure_errors(aw::table::narrow("rough", products, form));
    CHECK(metrics.mae == Catch::Approx(3.0 / 64));
    CHECK(metrics.mae_percent == Catch::Approx(100 * 3.0 / 64 / 64));
    CHECK(metrics.wce == 3);
    CHECK(metrics.wcre_percent == Catch::Approx(20));
    CHECK(metrics.mre_percent == Catch::Approx(20.0 / 45));
    CHECK(metrics.ep_percent == Catch::Approx(100.0 / 64));
    CHECK_THROWS_WITH(aw::table::narrow("short", std::vector<std::uint16_t>(63), form),
                      contains("short") && contains("63"));
    form.weight.bits = 9;
    CHECK_THROWS_AS(aw::table::narrow("wide", products, form), aw::value_error);
}

TEST_CASE("Weight tuning leaves exact signed multipliers alone and prefers better weights") {
    const auto exact = exact_of(form_of(8, 8, aw::operand_coding::twos_complement)).network_form();
    const auto same = aw::tuned_weights(exact);
    for (std::size_t w = 0; w < 256; ++w) {
        REQUIRE(same[w] == w);
    }
    // Odd weights fail: their products are those of nothing, so a neighbour is taken.
    std::vector<std::uint16_t> products;
    for (std::size_t x = 0; x < 256; ++x) {
        for (std::size_t w = 0; w < 256; ++w) {
            products.push_back(w % 2 == 0 ? static_cast<std::uint16_t>(exact.form().exact(x, w)) : 0x8000);
        }
    }
    const auto tuned = aw::tuned_weights(aw::table("odd", products, exact.form()));
    for (std::size_t w = 0; w < 256; ++w) {
        REQUIRE(tuned[w] % 2 == 0);
        REQUIRE(std::size_t{tuned[w]} + 1 >= w);
        REQUIRE(std::size_t{tuned[w]} <= w + 1);
    }
}

TEST_CASE("Forms that are none, and products that depend on more bits than operands have, are refused") {
    std::vector<std::uint16_t> products(aw::operand_pairs);
    for (const std::uint8_t bits : {std::uint8_t{0}, std::uint8_t{9}, std::uint8_t{16}}) {
        const aw::multiplier_form form{{bits, aw::operand_coding::twos_complement}, {}};
        CHECK_THROWS_AS(aw::table("t", products, form), aw::value_error);
    }
    const aw::multiplier_form narrow{{4, aw::operand_coding::unsigned_code}, {}};
    CHECK_NOTHROW(aw::table("t", products, narrow));
    products[aw::operand_codes * 16] = 1; // 0 with a bit above the four
    CHECK_THROWS_WITH(aw::table("t", products, narrow), contains("16 and 0 depends on more"));
}
