// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/cost.hpp.
#pragma once

#include <alwann/circuit/cost.hpp>

#include <algorithm>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE cost estimate_cost(const netlist& circuit, const cost_model& model) {
    const netlist clean = circuit.cleaned();
    const std::vector<double> p = signal_probabilities(clean);
    std::vector<double> density(clean.signals(), 0), arrival(clean.signals(), 0);
    for (std::size_t i = 0; i < clean.inputs(); ++i) {
        density[netlist::input(i)] = 0.5;
    }
    double activity = 0, size = 0, longest = 0;
    signal out = clean.gate_output(0);
    for (const gate& g : clean.gates()) {
        const double activity_without_delay = 2 * p[out] * (1 - p[out]);
        const auto damped = [&](double independent) {
            return activity_without_delay +
                   model.glitch_share * std::max(0.0, independent - activity_without_delay);
        };
        switch (g.kind) {
        case gate_kind::and_gate:
            density[out] = damped(p[g.b] * density[g.a] + p[g.a] * density[g.b]);
            break;
        case gate_kind::or_gate:
            density[out] = damped((1 - p[g.b]) * density[g.a] + (1 - p[g.a]) * density[g.b]);
            break;
        case gate_kind::xor_gate:
            density[out] = damped(density[g.a] + density[g.b]);
            break;
        case gate_kind::not_gate:
            density[out] = density[g.a];
            break;
        }
        const detail::gate_weights weights = detail::weights_of(g.kind);
        activity += weights.power * density[out];
        size += weights.size;
        arrival[out] = std::max(arrival[g.a], arrival[g.b]) + weights.size;
        ++out;
    }
    for (const signal output : clean.outputs()) {
        longest = std::max(longest, arrival[output]);
    }
    cost result;
    result.power_mw = model.power_scale * activity;
    result.area_um2 = model.area_scale * size;
    result.delay_ns = model.delay_scale * longest;
    result.source = result.power_mw < rough_power_mw ? provenance::modelled_rough : provenance::modelled;
    return result;
}

} // namespace alwann::inline ALWANN_ABI
