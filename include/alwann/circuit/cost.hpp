// SPDX-License-Identifier: MIT
/// @file
/// Power, area and delay of circuits: published figures and the model for circuits without any.
#pragma once

#include <alwann/circuit/simulate.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Where a cost comes from.
enum class provenance {
    unknown,        ///< there is no figure
    published,      ///< given with the circuit, from synthesis
    modelled,       ///< by estimate_cost: about 6 % mean error against published figures
    modelled_rough, ///< by estimate_cost where it is a guess: below 0.02 mW (mean error 47 %), and shifters
};

/// The provenance in words, as reports print it.
[[nodiscard]] constexpr std::string_view to_string(provenance source) noexcept {
    switch (source) {
    case provenance::published:
        return "published";
    case provenance::modelled:
        return "modelled";
    case provenance::modelled_rough:
        return "modelled-rough";
    case provenance::unknown:
        break;
    }
    return "unknown";
}

/// What a circuit costs; NaN where unknown.
///
/// Power is meaningful relative to other circuits only: published figures state no clock frequency, so no
/// energy in joules follows from them.
struct cost {
    double power_mw = std::numeric_limits<double>::quiet_NaN(); ///< power in mW
    double area_um2 = std::numeric_limits<double>::quiet_NaN(); ///< cell area in um^2
    double delay_ns = std::numeric_limits<double>::quiet_NaN(); ///< longest path in ns
    provenance source = provenance::unknown;                    ///< where the figures come from

    /// Whether there is a power figure, which is what energies are made of.
    [[nodiscard]] bool known() const noexcept { return std::isfinite(power_mw); }
};

/// The constants of the cost model, fitted to published 8x8 circuits in a 45 nm library.
///
/// Activity: transition density (Najm 1993) with its excess over the zero-delay activity, which is glitches,
/// damped.
struct cost_model {
    double power_scale = 0.000915; ///< mW per unit of weighted activity, unsigned multipliers
    double area_scale = 1.968;     ///< um^2 per unit of area
    double delay_scale = 0.0428;   ///< ns per unit of delay
    double glitch_share = 0.75;    ///< share of the glitches that survive a gate

    /// The model for multipliers of two's complement operands.
    [[nodiscard]] static constexpr cost_model signed_operands() noexcept { return {.power_scale = 0.00076}; }
};

/// Below this power in mW the model is rough.
inline constexpr double rough_power_mw = 0.02;

namespace detail {

/// Relative power of a transition and relative area and delay of a gate.
struct gate_weights {
    double power, size;
};

[[nodiscard]] constexpr gate_weights weights_of(gate_kind kind) noexcept {
    switch (kind) {
    case gate_kind::xor_gate:
        return {2, 1.5};
    case gate_kind::not_gate:
        return {0.5, 0.5};
    case gate_kind::and_gate:
    case gate_kind::or_gate:
        break;
    }
    return {1, 1};
}

} // namespace detail

/// The modelled cost of a circuit under uniformly random operands.
///
/// Works on the cleaned netlist, so that neither dead gates nor buffers change a price. With p the exact
/// probability of a signal, a = 2p(1-p) and D its transition density: inputs have D = 1/2; a gate has the
/// density N that independent operands would give it, damped to D = a + 0.75 max(0, N - a); NOT passes D
/// through, as anything else would reward inserted inverters. Power is the weighted sum of D, area the sum of
/// unit sizes, delay the longest path. Throws value_error for more than 24 inputs.
[[nodiscard]] inline cost estimate_cost(const netlist& circuit, const cost_model& model = {}) {
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
