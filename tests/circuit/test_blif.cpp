// SPDX-License-Identifier: MIT
#include <alwann/circuit/blif.hpp>

#include "circuit_files.hpp"

using namespace alwann;

namespace {

const auto parse_text = [](const std::string& text, const std::string& file,
                           const circuit_reading& reading = {}) { return parse_blif(text, file, reading); };

// A model with operands a (3 bits) and b (3 bits) and the output y.
multiplier_circuit model_of(const std::string& body) {
    return parse_text(".model m\n.inputs a[0] a[1] a[2] b[0] b[1] b[2]\n.outputs y\n" + body + ".end\n", "f");
}

const char* const every_blif_form = R"(# PDK45_PWR = 0.01 mW
.model mul2u_forms   # a model of ours
.inputs A[1] A[0] \
        B[0] B[1]
.outputs O[0] O[1] O[2] O[3]
.names A[0] B[0] O[0]
11 1
.names A[0] B[1] A[1] B[0] O[1] # two products, XOR
11-0 1
110- 1
0-11 1
-011 1
.gate AND2X1 A=A[1] B=B[1] Y=high
.names high later O[2]
1- 1
-1 1
.names A[0] B[0] later
-- 0
.names O[3]
.end
)";

} // namespace

TEST_CASE("Every form of line has its meaning") {
    const multiplier_circuit circuit = parse_text(every_blif_form, "f");
    CHECK(circuit.name == "mul2u_forms");
    CHECK(circuit.activation_bits == 2);
    CHECK(circuit.weight_bits == 2);
    CHECK(circuit.published.price.power_mw == 0.01);
    for (std::uint8_t a = 0; a < 4; ++a) {
        for (std::uint8_t b = 0; b < 4; ++b) {
            const int middle = ((a & b >> 1) ^ (a >> 1 & b)) & 1;
            CHECK(truth_table(circuit)(a, b) ==
                  static_cast<std::uint32_t>((a & b & 1) | middle << 1 | (a >> 1 & b >> 1) << 2));
        }
    }
}

TEST_CASE("Covers of all functions of three inputs") {
    for (unsigned function = 0; function < 256; ++function) {
        for (const bool by_zeros : {false, true}) {
            std::string cover = ".names a[0] a[1] b[0] y\n";
            for (unsigned pattern = 0; pattern < 8; ++pattern) {
                if ((((function >> pattern) & 1u) != 0) != by_zeros) {
                    for (unsigned i = 0; i < 3; ++i) {
                        cover += ((pattern >> i) & 1u) != 0 ? '1' : '0';
                    }
                    cover += by_zeros ? " 0\n" : " 1\n";
                }
            }
            if (by_zeros && function == 255) { // no line at all is the constant 0
                continue;
            }
            const multiplier_circuit circuit = model_of(cover);
            const std::vector<std::uint64_t> outputs = exhaustive_outputs(circuit.circuit);
            bool same = true;
            for (std::size_t pattern = 0; pattern < outputs.size(); ++pattern) {
                const std::size_t inputs = (pattern & 3) | ((pattern >> 3) & 1) << 2;
                same = same && outputs[pattern] == ((function >> inputs) & 1u);
            }
            CAPTURE(function, by_zeros);
            CHECK(same);
            CHECK(circuit.circuit.gates().size() <= 9);
        }
    }
}

TEST_CASE("Covers keep XORs and build few gates") {
    const auto gates = [](const std::string& cover) { return model_of(cover).circuit.gates(); };
    CHECK(gates(".names a[0] b[0] y\n10 1\n01 1\n").size() == 1);
    CHECK(gates(".names a[0] b[0] y\n10 1\n01 1\n")[0].kind == gate_kind::xor_gate);
    CHECK(gates(".names a[0] b[0] y\n00 1\n11 1\n").size() == 2);                      // XNOR
    CHECK(gates(".names a[0] a[1] a[2] y\n100 1\n010 1\n001 1\n111 1\n").size() == 2); // parity
    CHECK(gates(".names a[0] b[0] y\n0- 1\n-0 1\n").size() <= 3);                      // NAND
    CHECK(gates(".names a[0] b[0] b[1] y\n11- 1\n11- 1\n").size() == 1);               // b[1] is unused
    CHECK(gates(".names a[0] a[1] a[2] b[0] b[1] b[2] y\n111111 1\n").size() == 5);    // AND of six
    // More inputs than a table is made for.
    CHECK(gates(".names a[0] a[1] a[2] b[0] b[1] b[2] a[0] y\n1-----1 1\n-1----- 1\n").size() == 1);
    CHECK(gates(".names a[0] a[1] a[2] b[0] b[1] b[2] a[0] y\n1-----1 0\n-1----- 0\n").size() == 2);
}

TEST_CASE("Random covers of five and six inputs") {
    random_generator random(3);
    for (int round = 0; round < 50; ++round) {
        std::string cover =
            ".names a[0] a[1] a[2] b[0] b[1]" + std::string(round % 2 == 0 ? " b[2]" : "") + " y\n";
        std::vector<std::string> cubes;
        for (std::uint64_t cubes_left = 1 + uniform_below(random, 6); cubes_left > 0; --cubes_left) {
            std::string cube;
            for (int i = 0; i < (round % 2 == 0 ? 6 : 5); ++i) {
                cube += "01-"[uniform_below(random, 3)];
            }
            cubes.push_back(cube);
            cover += cube + " 1\n";
        }
        const std::vector<std::uint64_t> outputs = exhaustive_outputs(model_of(cover).circuit);
        bool same = true;
        for (std::size_t pattern = 0; pattern < 64; ++pattern) {
            bool on = false;
            for (const std::string& cube : cubes) {
                bool inside = true;
                for (std::size_t i = 0; i < cube.size(); ++i) {
                    inside = inside && (cube[i] == '-' || (cube[i] == '1') == (((pattern >> i) & 1u) != 0));
                }
                on = on || inside;
            }
            same = same && outputs[pattern] == (on ? 1u : 0u);
        }
        CAPTURE(cover);
        CHECK(same);
    }
}

TEST_CASE("Operands by names or by position") {
    const auto bits = [](const std::string& inputs, const circuit_reading& reading = {}) {
        return parse_text(".model m\n.inputs " + inputs + "\n.outputs y\n.names y\n1\n.end", "f", reading);
    };
    CHECK(bits("x0 x1 x2 w0 w1").activation_bits == 3);
    CHECK(bits("w_1_ w_0_ x_0_ x_1_ x_2_").activation_bits == 2);
    CHECK(bits("w_1_ w_0_ x_0_ x_1_ x_2_", {.activation = "x"}).activation_bits == 3);
    CHECK(bits("a b").activation_bits == 1);
    std::string sixteen;
    for (int i = 0; i < 16; ++i) {
        sixteen += " pi" + std::to_string(i);
    }
    CHECK(bits(sixteen).weight_bits == 8);
    CHECK_THROWS_WITH(bits("a[0] a[2] b[0]"), contains("1:8: ports of 'm': expected 2 operands"));
    CHECK_THROWS_WITH(bits("a[0] a[0] b[0]"), contains("ports of 'm': expected 2 operands"));
    CHECK_THROWS_WITH(bits("a b", {.weight_bits = 8}), contains("expected an operand of 8 bits, found 1"));
}

TEST_CASE("Malformed BLIF: what, and exactly where") {
    const std::string head = ".model m\n.inputs a b\n.outputs y\n";
    const struct {
        std::string text, expected;
    } cases[] = {
        {"", "1:1: file: expected '.model', found the end of the text"},
        {"# only a comment\n", "2:1: file: expected '.model'"},
        {".inputs a", "1:1: file: expected '.model', found '.inputs'"},
        {".model", "1:1: .model: expected 1 names, found 0"},
        {".model m\n.model n", "2:1: file: expected one model, found '.model'"},
        {".model m\n.latch a b",
         "2:1: line: expected .inputs, .outputs, .names, .gate or .end, found '.latch'"},
        {".model m\n.inputs a b\n.outputs c\n.end", "3:10: net 'c': expected a driver, found none"},
        {head + ".names a c y\n11 1\n.end", "4:10: net 'c': expected a driver"},
        {head + ".names a y\n1 1\n.names b y\n1 1\n.end",
         "6:10: net 'y': expected one driver, found one more than in 4:10"},
        {head + ".names y z\n1 1\n.names z y\n1 1\n.end",
         "expected no combinational loop, found one through 'z', 'y'"},
        {head + ".names a\n11 1\n", "5:1: cover: expected one value, found '11'"},
        {head + ".names\n", "4:1: .names: expected 1 or more names, found 0"},
        {head + ".names a b y\n1 1\n", "5:1: cover: expected a cube of 2 characters 0, 1 or -, found '1'"},
        {head + ".names a b y\n1x 1\n", "5:1: cover: expected a cube"},
        {head + ".names a b y\n11 2\n", "5:4: cover: expected '0' or '1', found '2'"},
        {head + ".names a b y\n11 1\n00 0\n", "6:4: cover: expected the same value in every line"},
        {head + ".names a b y\n11\n", "5:1: cover: expected a cube and a value"},
        {head + ".gate FOO A=a Y=y\n", "4:7: cell: expected a known cell, found 'FOO'"},
        {head + ".gate AND2X1 A=a Q=b Y=y\n",
         "4:18: pin: expected PIN=net, each pin of the cell once, found 'Q=b'"},
        {head + ".gate AND2X1 A=a A=b Y=y\n", "4:18: pin: expected PIN=net"},
        {head + ".gate AND2X1 A= B=b Y=y\n", "4:14: pin: expected PIN=net"},
        {head + ".gate AND2X1 A=a =b Y=y\n", "4:18: pin: expected PIN=net"},
        {head + ".gate AND2X1 A=a Y=y\n", "4:7: pin B: expected a connection, found none"},
        {head + ".gate AND2X1 A=a B=c Y=y\n", "4:20: net 'c': expected a driver"},
        {head + ".names a y \\ b\n", "4:12: line: expected '\\' at the end of a line only"},
        {head + ".names a y\n1 1\n.end\n.names", "7:1: file: expected nothing after .end"},
        {".model m\n.inputs a b c\n.outputs y\n.end",
         "1:8: ports of 'm': expected 2 operands and 1 product, found 3"},
        {std::string(".model m\n\0", 10), "2:1: text: expected text without NUL bytes"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(complaint(parse_text, text), contains(expected));
    }
}

TEST_CASE("BLIF that asks for too much is refused") {
    std::string wide = ".model m\n.inputs a b\n.outputs y\n.names";
    for (int i = 0; i < 100'000; ++i) {
        wide += " a";
    }
    wide += " y\n";
    for (int i = 0; i < 100; ++i) {
        wide += std::string(100'000, i % 2 == 0 ? '1' : '0') + " 1\n";
    }
    CHECK_THAT(complaint(parse_text, wide), contains("circuit: expected at most 1000000"));
    std::string ports = ".model m\n.inputs";
    for (int i = 0; i < 5000; ++i) {
        ports += " a" + std::to_string(i);
    }
    CHECK_THAT(complaint(parse_text, ports), contains("ports: expected at most 4096"));
    CHECK_THAT(complaint(parse_text, std::string(circuit_max_bytes + 1, ' ')),
               contains("size: expected at most 16777216"));
}

TEST_CASE("Damaged BLIF is read or refused") {
    check_damaged_texts(parse_text, every_blif_form, 1, 3000);
    const multiplier_circuit lowor{.name = "lowor_12", .circuit = circuits::lowor(12, 2, 8), .published = {}};
    check_damaged_texts(parse_text, to_blif(lowor), 2, 500);
}
