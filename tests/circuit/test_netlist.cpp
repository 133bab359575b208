// SPDX-License-Identifier: MIT
#include <alwann/circuit/arithmetic.hpp>
#include <alwann/circuit/cost.hpp>
#include <alwann/circuit/simulate.hpp>

#include "catch.hpp"
#include "random_netlist.hpp"

using namespace alwann;

namespace {

// Area of the gates as they stand, in units; estimate_cost() would clean the netlist first.
double raw_area(const netlist& circuit) {
    double area = 0;
    for (const gate& g : circuit.gates()) {
        area += g.kind == gate_kind::xor_gate ? 1.5 : g.kind == gate_kind::not_gate ? 0.5 : 1.0;
    }
    return area;
}

} // namespace

TEST_CASE("A netlist refuses signals that are not there") {
    CHECK_NOTHROW(netlist(2, {{gate_kind::and_gate, 2, 3}}, {4}));
    CHECK_THROWS_AS(netlist(2, {{gate_kind::and_gate, 2, 4}}, {4}), value_error); // reads itself
    CHECK_THROWS_AS(netlist(2, {}, {4}), value_error);
    netlist_builder builder(2);
    CHECK_THROWS_AS(builder.input(2), value_error);
    CHECK_THROWS_AS(builder.gate_and(2, 99), value_error);
    CHECK_THROWS_AS(builder.gate_or(netlist::one, 99), value_error);
    CHECK_THROWS_AS(builder.gate_not(4), value_error);
    CHECK_THROWS_AS(builder.finish({4}), value_error);
}

TEST_CASE("The builder propagates constants") {
    netlist_builder builder(2);
    const signal a = builder.input(0), b = builder.input(1);
    const signal zero = netlist::zero, one = netlist::one;
    CHECK(builder.gate_and(a, zero) == zero);
    CHECK(builder.gate_and(one, a) == a);
    CHECK(builder.gate_and(a, a) == a);
    CHECK(builder.gate_or(a, one) == one);
    CHECK(builder.gate_or(zero, a) == a);
    CHECK(builder.gate_or(a, a) == a);
    CHECK(builder.gate_xor(a, a) == zero);
    CHECK(builder.gate_xor(zero, a) == a);
    const signal not_a = builder.gate_not(a);
    CHECK(builder.gate_xor(a, one) == not_a);
    CHECK(builder.gate_not(not_a) == a);
    CHECK(builder.gate_not(zero) == one);
    CHECK(builder.gate_not(one) == zero);
    CHECK(builder.gate_and(a, not_a) == zero);
    CHECK(builder.gate_or(not_a, a) == one);
    CHECK(builder.gate_xor(not_a, a) == one);
    CHECK(builder.gate_and(one, one) == one);
    CHECK(builder.gate_or(zero, zero) == zero);
    CHECK(builder.gate_xor(one, zero) == one);
    CHECK(builder.finish({not_a, b}).gates().size() == 1);
}

TEST_CASE("The builder shares equal gates and drops dead ones") {
    netlist_builder builder(3);
    const signal a = builder.input(0), b = builder.input(1), c = builder.input(2);
    const signal ab = builder.gate_and(a, b);
    CHECK(builder.gate_and(b, a) == ab);
    CHECK(builder.gate_or(a, b) != ab);
    const signal dead = builder.gate_or(ab, c);
    const signal kept = builder.gate_xor(ab, c);
    CHECK(dead != kept);
    const netlist circuit = builder.finish({kept, c, netlist::one});
    REQUIRE(circuit.gates().size() == 2);
    CHECK(circuit.gates()[0].kind == gate_kind::and_gate);
    CHECK(circuit.gates()[1].kind == gate_kind::xor_gate);
    CHECK(circuit.outputs() == std::vector<signal>{circuit.gate_output(1), netlist::input(2), netlist::one});
}

TEST_CASE("Simulation equals evaluation one pattern at a time") {
    for (const std::size_t inputs :
         {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{6}, std::size_t{7}, std::size_t{12}}) {
        for (std::uint64_t seed = 0; seed < 10; ++seed) {
            CAPTURE(inputs, seed);
            const netlist circuit = random_netlist(seed, inputs, 60, 12);
            const std::vector<std::uint64_t> all = exhaustive_outputs(circuit);
            REQUIRE(all.size() == std::size_t{1} << inputs);
            std::size_t wrong = 0;
            for (std::size_t pattern = 0; pattern < all.size(); ++pattern) {
                wrong += all[pattern] != evaluate(circuit, pattern) ? 1u : 0u;
            }
            CHECK(wrong == 0);
        }
    }
}

TEST_CASE("Simulation of an 8x8 circuit puts x in the rows of the table") {
    const netlist circuit = random_netlist(5, 16, 120, 16);
    const table products = simulate(circuit, "random");
    CHECK(products.name() == "random");
    random_generator random(3);
    for (int i = 0; i < 300; ++i) {
        const auto x = static_cast<std::uint8_t>(uniform_below(random, 256));
        const auto w = static_cast<std::uint8_t>(uniform_below(random, 256));
        REQUIRE(products(x, w) == evaluate(circuit, x + 256u * w));
    }
    CHECK_THROWS_AS(simulate(netlist(15, {}, {}), "narrow"), value_error);
    CHECK_THROWS_AS(simulate(netlist(16, {}, std::vector<signal>(17, 0)), "long"), value_error);
    CHECK_THROWS_AS(exhaustive_outputs(netlist(25, {}, {})), value_error);
    CHECK_THROWS_AS(exhaustive_outputs(netlist(2, {}, std::vector<signal>(65, 0))), value_error);
}

TEST_CASE("Cleaning keeps the function and costs nothing") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        const netlist circuit = random_netlist(seed, 8, 20 + seed, 6);
        const netlist clean = circuit.cleaned();
        CHECK(exhaustive_outputs(clean) == exhaustive_outputs(circuit));
        CHECK(clean.gates().size() <= circuit.gates().size());
        CHECK(raw_area(clean) <= raw_area(circuit));
        CHECK(clean.cleaned() == clean);
        const cost before = estimate_cost(circuit), after = estimate_cost(clean);
        CHECK(before.power_mw == after.power_mw);
        CHECK(before.area_um2 == after.area_um2);
        CHECK(before.delay_ns == after.delay_ns);
    }
}

TEST_CASE("Signal probabilities count ones") {
    netlist_builder builder(3);
    const signal a = builder.input(0), b = builder.input(1), c = builder.input(2);
    const signal two = builder.gate_and(a, b);
    const signal three = builder.gate_and(two, c);
    const signal any = builder.gate_or(three, builder.gate_not(a)); // 1 - P(a) + P(abc)
    const std::vector<double> p = signal_probabilities(builder.finish({any}));
    CHECK(p[netlist::zero] == 0.0);
    CHECK(p[netlist::one] == 1.0);
    CHECK(p[a] == 0.5);
    CHECK(p[two] == 0.25);
    CHECK(p[three] == 0.125);
    CHECK(p[any] == 0.625);
}

TEST_CASE("Adders add") {
    netlist_builder builder(9);
    std::vector<signal> a, b;
    for (std::size_t i = 0; i < 9; ++i) {
        (i < 5 ? a : b).push_back(builder.input(i));
    }
    const netlist adder = builder.finish(circuits::ripple_adder(builder, a, b));
    REQUIRE(adder.outputs().size() == 6);
    const std::vector<std::uint64_t> sums = exhaustive_outputs(adder);
    for (std::size_t pattern = 0; pattern < sums.size(); ++pattern) {
        REQUIRE(sums[pattern] == (pattern & 31u) + (pattern >> 5));
    }
}

TEST_CASE("Column compression adds any heap of bits") {
    random_generator random(11);
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        netlist_builder builder(10);
        circuits::bit_columns columns(7);
        std::vector<std::size_t> column_of(10);
        for (std::size_t i = 0; i < 10; ++i) {
            column_of[i] = uniform_below(random, 4);
            columns[column_of[i]].push_back(builder.input(i));
        }
        columns[1].push_back(netlist::one);
        columns[2].push_back(netlist::zero);
        const std::vector<std::uint64_t> sums =
            exhaustive_outputs(builder.finish(circuits::add_columns(builder, columns)));
        std::size_t wrong = 0;
        for (std::size_t pattern = 0; pattern < sums.size(); ++pattern) {
            std::uint64_t expected = 2;
            for (std::size_t i = 0; i < 10; ++i) {
                expected += ((pattern >> i) & 1u) << column_of[i];
            }
            wrong += sums[pattern] != expected ? 1u : 0u;
        }
        CHECK(wrong == 0);
    }
}
