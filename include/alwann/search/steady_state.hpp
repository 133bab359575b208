// SPDX-License-Identifier: MIT
/// @file
/// NSGA-II that does not wait for its slowest member.
#pragma once

#include <alwann/search/detail/breeding.hpp>
#include <alwann/search/record.hpp>
#include <alwann/search/selection.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Steady-state NSGA-II (Durillo et al. 2009): each evaluation that ends joins the population at once, the
/// worst member leaves, and the next child is bred. All workers are busy to the end, however long single
/// evaluations take.
///
/// What is bred depends on the order in which evaluations end, and that on the machine. The order is in
/// search_result::completions; given back as `replay` it makes the search repeat itself exactly, with any
/// executor. With one worker, or with `in_flight` 1, evaluations end in the order they begin.
struct steady_state_nsga2 {
    std::size_t population = 50;         ///< how many are kept
    std::size_t evaluations = 1550;      ///< all together, the first population included
    std::uint64_t seed = 1;              ///< of all randomness
    double crossover = 0.9;              ///< as in nsga2
    std::optional<double> mutation = {}; ///< as in nsga2
    /// Of simulated binary crossover, for real genes: higher is closer to the parents.
    double crossover_index = 15;
    double mutation_index = 20;           ///< of polynomial mutation, for real genes: higher is smaller steps
    std::size_t in_flight = 0;            ///< evaluations at a time; 0: as many as the executor has workers
    std::vector<std::size_t> replay = {}; ///< completions of an earlier search; its in_flight is needed, too

    /// Searches; see the concept optimizer. Calls evaluate(), never evaluate_all(). Observers hear of every
    /// `population` evaluations, on whichever thread ended the last of them. Throws value_error for a replay
    /// that is not one of this search.
    template <problem P, executor E = serial_executor, search_observer Observer = no_observer>
    search_result minimise(const P& task, const E& workers = E{}, Observer&& observer = Observer{}) const {
        check();
        run<P, E, std::remove_reference_t<Observer>> state(*this, task, workers, observer);
        return state.finish();
    }

private:
    [[nodiscard]] detail::breeding breeding() const {
        return {crossover, mutation, crossover_index, mutation_index};
    }

    void check() const {
        const auto require = [](bool holds, const char* what) {
            detail::require_setting(holds, "steady_state_nsga2", what);
        };
        require(population >= 2, "population must be at least 2");
        require(evaluations >= 1, "evaluations must be at least 1");
        breeding().check("steady_state_nsga2");
    }

    template <class P, class E, class Observer>
    class run {
    public:
        run(const steady_state_nsga2& settings, const P& task, const E& workers, Observer& observer)
            : settings_(settings),
              task_(task),
              observer_(observer),
              record_(task, workers),
              random_(settings.seed) {
            if constexpr (seeded_problem<P>) {
                starts_ = task.seeds();
            }
            const std::size_t together =
                std::min(settings.in_flight != 0 ? settings.in_flight : workers.concurrency(),
                         std::max<std::size_t>(settings.evaluations, 1));
            for (std::size_t i = 0; i < together; ++i) {
                breed();
            }
            // Each worker carries on until there is nothing to begin: one task per worker.
            workers.for_each(together, [this](std::size_t) { work(); });
            if (problem_) {
                std::rethrow_exception(problem_);
            }
        }

        search_result finish() {
            auto result = std::move(record_).finish();
            result.completions = std::move(completions_);
            return result;
        }

    private:
        struct candidate {
            genome genes;
            std::optional<evaluation> value = {};
            bool settled = false;
        };

        void work() {
            std::unique_lock lock(access_);
            while (begun_ < candidates_.size() && !stopped_) {
                const std::size_t mine = begun_++;
                const genome genes = candidates_[mine].genes;
                lock.unlock();
                std::optional<evaluation> value;
                std::exception_ptr problem;
                try {
                    value = task_.evaluate(genes);
                } catch (...) {
                    problem = std::current_exception();
                }
                lock.lock();
                if (problem) {
                    problem_ = problem_ ? problem_ : problem;
                    stopped_ = true;
                    return;
                }
                candidates_[mine].value = std::move(value);
                ended_.push_back(mine);
                try {
                    settle();
                } catch (...) {
                    problem_ = problem_ ? problem_ : std::current_exception();
                    stopped_ = true;
                }
            }
        }

        /// Takes in what has ended; in a replay only what ended next then. Each makes room for a child.
        void settle() {
            while (!stopped_) {
                std::size_t next = 0;
                const std::size_t step = completions_.size();
                if (step < settings_.replay.size()) {
                    next = settings_.replay[step];
                    if (next >= candidates_.size() || candidates_[next].settled) {
                        throw value_error("steady_state_nsga2: completion " + std::to_string(step) +
                                          " of the replay names evaluation " + std::to_string(next) +
                                          ", which is not in flight then");
                    }
                    if (!candidates_[next].value) {
                        return; // its turn is first
                    }
                } else {
                    if (ended_.empty()) {
                        return;
                    }
                    next = ended_.front();
                }
                std::erase(ended_, next);
                completions_.push_back(next);
                candidates_[next].settled = true;
                individual found{candidates_[next].genes, *candidates_[next].value};
                record_.add(found);
                present_.members.push_back(std::move(found));
                present_ = select_best(present_.members, settings_.population);
                breed();
                tell();
            }
        }

        void tell() {
            const std::size_t done = completions_.size();
            if (done % settings_.population != 0 && done != settings_.evaluations) {
                return;
            }
            const std::size_t last =
                (settings_.evaluations + settings_.population - 1) / settings_.population;
            const std::size_t generation = (done + settings_.population - 1) / settings_.population;
            if (!notify(observer_, {generation - 1, last - 1, done, record_.front()})) {
                stopped_ = true;
            }
        }

        /// Puts one more candidate in line: a seed, a random genome while the population is small, a child.
        void breed() {
            if (candidates_.size() >= settings_.evaluations) {
                return;
            }
            const auto& space = record_.space();
            const auto fresh = [&] {
                if (next_start_ < starts_.size() && candidates_.size() < settings_.population) {
                    return starts_[next_start_++];
                }
                if (candidates_.size() < settings_.population || present_.members.size() < 2) {
                    return random_genome(space, random_);
                }
                return settings_.breeding().child(present_, space, random_);
            };
            record_.fill(1, fresh);
            if (record_.pending() == 1) {
                candidates_.push_back({record_.take()});
            }
        }

        const steady_state_nsga2& settings_;
        const P& task_;
        Observer& observer_;
        search_record<P, E> record_;
        random_generator random_;
        std::vector<genome> starts_;
        std::size_t next_start_ = 0;
        std::mutex access_;
        std::vector<candidate> candidates_; // in the order they were bred
        std::size_t begun_ = 0;
        std::vector<std::size_t> ended_; // not settled yet
        std::vector<std::size_t> completions_;
        ranked_population present_;
        std::exception_ptr problem_;
        bool stopped_ = false;
    };
};

static_assert(optimizer<steady_state_nsga2>);

} // namespace alwann::inline ALWANN_ABI
