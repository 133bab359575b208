// SPDX-License-Identifier: MIT
/// @file
/// The best compensation that a budget allows.
#pragma once

#include <alwann/compensation/channel_ls3.hpp>
#include <alwann/compensation/closed_form.hpp>
#include <alwann/compensation/concept.hpp>
#include <alwann/compensation/histogram_map.hpp>
#include <alwann/compensation/table_coordinate_descent.hpp>
#include <alwann/core/format.hpp>

#include <cstddef>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// Seconds for one design where a search compensates many, and where the final ones are compensated.
inline constexpr double search_budget = 4;
/// Seconds for a design that is reported.
inline constexpr double final_budget = 600;

/// What default_compensation can choose.
enum class compensation_effort {
    closed_form, ///< centred_map + control_variate
    fitted,      ///< centred_map + channel_ls3
    one_sweep,   ///< table_coordinate_descent with one sweep
    descent      ///< table_coordinate_descent
};

/// The most thorough compensation whose predicted time for the whole network is within a budget.
///
/// The time is predicted from the number of weights and samples, at the speed of one thread of a processor
/// with AVX-512, and never measured: the same input gives the same result on every machine, fast or slow,
/// loaded or not. All layers of a network get the same treatment.
struct default_compensation {
    double budget_seconds = final_budget; ///< for one design

    /// The name in listings and messages, with a budget other than final_budget.
    [[nodiscard]] std::string name() const {
        return budget_seconds == final_budget ? "default" : "default:" + format_number(budget_seconds);
    }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return true; }

    /// What a network of so many weights with so many samples a layer gets.
    [[nodiscard]] constexpr compensation_effort effort(std::size_t weights,
                                                       std::size_t samples) const noexcept {
        const auto work = static_cast<double>(weights);
        const auto positions = static_cast<double>(samples);
        // In seconds for a weight: a sweep, and the products of all samples.
        const double sweep = work * (0.15e-9 * positions + 1e-6);
        const double fit = work * 0.03e-9 * positions;
        if (2 * sweep <= budget_seconds) {
            return compensation_effort::descent;
        }
        if (sweep <= budget_seconds) {
            return compensation_effort::one_sweep;
        }
        return fit <= budget_seconds ? compensation_effort::fitted : compensation_effort::closed_form;
    }

    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        const std::size_t weights =
            context.network_weights == 0 ? setting.weights.size() : context.network_weights;
        const std::size_t samples =
            context.network_samples == 0 ? context.samples->count() : context.network_samples;
        switch (effort(weights, samples)) {
        case compensation_effort::descent:
            return table_coordinate_descent{}.compensate(context, setting);
        case compensation_effort::one_sweep:
            return table_coordinate_descent{.sweeps = 1}.compensate(context, setting);
        case compensation_effort::fitted:
            return (centred_map{} + channel_ls3{}).compensate(context, setting);
        case compensation_effort::closed_form:
            return (centred_map{} + control_variate{}).compensate(context, setting);
        }
    }
};
static_assert(compensation<default_compensation>);

} // namespace alwann::inline ALWANN_ABI
