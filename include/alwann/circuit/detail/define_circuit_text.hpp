// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/circuit_text.hpp.
#pragma once

#include <alwann/circuit/circuit_text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// A name for C, Verilog and BLIF from which the readers get widths and signedness.
///
/// Characters that are no letters or digits become underscores. Names that would say something else, or are
/// words of a language, get a prefix such as mul8u_.
ALWANN_SEPARABLE std::string circuit_name(const multiplier_circuit& multiplier) {
    constexpr std::array<std::string_view, 58> reserved = {
        "A",       "B",      "O",        "and",     "assign",   "break",    "buf",      "case",
        "char",    "const",  "continue", "default", "do",       "double",   "else",     "endmodule",
        "enum",    "extern", "float",    "for",     "goto",     "if",       "inline",   "inout",
        "input",   "int",    "int16_t",  "int8_t",  "logic",    "long",     "module",   "nand",
        "nor",     "not",    "or",       "output",  "register", "restrict", "return",   "short",
        "signed",  "sizeof", "static",   "struct",  "switch",   "typedef",  "uint16_t", "uint64_t",
        "uint8_t", "union",  "unsigned", "void",    "volatile", "while",    "wire",     "xnor",
        "xor",     "size_t"};
    std::string name;
    for (const char c : multiplier.name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        name += plain ? c : '_';
    }
    multiplier_name needed{multiplier.activation_bits, multiplier.weight_bits, multiplier.is_signed};
    const bool fine = parse_multiplier_name(name).value_or(multiplier_name{}) == needed;
    const bool is_word = !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
                         !name.starts_with("_") && // reserved, or next to it
                         std::find(reserved.begin(), reserved.end(), name) == reserved.end();
    if (fine && is_word && name.size() <= 200) {
        return name;
    }
    std::string prefix = "mul" + std::to_string(needed.first_bits);
    if (needed.second_bits != needed.first_bits) {
        prefix += "x" + std::to_string(needed.second_bits);
    }
    return prefix + (needed.is_signed ? "s_" : "u_") + name.substr(0, 200);
}

/// The figures as comment lines.
[[nodiscard]] inline std::string figure_lines(const multiplier_circuit& multiplier, std::string_view mark) {
    std::string lines;
    const auto add = [&](std::string_view name, double value, std::string_view unit) {
        std::array<char, 32> digits{};
        const auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::general, 6)
                .ptr;
        lines.append(mark).append(" ").append(name).append(" = ").append(digits.data(), end);
        lines.append(unit.empty() ? "" : " ").append(unit).append("\n");
    };
    const error_metrics errors = measure_errors(multiplier);
    for (const metric_name& metric : metric_names) {
        add(metric.name, errors.*metric.value, metric.name.ends_with('%') ? "%" : "");
    }
    const cost& price = multiplier.published.price;
    if (price.source == provenance::published) {
        for (const auto& [name, value, unit] :
             {std::tuple("PDK45_PWR", price.power_mw, "mW"), std::tuple("PDK45_AREA", price.area_um2, "um2"),
              std::tuple("PDK45_DELAY", price.delay_ns, "ns")}) {
            if (std::isfinite(value)) {
                add(name, value, unit);
            }
        }
    }
    return lines;
}

/// What a signal is called: operand bits by `input`, gates n<number>, constants by `constants`.
template <class Input>
[[nodiscard]] std::vector<std::string>
signal_names(const multiplier_circuit& multiplier, std::array<std::string_view, 2> constants, Input&& input) {
    std::vector<std::string> names{std::string(constants[0]), std::string(constants[1])};
    for (std::size_t i = 0; i < multiplier.circuit.inputs(); ++i) {
        const bool first = i < multiplier.activation_bits;
        names.push_back(input(first ? 'A' : 'B', first ? i : i - multiplier.activation_bits));
    }
    while (names.size() < multiplier.circuit.signals()) {
        names.push_back("n" + std::to_string(names.size()));
    }
    return names;
}

[[nodiscard]] constexpr char gate_symbol(gate_kind kind) noexcept {
    switch (kind) {
    case gate_kind::and_gate:
        return '&';
    case gate_kind::or_gate:
        return '|';
    case gate_kind::xor_gate:
        return '^';
    case gate_kind::not_gate:
        break;
    }
    return '~';
}

} // namespace detail

ALWANN_SEPARABLE std::string to_evoapprox_c(const multiplier_circuit& multiplier) {
    const auto names = detail::signal_names(multiplier, {"0", "1"}, [](char operand, std::size_t bit) {
        return "((" + std::string(1, operand) + " >> " + std::to_string(bit) + ")&1)";
    });
    const bool is_signed = multiplier.is_signed;
    const std::string operand = is_signed ? "int8_t" : "uint64_t";
    const std::string result = is_signed ? "int16_t" : "uint64_t";
    std::string text = detail::figure_lines(multiplier, "//") + "#include <stdint.h>\n\n" + result + " " +
                       detail::circuit_name(multiplier) + "(const " + operand + " A,const " + operand +
                       " B)\n{\n";
    signal out = multiplier.circuit.gate_output(0);
    for (const gate& g : multiplier.circuit.gates()) {
        text += "  uint8_t " + names[out++] + " = " + names[g.a];
        text += g.kind == gate_kind::not_gate ? "^1" : detail::gate_symbol(g.kind) + names[g.b];
        text += ";\n";
    }
    text += "  uint64_t O = 0;\n";
    const auto& outputs = multiplier.circuit.outputs();
    for (std::size_t i = 0; i < (is_signed ? 16 : outputs.size()); ++i) { // the sign fills an int16_t
        const std::size_t bit = std::min(i, outputs.size() - 1);
        text += "  O |= (uint64_t)(" + names[outputs[bit]] + "&1) << " + std::to_string(i) + ";\n";
    }
    return text + "  return " + (is_signed ? "(int16_t)O" : "O") + ";\n}\n";
}

ALWANN_SEPARABLE std::string to_verilog(const multiplier_circuit& multiplier, verilog_style style) {
    const auto names = detail::signal_names(multiplier, {"1'b0", "1'b1"}, [](char operand, std::size_t bit) {
        return std::string(1, operand) + "[" + std::to_string(bit) + "]";
    });
    const std::string kind = multiplier.is_signed ? " signed [" : " [";
    const auto& outputs = multiplier.circuit.outputs();
    std::string text = detail::figure_lines(multiplier, "//") + "\nmodule " +
                       detail::circuit_name(multiplier) + "(A, B, O);\n";
    text += "  input" + kind + std::to_string(multiplier.activation_bits - 1) + ":0] A;\n";
    text += "  input" + kind + std::to_string(multiplier.weight_bits - 1) + ":0] B;\n";
    text += "  output" + kind + std::to_string(outputs.size() - 1) + ":0] O;\n";
    const signal first = multiplier.circuit.gate_output(0);
    for (signal n = first; n < multiplier.circuit.signals(); ++n) {
        text += "  wire " + names[n] + ";\n";
    }
    signal out = first;
    for (const gate& g : multiplier.circuit.gates()) {
        const std::string &a = names[g.a], &b = names[g.b], &y = names[out];
        const bool is_not = g.kind == gate_kind::not_gate;
        if (style == verilog_style::expressions) {
            const std::string symbol(1, detail::gate_symbol(g.kind));
            text += "  assign " + y + " = " + (is_not ? "~" + a : a + " " + symbol + " " + b) + ";\n";
        } else {
            const std::string cell = is_not                          ? "INVX1"
                                     : g.kind == gate_kind::and_gate ? "AND2X1"
                                     : g.kind == gate_kind::or_gate  ? "OR2X1"
                                                                     : "XOR2X1";
            text += "  " + cell + " U" + std::to_string(out) + " ( .A(" + a + "), " +
                    (is_not ? "" : ".B(" + b + "), ") + ".Y(" + y + ") );\n";
        }
        ++out;
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        text += "  assign O[" + std::to_string(i) + "] = " + names[outputs[i]] + ";\n";
    }
    return text + "endmodule\n";
}

ALWANN_SEPARABLE std::string to_blif(const multiplier_circuit& multiplier) {
    const auto names = detail::signal_names(multiplier, {"zero", "one"}, [](char operand, std::size_t bit) {
        return std::string(1, operand) + "[" + std::to_string(bit) + "]";
    });
    const auto& outputs = multiplier.circuit.outputs();
    std::string text =
        detail::figure_lines(multiplier, "#") + ".model " + detail::circuit_name(multiplier) + "\n.inputs";
    for (std::size_t i = 0; i < multiplier.circuit.inputs(); ++i) {
        text += " " + names[netlist::input(i)];
    }
    text += "\n.outputs";
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        text += " O[" + std::to_string(i) + "]";
    }
    text += "\n.names zero\n.names one\n1\n";
    signal out = multiplier.circuit.gate_output(0);
    for (const gate& g : multiplier.circuit.gates()) {
        const bool is_not = g.kind == gate_kind::not_gate;
        text += ".names " + names[g.a] + (is_not ? "" : " " + names[g.b]) + " " + names[out++] + "\n";
        text += is_not                          ? "0 1\n"
                : g.kind == gate_kind::and_gate ? "11 1\n"
                : g.kind == gate_kind::or_gate  ? "1- 1\n-1 1\n"
                                                : "10 1\n01 1\n";
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        text += ".names " + names[outputs[i]] + " O[" + std::to_string(i) + "]\n1 1\n";
    }
    return text + ".end\n";
}

} // namespace alwann::inline ALWANN_ABI
