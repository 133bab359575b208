// SPDX-License-Identifier: MIT
#include <alwann/circuit/verilog.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include "circuit_files.hpp"

using namespace alwann;

namespace {

const auto parse_module = [](const std::string& text, const std::string& file,
                             const circuit_reading& reading = {}) {
    return parse_verilog(text, file, reading);
};

// The products of a module body with inputs A and B and the output O of 16 bits.
table module_products(const std::string& body) {
    return truth_table(
        parse_module("module m(input [7:0] A, B, output [15:0] O);" + body + "endmodule", "f"));
}
template <class Model>
table bit_products(Model&& model, const multiplier_form& form = {}) {
    std::vector<std::uint16_t> products;
    for (unsigned a = 0; a < 256; ++a) {
        for (unsigned b = 0; b < 256; ++b) {
            products.push_back(static_cast<std::uint16_t>(model(a, b)));
        }
    }
    return table("model", products, form);
}
unsigned bit(unsigned word, unsigned place) {
    return (word >> place) & 1u;
}

const char* const every_verilog_form = R"(/* a multiplier
 * PDK45_PWR = 0.031 mW
 */
// PDK45_AREA = 44.0 um2
`timescale 1ns/1ps
(* keep *) module mul8u_forms ( A, B, O );
  input [7:0] A, B;
  output [15:0] O; wire [15:0] O;
  wire n1, n2, n3 = A[0] ^~ B[0];
  wire [3:0] v;
  wire \odd.name[3] ;
  assign v = {A[7], B[7:6], 1'b1}, \odd.name[3] = !(v[3] & n1);
  nand g1 (n1, A[1], B[1], A[2]);
  not (n2, later), (O[1], n1);
  AND2X1 U7 ( .A(A[6] & B[6]), .B(~n3), .Y(O[2]) );
  HAX1 U8 (.A(v[0]), .YS(O[3]), .YC(O[4]), .B(n2));
  FAX1 U9 (A[3], B[3], n3, O[5], O[6]);
  AOI21X1 U10 ( .A(A[4]), .B(B[4]), .C(\odd.name[3] ), .Y(later) );
  sub s (.in({A[5], B[5]}), .out(O[8:7]));
  assign O[15:9] = {7{later}}, O[0] = n2 ? A[0] : B[0];
endmodule
module sub(in, out);
  input [1:0] in;
  output [1:0] out;
  XOR2X1 U1 ( in[0], in[1], out[0] );
  assign out[1] = ^in & |in | &in;
endmodule
)";

// The exact signed multiplier as an array in the style of EvoApproxLib: nets S_row_column and C_row_column,
// adder cells whose pins are expressions, and one word + word at the end.
std::string signed_array(const std::string& half_adder, const std::string& full_adder) {
    const auto net = [](char kind, int row, int column) {
        return std::string(1, kind) + "_" + std::to_string(row) + "_" + std::to_string(column);
    };
    const auto product = [](int row, int column) { // those with one sign bit are inverted
        const std::string both = "(A[" + std::to_string(row) + "] & B[" + std::to_string(column) + "])";
        return (row == 7) != (column == 7) ? "~" + both : both;
    };
    std::string wires = "  wire S_8_8", body;
    for (int row = 0; row < 8; ++row) {
        for (int column = 0; column < 8; ++column) {
            const std::string s = net('S', row, column), c = net('C', row, column);
            wires += "," + s + (row == 0 ? "" : "," + c);
            if (row == 0) {
                body += "  assign " + s + " = " + product(0, column) + ";\n";
                continue;
            }
            const bool last = column == 7;
            const std::string above = !last ? net('S', row - 1, column + 1) : "1'b1"; // the correction 2^8
            const std::string carry = net('C', row - 1, column);
            const bool is_half = row == 1 || last;
            const std::string first = row > 1 && last ? carry : above;
            body += "  " + (is_half ? half_adder : full_adder) + " U" + std::to_string(100 * row + column) +
                    " (.A(" + first + "), .B(" + (is_half ? "" : carry + "), .C(") + "(" +
                    product(row, column) + ")), .YS(" + s + "), .YC(" + c + "));\n";
        }
    }
    std::string sums = "S_8_8", carries, rest;
    for (int column = 7; column >= 0; --column) {
        wires += "," + net('S', 8, column);
        sums += ", " + net('S', 8, column);
        carries += (column == 7 ? "" : ", ") + net('C', 7, column);
        rest += column == 0 ? "" : ", " + net('S', 7, column);
    }
    std::string outputs;
    for (int column = 7; column >= 0; --column) {
        outputs += net('S', 8, column) + ",";
    }
    for (int row = 7; row >= 0; --row) {
        outputs += net('S', row, 0) + (row == 0 ? "" : ",");
    }
    return "module mul8s_array ( A, B, O );\n  input [7:0] A;\n  input [7:0] B;\n  output [15:0] O;\n\n" +
           wires + ";\n\n" + body + "  assign {" + sums + "} = {" + carries + "} + {1'b1" + rest +
           "};\n  assign O = {" + outputs + "};\n\nendmodule\n";
}

// A circuit as the older files have it: one vector of nets, each signal in it twice, and cells of the file's
// own.
std::string vector_of_nets(const netlist& circuit, bool outputs_at_once) {
    const auto net = [&](signal s) {
        return s <= netlist::one ? "1'b" + std::to_string(s) : "N[" + std::to_string(2 * s) + "]";
    };
    std::string text = "module mul8u_nets(A, B, O);\n  input [7:0] A;\n  input [7:0] B;\n  output [15:0] O;\n"
                       "  wire [2031:0] N;\n\n";
    const auto twice = [](signal s, const std::string& value) {
        return "  assign N[" + std::to_string(2 * s) + "] = " + value + ";\n  assign N[" +
               std::to_string(2 * s + 1) + "] = " + value + ";\n";
    };
    for (std::size_t i = 0; i < 16; ++i) {
        text += twice(netlist::input(i), (i < 8 ? "A[" : "B[") + std::to_string(i % 8) + "]");
    }
    signal out = circuit.gate_output(0);
    for (const gate& g : circuit.gates()) {
        const bool is_not = g.kind == gate_kind::not_gate;
        const std::string cell = is_not                          ? "INVX1"
                                 : g.kind == gate_kind::and_gate ? "AND2X1"
                                 : g.kind == gate_kind::or_gate  ? "OR2X1"
                                                                 : "XOR2X1";
        text += "  PDKGEN" + cell + " n" + std::to_string(2 * out) + "(.A(" + net(g.a) + "), " +
                (is_not ? "" : ".B(" + net(g.b) + "), ") + ".Y(" + net(out) + "));\n";
        text += "  assign N[" + std::to_string(2 * out + 1) + "] = " + net(out) + ";\n";
        ++out;
    }
    std::string all;
    for (std::size_t i = 16; i-- > 0;) {
        all += net(circuit.outputs()[i]) + (i == 0 ? "" : ", ");
        text += outputs_at_once
                    ? ""
                    : "  assign O[" + std::to_string(i) + "] = " + net(circuit.outputs()[i]) + ";\n";
    }
    text += outputs_at_once ? "  assign O = {" + all + "};\n" : "";
    return text +
           "endmodule\n\n\n/* mod */\nmodule PDKGENAND2X1(input A, input B, output Y );\n     assign Y = A & "
           "B;\nendmodule\n/* mod */\nmodule PDKGENOR2X1(input A, input B, output Y );\n     assign Y = A | "
           "B;\nendmodule\n/* mod */\nmodule PDKGENXOR2X1(input A, input B, output Y );\n     assign Y = A ^ "
           "B;\nendmodule\n/* mod */\nmodule PDKGENINVX1(input A, output Y );\n     assign Y = "
           "~A;\nendmodule\n";
}

} // namespace

TEST_CASE("Every form of statement has the meaning it has in Verilog") {
    const multiplier_circuit circuit = parse_module(every_verilog_form, "f.v");
    CHECK(circuit.name == "mul8u_forms");
    CHECK(circuit.published.price.power_mw == 0.031);
    CHECK(circuit.published.price.area_um2 == 44);
    CHECK(truth_table(circuit) == bit_products([](unsigned a, unsigned b) {
              const unsigned n3 = 1 ^ bit(a, 0) ^ bit(b, 0);
              const unsigned n1 = 1 ^ (bit(a, 1) & bit(b, 1) & bit(a, 2));
              const unsigned odd = 1 ^ (bit(a, 7) & n1);
              const unsigned later = 1 ^ ((bit(a, 4) & bit(b, 4)) | odd);
              const unsigned n2 = 1 ^ later;
              const unsigned sum = bit(a, 3) + bit(b, 3) + n3;
              const unsigned parity = bit(a, 5) ^ bit(b, 5);
              const unsigned out = parity | ((parity & (bit(a, 5) | bit(b, 5))) | (bit(a, 5) & bit(b, 5)))
                                                << 1;
              return (n2 != 0 ? bit(a, 0) : bit(b, 0)) | (1 ^ n1) << 1 |
                     (bit(a, 6) & bit(b, 6) & (1 ^ n3)) << 2 | (1 ^ n2) << 3 | n2 << 4 | bit(sum, 1) << 5 |
                     bit(sum, 0) << 6 | out << 7 | (later != 0 ? 0x7Fu : 0) << 9;
          }));
}

TEST_CASE("Cells compute what they are named after") {
    const auto cell = [](const std::string& name, const std::string& pins) {
        return module_products("wire [3:0] i = {B[1:0], A[1:0]}; assign O[15:1] = 0; " + name + " u (" +
                               pins + ");");
    };
    const auto of_bits = [](auto&& model) {
        return bit_products([&](unsigned a, unsigned b) {
            return model(bit(a, 0) != 0, bit(a, 1) != 0, bit(b, 0) != 0, bit(b, 1) != 0) ? 1 : 0;
        });
    };
    CHECK(cell("AND2X2", "i[0], i[1], O[0]") == of_bits([](bool a, bool b, bool, bool) { return a && b; }));
    CHECK(cell("NAND2X1", "i[0], i[1], O[0]") ==
          of_bits([](bool a, bool b, bool, bool) { return !(a && b); }));
    CHECK(cell("NAND3X1", ".A(i[0]),.B(i[1]),.C(i[2]),.Y(O[0])") ==
          of_bits([](bool a, bool b, bool c, bool) { return !(a && b && c); }));
    CHECK(cell("OR2X1", "i[0], i[1], O[0]") == of_bits([](bool a, bool b, bool, bool) { return a || b; }));
    CHECK(cell("NOR2X1", "i[0], i[1], O[0]") ==
          of_bits([](bool a, bool b, bool, bool) { return !(a || b); }));
    CHECK(cell("NOR3X1", "i[0], i[1], i[2], O[0]") ==
          of_bits([](bool a, bool b, bool c, bool) { return !(a || b || c); }));
    CHECK(cell("XOR2X1", "i[0], i[1], O[0]") == of_bits([](bool a, bool b, bool, bool) { return a != b; }));
    CHECK(cell("XNOR2X1", "i[0], i[1], O[0]") == of_bits([](bool a, bool b, bool, bool) { return a == b; }));
    CHECK(cell("INVX8", "i[0], O[0]") == of_bits([](bool a, bool, bool, bool) { return !a; }));
    CHECK(cell("BUFX2", ".Y(O[0]), .A(i[0])") == of_bits([](bool a, bool, bool, bool) { return a; }));
    CHECK(cell("MUX2X1", ".A(i[0]), .B(i[1]), .S(i[2]), .Y(O[0])") ==
          of_bits([](bool a, bool b, bool s, bool) { return !(s ? a : b); }));
    CHECK(cell("AOI21X1", "i[0], i[1], i[2], O[0]") ==
          of_bits([](bool a, bool b, bool c, bool) { return !((a && b) || c); }));
    CHECK(cell("AOI22X1", "i[0], i[1], i[2], i[3], O[0]") ==
          of_bits([](bool a, bool b, bool c, bool d) { return !((a && b) || (c && d)); }));
    CHECK(cell("OAI21X1", "i[0], i[1], i[2], O[0]") ==
          of_bits([](bool a, bool b, bool c, bool) { return !((a || b) && c); }));
    CHECK(cell("OAI22X1", "i[0], i[1], i[2], i[3], O[0]") ==
          of_bits([](bool a, bool b, bool c, bool d) { return !((a || b) && (c || d)); }));
    CHECK(cell("and", "O[0], i[0], i[1], i[2], i[3]") ==
          of_bits([](bool a, bool b, bool c, bool d) { return a && b && c && d; }));
    CHECK(cell("xnor", "O[0], i[0], i[1], i[2]") ==
          of_bits([](bool a, bool b, bool c, bool) { return a == (b != c); }));
    CHECK(cell("nor", "O[0], i[0]") == of_bits([](bool a, bool, bool, bool) { return !a; }));
    CHECK(cell("HAX1", ".A(i[0]), .B(i[1]), .YS(O[0])") == // an output may stay open
          of_bits([](bool a, bool b, bool, bool) { return a != b; }));
    for (const char* unknown : {"MUX2", "AND5X1", "AND2X", "DFFPOSX1", "X1", "AOI23X1", "ANDX1"}) {
        CHECK_THROWS_WITH(cell(unknown, "i[0], i[1], O[0]"), contains("cell: expected a gate, a known cell"));
    }
}

TEST_CASE("Expressions compute what Verilog computes") {
    const auto value = [](const std::string& expression) {
        return module_products("assign O = " + expression + ";");
    };
    CHECK(value("A * B") == tabulate(exact{}));
    CHECK(value("A + B") == bit_products([](unsigned a, unsigned b) { return a + b; })); // in 16 bits
    CHECK(value("{A + B}") == bit_products([](unsigned a, unsigned b) { return (a + b) & 0xFF; }));
    CHECK(value("A - B") == bit_products([](unsigned a, unsigned b) { return a - b; }));
    CHECK(value("~A") == bit_products([](unsigned a, unsigned) { return ~a; }));
    CHECK(value("{~A}") == bit_products([](unsigned a, unsigned) { return ~a & 0xFF; }));
    CHECK(value("!A + -B") == bit_products([](unsigned a, unsigned b) { return (a == 0 ? 1u : 0u) - b; }));
    CHECK(value("A & B | A ^ 8'h0F") ==
          bit_products([](unsigned a, unsigned b) { return (a & b) | (a ^ 0x0F); }));
    CHECK(value("A ~^ B") == bit_products([](unsigned a, unsigned b) { return ~(a ^ b); }));
    CHECK(value("A << 3 | B >> 2 << 1") ==
          bit_products([](unsigned a, unsigned b) { return (a << 3) | ((b >> 2) << 1); }));
    CHECK(value("A == B ? 16'hBEEF : 4'b1_01_0") ==
          bit_products([](unsigned a, unsigned b) { return a == b ? 0xBEEFu : 10u; }));
    CHECK(value("(A != 3 && B) || 1'b0") ==
          bit_products([](unsigned a, unsigned b) { return a != 3 && b != 0; }));
    CHECK(value("{&A, |A, ^A, ~&B, ~|B, ~^B}") == bit_products([](unsigned a, unsigned b) {
              const auto parity = [](unsigned v) { return static_cast<unsigned>(__builtin_parity(v)); };
              return (a == 255 ? 32u : 0u) | (a != 0 ? 16u : 0u) | parity(a) << 3 | (b != 255 ? 4u : 0u) |
                     (b == 0 ? 2u : 0u) | (1 ^ parity(b));
          }));
    CHECK(value("{1{A}}") == bit_products([](unsigned a, unsigned) { return a; }));
    CHECK(value("{2{A[3:0], B[7:4]}}") ==
          bit_products([](unsigned a, unsigned b) { return ((a & 15) << 4 | b >> 4) * 0x101; }));
    CHECK(module_products("wire [0:7] r = A; assign O = {B, r[0], r[7:7], r[1:6]};") ==
          bit_products([](unsigned a, unsigned b) {
              return b << 8 | bit(a, 7) << 7 | bit(a, 0) << 6 | ((a >> 1) & 0x3F);
          }));
    CHECK(module_products("wire [8-1+2:2] r = A; assign {O[7:0], O[15:8]} = {r[9], r[8:2]} + 16'd256;") ==
          bit_products([](unsigned a, unsigned) { return a << 8 | 1; }));
    CHECK(module_products("wire c, s; assign {c, s} = A[0] + B[0]; assign O = {c, s};") ==
          bit_products([](unsigned a, unsigned b) { return bit(a, 0) + bit(b, 0); }));
}

TEST_CASE("Signed modules") {
    constexpr multiplier_form form = {{8, operand_coding::twos_complement},
                                      {8, operand_coding::twos_complement}};
    const table products = bit_products(
        [](unsigned a, unsigned b) {
            return static_cast<unsigned>(static_cast<std::int8_t>(a) * static_cast<std::int8_t>(b));
        },
        form);
    const multiplier_circuit declared = parse_module(
        "module m(input signed [7:0] A, input signed [7:0] B, output [15:0] O); assign O = A * B; endmodule",
        "f");
    CHECK(declared.is_signed);
    CHECK(truth_table(declared) == products);
    CHECK(measure_errors(declared).wce == 0);
    // A declaration of the net may say it, too.
    const multiplier_circuit again = parse_module(
        "module m(A, B, O); input [7:0] A; wire signed [7:0] A; input signed [7:0] B; wire [7:0] B;"
        "output [15:0] O; assign O = A * B; endmodule",
        "f");
    CHECK(again.is_signed);
    CHECK(truth_table(again) == products);
    const multiplier_circuit named =
        parse_module("module mul8s_1(A, B, O); input [7:0] A; input [7:0] B; output [15:0] O;"
                     "assign O = {{8{A[7]}}, A} * {{8{B[7]}}, B}; endmodule",
                     "f");
    CHECK(named.is_signed);
    CHECK(truth_table(named) == products);
    const multiplier_circuit narrow =
        parse_module("module m(input signed [3:0] A, input signed [2:0] B, output "
                     "signed [6:0] O); assign O = A * B; endmodule",
                     "f");
    CHECK(narrow.activation_bits == 4);
    CHECK(narrow.weight_bits == 3);
    CHECK(measure_errors(narrow).wce == 0);
    CHECK(truth_table(narrow)(15, 7) == 1);
}

TEST_CASE("Ports: order, names, single bits") {
    const char* const text =
        "module m(output [15:0] O, input [7:0] B, A); assign O = B * (A & 8'hF0); endmodule";
    CHECK(truth_table(parse_module(text, "f")) ==
          bit_products([](unsigned x, unsigned w) { return x * (w & 0xF0); }));
    CHECK(truth_table(parse_module(text, "f", {.activation = "A"})) ==
          bit_products([](unsigned x, unsigned w) { return (x & 0xF0) * w; }));
    CHECK_THROWS_WITH(parse_module(text, "f", {.activation = "X"}),
                      contains("expected an input 'X', found 'B' and 'A'"));
    const multiplier_circuit bits =
        parse_module("module m(input b1, b0, a0, a1, output y0, y1); and (y0, a0, b0);"
                     "and (y1, a1, b1); endmodule",
                     "f", {.activation = "a"});
    CHECK(bits.activation_bits == 2);
    CHECK(truth_table(bits)(2, 3) == 2);
    CHECK(truth_table(bits)(1, 3) == 1);
}

TEST_CASE("Malformed Verilog: what, and exactly where") {
    const std::string head = "module m(input [7:0] A, B, output [15:0] O);\n";
    const std::string zero = head + " assign O = 0;\n";
    const struct {
        std::string text, expected;
    } cases[] = {
        {"", "1:1: file: expected a module, found the end of the text"},
        {"wire a;", "1:1: file: expected 'module', found 'wire'"},
        {"module m(A", "1:11: module: expected 'endmodule', found the end of the text"},
        {"module m(A; endmodule", "1:11: port list: expected ')', found ';'"},
        {"module m(A); endmodule", "1:10: port: expected a declaration as input or output, found 'A'"},
        {"module m; input A; endmodule", "1:8: ports: expected 1 ports in the list, found 0"},
        {"module m(); endmodule", "1:8: ports of 'm': expected 2 operands and 1 product, found 0 inputs"},
        {"module m(input [7:0] A, B, C, output O); assign O = 0; endmodule",
         "1:8: ports of 'm': expected 2 operands and 1 product, found 3 inputs and 1 outputs"},
        {"module m(input [8:0] A, input [7:0] B, output O); assign O = 0; endmodule",
         "1:22: ports of 'm': expected operands of 1 to 8 bits, found 9"},
        {"module m(input [7:0] A, B, output [16:0] O); assign O = 0; endmodule",
         "1:42: ports of 'm': expected a product of 1 to 16 bits, found 17"},
        {"module m(input [7:0] A, A, output O);endmodule",
         "1:25: port: expected a port that is not declared yet"},
        {"module a(input x); endmodule module a(input x); endmodule",
         "1:37: module: expected a name of its own"},
        {"module a(input x); endmodule module b(input x); endmodule",
         "1:37: module: expected one module that no other instantiates, found 'a' and 'b'"},
        {"module a(input x); a u(x); endmodule", "1:20: instance: expected no module inside of itself"},
        {"module a(input x); b u(x); endmodule module b(input x); a u(x); endmodule",
         "1:1: file: expected a module that no other instantiates"},
        {zero + " always @(*) ;\nendmodule",
         "3:2: cell: expected a gate, a known cell, a module of this file"},
        {zero + " parameter x = 1;\nendmodule", "3:2: cell: expected a gate"},
        {zero + " FOOX1 u (A);\nendmodule",
         "3:2: cell: expected a gate, a known cell, a module of this file or assign, found 'FOOX1'"},
        {zero + " AND2X1 u (A[0], B[0]);\nendmodule", "3:2: pins of AND2X1: expected 3, found 2"},
        {zero + " AND2X1 u (.A(A[0]), .B(B[0]), .Q(x));\nendmodule",
         "3:32: pins of AND2X1: expected one of A, B, Y, found 'Q'"},
        {zero + " AND2X1 u (.A(A[0]), .A(B[0]));\nendmodule",
         "3:22: pins of AND2X1: expected each pin once, found 'A'"},
        {zero + " AND2X1 u (.A(A[0]), .Y(x));\nendmodule",
         "3:2: pin B of AND2X1: expected a connection, found none"},
        {zero + " AND2X1 u (.A(A[0]), .B(), .Y(x));\nendmodule",
         "3:2: pin B of AND2X1: expected a connection"},
        {zero + " AND2X1 u (.A(A[0]), B[0], x);\nendmodule",
         "3:22: pins: expected all by name or all by position"},
        {zero + " AND2X1 u (A, B[0], x);\nendmodule", "3:12: pin: expected 1 bit, found 8"},
        {zero + " AND2X1 u (A[0], B[0], ~x);\nendmodule",
         "3:25: expression: expected a declared net, found 'x'"},
        {zero + " AND2X1 u (A[0], B[0], A[0] & B[0]);\nendmodule",
         "3:29: assignment: expected nets or a concatenation of nets"},
        {zero + " and (x);\nendmodule", "3:2: pins of and: expected 2 or more, by position, found 1"},
        {zero + " not #3 (x, A[0]);\nendmodule", "3:6: instance: expected '(', found '#'"},
        {head + " assign O = A[8];\nendmodule", "2:14: select of 'A': expected a part of [7:0], found [8]"},
        {head + " assign O = A[0:7];\nendmodule",
         "2:14: select of 'A': expected a part of [7:0], found [0:7]"},
        {head + " wire x; assign O = x[0];\nendmodule",
         "2:22: select of 'x': expected none, it is no vector"},
        {head + " assign O = A[B];\nendmodule", "2:15: constant: expected a number, or a sum of numbers"},
        {head + " assign O = A << B;\nendmodule", "2:18: constant: expected a number"},
        {head + " assign O = x;\nendmodule", "2:13: expression: expected a declared net, found 'x'"},
        {head + " assign O = A & ;\nendmodule",
         "2:17: expression: expected a net, a number, '(', '{' or an operator, found ';'"},
        {head + " assign O = (A;\nendmodule", "2:15: parentheses: expected ')', found ';'"},
        {head + " assign O = {A, 1};\nendmodule", "2:17: concatenation: expected numbers with a width"},
        {head + " assign O = {0{A}};\nendmodule", "2:14: replication: expected 1 to 4096 copies, found 0"},
        {head + " assign O = {4096{A}};\nendmodule", "2:13: width: expected at most 4096 bits, found 32768"},
        {head + " assign O = 8'hxx;\nendmodule",
         "2:13: number: expected a binary, octal, decimal or hexadecimal one"},
        {head + " assign O = 2'b12;\nendmodule", "2:13: number"},
        {head + " assign O = 0'b1;\nendmodule", "2:13: number"},
        {head + " assign O = 5000'b1;\nendmodule", "2:13: width: expected at most 4096 bits, found 5000"},
        {head + " assign O = 'd99999999999;\nendmodule", "2:13: number: expected digits and at most 2^31"},
        {head + " wire [5000:0] w;\nendmodule", "2:7: range: expected at most 4096 bits, found 5001"},
        {head + " wire A;\nendmodule",
         "2:7: declaration: expected a name that is not declared yet, found 'A'"},
        {head + " wire x; wire x;\nendmodule", "2:15: declaration"},
        {head + " assign A & B = 0;\nendmodule",
         "2:11: assignment: expected nets or a concatenation of nets"},
        {head + " assign O[15:1] = 0;\nendmodule", "1:42: net 'O[0]': expected a driver, found none"},
        {head + " wire x;\n assign O = A + x;\nendmodule", "3:17: net 'x': expected a driver, found none"},
        {zero + " wire x, y;\n assign y = x;\nendmodule",
         "4:13: net 'x': expected a driver"}, // also where it is dead
        {zero + " assign O[3] = 1;\nendmodule",
         "3:9: net 'O[3]': expected one driver, found one more than in 2:9"},
        {zero + " assign A[2] = B[1];\nendmodule",
         "1:22: net 'A[2]': expected one driver, found one more than in 3:9"},
        {zero + " AND2X1 u1 (A[0], B[0], x);\n OR2X1 u2 (A[0], B[0], x);\nendmodule",
         "4:24: net 'x': expected one driver, found one more than in 3:25"},
        {head + " assign O = O;\nendmodule",
         "2:9: circuit: expected no combinational loop, found one through 'O[0]'"},
        {zero + " wire x, y;\n assign x = y & A[0];\n assign y = x | B[0];\nendmodule",
         "expected no combinational loop, found one through 'y', 'x'"},
        {zero + " sub s(x, x);\nendmodule\nmodule sub(input a, output b);\n assign b = ~a;\nendmodule",
         "circuit: expected no combinational loop"},
        {zero + " sub s(A, x);\nendmodule\nmodule sub(input a, output b);\n assign b = ~a;\nendmodule",
         "3:8: pin: expected 1 bit, found 8"},
        {"`define N 3\n" + zero, "1:1: directive: expected one of `timescale"},
        {zero + "/* endmodule", "3:1: comment: expected '*/' at its end"},
        {zero + "(* keep endmodule", "3:1: attribute: expected '*)' at its end"},
        {head + " assign O = 0\nendmodule", "3:1: assign: expected ';', found 'endmodule'"},
        {"module m(inout A); endmodule", "1:16: port list: expected ')', found 'A'"},
        {std::string("module m(\0);", 12), "1:10: text: expected text without NUL bytes"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(complaint(parse_module, text), contains(expected));
    }
}

TEST_CASE("Verilog that asks for too much is refused, in little time and space") {
    const std::string head = "module m(input [7:0] A, B, output [15:0] O);\n";
    const auto repeat = [](const std::string& what, std::size_t times) {
        std::string text;
        for (std::size_t i = 0; i < times; ++i) {
            text += what;
        }
        return text;
    };
    const auto refused = [&](const std::string& text) {
        return complaint(parse_module, text + " endmodule");
    };
    CHECK_THAT(refused(head + "assign O = " + repeat("(", 1'000'000)),
               contains("nesting: expected at most 100 levels"));
    CHECK_THAT(refused(head + "assign O = " + repeat("~", 1'000'000)), contains("nesting"));
    CHECK_THAT(refused(head + "assign O = " + repeat("{", 1'000'000)), contains("nesting"));
    CHECK_THAT(refused(head + "assign O = " + repeat("A?B:", 100'000)), contains("nesting"));
    CHECK_THAT(refused(head + "assign O = " + repeat("(A||A&&A|A^A&A==A<<1+A*", 1'000)), contains("nesting"));
    CHECK_THAT(refused(head + "assign O = 4096'b0" + repeat("|4096'b0", 1'000'000)),
               contains("statement: expected at most 262144 bits"));
    CHECK_THAT(refused(head + "wire [4095:0] w; assign w = 1; assign O = w*w;"), contains("at most 1000000"));
    std::string nets = head;
    for (int i = 0; i < 300; ++i) {
        nets += "wire [4095:0] w" + std::to_string(i) + ";";
    }
    CHECK_THAT(refused(nets), contains("at most 1000000 nets"));
    // Modules of modules: 2^40 instances.
    std::string tower = "module m(input [7:0] A, B, output [15:0] O); assign O = 0; t40 u(A[0]); endmodule\n";
    for (int i = 40; i > 0; --i) {
        const std::string below = "t" + std::to_string(i - 1);
        tower += "module t" + std::to_string(i) + "(input x); " + below + " u(x), v(x); endmodule\n";
    }
    CHECK_THAT(complaint(parse_module, tower + "module t0(input x); endmodule"), contains("at most"));
    // Deep trees that evaluate both sides of a comparison once.
    std::string tree = "A";
    for (int i = 0; i < 95; ++i) {
        tree = "(" + tree + "==1'b1)";
    }
    CHECK(refused(head + "assign O = " + tree + ";") == "none");
    // A long chain, in any order, is no nesting.
    std::string chain = head;
    for (int i = 20'000; i > 0; --i) {
        chain += "wire n" + std::to_string(i) + ";";
    }
    chain += "wire n0 = A[0];";
    for (int i = 20'000; i > 0; --i) {
        chain += "not (n" + std::to_string(i) + ",n" + std::to_string(i - 1) + ");";
    }
    CHECK(truth_table(parse_module(chain + "assign O = n20000; endmodule", "f"))(1, 0) == 1);
}

TEST_CASE("Damaged Verilog is read or refused") {
    check_damaged_texts(parse_module, every_verilog_form, 1, 3000);
    const multiplier_circuit lowor{.name = "lowor_12", .circuit = circuits::lowor(12, 2, 8), .published = {}};
    check_damaged_texts(parse_module, to_verilog(lowor, verilog_style::cells), 2, 500);
}

TEST_CASE("Forms of EvoApproxLib: adder cells with expressions at their pins, and word + word") {
    const table expected = bit_products(
        [](unsigned a, unsigned b) {
            return static_cast<unsigned>(static_cast<std::int8_t>(a) * static_cast<std::int8_t>(b));
        },
        {{8, operand_coding::twos_complement}, {8, operand_coding::twos_complement}});
    const std::string own_cells =
        "\n/* mod */\nmodule PDKGENHAX1( input A, input B, output YS, output YC );\n"
        "    assign YS = A ^ B;\n    assign YC = A & B;\nendmodule\n/* mod */\nmodule "
        "PDKGENFAX1( input A, input B, input C, output YS, output YC );\n    assign YS = (A "
        "^ B) ^ C;\n    assign YC = (A & B) | (B & C) | (A & C);\nendmodule\n";
    const multiplier_circuit mapped = parse_module(signed_array("HAX1", "FAX1"), "f");
    CHECK(mapped.is_signed);
    CHECK(truth_table(mapped) == expected);
    CHECK(truth_table(parse_module(signed_array("PDKGENHAX1", "PDKGENFAX1") + own_cells, "f")) == expected);
    CHECK_THAT(complaint(parse_module, signed_array("PDKGENHAX1", "PDKGENFAX1")),
               contains("found 'PDKGENHAX1'"));
}

TEST_CASE("Forms of EvoApproxLib: outputs") {
    const netlist circuit = circuits::bamvc(0, 9); // two product bits are constant
    const table expected = simulate(circuit, "");
    CHECK(truth_table(parse_module(vector_of_nets(circuit, false), "f")) == expected);
    CHECK(truth_table(parse_module(vector_of_nets(circuit, true), "f")) == expected);
    // Ports declared after a list over several lines, wires in several statements, bits from high to low.
    const std::string head =
        "module mul8u_x (\n    A,\n    B,\n    O\n);\n\ninput [7:0] A;\ninput [7:0] "
        "B;\noutput [15:0] O;\n\nwire sig_1,sig_2;\nwire [15:0] P;\n\nassign sig_1 = B[6] & "
        "A[7];\nassign sig_2 = sig_1 ^ A[0];\n";
    std::string zeros;
    for (int i = 13; i >= 0; --i) {
        zeros += "assign O[" + std::to_string(i) + "] = 1'b0;\n";
    }
    const table upper = bit_products([](unsigned a, unsigned b) {
        const unsigned both = bit(b, 6) & bit(a, 7);
        return both << 15 | (both ^ bit(a, 0)) << 14;
    });
    for (const std::string& outputs :
         {"assign P = 0;\nassign O[15] = sig_1;\nassign O[14] = sig_2;\n" + zeros,
          std::string(
              "assign P = 0; assign O[15:14] = {sig_1,sig_2}; assign O[13:0] = 14'b00000000000000;\n"),
          std::string("assign P[15:14] = {sig_1, sig_2}; assign P[13:0] = 14'd0; assign O = P;\n"),
          std::string("assign P = 0; assign {O[15],O[14],O[13:8],O[7:0]} = {sig_1,sig_2,{14{1'b0}}};\n"),
          std::string("assign P = 16'h4000; assign O = (sig_1 << 15) | ({16{sig_2}} & P);\n")}) {
        CAPTURE(outputs);
        CHECK(truth_table(parse_module(head + outputs + "\nendmodule\n\n\n", "f")) == upper);
    }
}
