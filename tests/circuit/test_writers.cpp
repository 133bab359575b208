// SPDX-License-Identifier: MIT
#include <alwann/circuit/blif.hpp>
#include <alwann/circuit/circuit_text.hpp>
#include <alwann/circuit/evoapprox_c.hpp>
#include <alwann/circuit/verilog.hpp>
#include <alwann/core/output_file.hpp>
#include <alwann/multiplier/metrics.hpp>

#include "circuit_files.hpp"

#include <filesystem>

using namespace alwann;

namespace {

// The same circuit, by another way.
void check_same(const multiplier_circuit& written, const multiplier_circuit& read) {
    CAPTURE(written.name, read.name);
    CHECK(read.activation_bits == written.activation_bits);
    CHECK(read.weight_bits == written.weight_bits);
    CHECK(read.is_signed == written.is_signed);
    CHECK(truth_table(read).hash() == truth_table(written).hash());
    CHECK(read.published.metrics.size() == metric_names.size());
    CHECK(check_published(read).empty());
    // Readers rebuild gates one by one and change nothing but what cleaned() changes.
    CHECK(read.circuit.gates().size() == written.circuit.cleaned().gates().size());
    CHECK(estimate_cost(read.circuit).power_mw == Approx(estimate_cost(written.circuit).power_mw));
}

} // namespace

TEST_CASE("What is written reads back as the same function at the same price") {
    for (const multiplier_circuit& written : sample_circuits()) {
        check_same(written, parse_evoapprox_c(to_evoapprox_c(written), "c"));
        check_same(written, parse_verilog(to_verilog(written), "v"));
        check_same(written, parse_verilog(to_verilog(written, verilog_style::cells), "v"));
        check_same(written, parse_blif(to_blif(written), "blif"));
    }
}

TEST_CASE("Random netlists survive every form") {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const std::size_t x = 1 + seed % 8, w = 1 + seed / 5;
        const multiplier_circuit written{.name = "random",
                                         .circuit = random_netlist(seed, x + w, 10 * seed, 1 + seed % 16),
                                         .activation_bits = x,
                                         .weight_bits = w,
                                         .is_signed = seed % 3 == 0,
                                         .published = {}};
        const std::uint64_t hash = truth_table(written).hash();
        CAPTURE(seed);
        CHECK(truth_table(parse_evoapprox_c(to_evoapprox_c(written), "c")).hash() == hash);
        CHECK(truth_table(parse_verilog(to_verilog(written), "v")).hash() == hash);
        CHECK(truth_table(parse_verilog(to_verilog(written, verilog_style::cells), "v")).hash() == hash);
        CHECK(truth_table(parse_blif(to_blif(written), "blif")).hash() == hash);
    }
}

TEST_CASE("Names become words of the languages that say widths and signedness") {
    const auto name = [](std::string name, std::size_t x = 8, std::size_t w = 8, bool is_signed = false) {
        return alwann::detail::circuit_name({.name = std::move(name),
                                             .circuit = {},
                                             .activation_bits = x,
                                             .weight_bits = w,
                                             .is_signed = is_signed,
                                             .published = {}});
    };
    CHECK(name("mul8u_2AC") == "mul8u_2AC");
    CHECK(name("lowor(7)") == "lowor_7_");
    CHECK(name("lowor_7", 8, 8, true) == "mul8s_lowor_7");
    CHECK(name("mul8x3u_01", 8, 3) == "mul8x3u_01");
    CHECK(name("mul8x3u_01") == "mul8u_mul8x3u_01");
    CHECK(name("x", 4, 3) == "mul4x3u_x");
    CHECK(name("module") == "mul8u_module");
    CHECK(name("") == "mul8u_");
    CHECK(name("3rd") == "mul8u_3rd");
    CHECK(name("A") == "mul8u_A");
}

TEST_CASE("Published costs are written, modelled ones are not") {
    multiplier_circuit circuit{.name = "lowor_7", .circuit = circuits::lowor(7), .published = {}};
    CHECK(parse_evoapprox_c(to_evoapprox_c(circuit), "c").published.price.source == provenance::unknown);
    circuit.published.price = estimate_cost(circuit.circuit);
    CHECK(parse_verilog(to_verilog(circuit), "v").published.price.source == provenance::unknown);
    circuit.published.price = {.power_mw = 0.25, .delay_ns = 1.5, .source = provenance::published};
    for (const multiplier_circuit& read :
         {parse_evoapprox_c(to_evoapprox_c(circuit), "c"), parse_verilog(to_verilog(circuit), "v"),
          parse_blif(to_blif(circuit), "blif")}) {
        CHECK(read.published.price.source == provenance::published);
        CHECK(read.published.price.power_mw == 0.25);
        CHECK(read.published.price.delay_ns == 1.5);
        CHECK_FALSE(read.published.price.area_um2 == read.published.price.area_um2);
    }
}

TEST_CASE("Files are written and read") {
    namespace fs = std::filesystem;
    const fs::path folder = fs::temp_directory_path() / "alwann_test_writers";
    fs::create_directories(folder);
    const multiplier_circuit circuit{.name = "lowor_7", .circuit = circuits::lowor(7), .published = {}};
    write_file(folder / "a.c", to_evoapprox_c(circuit));
    write_file(folder / "a.v", to_verilog(circuit));
    write_file(folder / "a.blif", to_blif(circuit));
    check_same(circuit, read_evoapprox_c(folder / "a.c"));
    check_same(circuit, read_verilog(folder / "a.v"));
    check_same(circuit, read_blif(folder / "a.blif"));
    CHECK_THROWS_AS(write_file(folder / "missing" / "a.c", ""), io_error);
    CHECK_THROWS_AS(read_evoapprox_c(folder / "missing.c"), io_error);
    CHECK_THROWS_WITH(read_verilog(folder), contains("is a directory"));
    fs::resize_file(folder / "a.c", circuit_max_bytes + 1); // sparse
    CHECK_THROWS_WITH(read_evoapprox_c(folder / "a.c"), contains("a.c: size: expected at most 16777216"));
    fs::remove_all(folder);
}

TEST_CASE("Truth tables of narrow and signed circuits") {
    // x AND w of one bit each, product in two bits.
    netlist_builder builder(2);
    multiplier_circuit tiny{.name = "tiny",
                            .circuit = builder.finish({builder.gate_and(2, 3), netlist::zero}),
                            .activation_bits = 1,
                            .weight_bits = 1,
                            .published = {}};
    const table products = truth_table(tiny);
    CHECK(products(1, 1) == 1);
    CHECK(products(3, 255) == 1); // only the low bits count
    CHECK(products(2, 1) == 0);
    CHECK(measure_errors(tiny).wce == 0);
    CHECK(measure_errors(tiny).ep_percent == 0);
    // Signed: codes 1 are -1, and (-1) * (-1) = 1.
    tiny.is_signed = true;
    CHECK(truth_table(tiny)(1, 1) == 1);
    CHECK(measure_errors(tiny).wce == 0);
    tiny.circuit = netlist(2, {{gate_kind::and_gate, 2, 3}}, {4}); // one bit: 1 is -1
    CHECK(truth_table(tiny)(1, 1) == 0xFFFF);
    CHECK(measure_errors(tiny).wce == 2);
    CHECK(measure_errors(tiny).bias == -0.5);
    CHECK(measure_errors(tiny).wcre_percent == 200);
    CHECK(measure_errors(tiny).wce_percent == 50);

    tiny.weight_bits = 2;
    CHECK_THROWS_AS(truth_table(tiny), value_error);
    CHECK_THROWS_AS(truth_table({.name = "wide",
                                 .circuit = netlist(17, {}, {2}),
                                 .activation_bits = 9,
                                 .weight_bits = 8,
                                 .published = {}}),
                    value_error);
}
