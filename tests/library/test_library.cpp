// SPDX-License-Identifier: MIT
#include <alwann/circuit/families.hpp>
#include <alwann/library/error_front.hpp>
#include <alwann/library/library.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/library/textbook.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/families.hpp>

#include "catch.hpp"

#include <boost/hana/tuple.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

using namespace alwann;

namespace {

component part(const char* name, const table& products, double power) {
    return make_component(table(name, products.products()),
                          {.power_mw = power, .source = provenance::published});
}

std::vector<std::string> names(const library& parts) {
    std::vector<std::string> list;
    for (const component& p : parts) {
        list.push_back(p.name);
    }
    return list;
}

} // namespace

TEST_CASE("Components measure themselves") {
    const component exact_part = make_component(exact{});
    CHECK(exact_part.name == "exact");
    CHECK(exact_part.is_exact());
    CHECK_FALSE(exact_part.has_cost());
    CHECK(exact_part.hash == exact_part.products.hash());
    const component of_circuit = make_component(circuits::lowor(7), "lowor_7");
    CHECK(of_circuit.has_cost());
    CHECK(of_circuit.price.source == provenance::modelled);
    CHECK(of_circuit.errors.mae_percent == Approx(0.1364).epsilon(0.001));
    CHECK(make_component(families::lowor<7>{}).hash == of_circuit.hash);
    const auto cheap =
        priced(families::truncation<4, 4>{}, {.power_mw = 0.05, .source = provenance::published});
    CHECK(priced_multiplier<std::remove_const_t<decltype(cheap)>>);
    CHECK_FALSE(priced_multiplier<exact>);
    const component priced_part = make_component(cheap);
    CHECK(priced_part.price.power_mw == 0.05);
    CHECK(priced_part.name == "trunc_4_4");
    CHECK(priced_part.products == tabulate(families::truncation<4, 4>{}));
}

TEST_CASE("Names are unique, tables need not be") {
    const table products = tabulate(exact{}), other = tabulate(families::lowor<5>{});
    library parts;
    CHECK(parts.add(make_component(table("a", products.products()))) == 0);
    CHECK(parts.add(part("b", products, 0.3)) == 1); // another name for the same table
    CHECK(parts.add(part("a", products, 0.4)) == 0); // merges, and brings a cost
    CHECK(parts.size() == 2);
    CHECK(parts[0].price.power_mw == 0.4);
    parts.add(part("a", products, 0.2)); // a known cost stays
    CHECK(parts[0].price.power_mw == 0.4);
    CHECK_THROWS_AS(parts.add(part("a", other, 0.1)), name_error);
    CHECK_THROWS_WITH(parts.add(part("a", other, 0.1)), contains("'a' denotes two different multipliers"));
    CHECK(parts.size() == 2);

    library clash;
    clash.add(part("a", other, 0.1));
    CHECK_THROWS_AS(parts.with(clash), name_error);
}

TEST_CASE("Look-up by name suggests what was meant") {
    const library& parts = standard();
    CHECK(parts.find("lowor_7").name == "lowor_7");
    CHECK(parts.contains("bamvc_0_9"));
    CHECK_FALSE(parts.contains("bamvc_9_0"));
    CHECK(parts[parts.index_of("trunc_1_1")].name == "trunc_1_1");
    CHECK_THROWS_AS(parts.find("loor_7"), name_error);
    CHECK_THROWS_WITH(parts.find("loor_7"), contains("'loor_7'; nearest names: lowor_7, "));
    CHECK_THROWS_WITH(library().find("x"), contains("empty"));
    CHECK_THROWS_AS(parts.at(parts.size()), value_error);
}

TEST_CASE("The exact multiplier of a library") {
    const table products = tabulate(exact{});
    library parts;
    CHECK_THROWS_AS(parts.exact(), value_error);
    parts.add(part("approximate", tabulate(families::lowor<5>{}), 0.1));
    CHECK_THROWS_AS(parts.exact(), name_error);
    CHECK_THROWS_WITH(parts.exact(), contains("no exact multiplier"));
    parts.add(make_component(table("unpriced", products.products())));
    CHECK(parts.exact().name == "unpriced");
    parts.add(part("expensive", products, 0.4));
    CHECK(parts.exact().name == "expensive");
    parts.add(part("cheap", products, 0.3));
    CHECK(parts.exact().name == "cheap");
    CHECK(standard().exact().name == "exact_dadda");
}

TEST_CASE("Filters and Pareto fronts") {
    const table products = tabulate(exact{});
    library parts;
    parts.add(part("exact", products, 0.4));
    parts.add(part("good", tabulate(families::lowor<4>{}), 0.3));
    parts.add(part("dominated", tabulate(families::lowor<5>{}), 0.35));
    parts.add(part("cheap", tabulate(families::lowor<8>{}), 0.1));
    parts.add(part("twin", tabulate(families::lowor<8>{}), 0.1));
    parts.add(make_component(tabulate(families::lowor<3>{})));
    CHECK(names(parts.pareto()) == std::vector<std::string>{"exact", "good", "cheap"});
    CHECK(names(parts.pareto(&error_metrics::mre_percent)) ==
          std::vector<std::string>{"exact", "good", "cheap"});
    const auto area = [](const component& p) { return p.price.area_um2; };
    const auto bias = [](const component& p) { return p.errors.bias * p.errors.bias; };
    CHECK(parts.pareto(bias, area).empty()); // no area is known
    CHECK(names(parts.filter(&component::has_cost)).size() == 5);
    CHECK(parts.filter([](const component& p) { return p.errors.wce > 1e9; }).empty());
}

TEST_CASE("Libraries of models, visited by type") {
    const auto drop3 = functional<"drop3">([](auto x, auto w) { return (x & 0xF8) * w; });
    const auto parts = make_library(
        exact{}, priced(drop3, {.power_mw = 0.2, .source = provenance::published}), families::lowor<7>{});
    CHECK(names(parts) == std::vector<std::string>{"exact", "drop3", "lowor_7"});
    CHECK(parts.find("drop3").price.power_mw == 0.2);
    CHECK_FALSE(parts.find("exact").has_cost());

    const auto all = parts.with(standard());
    static_assert(std::is_same_v<decltype(all), const std::remove_const_t<decltype(parts)>>);
    CHECK(all.size() == 2 + standard().size()); // lowor_7 is the same in both
    CHECK(all.find("lowor_7").has_cost());      // and got its cost there
    CHECK(all.exact().name == "exact_dadda");

    std::size_t models = 0, tables = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        all.visit(i, [&](const auto& model) {
            CHECK(std::string(model.name()) == all[i].name);
            CHECK(model(200, 77) == all[i].products(200, 77));
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(model)>, table>) {
                ++tables;
            } else {
                ++models;
            }
        });
    }
    CHECK(models == 3);
    CHECK(tables == all.size() - 3);
    CHECK_THROWS_AS(all.visit(all.size(), [](const auto&) {}), value_error);

    const auto of_tuple = make_library(boost::hana::make_tuple(exact{}, families::lowor<7>{}));
    CHECK(names(of_tuple) == std::vector<std::string>{"exact", "lowor_7"});
    const library plain = of_tuple; // a library of models is a library
    CHECK(plain.size() == 2);

    const auto twice = make_library(exact{}, exact{}, families::lowor<7>{});
    CHECK(twice.size() == 2);
    std::string visited;
    twice.visit(1, [&](const auto& model) { visited = model.name(); });
    CHECK(visited == "lowor_7");
    CHECK(make_library().empty());

    const auto clash = functional<"exact">([](auto x, auto w) { return (x & 0xFE) * w; });
    CHECK_THROWS_AS(make_library(exact{}, clash), name_error);
}

TEST_CASE("The standard library") {
    const library& parts = standard();
    CHECK(parts.size() >= 36);
    CHECK(&standard() == &parts);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        CAPTURE(parts[i].name);
        CHECK(parts[i].has_cost());
        CHECK(parts[i].price.power_mw > 0);
        CHECK(parts[i].price.power_mw < 0.37);
        CHECK(parts[i].errors.zero_preserving);
        for (std::size_t j = 0; j < i; ++j) {
            CHECK(parts[i].hash != parts[j].hash);
        }
    }
    // Savings are measured against the exact design: nothing here costs more.
    for (const component& p : parts) {
        CHECK(p.price.power_mw <= parts.exact().price.power_mw);
    }
    CHECK(parts.find("lowor_6_h1").products == tabulate(families::lowor<6, 1>{}));
    CHECK(parts.find("bamvc_0_9").products == tabulate(families::bamvc<0, 9>{}));
    CHECK(parts.find("truncor_2_0").products == tabulate(families::truncation_or<2, 0>{}));
    CHECK(parts.pareto().size() >= 20);
    // No gap wider than a sixth of the exact power anywhere on the scale.
    double below = 0;
    for (double level = 0; level < 0.364; level += 0.01) {
        double nearest = 1;
        for (const component& p : parts) {
            nearest = std::min(nearest, std::abs(p.price.power_mw - level));
        }
        below = std::max(below, nearest);
    }
    CHECK(below < 0.03);
}

TEST_CASE("The library of textbook families") {
    const library& parts = textbook();
    CHECK(parts.size() > 30);
    CHECK(parts.exact().name == "exact_dadda");
    for (const component& p : parts) {
        CAPTURE(p.name);
        CHECK(p.has_cost());
        REQUIRE(p.circuit != nullptr);
        // Detectors and shifters are outside of what the cost model was fitted to, and so are the smallest.
        const bool is_rough = p.price.power_mw < 0.02 || p.has_tag("drum") || p.has_tag("ssm") ||
                              p.has_tag("mitch") || p.has_tag("mitch1") || p.has_tag("roba") ||
                              p.has_tag("etm");
        CHECK((p.price.source == provenance::modelled_rough) == is_rough);
        CHECK(standard().contains(p.name) == (p.name == "exact_dadda"));
    }
    CHECK(parts.find("drum_4").errors.mae_percent == Approx(1.4127).epsilon(1e-4));
    CHECK_NOTHROW(standard().with(parts)); // no name means two things
}

TEST_CASE("A front has no power for an error that is not known") {
    const error_front front(standard(), &error_metrics::mae_percent);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(front.power_within(nan)));
    CHECK(std::isnan(front.interpolated_power(nan)));
    CHECK(std::isnan(front.power_within(-1)));
    CHECK(front.power_within(100) == front.points().back().power_mw);
}
