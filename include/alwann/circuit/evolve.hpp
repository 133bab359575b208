// SPDX-License-Identifier: MIT
/// @file
/// Evolution of approximate 8x8 multipliers: Cartesian genetic programming (Miller and Thomson 2000).
#pragma once

#include <alwann/circuit/arithmetic.hpp>
#include <alwann/circuit/cost.hpp>
#include <alwann/circuit/detail/evolve_price.hpp>
#include <alwann/circuit/detail/evolve_state.hpp>
#include <alwann/circuit/detail/evolve_task.hpp>
#include <alwann/circuit/evolve_progress.hpp>
#include <alwann/circuit/evolve_settings.hpp>
#include <alwann/core/executor.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <type_traits>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// An evolution under way: climbers on islands change circuits, keep what is within the limits and not worse,
/// and pass the best on now and then.
///
/// Its score is the mean of modelled power and area relative to the exact Dadda multiplier. Scores are always
/// those of cleaned netlists, area is meant to keep its share, and a circuit may not hold more XORs made of
/// ANDs and ORs than the seed: the power model alone can be gamed by all of these. Within an island
/// `error_price` is added for the share of the allowed error that is used, so that of equally cheap circuits
/// the better is kept, which leaves room for the next step. The first island never accepts a worse circuit,
/// the others stray above their best score at the beginning of an epoch: the last by `drift`, but no more
/// than a tenth of the score.
///
/// The result depends on the settings and the seed circuit alone, not on the executor, the processor, or
/// whether the evolution was saved and restored on the way: all decisions are made in integers. It is never
/// worse than the seed circuit.
class evolution {
public:
    /// An evolution from a circuit of 16 inputs and at most 16 outputs.
    ///
    /// Throws value_error for a circuit of another form or settings out of range, see also check() of
    /// error_limits; and infeasible_error if the circuit itself is not within the limits.
    ALWANN_SEPARABLE evolution(const netlist& seed, evolution_settings settings);

    /// The largest seed circuit: an island keeps 16 KiB for each gate.
    static constexpr std::size_t most_gates = 4096;

    /// Goes on with an evolution that was saved under the same settings; `epochs` and `isa` may differ.
    /// Epochs stay as large as they were: with another `epoch_candidates`, `epochs` is converted to try as
    /// many.
    ///
    /// Throws io_error, format_error for a file that is none of save() or is damaged, and value_error that
    /// names the first setting that is another.
    [[nodiscard]] ALWANN_SEPARABLE static evolution restore(const std::filesystem::path& path,
                                                            evolution_settings settings);

    /// Saves the evolution, in one step: an interrupted write leaves an older file as it was. Throws
    /// io_error.
    ALWANN_SEPARABLE void save(const std::filesystem::path& path) const;

    /// The best circuit so far; at first the seed circuit.
    [[nodiscard]] const evolved_circuit& best() const noexcept { return best_; }
    /// The circuit it began with, cleaned.
    [[nodiscard]] const netlist& seed() const noexcept { return state_.seed; }
    /// What it was told.
    [[nodiscard]] const evolution_settings& settings() const noexcept { return settings_; }
    /// How far it is.
    [[nodiscard]] evolution_progress progress() const noexcept {
        return {static_cast<std::size_t>(state_.epoch), settings_.epochs, state_.candidates, state_.simulated,
                best_};
    }

    /// Runs until all epochs are finished or the observer ends it; can be called again then.
    template <executor E = serial_executor, evolution_observer Observer = no_evolution_observer>
    const evolved_circuit& run(const E& workers = E{}, Observer&& observer = Observer{}) {
        while (tell(observer) && state_.epoch < settings_.epochs) {
            run_epoch(executor_ref(workers));
        }
        return best_;
    }

private:
    ALWANN_SEPARABLE evolution(detail::evolution_state state, evolution_settings settings,
                               const std::filesystem::path& path);

    ALWANN_SEPARABLE void start();

    /// Activity and sizes of a circuit as climbers measure them.
    [[nodiscard]] ALWANN_SEPARABLE std::pair<std::uint64_t, std::uint64_t>
    measure(const netlist& circuit) const;
    [[nodiscard]] ALWANN_SEPARABLE std::int64_t score_of(const netlist& circuit) const;
    /// The figures of a circuit, by the functions anyone else would use.
    [[nodiscard]] ALWANN_SEPARABLE evolved_circuit evaluate(const netlist& circuit) const;

    template <class Observer>
    bool tell(Observer& observer) const {
        const evolution_progress now = progress();
        if constexpr (std::is_void_v<std::invoke_result_t<Observer&, const evolution_progress&>>) {
            observer(now);
            return true;
        } else {
            return static_cast<bool>(observer(now));
        }
    }

    ALWANN_SEPARABLE void run_epoch(executor_ref workers);

    /// A circuit becomes the result only if it is better and within the limits when measured anew.
    ALWANN_SEPARABLE void take_if_better(const netlist& circuit);

    /// Islands that have had their time since the last start take their neighbour's circuit if it is better;
    /// one that does not get on starts again from the seed circuit.
    ALWANN_SEPARABLE void migrate();

    /// Islands differ in how far they stray: the first not at all, the last by `drift`.
    [[nodiscard]] ALWANN_SEPARABLE double drift_of(std::size_t island) const;

    /// The seed of an island's random numbers in the present epoch.
    [[nodiscard]] ALWANN_SEPARABLE std::uint64_t epoch_seed(std::size_t island) const;

    evolution_settings settings_;
    detail::evolution_state state_;
    evolved_circuit best_;
    std::optional<detail::evolution_task> task_;
    std::optional<detail::score_scale> scale_;
    cost exact_;                ///< of the exact Dadda multiplier
    std::size_t disguised_ = 0; ///< XORs made of other gates in the seed circuit
};

/// Evolves a circuit from start to end: `evolve(circuits::exact_dadda(), {.limits = {.mae_percent = 0.1}})`.
template <executor E = serial_executor, evolution_observer Observer = no_evolution_observer>
[[nodiscard]] evolved_circuit evolve(const netlist& seed, const evolution_settings& settings,
                                     const E& workers = E{}, Observer&& observer = Observer{}) {
    return evolution(seed, settings).run(workers, observer);
}

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_evolve.hpp>
#endif
