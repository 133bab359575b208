// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/verilog.hpp.
#pragma once

#include <alwann/circuit/detail/verilog_module.hpp>
#include <alwann/circuit/verilog.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// The modules of a text, each with the place where it is read from, and which are instantiated.
[[nodiscard]] inline verilog_sources find_modules(lexer text) {
    verilog_sources sources;
    const lexer start = text;
    while (text.next().kind != token_kind::end) {
        text.expect("module", "file");
        const token name = text.expect_word("module", "its name");
        const auto [place, inserted] = sources.try_emplace(name.text, verilog_source{name, text});
        if (!inserted) {
            text.fail(name, "module", "a name of its own");
        }
        if (sources.size() > verilog_max_ports) {
            text.fail(name, "file", "at most " + std::to_string(verilog_max_ports) + " modules");
        }
        for (; !text.next().is("endmodule"); ++place->second.tokens, text.take()) {
            if (text.next().kind == token_kind::end) {
                text.fail("module", "'endmodule'");
            }
        }
        text.take();
    }
    verilog_source* within = nullptr;
    for (text = start; text.next().kind != token_kind::end && sources.size() > 1; text.take()) {
        const auto found = sources.find(text.next().text);
        if (found == sources.end()) {
            continue;
        }
        if (found->second.name.at == text.next().at) {
            within = &found->second;
        } else if (within != nullptr) {
            found->second.is_used = within->has_instances = true;
        }
    }
    return sources;
}

/// The module that no other instantiates. Of several, it is the one that has instances: the others are cells
/// that the circuit has no use for.
[[nodiscard]] inline const verilog_source& top_module(const verilog_sources& sources, const lexer& text) {
    std::vector<const verilog_source*> unused;
    for (const auto& [name, source] : sources) {
        if (!source.is_used) {
            unused.push_back(&source);
        }
    }
    if (unused.empty()) {
        text.fail("file", sources.empty() ? "a module" : "a module that no other instantiates");
    }
    if (unused.size() > 1 && std::count_if(unused.begin(), unused.end(),
                                           [](const auto* source) { return source->has_instances; }) == 1) {
        std::erase_if(unused, [](const auto* source) { return !source->has_instances; });
    }
    if (unused.size() > 1) {
        text.fail_at(unused[1]->name.at, "module", "one module that no other instantiates",
                     "'" + std::string(unused[0]->name.text) + "' and '" + std::string(unused[1]->name.text) +
                         "'");
    }
    return *unused[0];
}

} // namespace detail

ALWANN_SEPARABLE multiplier_circuit parse_verilog(std::string_view text, const std::string& file,
                                                  const circuit_reading& reading) {
    const detail::lexer start(file, text, detail::verilog_rules);
    const detail::verilog_sources sources = detail::find_modules(start);
    const detail::verilog_source& top = detail::top_module(sources, start);
    const auto fail = [&](text_position at, const std::string& field, const std::string& expected,
                          const std::string& found) { start.fail_at(at, field, expected, found); };
    detail::net_graph graph(fail);
    std::vector<std::string_view> path{top.name.text};
    std::vector<detail::port> inputs, outputs;
    for (auto& port : detail::verilog_module(top, sources, graph, path).read()) {
        (port.direction == "input" ? inputs : outputs).push_back(std::move(port.wires));
    }
    multiplier_circuit circuit = detail::bind_ports(graph, std::string(top.name.text), top.name.at,
                                                    std::move(inputs), std::move(outputs), reading, fail);
    circuit.published = read_published(text);
    return circuit;
}

ALWANN_SEPARABLE multiplier_circuit read_verilog(const std::filesystem::path& path,
                                                 const circuit_reading& reading) {
    return parse_verilog(detail::read_text_file(path, circuit_max_bytes), path.string(), reading);
}

} // namespace alwann::inline ALWANN_ABI
