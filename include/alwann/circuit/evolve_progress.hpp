// SPDX-License-Identifier: MIT
/// @file
/// What an evolution of circuits finds, and how it tells of its progress.
#pragma once

#include <alwann/circuit/cost.hpp>
#include <alwann/circuit/netlist.hpp>
#include <alwann/multiplier/metrics.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace alwann::inline ALWANN_ABI {

/// A circuit that an evolution found, with figures from its cleaned netlist.
struct evolved_circuit {
    netlist circuit;      ///< cleaned; 16 inputs, 16 outputs
    cost price;           ///< estimate_cost() of the circuit
    error_metrics errors; ///< measured on the circuit's truth table
    double weighted_percent = std::numeric_limits<double>::quiet_NaN(); ///< if there are operand weights
    double score = 0; ///< power and area relative to the exact Dadda multiplier, by power_share
};

/// How far an evolution is.
struct evolution_progress {
    std::size_t epoch = 0;        ///< finished
    std::size_t epochs = 0;       ///< wanted
    std::uint64_t candidates = 0; ///< circuits tried so far
    std::uint64_t simulated = 0;  ///< of these, circuits whose function was looked at
    const evolved_circuit& best;  ///< so far
};

/// Something to be told of the progress, once before the first epoch and after each. If it answers with a
/// bool, false ends the evolution early.
template <class O>
concept evolution_observer = std::invocable<O&, const evolution_progress&> &&
    (std::is_void_v<std::invoke_result_t<O&, const evolution_progress&>> ||
     std::convertible_to<std::invoke_result_t<O&, const evolution_progress&>, bool>);

/// Observes nothing.
struct no_evolution_observer {
    /// Does nothing.
    constexpr void operator()(const evolution_progress&) const noexcept {}
};

} // namespace alwann::inline ALWANN_ABI
