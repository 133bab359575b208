// SPDX-License-Identifier: MIT
/// @file
/// Pins of gates, cells and modules in Verilog.
#pragma once

#include <alwann/circuit/detail/cells.hpp>
#include <alwann/circuit/detail/verilog_gates.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A connection of an instance.
struct verilog_pin {
    std::string_view name; ///< empty: by position
    std::optional<verilog_expression> value;
    text_position at;
};

/// Connects the pins of gates and cells.
class verilog_pins {
public:
    using pin = verilog_pin;

    verilog_pins(const lexer& text, const verilog_syntax& syntax, verilog_gates& gates, net_graph& graph)
        : text_(text), syntax_(syntax), gates_(gates), graph_(graph) {}

    void connect(const word& nets, const word& values, text_position at) {
        for (std::size_t i = 0; i < nets.size(); ++i) {
            graph_.drive(nets[i], values[i], at);
        }
    }

    /// Puts pins in the order of `names`; null for those without a connection.
    [[nodiscard]] std::vector<const pin*> ordered(const token& type, const std::vector<pin>& pins,
                                                  const std::vector<std::string_view>& names) const {
        std::vector<const pin*> result(names.size(), nullptr);
        graph_.spend(pins.size() * names.size(), type.at);
        const bool by_name = !pins.empty() && !pins[0].name.empty();
        if (!by_name && pins.size() != names.size()) {
            text_.fail_at(type.at, "pins of " + std::string(type.text), std::to_string(names.size()),
                          std::to_string(pins.size()));
        }
        for (std::size_t i = 0; i < pins.size(); ++i) {
            const auto place = by_name ? std::find(names.begin(), names.end(), pins[i].name)
                                       : names.begin() + static_cast<std::ptrdiff_t>(i);
            if (place == names.end()) {
                std::string known;
                for (const std::string_view name : names) {
                    known.append(known.empty() ? "" : ", ").append(name);
                }
                text_.fail_at(pins[i].at, "pins of " + std::string(type.text), "one of " + known,
                              quoted(pins[i].name));
            }
            const pin*& target = result[static_cast<std::size_t>(place - names.begin())];
            if (target != nullptr) {
                text_.fail_at(pins[i].at, "pins of " + std::string(type.text), "each pin once",
                              quoted(pins[i].name));
            }
            target = pins[i].value ? &pins[i] : nullptr;
        }
        return result;
    }

    [[nodiscard]] const pin& connected(const pin* p, const token& type, std::string_view name) const {
        if (p == nullptr) {
            text_.fail_at(type.at, "pin " + std::string(name) + " of " + std::string(type.text),
                          "a connection", "none");
        }
        return *p;
    }
    void check_width(const pin& p, std::size_t width, bool is_input) const {
        if (p.value->width != width && !(is_input && p.value->is_unsized)) {
            text_.fail_at(p.value->at, "pin", std::to_string(width) + (width == 1 ? " bit" : " bits"),
                          std::to_string(p.value->width));
        }
    }
    [[nodiscard]] word input_bits(const pin& p, std::size_t width) {
        check_width(p, width, true);
        return gates_.bits_of(*p.value, width);
    }
    [[nodiscard]] word output_nets(const pin& p, std::size_t width) const {
        check_width(p, width, false);
        return syntax_.target(*p.value);
    }

    /// and(y, a, b, ...); not(y, z, a): here outputs come first.
    void connect_primitive(const token& type, cell_function function, const std::vector<pin>& pins) {
        const bool is_buffer = function == cell_function::inverter || function == cell_function::buffer;
        if (pins.size() < 2 || !pins[0].name.empty()) {
            text_.fail_at(type.at, "pins of " + std::string(type.text), "2 or more, by position",
                          pins.size() < 2 ? std::to_string(pins.size()) : "names");
        }
        const std::size_t outputs = is_buffer ? pins.size() - 1 : 1;
        word in;
        for (std::size_t i = outputs; i < pins.size(); ++i) {
            in.push_back(input_bits(connected(pins[i].value ? &pins[i] : nullptr, type, "input"), 1)[0]);
        }
        graph_.at(type.at);
        const word out = cell_outputs(graph_, {.function = function, .inputs = in.size(), .pins = {}}, in);
        for (std::size_t i = 0; i < outputs; ++i) {
            const pin& target = connected(pins[i].value ? &pins[i] : nullptr, type, "output");
            connect(output_nets(target, 1), out, target.value->at);
        }
    }

    void connect_cell(const token& type, const cell& kind, const std::vector<pin>& pins) {
        const std::vector<const pin*> order = ordered(type, pins, kind.pins);
        word in;
        for (std::size_t i = 0; i < kind.inputs; ++i) {
            in.push_back(input_bits(connected(order[i], type, kind.pins[i]), 1)[0]);
        }
        graph_.at(type.at);
        const word out = cell_outputs(graph_, kind, in);
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (const pin* target = order[kind.inputs + i]; target != nullptr) { // an output may be left open
                connect(output_nets(*target, 1), {out[i]}, target->value->at);
            }
        }
    }

private:
    const lexer& text_;
    const verilog_syntax& syntax_;
    verilog_gates& gates_;
    net_graph& graph_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
