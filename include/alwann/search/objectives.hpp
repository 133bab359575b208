// SPDX-License-Identifier: MIT
/// @file
/// What a design is judged by.
#pragma once

#include <alwann/core/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// All are minimised, and all but logit_error and multipliers are shares of what the exact accelerator needs.
enum class objective {
    loss,        ///< share of the search images that are classified wrongly
    logit_error, ///< mean squared difference of the results from the exact network's: smooth where loss is
                 ///< not
    energy,      ///< of all multiplications, relative to the exact multiplier
    area,        ///< of the tiles' multipliers, relative to as many exact ones
    latency,     ///< cycles from an image to its result, relative to one multiplication a cycle on one tile
    interval,    ///< cycles between two images, the inverse throughput, likewise
    multipliers  ///< how many different multipliers the layers use
};

/// All of them, with the names that users write.
inline constexpr std::array<std::pair<objective, std::string_view>, 7> objective_names{
    {{objective::loss, "loss"},
     {objective::logit_error, "logit-error"},
     {objective::energy, "energy"},
     {objective::area, "area"},
     {objective::latency, "latency"},
     {objective::interval, "interval"},
     {objective::multipliers, "multipliers"}}};

/// Its name, as programs print it.
[[nodiscard]] constexpr std::string_view to_string(objective what) noexcept {
    return objective_names[static_cast<std::size_t>(what)].second;
}

/// Throws name_error for another name than those of objective_names.
[[nodiscard]] inline objective objective_from_string(std::string_view name) {
    std::string known;
    for (const auto& [what, text] : objective_names) {
        if (text == name) {
            return what;
        }
        known += (known.empty() ? "" : ", ") + std::string(text);
    }
    throw name_error("objective '" + std::string(name) + "': expected one of " + known);
}

/// Whether it takes emulation to know it.
[[nodiscard]] constexpr bool is_measured(objective what) noexcept {
    return what == objective::loss || what == objective::logit_error;
}

/// A constraint: designs with more of it are infeasible, by the excess relative to the limit.
struct objective_limit {
    objective what = objective::energy; ///< what is limited
    double at_most = 1;                 ///< the greatest value allowed
};

/// What a search minimises, in this order, and what it may not exceed.
struct search_goals {
    std::vector<objective> objectives = {objective::loss, objective::energy}; ///< what is minimised
    std::vector<objective_limit> limits = {};                                 ///< what has to hold

    /// Where the hypervolume is measured to: error 0.9 and energy 1; 10 % beyond the exact accelerator for
    /// other shares, and for multipliers and logit errors a bound that useful designs keep.
    [[nodiscard]] std::vector<double> reference(std::size_t tiles) const {
        std::vector<double> point;
        for (const auto what : objectives) {
            point.push_back(what == objective::loss          ? 0.9
                            : what == objective::energy      ? 1.0
                            : what == objective::logit_error ? 100.0
                            : what == objective::multipliers ? static_cast<double>(tiles) + 1
                                                             : 1.1);
        }
        return point;
    }

    /// Throws value_error if there is no objective, one is there twice, or a limit is not finite.
    void check() const {
        if (objectives.empty()) {
            throw value_error("search goals: expected at least one objective");
        }
        const std::set<objective> different(objectives.begin(), objectives.end());
        if (different.size() != objectives.size()) {
            throw value_error("search goals: an objective is named twice");
        }
        for (const auto& limit : limits) {
            if (!std::isfinite(limit.at_most)) {
                throw value_error("search goals: the limit on " + std::string(to_string(limit.what)) +
                                  " is not a finite number");
            }
        }
    }

    /// Whether an objective or a limit speaks of it.
    [[nodiscard]] bool speak_of(objective what) const {
        return std::find(objectives.begin(), objectives.end(), what) != objectives.end() ||
               std::any_of(limits.begin(), limits.end(),
                           [what](const objective_limit& limit) { return limit.what == what; });
    }
};

} // namespace alwann::inline ALWANN_ABI
