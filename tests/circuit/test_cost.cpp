// SPDX-License-Identifier: MIT
#include <alwann/circuit/arithmetic.hpp>
#include <alwann/circuit/cost.hpp>

#include "catch.hpp"
#include "random_netlist.hpp"

using namespace alwann;

TEST_CASE("The cost model on gates worked out by hand") {
    const auto of = [](auto&& make) {
        netlist_builder builder(3);
        return estimate_cost(builder.finish({make(builder)}));
    };
    const auto power = [](double activity) { return Approx(0.000915 * activity); };

    SECTION("one gate") {
        // AND and OR: a = 3/8, N = 1/2, D = 3/8 + 3/4 * 1/8.
        const cost two_and = of([](auto& b) { return b.gate_and(b.input(0), b.input(1)); });
        CHECK(two_and.power_mw == power(0.46875));
        CHECK(two_and.area_um2 == Approx(1.968));
        CHECK(two_and.delay_ns == Approx(0.0428));
        CHECK(of([](auto& b) { return b.gate_or(b.input(0), b.input(1)); }).power_mw == power(0.46875));
        // XOR: a = 1/2, N = 1, D = 7/8, twice the weight.
        const cost two_xor = of([](auto& b) { return b.gate_xor(b.input(0), b.input(1)); });
        CHECK(two_xor.power_mw == power(1.75));
        CHECK(two_xor.area_um2 == Approx(1.5 * 1.968));
        CHECK(two_xor.delay_ns == Approx(1.5 * 0.0428));
        // NOT: D of the input, half the weight.
        CHECK(of([](auto& b) { return b.gate_not(b.input(0)); }).power_mw == power(0.25));
    }
    SECTION("glitches are damped at every gate") {
        // The second XOR: a = 1/2, N = 7/8 + 1/2, D = 1/2 + 3/4 * 7/8.
        const cost three =
            of([](auto& b) { return b.gate_xor(b.gate_xor(b.input(0), b.input(1)), b.input(2)); });
        CHECK(three.power_mw == power(2 * 0.875 + 2 * 1.15625));
        CHECK(three.delay_ns == Approx(3 * 0.0428));
    }
    SECTION("NOT hands on the density of what it inverts") {
        const cost inverted = of(
            [](auto& b) { return b.gate_xor(b.gate_not(b.gate_xor(b.input(0), b.input(1))), b.input(2)); });
        CHECK(inverted.power_mw == power(2 * 0.875 + 0.5 * 0.875 + 2 * 1.15625));
    }
    SECTION("wires and constants are free") {
        CHECK(of([](auto& b) { return b.input(0); }).power_mw == 0.0);
        CHECK(of([](auto& b) { return b.constant(true); }).area_um2 == 0.0);
    }
}

TEST_CASE("Buffers and dead gates do not change a price") {
    // Raw gates, as a reader or a search may hand them over: a = AND(x, x) is a buffer.
    const netlist plain(3, {{gate_kind::xor_gate, 2, 3}, {gate_kind::xor_gate, 5, 4}}, {6});
    const netlist buffered(3,
                           {{gate_kind::xor_gate, 2, 3},
                            {gate_kind::and_gate, 5, 5},
                            {gate_kind::or_gate, 5, 4},
                            {gate_kind::xor_gate, 6, 4}},
                           {8});
    CHECK(estimate_cost(buffered).power_mw == estimate_cost(plain).power_mw);
    CHECK(estimate_cost(buffered).area_um2 == estimate_cost(plain).area_um2);
}

TEST_CASE("Costs say where they come from") {
    CHECK(estimate_cost(circuits::exact_dadda()).source == provenance::modelled);
    CHECK(estimate_cost(netlist(2, {{gate_kind::and_gate, 2, 3}}, {4})).source == provenance::modelled_rough);
    CHECK(to_string(provenance::published) == "published");
    CHECK(to_string(provenance::modelled) == "modelled");
    CHECK(to_string(provenance::modelled_rough) == "modelled-rough");
    CHECK(to_string(provenance::unknown) == "unknown");
    CHECK_FALSE(cost{}.known());
    CHECK(cost{.power_mw = 0.0}.known());
}

TEST_CASE("Costs are finite, not negative, and scale with the model") {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        const netlist circuit = random_netlist(seed, 10, 80, 10);
        const cost modelled = estimate_cost(circuit);
        CHECK(modelled.known());
        CHECK(modelled.power_mw >= 0);
        CHECK(modelled.delay_ns >= 0);
        CHECK(estimate_cost(circuit, {.power_scale = 0.00183}).power_mw == Approx(2 * modelled.power_mw));
        // Without glitches activity is what probabilities give: less.
        CHECK(estimate_cost(circuit, {.glitch_share = 0}).power_mw <= modelled.power_mw);
    }
    const netlist dadda = circuits::exact_dadda();
    CHECK(estimate_cost(dadda, cost_model::signed_operands()).power_mw ==
          Approx(estimate_cost(dadda).power_mw * 0.00076 / 0.000915));
    CHECK_THROWS_AS(estimate_cost(netlist(25, {}, {})), value_error);
}
