// SPDX-License-Identifier: MIT
#include <alwann/circuit/compressors.hpp>
#include <alwann/circuit/cost.hpp>
#include <alwann/circuit/families.hpp>
#include <alwann/circuit/leading_one_families.hpp>
#include <alwann/circuit/published.hpp>
#include <alwann/circuit/simulate.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/metrics.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include "catch.hpp"

#include <sstream>
#include <string>

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

// How far a modelled cost may be from the one measured before.
enum class likeness {
    same,       // the same gates
    array,      // measured on arrays; the generators build Dadda trees, up to 8 % cheaper
    exact_part, // the exact columns are built otherwise
    rough       // detectors and shifters of another make, and inverters damped their input's activity there
};

// What an independent implementation in Python measured: mW, um2, ns; MAE%, WCE%, MRE%, EP%, bias as printed;
// whether zeros are kept.
struct measured {
    const char* name;
    netlist circuit;
    double power, area, delay;
    const char* errors;
    likeness like = likeness::same;
    bool keeps_zeros = true;
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
        {"exact_dadda", exact_dadda(), 0.364, 732, 1.28, "0.0000 0.0000 0.0000 0.0 0"},
        {"exact_array", exact_array(), 0.383, 732, 1.46, "0.0000 0.0000 0.0000 0.0 0"},
        {"lowor(2)", lowor(2), 0.360, 722, 1.26, "0.0002 0.0031 0.0053 6.2 -0"},
        {"lowor(3)", lowor(3), 0.349, 703, 1.24, "0.0012 0.0153 0.0295 17.2 -1"},
        {"lowor(4)", lowor(4), 0.332, 673, 1.22, "0.0051 0.0519 0.103 31.6 -3"},
        {"lowor(5)", lowor(5), 0.305, 629, 1.22, "0.0170 0.150 0.285 46.4 -11"},
        {"lowor(6)", lowor(6), 0.270, 580, 1.13, "0.0501 0.394 0.684 59.9 -33"},
        {"lowor(6,1)", lowor(6, 1), 0.245, 525, 1.13, "0.131 0.688 1.80 73.0 -86"},
        {"lowor(7)", lowor(7), 0.224, 511, 1.05, "0.136 0.980 1.48 71.1 -89"},
        {"lowor(8)", lowor(8), 0.175, 447, 0.96, "0.351 2.35 2.95 80.0 -230"},
        {"lowor(10,0,6)", lowor(10, 0, 6), 0.087, 263, 0.64, "1.30 8.69 9.14 95.7 -851"},
        {"lowor(11,0,6)", lowor(11, 0, 6), 0.064, 218, 0.53, "2.06 14.94 11.76 96.0 -1350"},
        {"lowor(12,0,8)", lowor(12, 0, 8), 0.035, 129, 0.34, "3.31 24.61 19.22 98.4 -2169"},
        {"lowor(13,0,11)", lowor(13, 0, 11), 0.010, 39, 0.15, "6.56 39.85 42.31 99.2 -4296"},
        {"bamvc(0,6)", bamvc(0, 6), 0.315, 617, 1.26, "0.0368 0.136 1.01 93.8 16"},
        {"bamvc(1,7)", bamvc(1, 7), 0.252, 509, 1.18, "0.118 0.499 2.50 96.7 -32"},
        {"bamvc(1,8)", bamvc(1, 8), 0.212, 433, 1.09, "0.162 0.673 3.79 98.0 -0"},
        {"bamvc(0,9)", bamvc(0, 9), 0.160, 338, 1.01, "0.275 1.21 6.20 98.7 -0"},
        {"bamvc(0,10)", bamvc(0, 10), 0.111, 249, 0.86, "0.547 2.43 10.65 99.0 -128"},
        {"bamvc(0,11)", bamvc(0, 11), 0.070, 168, 0.77, "1.09 4.79 17.49 99.1 -384"},
        {"bamvc(0,12)", bamvc(0, 12), 0.041, 106, 0.62, "2.13 9.23 27.55 99.2 -896"},
        {"bamvc(0,13)", bamvc(0, 13), 0.019, 58, 0.43, "4.08 16.60 41.55 99.2 -1920"},
        {"truncation_or(2,0)", truncation_or(2, 0), 0.319, 631, 1.24, "0.0973 0.389 1.34 49.8 0"},
        {"truncation_or(2,2)", truncation_or(2, 2), 0.279, 548, 1.16, "0.162 0.777 2.48 74.6 0"},
        {"truncation_or(3,3)", truncation_or(3, 3), 0.191, 392, 1.03, "0.455 2.32 7.45 93.2 0"},
        {"truncation_or(4,3)", truncation_or(4, 3), 0.150, 318, 0.94, "0.783 3.86 13.02 96.2 0"},
        {"truncation_or(4,4)", truncation_or(4, 4), 0.119, 263, 0.86, "1.03 5.37 18.32 97.8 0"},
        {"truncation(1,1)", truncation(1, 1), 0.265, 544, 1.24, "0.194 0.777 2.65 74.6 -127",
         likeness::array},
        {"truncation(2,2)", truncation(2, 2), 0.172, 384, 1.03, "0.580 2.32 7.00 93.2 -380", likeness::array},
        {"truncation(4,0)", truncation(4, 0), 0.131, 319, 0.94, "1.46 5.84 13.63 93.4 -956"},
        {"truncation(3,3)", truncation(3, 3), 0.102, 251, 0.81, "1.34 5.37 14.12 97.8 -880", likeness::array},
        {"truncation(4,4)", truncation(4, 4), 0.052, 146, 0.60, "2.83 11.33 25.41 98.9 -1856"},
        {"truncation(5,5)", truncation(5, 5), 0.021, 68, 0.39, "5.66 22.66 42.21 99.1 -3712",
         likeness::array},
        {"truncation(6,6)", truncation(6, 6), 0.005, 18, 0.15, "10.74 42.97 64.45 99.2 -7040",
         likeness::array},
        {"kulkarni(2)", kulkarni(2), 0.381, 862, 1.41, "0.0002 0.0031 0.0053 6.2 -0"},
        {"kulkarni(6)", kulkarni(6), 0.345, 769, 1.31, "0.0109 0.174 0.151 26.2 -7"},
        {"kulkarni(10)", kulkarni(10), 0.303, 636, 1.31, "0.206 3.30 1.19 42.7 -135"},
        {"kulkarni(14)", kulkarni(14), 0.288, 589, 1.24, "1.38 22.05 3.28 46.7 -903"},
        {"broken_array(0,4)", broken_array(0, 4), 0.344, 642, 1.46, "0.0187 0.0748 0.564 81.2 -12",
         likeness::array},
        {"broken_array(0,6)", broken_array(0, 6), 0.272, 514, 1.46, "0.122 0.490 2.64 93.8 -80",
         likeness::array},
        {"broken_array(0,8)", broken_array(0, 8), 0.156, 326, 1.20, "0.684 2.74 9.78 98.0 -448",
         likeness::array},
        {"broken_array(0,10)", broken_array(0, 10), 0.064, 160, 0.77, "2.54 10.16 25.47 99.0 -1664",
         likeness::array},
        {"bamc(0,6)", bamc(0, 6), 0.265, 512, 1.13, "0.0647 0.392 2.22 100.0 -16", likeness::same, false},
        {"bamc(0,9,true)", bamc(0, 9, true), 0.110, 268, 1.03, "0.630 3.91 44.44 99.2 120", likeness::array},
        {"perforation(0,2)", perforation(0, 2), 0.256, 535, 1.22, "0.292 1.17 3.57 74.7 -191",
         likeness::array},
        {"perforation(2,2)", perforation(2, 2), 0.240, 581, 1.33, "1.17 4.67 10.07 74.7 -765",
         likeness::array},
        {"perforation(0,4)", perforation(0, 4), 0.139, 338, 0.96, "1.46 5.84 13.63 93.4 -956",
         likeness::array},
        {"yang 10", compressor42(10, compressor_kind::saturating), 0.348, 758, 1.31,
         "0.0265 2.58 0.0801 6.2 -17", likeness::exact_part},
        {"yang 16", compressor42(16, compressor_kind::saturating), 0.346, 769, 1.31,
         "0.155 14.88 0.237 7.9 -102", likeness::exact_part},
        {"momeni 8", compressor42(8, compressor_kind::momeni), 0.288, 690, 1.35, "0.394 1.29 21.88 98.9 77",
         likeness::exact_part, false},
        {"momeni 8 zp", zero_kept(compressor42(8, compressor_kind::momeni)), 0.312, 751, 1.39,
         "0.388 1.29 21.88 98.1 73", likeness::exact_part},
        {"momeni 16", compressor42(16, compressor_kind::momeni), 0.207, 596, 1.28, "7.06 29.36 441 99.9 1798",
         likeness::exact_part, false},
        {"vk 8", compressor42(8, compressor_kind::venkatachalam), 0.292, 706, 1.35,
         "0.116 0.818 1.19 59.1 -76", likeness::exact_part},
        {"vk 16", compressor42(16, compressor_kind::venkatachalam), 0.227, 628, 1.28,
         "1.82 15.44 7.70 73.7 -1195", likeness::exact_part},
        {"oa 8", compressor42(8, compressor_kind::or_and), 0.271, 627, 1.35, "0.135 0.818 1.53 72.5 4",
         likeness::exact_part},
        {"oa 16", compressor42(16, compressor_kind::or_and), 0.171, 470, 1.28, "2.19 15.33 10.14 84.8 496"},
        {"oo 8", compressor42(8, compressor_kind::or_xor), 0.290, 635, 1.35, "0.132 1.39 1.18 55.6 -87",
         likeness::exact_part},
        {"drum(3)", drum(3), 0.102, 589, 1.18, "2.82 22.66 12.10 98.8 124", likeness::rough},
        {"drum(4)", drum(4), 0.173, 659, 1.31, "1.41 11.33 5.89 97.7 120", likeness::rough},
        {"drum(6)", drum(6), 0.370, 764, 1.43, "0.355 3.05 1.30 85.4 96", likeness::rough},
        {"static_segment(5)", static_segment(5), 0.181, 444, 1.13, "1.18 5.37 5.55 93.9 -772"},
        {"mitchell(5)", mitchell(5), 0.146, 550, 1.18, "1.26 8.02 4.83 96.2 -828", likeness::rough},
        {"mitchell(7)", mitchell(7), 0.175, 633, 1.22, "0.925 6.25 3.79 93.1 -606", likeness::rough},
        {"mitchell_set_one(3)", mitchell_set_one(3), 0.087, 362, 1.05, "1.64 14.99 6.68 99.2 -556",
         likeness::rough},
        {"mitchell_set_one(5)", mitchell_set_one(5), 0.131, 500, 1.13, "0.877 8.00 3.40 98.9 -489",
         likeness::rough},
        {"mitchell_set_one(6)", mitchell_set_one(6), 0.152, 553, 1.18, "0.811 6.83 3.19 98.7 -491",
         likeness::rough},
        {"roba", roba(), 0.229, 1304, 1.86, "0.694 6.25 2.86 93.1 -0", likeness::rough},
        {"etm", error_tolerant(), 0.072, 277, 0.92, "2.51 10.94 19.79 99.2 -1639", likeness::same, false},
        {"etm zp", zero_kept(error_tolerant()), 0.080, 326, 0.96, "2.51 10.94 19.79 98.5 -1640"},
        {"zero", truncation(8, 8), 0, 0, 0, "24.81 99.22 100 99.2 -16256"},
        {"array (1,1)", array_without(1, 1, 0), 0.265, 544, 1.24, "0.194 0.777 2.65 74.6 -127"},
        {"array (2,2)", array_without(2, 2, 0), 0.172, 384, 1.03, "0.580 2.32 7.00 93.2 -380"},
        {"array (0,2)", array_without(0, 2, 0), 0.256, 535, 1.22, "0.292 1.17 3.57 74.7 -191"},
        {"array, v = 6", array_without(0, 0, 6), 0.272, 514, 1.46, "0.122 0.490 2.64 93.8 -80"},
        {"array, v = 8", array_without(0, 0, 8), 0.156, 326, 1.20, "0.684 2.74 9.78 98.0 -448"},
    };
    for (const measured& design : designs) {
        CAPTURE(design.name);
        const cost price = estimate_cost(design.circuit);
        const bool is_rough = design.like == likeness::rough;
        const double slack = is_rough                              ? 0.3
                             : design.like == likeness::array      ? 0.09
                             : design.like == likeness::exact_part ? 0.06
                                                                   : 0.01;
        if (!is_rough) {
            CHECK(price.power_mw == Approx(design.power).epsilon(slack).margin(0.0006));
        }
        CHECK(price.area_um2 ==
              Approx(design.area).epsilon(design.like == likeness::same ? 0 : 1.6 * slack).margin(0.6));
        if (design.like == likeness::same) {
            CHECK(price.delay_ns == Approx(design.delay).epsilon(0.02)); // one half-unit gate of slack
        }
        const error_metrics errors = measure_errors(simulate(design.circuit, design.name));
        std::istringstream printed(design.errors);
        for (const double value :
             {errors.mae_percent, errors.wce_percent, errors.mre_percent, errors.ep_percent, errors.bias}) {
            std::string text;
            printed >> text;
            CAPTURE(text, value);
            const auto figure = read_figure(text);
            REQUIRE(figure);
            CHECK(figure->agrees_with(value));
        }
        CHECK(errors.zero_preserving == design.keeps_zeros);
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
    CHECK(simulate(bamc(0, 0), "") == products);
    CHECK(simulate(drum(8), "") == products);
    CHECK(simulate(static_segment(8), "") == products);
    CHECK(simulate(zero_kept(exact_array()), "") == products);
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
    CHECK_THROWS_AS(bamc(9, 3), value_error);
    CHECK_THROWS_AS(drum(9), value_error);
    CHECK_THROWS_WITH(drum(1), contains("drum: k is 1, expected at least 2"));
    CHECK_THROWS_AS(static_segment(3), value_error);
    CHECK_THROWS_AS(mitchell(8), value_error);
    CHECK_THROWS_AS(mitchell_set_one(0), value_error);
    CHECK_THROWS_AS(zero_kept(netlist(17, {}, {})), value_error);
    CHECK_THROWS_WITH(compressor42(17, compressor_kind::or_and), contains("expected at most 16"));
}
