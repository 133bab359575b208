// SPDX-License-Identifier: MIT
// Random circuits and the slowest, plainest way to evaluate one.
#pragma once

#include <alwann/circuit/netlist.hpp>
#include <alwann/core/random.hpp>

#include <cstdint>
#include <vector>

// Gates of all kinds on any earlier signals, constants included; many are useless on purpose.
inline alwann::netlist random_netlist(std::uint64_t seed, std::size_t inputs, std::size_t gates,
                                      std::size_t outputs) {
    alwann::random_generator random(seed);
    std::vector<alwann::gate> list;
    const auto any = [&] {
        return static_cast<alwann::signal>(alwann::uniform_below(random, 2 + inputs + list.size()));
    };
    for (std::size_t i = 0; i < gates; ++i) {
        const auto kind = static_cast<alwann::gate_kind>(alwann::uniform_below(random, 4));
        const alwann::signal a = any();
        const alwann::signal b = kind == alwann::gate_kind::not_gate ? a : any();
        list.push_back({kind, a, b});
    }
    std::vector<alwann::signal> ends;
    for (std::size_t i = 0; i < outputs; ++i) {
        ends.push_back(any());
    }
    return alwann::netlist(inputs, list, ends);
}

// The outputs for one pattern, input i in bit i.
inline std::uint64_t evaluate(const alwann::netlist& circuit, std::uint64_t pattern) {
    std::vector<bool> value{false, true};
    for (std::size_t i = 0; i < circuit.inputs(); ++i) {
        value.push_back(((pattern >> i) & 1u) != 0);
    }
    for (const alwann::gate& g : circuit.gates()) {
        switch (g.kind) {
        case alwann::gate_kind::and_gate:
            value.push_back(value[g.a] && value[g.b]);
            break;
        case alwann::gate_kind::or_gate:
            value.push_back(value[g.a] || value[g.b]);
            break;
        case alwann::gate_kind::xor_gate:
            value.push_back(value[g.a] != value[g.b]);
            break;
        case alwann::gate_kind::not_gate:
            value.push_back(!value[g.a]);
            break;
        }
    }
    std::uint64_t result = 0;
    for (std::size_t i = 0; i < circuit.outputs().size(); ++i) {
        result |= std::uint64_t{value[circuit.outputs()[i]]} << i;
    }
    return result;
}
