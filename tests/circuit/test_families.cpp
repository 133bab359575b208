// SPDX-License-Identifier: MIT
#include <alwann/circuit/cost.hpp>
#include <alwann/circuit/families.hpp>
#include <alwann/circuit/simulate.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/metrics.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include "catch.hpp"

#include <cmath>

using namespace alwann;
using namespace alwann::circuits;

namespace {

// A truncated array instead of a truncated Dadda tree.
netlist array_without(std::size_t a, std::size_t b, std::size_t first_column) {
    netlist_builder builder(16);
    operand_bits bits = multiplier_inputs(builder);
    for (std::size_t i = 0; i < a; ++i) {
        bits.x[i] = netlist::zero;
    }
    for (std::size_t i = 0; i < b; ++i) {
        bits.w[i] = netlist::zero;
    }
    return builder.finish(add_array(builder, bits, first_column));
}

// What an independent implementation in Python measured: mW, um2, ns, MAE%, WCE%, MRE%, EP%, bias.
struct measured {
    const char* name;
    netlist circuit;
    double power, area, delay, mae, wce, mre, ep, bias;
};

} // namespace

TEST_CASE("Both exact multipliers are exact") {
    const table products = tabulate(exact{});
    CHECK(simulate(exact_dadda(), "dadda") == products);
    CHECK(simulate(exact_array(), "array") == products);
    CHECK(estimate_cost(exact_dadda()).power_mw < estimate_cost(exact_array()).power_mw);
    CHECK(exact_dadda().cleaned() == exact_dadda());
}

TEST_CASE("Families reproduce the figures measured before") {
    const measured designs[] = {
        {"exact_dadda", exact_dadda(), 0.364, 732, 1.28, 0, 0, 0, 0, 0},
        {"exact_array", exact_array(), 0.383, 732, 1.46, 0, 0, 0, 0, 0},
        {"lowor(2)", lowor(2), 0.360, 722, 1.26, 0.0002, 0.0031, 0.0053, 6.2, -0.06},
        {"lowor(4)", lowor(4), 0.332, 673, 1.22, 0.0051, 0.0519, 0.103, 31.6, -3},
        {"lowor(5)", lowor(5), 0.305, 629, 1.22, 0.0170, 0.150, 0.285, 46.4, -11},
        {"lowor(6)", lowor(6), 0.270, 580, 1.13, 0.0501, 0.394, 0.684, 59.9, -33},
        {"lowor(6,1)", lowor(6, 1), 0.245, 525, 1.13, 0.131, 0.688, 1.80, 73.0, -86},
        {"lowor(7)", lowor(7), 0.224, 511, 1.05, 0.136, 0.980, 1.48, 71.1, -89},
        {"lowor(8)", lowor(8), 0.175, 447, 0.96, 0.351, 2.35, 2.95, 80.0, -230},
        {"lowor(10,0,6)", lowor(10, 0, 6), 0.087, 263, 0.64, 1.30, 8.69, 9.14, 95.7, -851},
        {"lowor(12,0,8)", lowor(12, 0, 8), 0.035, 129, 0.34, 3.31, 24.61, 19.22, 98.4, -2169},
        {"bamvc(0,6)", bamvc(0, 6), 0.315, 617, 1.26, 0.0368, 0.136, 1.01, 93.8, 16},
        {"bamvc(1,7)", bamvc(1, 7), 0.252, 509, 1.18, 0.118, 0.499, 2.50, 96.7, -32},
        {"bamvc(1,8)", bamvc(1, 8), 0.212, 433, 1.09, 0.162, 0.673, 3.79, 98.0, -0.2},
        {"bamvc(0,9)", bamvc(0, 9), 0.160, 338, 1.01, 0.275, 1.21, 6.20, 98.7, -0.2},
        {"bamvc(0,11)", bamvc(0, 11), 0.070, 168, 0.77, 1.09, 4.79, 17.49, 99.1, -384},
        {"bamvc(0,13)", bamvc(0, 13), 0.019, 58, 0.43, 4.08, 16.60, 41.55, 99.2, -1920},
        {"truncation_or(2,0)", truncation_or(2, 0), 0.319, 631, 1.24, 0.0973, 0.389, 1.34, 49.8, 0},
        {"truncation_or(3,3)", truncation_or(3, 3), 0.191, 392, 1.03, 0.455, 2.32, 7.45, 93.2, 0},
        {"truncation_or(4,3)", truncation_or(4, 3), 0.150, 318, 0.94, 0.783, 3.86, 13.02, 96.2, 0},
        {"truncation(4,0)", truncation(4, 0), 0.131, 319, 0.94, 1.46, 5.84, 13.63, 93.4, -956},
        {"truncation(4,4)", truncation(4, 4), 0.052, 146, 0.60, 2.83, 11.33, 25.41, 98.9, -1856},
        {"kulkarni(2)", kulkarni(2), 0.381, 862, 1.41, 0.0002, 0.0031, 0.0053, 6.2, -0.06},
        {"kulkarni(6)", kulkarni(6), 0.345, 769, 1.31, 0.0109, 0.174, 0.151, 26.2, -7},
        {"kulkarni(14)", kulkarni(14), 0.288, 589, 1.24, 1.38, 22.05, 3.28, 46.7, -903},
        // These figures were measured on arrays; the generators build Dadda trees, up to 8 % cheaper.
        {"array (1,1)", array_without(1, 1, 0), 0.265, 544, 1.24, 0.194, 0.777, 2.65, 74.6, -127},
        {"array (2,2)", array_without(2, 2, 0), 0.172, 384, 1.03, 0.580, 2.32, 7.00, 93.2, -380},
        {"array (0,2)", array_without(0, 2, 0), 0.256, 535, 1.22, 0.292, 1.17, 3.57, 74.7, -191},
        {"array, v = 6", array_without(0, 0, 6), 0.272, 514, 1.46, 0.122, 0.490, 2.64, 93.8, -80},
        {"array, v = 8", array_without(0, 0, 8), 0.156, 326, 1.20, 0.684, 2.74, 9.78, 98.0, -448},
    };
    // Printed figures have three digits; below that the last printed place decides.
    const auto near = [](double value, double place) { return Approx(value).epsilon(0.006).margin(place); };
    for (const measured& design : designs) {
        CAPTURE(design.name);
        const cost price = estimate_cost(design.circuit);
        CHECK(price.power_mw == Approx(design.power).epsilon(0.01).margin(0.0006));
        CHECK(price.area_um2 == Approx(design.area).margin(0.6));
        CHECK(price.delay_ns == Approx(design.delay).epsilon(0.02)); // one half-unit gate of slack
        const error_metrics errors = measure_errors(simulate(design.circuit, design.name));
        CHECK(errors.mae_percent == near(design.mae, 0.00005));
        CHECK(errors.wce_percent == near(design.wce, 0.00005));
        CHECK(errors.mre_percent == near(design.mre, 0.00005));
        CHECK(errors.ep_percent == near(design.ep, 0.06));
        CHECK(errors.bias == near(design.bias, 0.51));
        CHECK(errors.zero_preserving);
    }
}

TEST_CASE("Families with nothing left out are exact") {
    const table products = tabulate(exact{});
    CHECK(simulate(truncation(0, 0), "") == products);
    CHECK(simulate(truncation_or(1, 1), "") == products); // the OR of one bit is that bit
    CHECK(simulate(broken_array(0, 0), "") == products);
    CHECK(simulate(bamvc(0, 0), "") == products);
    CHECK(simulate(lowor(1), "") == products);
    CHECK(simulate(perforation(3, 0), "") == products);
    CHECK(simulate(kulkarni(0), "") == products);
    CHECK(simulate(compressor42(0, compressor_kind::saturating), "") == products);
    CHECK(simulate(compressor42(3, compressor_kind::or_and), "") == products); // no column of four below 3
}

TEST_CASE("Families get cheaper the more they leave out") {
    for (std::size_t v = 2; v < 13; ++v) {
        CAPTURE(v);
        CHECK(estimate_cost(lowor(v + 1)).power_mw < estimate_cost(lowor(v)).power_mw);
        CHECK(estimate_cost(lowor(v + 1)).area_um2 < estimate_cost(lowor(v)).area_um2);
        CHECK(estimate_cost(broken_array(0, v + 1)).power_mw < estimate_cost(broken_array(0, v)).power_mw);
        CHECK(estimate_cost(bamvc(0, v + 1)).power_mw < estimate_cost(bamvc(0, v)).power_mw);
    }
    for (std::size_t a = 0; a < 8; ++a) {
        CAPTURE(a);
        CHECK(estimate_cost(truncation(a + 1, 0)).power_mw < estimate_cost(truncation(a, 0)).power_mw);
        CHECK(estimate_cost(perforation(0, a + 1)).power_mw < estimate_cost(perforation(0, a)).power_mw);
    }
}

TEST_CASE("Approximate compressors err as they say") {
    // Yang's never exceeds the exact product; OR-based ones are wrong more often but by less.
    const error_metrics saturating =
        measure_errors(simulate(compressor42(10, compressor_kind::saturating), ""));
    const error_metrics or_and = measure_errors(simulate(compressor42(10, compressor_kind::or_and), ""));
    CHECK(saturating.bias == -saturating.mae);
    CHECK(saturating.ep_percent < 7);
    CHECK(or_and.ep_percent > 80);
    CHECK(or_and.zero_preserving);
    CHECK(saturating.zero_preserving);
}

TEST_CASE("Families refuse parameters out of range") {
    CHECK_THROWS_AS(truncation(9, 0), value_error);
    CHECK_THROWS_AS(truncation_or(0, 9), value_error);
    CHECK_THROWS_AS(broken_array(0, 16), value_error);
    CHECK_THROWS_AS(bamvc(9, 3), value_error);
    CHECK_THROWS_AS(lowor(4, 0, 5), value_error);
    CHECK_THROWS_AS(perforation(5, 4), value_error);
    CHECK_THROWS_AS(kulkarni(17), value_error);
    CHECK_THROWS_WITH(compressor42(17, compressor_kind::or_and), contains("expected at most 16"));
}
