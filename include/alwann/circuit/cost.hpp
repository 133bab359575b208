// SPDX-License-Identifier: MIT
/// @file
/// Power, area and delay of circuits: published figures and the model for circuits without any.
#pragma once

#include <alwann/circuit/simulate.hpp>

#include <cmath>
#include <limits>
#include <string_view>

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
[[nodiscard]] ALWANN_SEPARABLE cost estimate_cost(const netlist& circuit, const cost_model& model = {});

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_cost.hpp>
#endif
