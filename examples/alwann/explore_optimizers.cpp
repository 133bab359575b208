// SPDX-License-Identifier: MIT
#include "explore.hpp"

#include <alwann/core/source_text.hpp>
#include <alwann/search/guided.hpp>
#include <alwann/search/steady_state.hpp>

#include <algorithm>

namespace program {

namespace aw = alwann;

namespace {

/// The order of completions in a results.json.
std::vector<std::size_t> read_replay(const std::string& file) {
    const std::string text = aw::detail::read_text_file(file, std::size_t{256} << 20);
    try {
        const auto document = aw::json::parse(text);
        const auto& order = document.at("completions");
        const bool whole = std::all_of(order.begin(), order.end(),
                                       [](const auto& each) { return each.is_number_unsigned(); });
        if (order.is_array() && !order.empty() && whole) {
            return order.template get<std::vector<std::size_t>>();
        }
    } catch (const aw::json::exception&) {
        // As wrong as the values.
    }
    throw aw::format_error(file, "completions", "the results of a search by --optimizer steady-state");
}

} // namespace

chosen_optimizer::chosen_optimizer(const explore_options& options) {
    const auto use = [this](auto optimizer) {
        run_ = [optimizer](const aw::problem_ref& task, const aw::executor_ref& workers,
                           const observer& observe) { return optimizer.minimise(task, workers, observe); };
    };
    const std::size_t budget = options.budget();
    if (options.optimizer != "steady-state" && (!options.replay.empty() || options.in_flight != 0)) {
        throw aw::value_error(options.replay.empty()
                                  ? "--in-flight: only --optimizer steady-state has evaluations in flight"
                                  : "--replay: only --optimizer steady-state has something to replay");
    }
    if (options.optimizer == "random") {
        use(aw::random_search{.evaluations = budget, .seed = options.seed});
    } else if (options.optimizer == "exhaustive") {
        use(aw::exhaustive{});
    } else if (options.optimizer == "guided") {
        use(aw::guided_search{.evaluations = budget, .population = options.population, .seed = options.seed});
    } else if (options.optimizer == "steady-state") {
        use(aw::steady_state_nsga2{.population = options.population,
                                   .evaluations = budget,
                                   .seed = options.seed,
                                   .in_flight = options.in_flight,
                                   .replay = options.replay.empty() ? std::vector<std::size_t>{}
                                                                    : read_replay(options.replay)});
    } else {
        auto optimizer = options.optimizer == "paper" ? aw::nsga2::paper() : aw::nsga2{};
        optimizer.population = options.population;
        optimizer.generations = options.generations;
        if (options.evaluations != 0) {
            optimizer.population = std::min(options.population, std::max<std::size_t>(budget, 2));
            optimizer.generations = budget < optimizer.population ? 0 : budget / optimizer.population - 1;
        }
        optimizer.seed = options.seed;
        use(optimizer);
    }
}

} // namespace program
