// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/evolve.hpp.
#pragma once

#include <alwann/circuit/arithmetic.hpp>
#include <alwann/circuit/detail/evolve_climber.hpp>
#include <alwann/circuit/evolve.hpp>
#include <alwann/core/output_file.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// A score as the climbers count it.
[[nodiscard]] inline std::int64_t evolution_score(double score) {
    return std::llround(0x1p24 * score);
}

} // namespace detail

ALWANN_SEPARABLE evolution::evolution(const netlist& seed, evolution_settings settings)
    : settings_(std::move(settings)) {
    check(settings_);
    if (seed.inputs() != detail::multiplier_input_count || seed.outputs().size() > detail::product_bits) {
        throw value_error("evolution: expected a circuit of 16 inputs and at most 16 outputs, found " +
                          std::to_string(seed.inputs()) + " and " + std::to_string(seed.outputs().size()));
    }
    std::vector<signal> outputs = seed.outputs();
    outputs.resize(detail::product_bits, netlist::zero);
    state_.seed = netlist(seed.inputs(), seed.gates(), std::move(outputs)).cleaned();
    state_.best = state_.seed;
    state_.settings = detail::values_of(settings_);
    state_.islands.assign(settings_.islands, {state_.seed, state_.seed, 0, 0});
    if (state_.seed.gates().size() > most_gates) {
        throw value_error("evolution: expected at most " + std::to_string(most_gates) +
                          " gates after cleaning, found " + std::to_string(state_.seed.gates().size()));
    }
    start();
}

ALWANN_SEPARABLE evolution::evolution(detail::evolution_state state, evolution_settings settings,
                                      const std::filesystem::path& path)
    : settings_(std::move(settings)), state_(std::move(state)) {
    check(settings_);
    const auto refuse = [&](const std::string& other) {
        throw value_error("evolution: " + path.string() + " was saved with another " + other);
    };
    const auto saved_epoch =
        std::find_if(state_.settings.begin(), state_.settings.end(),
                     [](const auto& saved) { return saved.first == "epoch_candidates"; });
    if (saved_epoch != state_.settings.end() && saved_epoch->second != settings_.epoch_candidates &&
        saved_epoch->second > 0) {
        // Epochs keep their size; how many candidates are tried does not change.
        const double each =
            static_cast<double>(settings_.epochs) * static_cast<double>(settings_.epoch_candidates);
        const double epochs = std::ceil(each / static_cast<double>(saved_epoch->second));
        settings_.epochs =
            epochs < 1e18 ? static_cast<std::size_t>(epochs) : std::numeric_limits<std::size_t>::max();
        settings_.epoch_candidates = saved_epoch->second;
        check(settings_);
    }
    const auto now = detail::values_of(settings_);
    if (state_.settings.size() != now.size()) {
        refuse("version of the library");
    }
    for (std::size_t i = 0; i < now.size(); ++i) {
        if (state_.settings[i] != now[i]) {
            refuse(now[i].first);
        }
    }
    if (state_.islands.size() != settings_.islands) {
        refuse("number of islands");
    }
    start();
}

ALWANN_SEPARABLE evolution evolution::restore(const std::filesystem::path& path,
                                              evolution_settings settings) {
    return evolution(detail::read_state(path), std::move(settings), path);
}

ALWANN_SEPARABLE void evolution::save(const std::filesystem::path& path) const {
    write_file(path, detail::to_text(state_));
}

ALWANN_SEPARABLE void evolution::start() {
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

ALWANN_SEPARABLE std::pair<std::uint64_t, std::uint64_t> evolution::measure(const netlist& circuit) const {
    std::vector<std::uint32_t> ones;
    for (const double share : signal_probabilities(circuit)) {
        ones.push_back(static_cast<std::uint32_t>(share * operand_pairs));
    }
    detail::candidate_price price;
    price.clean(circuit.gates(), circuit.outputs(), std::vector<std::uint8_t>(circuit.gates().size(), 1));
    return {price.activity(ones, settings_.model), price.half_sizes()};
}

ALWANN_SEPARABLE std::int64_t evolution::score_of(const netlist& circuit) const {
    const auto [activity, half_sizes] = measure(circuit);
    return (*scale_)(activity, half_sizes);
}

ALWANN_SEPARABLE evolved_circuit evolution::evaluate(const netlist& circuit) const {
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

ALWANN_SEPARABLE void evolution::run_epoch(executor_ref workers) {
    const detail::evolve_kernel& kernel = detail::evolve_kernel_of(settings_.isa);
    std::vector<detail::island_state> islands = state_.islands; // an exception must not leave half an epoch
    std::vector<detail::climber_counts> counts(islands.size());
    std::vector<std::uint8_t> improved(islands.size(), 0);
    workers.for_each(islands.size(), [&](std::size_t i) {
        detail::island_state& island = islands[i];
        const detail::climber_settings climbing{.model = settings_.model,
                                                .scale = *scale_,
                                                .error_price = detail::evolution_score(settings_.error_price),
                                                .drift = detail::evolution_score(drift_of(i)),
                                                .spare_gates = settings_.spare_gates,
                                                .max_changes = settings_.max_changes,
                                                .disguised = disguised_};
        detail::climber climber(*task_, kernel, climbing, island.present, random_generator(epoch_seed(i)));
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

ALWANN_SEPARABLE void evolution::take_if_better(const netlist& circuit) {
    evolved_circuit candidate = evaluate(circuit);
    if (candidate.score < best_.score &&
        violations(settings_.limits, candidate.errors, candidate.weighted_percent).empty()) {
        best_ = std::move(candidate);
        state_.best = best_.circuit;
    }
}

ALWANN_SEPARABLE void evolution::migrate() {
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

ALWANN_SEPARABLE double evolution::drift_of(std::size_t island) const {
    return settings_.islands == 1
               ? 0.0
               : settings_.drift * static_cast<double>(island) / static_cast<double>(settings_.islands - 1);
}

ALWANN_SEPARABLE std::uint64_t evolution::epoch_seed(std::size_t island) const {
    random_generator mixed(settings_.seed ^ (state_.epoch * 0xD1342543DE82EF95u) ^
                           (island * 0xDA942042E4DD58B5u));
    return mixed();
}

} // namespace alwann::inline ALWANN_ABI
