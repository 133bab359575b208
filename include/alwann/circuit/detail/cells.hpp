// SPDX-License-Identifier: MIT
/// @file
/// The combinational cells that netlists may instantiate.
#pragma once

#include <alwann/circuit/detail/words.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// What a cell computes.
enum class cell_function {
    buffer,
    inverter,
    and_,
    nand_,
    or_,
    nor_,
    xor_,
    xnor_,
    half_adder,
    full_adder,
    inverting_mux,
    and_or_invert,
    or_and_invert
};

/// A cell: its pins in the order of the library, inputs before outputs.
struct cell {
    cell_function function = cell_function::buffer;
    std::size_t inputs = 1;
    std::vector<std::string_view> pins;
    std::array<std::size_t, 2> groups{}; ///< inputs of the inner gates of AOI and OAI cells
};

/// Finds a cell by its name: NAND2X1 and the other drives, or NAND2 without one.
///
/// Pins are those of the OSU FreePDK45 cells: inputs A, B, C, D, output Y; adders have outputs YC and YS, and
/// the multiplexer has an inverted output, !(S ? A : B). Without a drive MUX2 is unknown: others do not
/// invert.
[[nodiscard]] inline std::optional<cell> find_cell(std::string_view name) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t end = name.size();
    while (end > 0 && is_digit(name[end - 1])) {
        --end;
    }
    const bool has_drive = end > 1 && end < name.size() && name[end - 1] == 'X';
    std::string_view base = has_drive ? name.substr(0, end - 1) : name;
    std::string_view digits;
    while (!base.empty() && is_digit(base.back())) {
        base.remove_suffix(1);
    }
    digits = name.substr(base.size(), (has_drive ? end - 1 : name.size()) - base.size());
    constexpr std::array<std::string_view, 4> input_pins = {"A", "B", "C", "D"};
    const auto make = [&](cell_function function, std::size_t inputs,
                          std::vector<std::string_view> outputs = {"Y"}) {
        cell found{.function = function,
                   .inputs = inputs,
                   .pins = {input_pins.begin(), input_pins.begin() + static_cast<std::ptrdiff_t>(inputs)}};
        found.pins.insert(found.pins.end(), outputs.begin(), outputs.end());
        return found;
    };
    if (digits.empty()) {
        if (base == "INV" || base == "NOT") {
            return make(cell_function::inverter, 1);
        }
        if (base == "BUF" || base == "CLKBUF") {
            return make(cell_function::buffer, 1);
        }
        if (base == "HA") {
            return make(cell_function::half_adder, 2, {"YC", "YS"});
        }
        if (base == "FA") {
            return make(cell_function::full_adder, 3, {"YC", "YS"});
        }
        return std::nullopt;
    }
    if (base == "MUX" && digits == "2" && has_drive) {
        cell mux = make(cell_function::inverting_mux, 2, {"S", "Y"});
        mux.inputs = 3;
        return mux;
    }
    if ((base == "AOI" || base == "OAI") && (digits == "21" || digits == "22")) {
        cell found = make(base == "AOI" ? cell_function::and_or_invert : cell_function::or_and_invert,
                          digits == "21" ? 3 : 4);
        found.groups = {2, found.inputs - 2};
        return found;
    }
    constexpr std::array<std::pair<std::string_view, cell_function>, 6> gates = {
        {{"AND", cell_function::and_},
         {"NAND", cell_function::nand_},
         {"OR", cell_function::or_},
         {"NOR", cell_function::nor_},
         {"XOR", cell_function::xor_},
         {"XNOR", cell_function::xnor_}}};
    for (const auto& [gate, function] : gates) {
        if (base == gate && digits.size() == 1 && digits[0] >= '2' && digits[0] <= '4') {
            return make(function, static_cast<std::size_t>(digits[0] - '0'));
        }
    }
    return std::nullopt;
}

/// The outputs of a cell, in the order of its pins.
template <class Gates>
[[nodiscard]] word cell_outputs(Gates& gates, const cell& kind, const word& in) {
    const auto all = [&](const word& a) {
        return fold_word(a, netlist::one, [&](signal x, signal y) { return gates.gate_and(x, y); });
    };
    const auto any = [&](const word& a) {
        return fold_word(a, netlist::zero, [&](signal x, signal y) { return gates.gate_or(x, y); });
    };
    const auto parity = [&](const word& a) {
        return fold_word(a, netlist::zero, [&](signal x, signal y) { return gates.gate_xor(x, y); });
    };
    const auto group = [&](std::size_t first, std::size_t count) {
        return word(in.begin() + static_cast<std::ptrdiff_t>(first),
                    in.begin() + static_cast<std::ptrdiff_t>(first + count));
    };
    switch (kind.function) {
    case cell_function::buffer:
        return {in[0]};
    case cell_function::inverter:
        return {gates.gate_not(in[0])};
    case cell_function::and_:
        return {all(in)};
    case cell_function::nand_:
        return {gates.gate_not(all(in))};
    case cell_function::or_:
        return {any(in)};
    case cell_function::nor_:
        return {gates.gate_not(any(in))};
    case cell_function::xor_:
        return {parity(in)};
    case cell_function::xnor_:
        return {gates.gate_not(parity(in))};
    case cell_function::half_adder:
        return {gates.gate_and(in[0], in[1]), gates.gate_xor(in[0], in[1])};
    case cell_function::full_adder: {
        const signal half = gates.gate_xor(in[0], in[1]);
        return {gates.gate_or(gates.gate_and(in[0], in[1]), gates.gate_and(half, in[2])),
                gates.gate_xor(half, in[2])};
    }
    case cell_function::inverting_mux:
        return {gates.gate_not(choose(gates, in[2], in[0], in[1]))};
    case cell_function::and_or_invert:
        return {gates.gate_not(gates.gate_or(all(group(0, kind.groups[0])), all(group(2, kind.groups[1]))))};
    case cell_function::or_and_invert:
        break;
    }
    return {gates.gate_not(gates.gate_and(any(group(0, kind.groups[0])), any(group(2, kind.groups[1]))))};
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
