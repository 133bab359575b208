// SPDX-License-Identifier: MIT
/// @file
/// Declarations of nets and ports in a module of Verilog.
#pragma once

#include <alwann/circuit/detail/ports.hpp>
#include <alwann/circuit/detail/verilog_syntax.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The nets of a module and which of them are ports. Refers to the module's text and scope.
class verilog_declarations {
public:
    struct module_port {
        port wires;
        std::string_view direction; ///< input or output
    };

    verilog_declarations(lexer& text, verilog_syntax& syntax, verilog_scope& scope, net_graph& graph)
        : text_(text), syntax_(syntax), scope_(scope), graph_(graph) {}

    /// The ports in the order of their declarations.
    [[nodiscard]] const std::vector<module_port>& ports() const noexcept { return ports_; }

    /// [wire] [signed] [7:0]
    [[nodiscard]] verilog_net read_net_type() {
        if (text_.next().is("wire") || text_.next().is("logic")) {
            text_.take();
        }
        verilog_net like;
        like.is_signed = text_.accept("signed");
        const token bracket = text_.next();
        if (text_.accept("[")) {
            like.left = syntax_.constant();
            text_.expect(":", "range");
            like.right = syntax_.constant();
            text_.expect("]", "range");
            const auto width = static_cast<std::size_t>(std::abs(like.left - like.right)) + 1;
            if (width > verilog_max_width) {
                text_.fail_at(bracket.at, "range", "at most " + std::to_string(verilog_max_width) + " bits",
                              std::to_string(width));
            }
            like.width = width;
            like.is_vector = true;
        }
        return like;
    }

    verilog_net& declare(const token& name, verilog_net like) {
        const auto [place, inserted] = scope_.try_emplace(name.text, like);
        if (!inserted) {
            // `output O; wire O;` says one thing twice.
            const verilog_net& known = place->second;
            const auto made = std::find_if(ports_.begin(), ports_.end(),
                                           [&](const module_port& p) { return p.wires.name == name.text; });
            if (made == ports_.end() || known.left != like.left || known.right != like.right) {
                text_.fail(name, "declaration", "a name that is not declared yet");
            }
            place->second.is_signed |= like.is_signed; // either may say so
            made->wires.is_signed |= like.is_signed;
            return place->second;
        }
        const auto lowest = like.is_vector ? std::optional(std::min(like.left, like.right)) : std::nullopt;
        place->second.first =
            graph_.declare(std::string(name.text), like.width, name.at, lowest, like.left < like.right);
        return place->second;
    }

    void declare_port(const token& name, std::string_view direction, const verilog_net& like) {
        const verilog_net& made = declare(name, like);
        if (ports_.size() == verilog_max_ports) {
            text_.fail(name, "ports", "at most " + std::to_string(verilog_max_ports));
        }
        graph_.spend(ports_.size(), name.at);
        if (std::any_of(ports_.begin(), ports_.end(),
                        [&](const module_port& p) { return p.wires.name == name.text; })) {
            text_.fail(name, "port", "a port that is not declared yet");
        }
        port wires{.name = std::string(name.text), .nets = {}, .is_signed = like.is_signed, .at = name.at};
        for (std::size_t i = 0; i < like.width; ++i) {
            wires.nets.push_back(made.first + static_cast<signal>(i));
        }
        ports_.push_back({std::move(wires), direction});
    }

private:
    lexer& text_;
    verilog_syntax& syntax_;
    verilog_scope& scope_;
    net_graph& graph_;
    std::vector<module_port> ports_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
