// SPDX-License-Identifier: MIT
/// @file
/// From the ports of a netlist to the operands and the product of a multiplier.
#pragma once

#include <alwann/circuit/detail/net_graph.hpp>
#include <alwann/circuit/multiplier_circuit.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A port of one or more nets, lowest bit first.
struct port {
    std::string name;
    std::vector<signal> nets;
    bool is_signed = false;
    text_position at;
};

/// x[3], x<3>, x_3_ or x3 as name and index.
[[nodiscard]] inline std::optional<std::pair<std::string_view, std::size_t>>
split_index(std::string_view name) {
    if (name.ends_with(']') || name.ends_with('>') || name.ends_with('_')) {
        name.remove_suffix(1);
    }
    std::size_t digits = name.size();
    while (digits > 0 && is_digit(name[digits - 1])) {
        --digits;
    }
    std::size_t index = 0;
    if (digits == name.size() || name.size() - digits > 3) {
        return std::nullopt;
    }
    std::from_chars(name.data() + digits, name.data() + name.size(), index);
    std::string_view base = name.substr(0, digits);
    if (base.ends_with('[') || base.ends_with('<') || base.ends_with('_')) {
        base.remove_suffix(1);
    }
    return std::pair(base, index);
}

/// Joins ports of one bit that are named like the bits of words. Leaves the ports alone where not all are.
[[nodiscard]] inline std::vector<port> join_bits(const std::vector<port>& bits) {
    std::vector<port> joined;
    std::vector<std::vector<bool>> present;
    for (const port& bit : bits) {
        const auto split = split_index(bit.name);
        if (bit.nets.size() != 1 || !split) {
            return bits;
        }
        const auto known =
            std::find_if(joined.begin(), joined.end(), [&](const port& p) { return p.name == split->first; });
        const auto place = static_cast<std::size_t>(known - joined.begin());
        if (known == joined.end()) {
            joined.push_back(
                {.name = std::string(split->first), .nets = {}, .is_signed = bit.is_signed, .at = bit.at});
            present.emplace_back();
        }
        if (split->second >= present[place].size()) {
            present[place].resize(split->second + 1, false);
            joined[place].nets.resize(split->second + 1, 0);
        }
        if (present[place][split->second]) {
            return bits;
        }
        present[place][split->second] = true;
        joined[place].nets[split->second] = bit.nets[0];
    }
    const bool complete = std::all_of(present.begin(), present.end(), [](const std::vector<bool>& word) {
        return std::find(word.begin(), word.end(), false) == word.end();
    });
    return complete ? joined : bits;
}

/// Makes a multiplier of a graph whose inputs have no drivers yet.
///
/// Takes two operands and a product as ports; or as ports of one bit each, named like the bits of words, or
/// 16 inputs without such names, of which the first eight are the activation.
[[nodiscard]] inline multiplier_circuit bind_ports(net_graph& graph, std::string name, text_position at,
                                                   std::vector<port> inputs, std::vector<port> outputs,
                                                   const circuit_reading& reading,
                                                   const net_graph::failure& fail) {
    const auto refuse = [&](text_position place, const std::string& expected, const std::string& found) {
        fail(place, "ports of '" + name + "'", expected, found);
    };
    const auto all_bits = [](std::string joined_name, const std::vector<port>& ports, std::size_t first,
                             std::size_t count) {
        port joined{.name = std::move(joined_name), .nets = {}, .at = ports[first].at};
        for (std::size_t i = first; i < first + count; ++i) {
            joined.nets.push_back(ports[i].nets[0]);
        }
        return joined;
    };
    const auto single = [](const std::vector<port>& ports) {
        return !ports.empty() &&
               std::all_of(ports.begin(), ports.end(), [](const port& p) { return p.nets.size() == 1; });
    };
    if (inputs.size() != 2) {
        std::vector<port> joined = join_bits(inputs);
        if (joined.size() != 2 && single(inputs) && inputs.size() == 16) {
            joined = {all_bits("first", inputs, 0, 8), all_bits("second", inputs, 8, 8)};
        }
        inputs = std::move(joined);
    }
    if (outputs.size() != 1) {
        std::vector<port> joined = join_bits(outputs);
        if (joined.size() != 1 && single(outputs)) {
            joined = {all_bits("product", outputs, 0, outputs.size())};
        }
        outputs = std::move(joined);
    }
    if (inputs.size() != 2 || outputs.size() != 1) {
        refuse(at, "2 operands and 1 product",
               std::to_string(inputs.size()) + " inputs and " + std::to_string(outputs.size()) + " outputs");
    }
    for (const port& operand : inputs) {
        if (operand.nets.size() > operand_max_bits) {
            refuse(operand.at, "operands of 1 to 8 bits", std::to_string(operand.nets.size()));
        }
    }
    if (outputs[0].nets.size() > 16) {
        refuse(outputs[0].at, "a product of 1 to 16 bits", std::to_string(outputs[0].nets.size()));
    }
    std::size_t activation = 0;
    if (!reading.activation.empty() && inputs[0].name != reading.activation) {
        activation = 1;
        if (inputs[1].name != reading.activation) {
            refuse(at, "an input '" + reading.activation + "'",
                   "'" + inputs[0].name + "' and '" + inputs[1].name + "'");
        }
    }
    multiplier_circuit circuit;
    circuit.activation_bits = inputs[activation].nets.size();
    circuit.weight_bits = inputs[1 - activation].nets.size();
    for (const auto& [stated, found] : {std::pair(reading.activation_bits, circuit.activation_bits),
                                        std::pair(reading.weight_bits, circuit.weight_bits)}) {
        if (stated != 0 && stated != found) {
            refuse(at, "an operand of " + std::to_string(stated) + " bits", std::to_string(found));
        }
    }
    const auto named = parse_multiplier_name(name);
    circuit.is_signed = reading.is_signed.value_or((named && named->is_signed) ||
                                                   (inputs[0].is_signed && inputs[1].is_signed));
    for (const std::size_t place : {activation, 1 - activation}) {
        for (const signal net : inputs[place].nets) {
            graph.make_inputs(net, 1);
        }
    }
    circuit.circuit = graph.resolve(outputs[0].nets);
    circuit.name = std::move(name);
    return circuit;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
