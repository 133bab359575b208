// SPDX-License-Identifier: MIT
/// @file
/// Modules of structural Verilog: declarations, assignments, gates and instances.
#pragma once

#include <alwann/circuit/detail/verilog_declarations.hpp>
#include <alwann/circuit/detail/verilog_pins.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

inline constexpr std::array<std::string_view, 10> verilog_symbols = {"<<", ">>", "==", "!=", "&&",
                                                                     "||", "~&", "~|", "~^", "^~"};
inline constexpr std::array<std::string_view, 5> verilog_directives = {
    "timescale", "default_nettype", "celldefine", "endcelldefine", "resetall"};
inline constexpr lexical_rules verilog_rules{verilog_symbols, '`', verilog_directives, true};

/// A module of a file: where its text goes on after the name.
struct verilog_source {
    token name;
    lexer body;
    std::size_t tokens = 0;
    bool is_used = false;       ///< instantiated by another one
    bool has_instances = false; ///< of other ones
};
using verilog_sources = std::map<std::string_view, verilog_source>;

/// What an instance of a module costs beside reading its text, in steps of net_graph::spend().
inline constexpr std::size_t verilog_instance_steps = 200;

/// Reads one module and adds its gates to a graph; modules in it are read again for every instance.
class verilog_module {
public:
    using module_port = verilog_declarations::module_port;

    verilog_module(const verilog_source& source, const verilog_sources& others, net_graph& graph,
                   std::vector<std::string_view>& path)
        : text_(source.body),
          name_(source.name),
          others_(others),
          graph_(graph),
          path_(path),
          syntax_(text_, scope_),
          declarations_(text_, syntax_, scope_, graph),
          gates_(syntax_, graph),
          pins_(text_, syntax_, gates_, graph) {}

    /// The ports in the order of the module's list.
    [[nodiscard]] std::vector<module_port> read() {
        read_port_list();
        while (!text_.accept("endmodule")) {
            read_item();
        }
        std::vector<module_port> ports;
        const std::vector<module_port>& declared = declarations_.ports();
        graph_.spend(list_.size() * declared.size(), name_.at);
        for (const token& listed : list_) {
            const auto found = std::find_if(declared.begin(), declared.end(), [&](const module_port& p) {
                return p.wires.name == listed.text;
            });
            if (found == declared.end()) {
                text_.fail(listed, "port", "a declaration as input or output");
            }
            ports.push_back(*found);
        }
        if (ports.size() != declared.size()) {
            text_.fail_at(name_.at, "ports", std::to_string(declared.size()) + " ports in the list",
                          std::to_string(ports.size()));
        }
        return ports;
    }

private:
    [[nodiscard]] static bool is_direction(const token& word) noexcept {
        return word.is("input") || word.is("output");
    }

    void read_port_list() {
        if (text_.accept("(") && !text_.accept(")")) {
            verilog_net like;
            std::string_view direction;
            do {
                if (is_direction(text_.next())) { // declared right here
                    direction = text_.take().text;
                    like = declarations_.read_net_type();
                }
                const token port = text_.expect_word("port", "a name");
                if (!direction.empty()) {
                    declarations_.declare_port(port, direction, like);
                }
                if (list_.size() == verilog_max_ports) {
                    text_.fail(port, "ports", "at most " + std::to_string(verilog_max_ports));
                }
                list_.push_back(port);
            } while (text_.accept(","));
            text_.expect(")", "port list");
        }
        text_.expect(";", "module");
    }

    /// Verilog declares a net of one bit where an unknown name is assigned to or connected to a pin.
    void declare_implicitly() {
        if (text_.next().kind == token_kind::word && !scope_.contains(text_.next().text)) {
            declarations_.declare(text_.next(), {});
        }
    }

    void read_item() {
        const token first = text_.next();
        syntax_.begin_statement();
        if (text_.accept(";")) {
            return;
        }
        if (is_direction(first)) {
            text_.take();
            const verilog_net like = declarations_.read_net_type();
            do {
                declarations_.declare_port(text_.expect_word("port", "a name"), first.text, like);
            } while (text_.accept(","));
            text_.expect(";", "declaration");
        } else if (first.is("wire") || first.is("logic")) {
            const verilog_net like = declarations_.read_net_type();
            do {
                const token name = text_.expect_word("declaration", "a name");
                const verilog_net made = declarations_.declare(name, like);
                if (text_.accept("=")) {
                    word nets;
                    for (std::size_t i = 0; i < made.width; ++i) {
                        nets.push_back(made.first + static_cast<signal>(i));
                    }
                    assign(nets, name.at);
                }
            } while (text_.accept(","));
            text_.expect(";", "declaration");
        } else if (text_.accept("assign")) {
            do {
                declare_implicitly();
                const verilog_expression left = syntax_.read();
                text_.expect("=", "assign");
                assign(syntax_.target(left), left.at);
            } while (text_.accept(","));
            text_.expect(";", "assign");
        } else if (first.kind == token_kind::word) {
            text_.take();
            read_instances(first);
        } else {
            text_.fail("module", "a declaration, assign, a gate, an instance or endmodule");
        }
    }

    /// Reads a value and connects nets to it.
    void assign(const word& nets, text_position at) {
        pins_.connect(nets, gates_.bits_of(syntax_.read(), nets.size()), at);
    }

    void read_instances(const token& type) {
        constexpr std::array<std::pair<std::string_view, cell_function>, 8> primitives = {
            {{"and", cell_function::and_},
             {"nand", cell_function::nand_},
             {"or", cell_function::or_},
             {"nor", cell_function::nor_},
             {"xor", cell_function::xor_},
             {"xnor", cell_function::xnor_},
             {"not", cell_function::inverter},
             {"buf", cell_function::buffer}}};
        const auto primitive = std::find_if(primitives.begin(), primitives.end(),
                                            [&](const auto& p) { return p.first == type.text; });
        const auto module = others_.find(type.text);
        const auto known_cell =
            primitive == primitives.end() && module == others_.end() ? find_cell(type.text) : std::nullopt;
        if (primitive == primitives.end() && module == others_.end() && !known_cell) {
            text_.fail(type, "cell", "a gate, a known cell, a module of this file or assign");
        }
        do {
            if (text_.next().kind == token_kind::word) {
                text_.take(); // the name of the instance
            }
            syntax_.begin_statement();
            const std::vector<verilog_pin> pins = read_pins();
            graph_.spend(pins.size() + 1, type.at);
            if (primitive != primitives.end()) {
                pins_.connect_primitive(type, primitive->second, pins);
            } else if (known_cell) {
                pins_.connect_cell(type, *known_cell, pins);
            } else {
                connect_module(type, module->second, pins);
            }
        } while (text_.accept(","));
        text_.expect(";", "instance");
    }

    [[nodiscard]] std::vector<verilog_pin> read_pins() {
        std::vector<verilog_pin> pins;
        text_.expect("(", "instance");
        if (text_.accept(")")) {
            return pins;
        }
        do {
            verilog_pin next{.name = {}, .value = {}, .at = text_.next().at};
            const bool by_name = text_.accept(".");
            if (by_name) {
                next.name = text_.expect_word("pin", "its name").text;
                text_.expect("(", "pin");
            }
            if (!text_.next().is(")") && !text_.next().is(",")) {
                declare_implicitly();
                next.value = syntax_.read();
            }
            if (by_name) {
                text_.expect(")", "pin");
            }
            if (!pins.empty() && pins[0].name.empty() == by_name) {
                text_.fail_at(next.at, "pins", "all by name or all by position");
            }
            if (pins.size() == verilog_max_ports) {
                text_.fail_at(next.at, "pins", "at most " + std::to_string(verilog_max_ports));
            }
            pins.push_back(std::move(next));
        } while (text_.accept(","));
        text_.expect(")", "instance");
        return pins;
    }

    void connect_module(const token& type, const verilog_source& source,
                        const std::vector<verilog_pin>& pins) {
        graph_.spend(source.tokens + verilog_instance_steps, type.at);
        if (path_.size() >= circuit_max_nesting ||
            std::find(path_.begin(), path_.end(), type.text) != path_.end()) {
            text_.fail(type, "instance", "no module inside of itself");
        }
        path_.push_back(type.text);
        const std::vector<module_port> ports = verilog_module(source, others_, graph_, path_).read();
        path_.pop_back();
        std::vector<std::string_view> names;
        for (const module_port& p : ports) {
            names.push_back(p.wires.name);
        }
        const std::vector<const verilog_pin*> order = pins_.ordered(type, pins, names);
        for (std::size_t i = 0; i < ports.size(); ++i) {
            const word& wires = ports[i].wires.nets;
            if (ports[i].direction == "input") {
                const verilog_pin& value = pins_.connected(order[i], type, names[i]);
                pins_.connect(wires, pins_.input_bits(value, wires.size()), value.value->at);
            } else if (order[i] != nullptr) {
                pins_.connect(pins_.output_nets(*order[i], wires.size()), wires, order[i]->value->at);
            }
        }
    }

    lexer text_;
    token name_;
    const verilog_sources& others_;
    net_graph& graph_;
    std::vector<std::string_view>& path_;
    verilog_scope scope_;
    verilog_syntax syntax_;
    verilog_declarations declarations_;
    verilog_gates gates_;
    verilog_pins pins_;
    std::vector<token> list_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
