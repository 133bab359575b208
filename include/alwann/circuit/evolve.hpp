// SPDX-License-Identifier: MIT
/// @file
/// Evolution of approximate 8x8 multipliers: Cartesian genetic programming (Miller and Thomson 2000).
#pragma once

#include <alwann/circuit/arithmetic.hpp>
#include <alwann/circuit/cost.hpp>
#include <alwann/circuit/detail/evolve_climber.hpp>
#include <alwann/circuit/detail/evolve_state.hpp>
#include <alwann/circuit/evolve_progress.hpp>
#include <alwann/circuit/evolve_settings.hpp>
#include <alwann/core/executor.hpp>
#include <alwann/core/output_file.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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
    evolution(const netlist& seed, evolution_settings settings) : settings_(std::move(settings)) {
        check(settings_);
        if (seed.inputs() != detail::multiplier_input_count || seed.outputs().size() > detail::product_bits) {
            throw value_error("evolution: expected a circuit of 16 inputs and at most 16 outputs, found " +
                              std::to_string(seed.inputs()) + " and " +
                              std::to_string(seed.outputs().size()));
        }
        std::vector<signal> outputs = seed.outputs();
        outputs.resize(detail::product_bits, netlist::zero);
        state_.seed = netlist(seed.inputs(), seed.gates(), std::move(outputs)).cleaned();
        state_.best = state_.seed;
        state_.settings = detail::settings_hash(settings_);
        state_.islands.assign(settings_.islands, {state_.seed, state_.seed, 0, 0});
        if (state_.seed.gates().size() > most_gates) {
            throw value_error("evolution: expected at most " + std::to_string(most_gates) +
                              " gates after cleaning, found " + std::to_string(state_.seed.gates().size()));
        }
        start();
    }

    /// The largest seed circuit: an island keeps 16 KiB for each gate.
    static constexpr std::size_t most_gates = 4096;

    /// Goes on with an evolution that was saved under the same settings; `epochs` and `isa` may differ.
    ///
    /// Throws io_error, format_error for a file that is none of save() or is damaged, and value_error for
    /// other settings.
    [[nodiscard]] static evolution restore(const std::filesystem::path& path, evolution_settings settings) {
        return evolution(detail::read_state(path), std::move(settings), path);
    }

    /// Saves the evolution, in one step: an interrupted write leaves an older file as it was. Throws
    /// io_error.
    void save(const std::filesystem::path& path) const { write_file(path, detail::to_text(state_)); }

    /// The best circuit so far; at first the seed circuit.
    [[nodiscard]] const evolved_circuit& best() const noexcept { return best_; }
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
            run_epoch(workers);
        }
        return best_;
    }

private:
    evolution(detail::evolution_state state, evolution_settings settings, const std::filesystem::path& path)
        : settings_(std::move(settings)), state_(std::move(state)) {
        check(settings_);
        if (state_.settings != detail::settings_hash(settings_) ||
            state_.islands.size() != settings_.islands) {
            throw value_error("evolution: " + path.string() + " was saved under other settings");
        }
        start();
    }

    void start() {
        const netlist dadda = circuits::exact_dadda();
        exact_ = estimate_cost(dadda, settings_.model);
        const auto [activity, half_sizes] = measure(dadda);
        scale_.emplace(settings_.power_share, activity, half_sizes);
        disguised_ = detail::disguised_xors{}.count(state_.seed.inputs(), state_.seed.gates());
        best_ = evaluate(state_.best);
        if (const std::string problems = violations(settings_.limits, best_.errors, best_.weighted_percent);
            !problems.empty()) {
            throw infeasible_error("evolution: the seed circuit is not within the limits: " + problems);
        }
        task_.emplace(settings_.limits, settings_.operands);
    }

    /// Activity and sizes of a circuit as climbers measure them.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> measure(const netlist& circuit) const {
        std::vector<std::uint32_t> ones;
        for (const double share : signal_probabilities(circuit)) {
            ones.push_back(static_cast<std::uint32_t>(share * operand_pairs));
        }
        detail::candidate_price price;
        price.clean(circuit.gates(), circuit.outputs(), std::vector<std::uint8_t>(circuit.gates().size(), 1));
        return {price.activity(ones, settings_.model), price.half_sizes()};
    }
    [[nodiscard]] std::int64_t score_of(const netlist& circuit) const {
        const auto [activity, half_sizes] = measure(circuit);
        return (*scale_)(activity, half_sizes);
    }
    [[nodiscard]] static std::int64_t scaled(double score) { return std::llround(0x1p24 * score); }

    /// The figures of a circuit, by the functions anyone else would use.
    [[nodiscard]] evolved_circuit evaluate(const netlist& circuit) const {
        evolved_circuit result;
        result.circuit = circuit.cleaned();
        result.price = estimate_cost(result.circuit, settings_.model);
        const table products = simulate(result.circuit, "evolved");
        result.errors = measure_errors(products);
        if (settings_.operands) {
            result.weighted_percent = weighted_error_percent(products, *settings_.operands);
        }
        result.score = settings_.power_share * result.price.power_mw / exact_.power_mw +
                       (1 - settings_.power_share) * result.price.area_um2 / exact_.area_um2;
        return result;
    }

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

    template <executor E>
    void run_epoch(const E& workers) {
        const detail::evolve_kernel& kernel = detail::evolve_kernel_of(settings_.isa);
        std::vector<detail::island_state> islands =
            state_.islands; // an exception must not leave half an epoch
        std::vector<detail::climber_counts> counts(islands.size());
        std::vector<std::uint8_t> improved(islands.size(), 0);
        workers.for_each(islands.size(), [&](std::size_t i) {
            detail::island_state& island = islands[i];
            const detail::climber_settings climbing{.model = settings_.model,
                                                    .scale = *scale_,
                                                    .error_price = scaled(settings_.error_price),
                                                    .drift = scaled(drift_of(i)),
                                                    .spare_gates = settings_.spare_gates,
                                                    .max_changes = settings_.max_changes,
                                                    .disguised = disguised_};
            detail::climber climber(*task_, kernel, climbing, island.present,
                                    random_generator(epoch_seed(i)));
            climber.run(settings_.epoch_candidates);
            island.present = climber.present();
            counts[i] = climber.counts();
            if (score_of(climber.best()) < score_of(island.best)) {
                island.best = climber.best();
                improved[i] = 1;
            }
        });
        state_.islands = std::move(islands);
        ++state_.epoch;
        for (std::size_t i = 0; i < state_.islands.size(); ++i) {
            detail::island_state& island = state_.islands[i];
            state_.candidates += counts[i].candidates;
            state_.simulated += counts[i].simulated;
            island.stalled = improved[i] != 0 ? 0 : island.stalled + 1;
            ++island.age;
            if (improved[i] != 0) {
                take_if_better(island.best);
            }
        }
        migrate();
    }

    /// A circuit becomes the result only if it is better and within the limits when measured anew.
    void take_if_better(const netlist& circuit) {
        evolved_circuit candidate = evaluate(circuit);
        if (candidate.score < best_.score &&
            violations(settings_.limits, candidate.errors, candidate.weighted_percent).empty()) {
            best_ = std::move(candidate);
            state_.best = best_.circuit;
        }
    }

    /// Islands that have had their time since the last start take their neighbour's circuit if it is better;
    /// one that does not get on starts again from the seed circuit.
    void migrate() {
        auto& islands = state_.islands;
        const std::size_t patience = settings_.patience;
        for (detail::island_state& island : islands) {
            if (patience != 0 && island.stalled >= patience) {
                island = {state_.seed, state_.seed, 0, 0};
            }
        }
        if (settings_.migration == 0 || state_.epoch % settings_.migration != 0) {
            return;
        }
        std::vector<std::int64_t> scores;
        for (const detail::island_state& island : islands) {
            scores.push_back(score_of(island.best));
        }
        const std::vector<detail::island_state> before = islands;
        for (std::size_t i = 0; i < islands.size(); ++i) {
            const std::size_t neighbour = (i + islands.size() - 1) % islands.size();
            if (scores[neighbour] < scores[i] && islands[i].age >= settings_.migration) {
                islands[i].present = islands[i].best = before[neighbour].best;
                islands[i].stalled = 0;
            }
        }
    }

    /// Islands differ in how far they stray: the first not at all, the last by `drift`.
    [[nodiscard]] double drift_of(std::size_t island) const {
        return settings_.islands == 1 ? 0.0
                                      : settings_.drift * static_cast<double>(island) /
                                            static_cast<double>(settings_.islands - 1);
    }

    /// The seed of an island's random numbers in the present epoch.
    [[nodiscard]] std::uint64_t epoch_seed(std::size_t island) const {
        random_generator mixed(settings_.seed ^ (state_.epoch * 0xD1342543DE82EF95u) ^
                               (island * 0xDA942042E4DD58B5u));
        return mixed();
    }

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
