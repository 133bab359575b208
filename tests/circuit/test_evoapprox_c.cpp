// SPDX-License-Identifier: MIT
#include <alwann/circuit/evoapprox_c.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include "circuit_files.hpp"

using namespace alwann;

namespace {

constexpr multiplier_form signed_form = {{8, operand_coding::twos_complement},
                                         {8, operand_coding::twos_complement}};

const auto parse_c = [](const std::string& text, const std::string& file,
                        const circuit_reading& reading = {}) {
    return parse_evoapprox_c(text, file, reading);
};

// The products of a function body with arguments x and w, on all pairs.
table function_products(const std::string& body,
                        const std::string& heading = "uint64_t f(uint8_t x, uint8_t w)") {
    return truth_table(parse_c(heading + "{" + body + "}", "f"));
}
template <class Model>
table c_products(Model&& model, const multiplier_form& form = {}) {
    std::vector<std::uint16_t> products;
    for (int x = 0; x < 256; ++x) {
        for (int w = 0; w < 256; ++w) {
            products.push_back(static_cast<std::uint16_t>(model(x, w)));
        }
    }
    return table("model", products, form);
}

// The exact 8x8 multiplier in the style of the signed models: rows of sums and carries, then word + word.
std::string signed_array() {
    std::string body = "  int16_t P, P_;\n  uint8_t tmp, ";
    const auto place = [](char kind, int row, int column) {
        return std::string(1, kind) + "_" + std::to_string(row) + "_" + std::to_string(column);
    };
    std::string code;
    const auto product = [](int row,
                            int column) { // Baugh and Wooley: products with one sign bit are inverted
        const std::string both =
            "(((A>>" + std::to_string(row) + ")&1) & ((B>>" + std::to_string(column) + ")&1))";
        return (row == 7) != (column == 7) ? "((" + both + ")^1)" : both;
    };
    for (int column = 0; column < 8; ++column) {
        code += "  " + place('S', 0, column) + " = " + product(0, column) + ";\n";
        body += place('S', 0, column) + ",";
    }
    code += "  S_0_8 = 1;\n"; // the correction 2^8
    body += "S_0_8,";
    for (int row = 1; row < 8; ++row) {
        for (int column = 0; column < 8; ++column) {
            const std::string above = place('S', row - 1, column + 1), carry = place('C', row - 1, column);
            const std::string s = place('S', row, column), c = place('C', row, column);
            body += s + "," + c + ",";
            if (row == 1) {
                code += "  " + s + " = " + above + "^" + product(row, column) + ";\n";
                code += "  " + c + " = " + above + "&" + product(row, column) + ";\n";
            } else {
                code += "  tmp = " + above + "^" + carry + ";\n";
                code += "  " + s + " = tmp^" + product(row, column) + ";  " + c + " = (tmp&" +
                        product(row, column) + ")|(" + above + "&" + carry + ");\n";
            }
        }
        code += "  " + place('S', row, 8) + " = 0;\n";
        body += place('S', row, 8) + ",";
    }
    body += "unused;\n";
    std::string sums, carries;
    for (int column = 0; column < 8; ++column) {
        const std::string by = std::to_string(column);
        carries += (column == 0 ? "" : "|") + ("((" + place('C', 7, column) + " & 1)<<" + by + ")");
        if (column < 7) {
            sums += (column == 0 ? "" : "|") + ("((" + place('S', 7, column + 1) + " & 1)<<" + by + ")");
        }
    }
    code += "  P_ = (" + carries + ") + (" + sums + "|((1 & 1)<<7));\n  P = 0;\n"; // and 2^15
    for (int row = 0; row < 8; ++row) {
        code += "  P |= (" + place('S', row, 0) + " & 1) << " + std::to_string(row) + ";\n";
    }
    for (int bit = 0; bit < 8; ++bit) {
        code += "  P |= ((P_ >> " + std::to_string(bit) + ") & 1) << " + std::to_string(bit + 8) + ";\n";
    }
    return "int16_t mul8s_array(int8_t A, int8_t B)\n{\n" + body + code + "  return P;\n}\n";
}

// All the forms of a gate that such models use.
const char* const every_c_form = R"(/***
* A multiplier of our own.
***/
// MAE% = 24.71 %
// MAE = 16193
// PDK45_PWR = 0.0040 mW
// PDK45_AREA = 12.5 um2
// PDK45_DELAY = 0.11 ns
#include <stdint.h>
#include <stdlib.h>

uint64_t mul8u_forms(const uint64_t B,const uint64_t A)
{
  uint64_t dout_1, dout_2, dout_3; uint64_t O;
  int wa[8];
  uint8_t n1 = (A >> 7) & 0x1, n2 = (B >> 7) & 1; /* set here */

  dout_1=((B >> 7)&1)&((A >> 7)&1);
  dout_2=(dout_1|((A >> 6)&1))^0xFFFFFFFFFFFFFFFFU; dout_3 = dout_2^1;
  wa[0] = ~(n1 & n2); wa[1+1] = wa[0];
  n1 = (uint8_t)(wa[2] & 0x01u);
  O = 0;
  O |= (dout_1&1) << 14;
  O |= (0&1) << 13; // nothing
  O |= (dout_3 & 1) << 12;
  O = O | ((uint64_t)(n1 & 1) << 1);
  return O;
}

// internal reference: none
)";

} // namespace

TEST_CASE("Every form of statement has the meaning it has in C") {
    const multiplier_circuit circuit = parse_c(every_c_form, "f.c");
    CHECK(circuit.name == "mul8u_forms");
    CHECK(circuit.activation_bits == 8);
    CHECK_FALSE(circuit.is_signed);
    const table expected = c_products([](int b, int a) {
        const int both = (b >> 7) & (a >> 7);
        return both << 14 | (both | ((a >> 6) & 1)) << 12 | (both ^ 1) << 1;
    });
    // dout_2 is an inverted bit; ^1 inverts it back, its other 63 bits are masked off.
    CHECK(truth_table(circuit) == expected);
    CHECK(circuit.circuit.gates().size() == 3);
    CHECK(circuit.published.price.power_mw == 0.0040);
    CHECK(circuit.published.price.area_um2 == 12.5);
    CHECK(circuit.published.price.delay_ns == 0.11);
    CHECK(circuit.published.price.source == provenance::published);
}

TEST_CASE("Expressions compute what C computes") {
    CHECK(function_products("return x * w;") == tabulate(exact{}));
    CHECK(function_products("return w * x;") == tabulate(exact{}));
    CHECK(function_products("return (x & 0xF8) * w;") ==
          c_products([](int x, int w) { return (x & 0xF8) * w; }));
    CHECK(function_products("return x + w * 3 - 1 & 0xFFFF;") ==
          c_products([](int x, int w) { return (x + w * 3 - 1) & 0xFFFF; }));
    CHECK(function_products("return (uint16_t)(x - w);") ==
          c_products([](int x, int w) { return static_cast<std::uint16_t>(x - w); }));
    CHECK(function_products("return (uint8_t)~x << 4 | w >> 4;") ==
          c_products([](int x, int w) { return (~x & 0xFF) << 4 | w >> 4; }));
    CHECK(function_products("return x == w ? x : x != 3 && w ? 7 : !x;") == c_products([](int x, int w) {
              return x == w ? x : x != 3 && w != 0 ? 7 : x == 0;
          }));
    CHECK(function_products("int8_t s = x; return (uint16_t)(s >> 2);") == c_products([](int x, int) {
              return static_cast<std::uint16_t>(static_cast<std::int8_t>(x) >> 2);
          }));
    CHECK(function_products("int8_t s = x, t = w; return (uint16_t)(s * t);") ==
          c_products([](int x, int w) { return static_cast<std::int8_t>(x) * static_cast<std::int8_t>(w); }));
    CHECK(function_products("int8_t s = x; uint32_t u = s; return u >> 20;") == c_products([](int x, int) {
              return static_cast<std::uint32_t>(static_cast<std::int8_t>(x)) >> 20;
          }));
    CHECK(function_products("int8_t s = x; return (uint16_t)(-s ^ w);") ==
          c_products([](int x, int w) { return -static_cast<std::int8_t>(x) ^ w; }));
    CHECK(function_products("unsigned char a = x; long long b = w; a += 200; b <<= 3; b ^= a; b -= 1;"
                            "return (unsigned short)b;") ==
          c_products([](int x, int w) { return ((w << 3) ^ ((x + 200) & 0xFF)) - 1; }));
    CHECK(function_products("uint64_t a = x; a = ~a; a >>= 50; return a;") ==
          c_products([](int, int) { return 0x3FFF; }));
    CHECK(function_products("uint64_t a = x; a = ~a + 1; return a & 0xFFFF;") ==
          c_products([](int x, int) { return -x; }));
    CHECK(function_products("return 0x10 + 010 + 10u + 1UL;") == c_products([](int, int) { return 35; }));
    CHECK(function_products("return 0xFFFFFFFF >> 24;") == c_products([](int, int) { return 255; }));
    CHECK(function_products("return x | w;",
                            "uint8_t f(uint8_t x, uint8_t w);\nuint16_t f(uint8_t x, uint8_t w)") ==
          c_products([](int x, int w) { return x | w; }));
}

TEST_CASE("Random expressions agree with the machine") {
    // Built as text and as a value side by side, on 32-bit unsigned words.
    random_generator random(7);
    for (int round = 0; round < 60; ++round) {
        struct step {
            char symbol;
            std::uint32_t number;
            bool by_weight;
        };
        std::vector<step> steps;
        std::string text = "(uint32_t)x";
        for (int i = 0; i < 6; ++i) {
            const char symbols[] = {'+', '-', '*', '&', '|', '^', '<', '>', '~'};
            const step s{symbols[uniform_below(random, 9)],
                         static_cast<std::uint32_t>(uniform_below(random, 1u << uniform_below(random, 20))),
                         chance(random, 0.4)};
            steps.push_back(s);
            const std::string right = s.by_weight ? "w" : std::to_string(s.number) + "u";
            const std::string by = std::to_string(s.number % 9);
            text = s.symbol == '~'                      ? "~(" + text + ")"
                   : s.symbol == '<' || s.symbol == '>' ? "((" + text + ")" + s.symbol + s.symbol + by + ")"
                                                        : "((" + text + ")" + s.symbol + right + ")";
        }
        CAPTURE(text);
        CHECK(function_products("return (" + text + ") & 0xFFFF;") == c_products([&](int x, int w) {
                  auto value = static_cast<std::uint32_t>(x);
                  for (const step& s : steps) {
                      const std::uint32_t right = s.by_weight ? static_cast<std::uint32_t>(w) : s.number;
                      value = s.symbol == '+'   ? value + right
                              : s.symbol == '-' ? value - right
                              : s.symbol == '*' ? value * right
                              : s.symbol == '&' ? value & right
                              : s.symbol == '|' ? value | right
                              : s.symbol == '^' ? value ^ right
                              : s.symbol == '<' ? value << (s.number % 9)
                              : s.symbol == '>' ? value >> (s.number % 9)
                                                : ~value;
                  }
                  return value & 0xFFFF;
              }));
    }
}

TEST_CASE("Signed models: two's complement codes and products") {
    const multiplier_circuit array = parse_c(signed_array(), "f.c");
    CHECK(array.is_signed);
    const table products = truth_table(array);
    CHECK(products ==
          c_products([](int x, int w) { return static_cast<std::int8_t>(x) * static_cast<std::int8_t>(w); },
                     signed_form));
    const error_metrics errors = measure_errors(array);
    CHECK(errors.wce == 0);
    CHECK(errors.zero_preserving);
    CHECK(products(0x80, 0x80) == 0x4000);
    CHECK(products(0xFF, 1) == 0xFFFF);

    // The name makes the operands signed where the types do not.
    const char* const by_name = "uint16_t mul8s_x(uint8_t A, uint8_t B) { return (int8_t)A * (int8_t)B; }";
    CHECK(parse_c(by_name, "f").is_signed);
    CHECK(truth_table(parse_c(by_name, "f")) == products);
    CHECK(measure_errors(parse_c(by_name, "f")).wce == 0);
    CHECK(parse_c("int16_t f(int8_t A, int8_t B) { return A * B; }", "f").is_signed);
    CHECK_FALSE(parse_c("int16_t f(int8_t A, uint8_t B) { return 0; }", "f").is_signed);
    CHECK_FALSE(parse_c(by_name, "f", {.is_signed = false}).is_signed);
}

TEST_CASE("Operands of other widths") {
    const auto narrow = [](const std::string& name, const circuit_reading& reading = {}) {
        return parse_c("uint64_t " + name + "(uint64_t A, uint64_t B) { return A * B; }", "f", reading);
    };
    for (std::size_t w = 2; w < 8; ++w) {
        const multiplier_circuit circuit = narrow("mul8x" + std::to_string(w) + "u_01");
        CHECK(circuit.activation_bits == 8);
        CHECK(circuit.weight_bits == w);
        CHECK(circuit.circuit.inputs() == 8 + w);
        CHECK(measure_errors(circuit).wce == 0);
        CHECK(truth_table(circuit)(255, 255) == 255 * ((1u << w) - 1)); // the weight is masked
    }
    CHECK(narrow("mul7u_01").circuit.outputs().size() == 14);
    CHECK(measure_errors(narrow("mul7u_01")).ep_percent == 0);
    CHECK(narrow("other", {.activation_bits = 4}).activation_bits == 4);
    CHECK(narrow("other", {.activation_bits = 4}).weight_bits == 8);
    CHECK(narrow("mul8x4u_1", {.activation = "B"}).activation_bits == 4);
    const char* const signed_narrow = "int16_t mul5x3s_1(int8_t A, int8_t B) { return A * B; }";
    CHECK(measure_errors(parse_c(signed_narrow, "f")).wce == 0);
    CHECK(truth_table(parse_c(signed_narrow, "f"))(0x1F, 0x05) == 3); // -1 * -3
    CHECK_THROWS_WITH(narrow("mul12u_01"), contains("f:1:29: argument: expected 1 to 8 bits, found 12"));
    CHECK_THROWS_AS(narrow("other", {.weight_bits = 9}), format_error);
}

TEST_CASE("The first argument is the activation unless another is named") {
    const char* const text = "uint64_t mul8u_x(uint64_t B, uint64_t A) { return B * (A & 0xF0); }";
    const table by_position = c_products([](int x, int w) { return x * (w & 0xF0); });
    const table by_name = c_products([](int x, int w) { return (x & 0xF0) * w; });
    CHECK(truth_table(parse_c(text, "f")) == by_position);
    CHECK(truth_table(parse_c(text, "f", {.activation = "B"})) == by_position);
    CHECK(truth_table(parse_c(text, "f", {.activation = "A"})) == by_name);
    CHECK_THROWS_WITH(parse_c(text, "f", {.activation = "C"}), contains("arguments: expected one named 'C'"));
}

TEST_CASE("Stated figures are compared to the printed digits") {
    const auto warnings = [](const std::string& comment) {
        return check_published(
            parse_c(comment + "\nuint64_t f(uint8_t x, uint8_t w) { return x * (w & 0xF0); }", "f"));
    };
    // MAE = 127.5 * 7.5 = 956.25, WCE = 255 * 15 = 3825, MSE = 21717.5 * 77.5 = 1683106.25.
    CHECK(warnings("// MAE = 956\n// MAE% = 1.459 %\n// WCE = 3825\n// WCE% = 5.84 %\n// MSE = 16831.063e2\n"
                   "// WCRE% = 100.00 %")
              .empty());
    CHECK(warnings("// MAE = 960").size() == 1); // as printed, not to two digits
    CHECK(warnings("// MAE = 9.6e2").empty());
    CHECK(warnings("/* MSE = 1.7e6 */").empty());
    CHECK(warnings("/***\n * WCE = 3825.0\n ***/").empty());
    const auto two = warnings("// nothing\n// WCE = 3824\n// EP% = 12 %");
    REQUIRE(two.size() == 2);
    CHECK(two[0] == "f: line 2: WCE is stated as 3824, measured as 3825");
    CHECK_THAT(two[1], contains("EP% is stated as 12, measured as 93.38"));
    CHECK_THAT(warnings("// MAE = about 5").at(0), contains("line 1: MAE: expected a number"));
    CHECK_THAT(warnings("// PDK45_PWR = 30 uW").at(0), contains("unit mW") && contains("30 uW"));
    CHECK(warnings("// MAE% = -3 %").size() == 1);
    CHECK(warnings("// CPU = 386\n// = 3\n// MAE").empty());
    CHECK(warnings(";; // WCE = 1").empty()); // not a line of its own
}

TEST_CASE("Malformed C models: what, and exactly where") {
    const std::string head = "int f(int a, int b) {\n";
    const struct {
        std::string text, expected;
    } cases[] = {
        {"", "1:1: function: expected an integer type, found the end of the text"},
        {"float f(int a, int b) {", "1:1: function: expected an integer type, found 'float'"},
        {"int f(int a) { return a; }", "1:5: function: expected 2 arguments, found 1"},
        {"int f(int a, int b, int c) { return a; }", "1:5: function: expected 2 arguments, found 3"},
        {"int f(int a, int a) { return a; }", "1:18: declaration: expected a name that is not declared yet"},
        {"int f(int a, double b) {", "1:14: argument: expected an integer type, found 'double'"},
        {"int f(int a, int b)", "1:20: function: expected '{', found the end of the text"},
        {head + "  return a + c;\n}", "2:14: variable: expected a declared one, found 'c'"},
        {head + "  int c;\n  return a + c;\n}",
         "3:14: variable: expected one that has a value by now, found 'c'"},
        {head + "  int c\n  return a;\n}", "3:3: declaration: expected ';', found 'return'"},
        {head + "  if (a) return b;\n}", "2:3: statement: expected a declaration, an assignment"},
        {head + "  for (;;) ;\n}", "2:3: statement: expected a declaration"},
        {head + "  a;\n}", "2:4: assignment: expected '=' or another assignment, found ';'"},
        {head + "  a++;\n}", "2:4: assignment: expected '='"},
        {head + "  a == 3;\n}", "2:5: assignment: expected '='"},
        {head + "  return a << b;\n}", "2:15: shift: expected a constant from 0 to 31, found 'b'"},
        {head + "  return a << 32;\n}", "2:15: shift: expected a constant from 0 to 31, found '32'"},
        {head + "  return a >> -1;\n}", "2:15: shift: expected a constant from 0 to 31, found '-'"},
        {head + "  return (a & 1;\n}", "2:16: parentheses: expected ')', found ';'"},
        {head + "  return a & ;\n}", "2:14: expression: expected a number, a variable, '(' or an operator"},
        {head + "  return a / b;\n}", "2:12: return: expected ';', found '/'"},
        {head + "  return a < b;\n}", "2:12: return: expected ';', found '<'"},
        {head + "  return 1.5;\n}", "2:11: return: expected ';', found '.'"},
        {head + "  return 0x;\n}", "2:10: number: expected an integer below 2^64, found '0x'"},
        {head + "  return 09;\n}", "2:10: number: expected an integer below 2^64, found '09'"},
        {head + "  return 1lul;\n}", "2:10: number"},
        {head + "  return 18446744073709551616;\n}", "2:10: number"},
        {head + "  int w[3];\n  w[3] = 0;\n}", "3:5: index: expected a constant from 0 to 2, found '3'"},
        {head + "  int w[3];\n  return w;\n}", "3:11: array: expected '[', found ';'"},
        {head + "  int w[3];\n  w[a] = 0;\n}", "3:5: index: expected a constant from 0 to 2, found 'a'"},
        {head + "  int w[0];\n}", "2:9: array: expected a constant from 1 to 262144, found '0'"},
        {head + "  int w[262143];\n}", "2:7: declaration: expected at most 262144 variables"},
        {head + "  int a;\n}", "2:7: declaration: expected a name that is not declared yet, found 'a'"},
        {head + "  unsigned unsigned c;\n}", "2:12: type: expected one type, found 'unsigned'"},
        {head + "  int8_t char c;\n}", "2:10: type: expected one type"},
        {head + "  return a;\n", "3:1: function: expected '}', found the end of the text"},
        {head + "  return a;\n} int g;", "3:3: file: expected nothing after the one function, found 'int'"},
        {head + "  /* return a;\n}", "2:3: comment: expected '*/' at its end, found the end of the text"},
        {"#define N 8\n" + head, "1:1: directive: expected one of #include, #pragma, found 'define'"},
        {head + "  return a ? b;\n}", "2:15: conditional: expected ':', found ';'"},
        {"uint64_t f(uint64_t a, uint64_t b) {\n  return a << 9 | b;\n}",
         "2:3: return: expected a product of at most 16 bits, found bit 16 in use"},
        {"uint64_t f(uint64_t a, uint64_t b) {\n  return ~a;\n}", "2:3: return: expected a product"},
        {std::string("int f(int a,\n int\0b)", 20), "2:5: text: expected text without NUL bytes, found one"},
        {"int f(int a, int \xFF)", "1:18: argument: expected its name, found '?'"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(complaint(parse_c, text), contains(expected));
    }
}

TEST_CASE("C models that ask for too much are refused, in little time and space") {
    const std::string head = "uint64_t f(uint64_t a, uint64_t b) {\n";
    const auto repeat = [](const std::string& what, std::size_t times) {
        std::string text;
        for (std::size_t i = 0; i < times; ++i) {
            text += what;
        }
        return text;
    };
    const auto complaint_about = [&](const std::string& text) { return complaint(parse_c, text); };
    CHECK_THAT(complaint_about(head + "return " + repeat("(", 1'000'000)),
               contains("2:108: nesting: expected at most 100 levels"));
    CHECK_THAT(complaint_about(head + "return " + repeat("~", 1'000'000)), contains("nesting"));
    CHECK_THAT(complaint_about(head + "return " + repeat("(int)", 100'000)), contains("nesting"));
    CHECK_THAT(complaint_about(head + "return " + repeat("a?a:", 100'000)), contains("nesting"));
    CHECK_THAT(complaint_about(head + "return " + repeat("(a||a&&a|a^a&a==a<<1+a*", 1'000)),
               contains("nesting"));
    CHECK_THAT(complaint_about(head + repeat("a=a*b+1;\n", 10'000)),
               contains("circuit: expected at most 1000000 gates"));
    CHECK_THAT(complaint_about(head + repeat("a=a*b*b;\n", 100'000)),
               contains("circuit: expected at most 1000000 gates"));
    CHECK_THAT(complaint_about(std::string(circuit_max_bytes + 1, ' ')),
               contains("size: expected at most 16777216 bytes"));
    // A long chain is no nesting.
    CHECK(truth_table(parse_c(head + "return (a" + repeat("^1^1", 20'000) + ") & 0xFF;}", "f"))(77, 3) == 77);
}

TEST_CASE("Damaged C models are read or refused") {
    check_damaged_texts(parse_c, every_c_form, 1, 3000);
    check_damaged_texts(
        parse_c, to_evoapprox_c({.name = "lowor_12", .circuit = circuits::lowor(12, 2, 8), .published = {}}),
        2, 500);
}

TEST_CASE("Forms of EvoApproxLib: arrays of operand bits, one bit a statement") {
    // The 7x7 models: wa[] and wb[], `int` declarations with initialisers, y |= ... << k.
    const multiplier_circuit design{.name = "mul7u_forms",
                                    .circuit = random_netlist(5, 14, 120, 14),
                                    .activation_bits = 7,
                                    .weight_bits = 7,
                                    .published = {}};
    std::string text =
        "uint64_t mul7u_forms(uint64_t a, uint64_t b) {\n  int wa[7];\n  int wb[7];\n  uint64_t y = 0;\n";
    std::vector<std::string> names{"0", "1"};
    for (const char* operand : {"a", "b"}) {
        for (std::size_t i = 0; i < 7; ++i) {
            const std::string place = "[" + std::to_string(i) + "]";
            text += "  w" + (operand + place) + " = (" + operand + " >> " + std::to_string(i) + ") & 0x01;\n";
            names.push_back("w" + (operand + place));
        }
    }
    for (const gate& g : design.circuit.gates()) {
        const std::string name = "sig_" + std::to_string(names.size());
        const char* symbol = g.kind == gate_kind::and_gate  ? " & "
                             : g.kind == gate_kind::or_gate ? " | "
                                                            : " ^ ";
        text += "  int " + name + " = ";
        text +=
            g.kind == gate_kind::not_gate ? "~(" + names[g.a] + ") & 0x01" : names[g.a] + symbol + names[g.b];
        text += ";\n";
        names.push_back(name);
    }
    for (std::size_t i = 0; i < 14; ++i) {
        text += "  y |=  (" + names[design.circuit.outputs()[i]] + " & 0x01) << " + std::to_string(i) +
                "; // default output\n";
    }
    text += "   return y;\n}\n";
    const multiplier_circuit read = parse_c(text, "f");
    CHECK(read.activation_bits == 7);
    CHECK(read.weight_bits == 7);
    CHECK(truth_table(read) == truth_table(design));
}

TEST_CASE("Forms of EvoApproxLib: inverted bytes, and all outputs in one statement") {
    // ~ of a uint8_t inverts eight bits; what is stored are the eight, of which the outputs use one.
    const std::string body = "\n uint16_t O;\n uint8_t O0,O12,O13,O14,O15,n1,n2,n3,n4;   int avg=0;\n O0=0;\n"
                             " O12=((B >> 6)&1)&((A >> 6)&1);\n n1=~(((B >> 6)&1)&((A >> 7)&1));\n"
                             " n2=~(((B >> 7)&1)&((A >> 6)&1));  n4=((B >> 7)&1)&((A >> 7)&1);\n"
                             " n3=~(n1|n2);\n O13=n1^n2;\n O14=n4^n3;\n O15=n4&n3;\n"
                             " O = (O0 << 0)|(O12 << 12)|(O13 << 13)|(O14 << 14)|(O15 << 15);\n return O;\n";
    CHECK(function_products(body, "uint16_t mul8u_upper(uint8_t B, uint8_t A)") ==
          c_products([](int b, int a) { return (a >> 6) * (b >> 6) << 12; }));
    const multiplier_circuit is_signed =
        parse_c("uint16_t mul8s_upper(uint8_t A, uint8_t B){" + body + "}", "f");
    CHECK(is_signed.is_signed); // by its name
    CHECK(measure_errors(is_signed).bias > 0);
}
