// SPDX-License-Identifier: MIT
/// @file
/// What the evolution of circuits can be told.
#pragma once

#include <alwann/circuit/cost.hpp>
#include <alwann/circuit/detail/evolve_state.hpp>
#include <alwann/circuit/evolve_isa.hpp>
#include <alwann/circuit/evolve_limits.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// What to evolve, and how hard to try. The defaults suit a minute on one core.
struct evolution_settings {
    error_limits limits = {};                     ///< what has to hold; at least one bounds the errors' size
    std::optional<operand_weights> operands = {}; ///< for limits.weighted_percent
    cost_model model = {};                        ///< prices the circuits
    double power_share = 0.5;                     ///< of power in the score, 0 to 1; the rest is area
    std::uint64_t seed = 1;                       ///< of all randomness
    std::size_t islands = 4;                      ///< circuits that evolve beside each other, 1 to 4096
    std::size_t epochs = 80;                      ///< between which islands exchange circuits
    std::uint64_t epoch_candidates = 50'000;      ///< circuits each island tries in an epoch
    std::size_t migration = 5;                    ///< epochs from exchange to exchange; 0 for none
    std::size_t patience = 15;                    ///< epochs without gain before a new start; 0 for never
    std::size_t max_changes = 2;                  ///< of one candidate
    std::size_t spare_gates = 30;                 ///< without use, as material
    double error_price = 0.03;                    ///< see evolution
    double drift = 0.02;                          ///< see evolution
    evolve_isa isa = evolve_isa::automatic;       ///< has no influence on the result
};

/// Throws value_error that names the setting, also for limits as check() of error_limits does, and for an
/// instruction set that the processor does not have.
inline void check(const evolution_settings& settings) {
    check(settings.limits, settings.operands);
    const auto require = [](bool holds, const char* what) {
        if (!holds) {
            throw value_error(std::string("evolution: ") + what);
        }
    };
    require(settings.power_share >= 0 && settings.power_share <= 1, "power_share must be from 0 to 1");
    require(settings.islands >= 1 && settings.islands <= detail::state_reader::most_islands,
            "islands must be from 1 to 4096");
    require(settings.max_changes >= 1 && settings.max_changes <= 1000, "max_changes must be from 1 to 1000");
    require(settings.spare_gates <= 1000, "spare_gates must be at most 1000");
    require(settings.error_price >= 0 && settings.error_price <= 100, "error_price must be from 0 to 100");
    require(settings.drift >= 0 && settings.drift <= 100, "drift must be from 0 to 100");
    require(settings.epoch_candidates <= 1'000'000'000, "epoch_candidates must be at most 10^9");
    const cost_model& model = settings.model;
    for (const double constant :
         {model.power_scale, model.area_scale, model.delay_scale, model.glitch_share}) {
        require(constant >= 0 && constant <= 1000, "the cost model needs numbers from 0 to 1000");
    }
    require(model.glitch_share <= 1, "the cost model's glitch_share must be at most 1");
    require(model.power_scale > 0 && model.area_scale > 0, "the cost model needs scales above 0");
    static_cast<void>(active_evolve_isa(settings.isa));
}

namespace detail {

/// Everything the result depends on except the number of epochs, numbers by their bits.
[[nodiscard]] inline saved_settings values_of(const evolution_settings& settings) {
    saved_settings values;
    const auto add = [&](const char* name, std::uint64_t value) { values.emplace_back(name, value); };
    const auto add_number = [&](const char* name, double value) {
        add(name, std::bit_cast<std::uint64_t>(value));
    };
    const error_limits& limits = settings.limits;
    add_number("mae_percent", limits.mae_percent.value_or(-1));
    add_number("wce_percent", limits.wce_percent.value_or(-1));
    add_number("mre_percent", limits.mre_percent.value_or(-1));
    add_number("bias", limits.bias.value_or(-1));
    add_number("weighted_percent", limits.weighted_percent.value_or(-1));
    add("zero_preserving", limits.zero_preserving ? 1 : 0);
    std::string operands;
    if (settings.operands) {
        for (const auto& list : {settings.operands->activations, settings.operands->weights}) {
            for (const double weight : list) {
                operands += std::to_string(std::bit_cast<std::uint64_t>(weight)) + ' ';
            }
        }
    }
    add("operands", hash_of(operands));
    add_number("model.power_scale", settings.model.power_scale);
    add_number("model.area_scale", settings.model.area_scale);
    add_number("model.delay_scale", settings.model.delay_scale);
    add_number("model.glitch_share", settings.model.glitch_share);
    add_number("power_share", settings.power_share);
    add_number("error_price", settings.error_price);
    add_number("drift", settings.drift);
    add("seed", settings.seed);
    add("islands", settings.islands);
    add("epoch_candidates", settings.epoch_candidates);
    add("migration", settings.migration);
    add("patience", settings.patience);
    add("max_changes", settings.max_changes);
    add("spare_gates", settings.spare_gates);
    return values;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
