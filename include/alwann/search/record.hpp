// SPDX-License-Identifier: MIT
/// @file
/// The memory of a search: no genome is evaluated twice, nothing good is lost.
#pragma once

#include <alwann/search/pareto.hpp>
#include <alwann/search/problem.hpp>

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Takes candidates, evaluates the new ones in bulk and keeps the front of all. What every optimiser is
/// built on: it only has to decide what to propose.
///
/// Holds references: the problem and the executor must outlive it.
template <problem P, executor E>
class search_record {
public:
    /// Of a problem and an executor, which must outlive this object.
    search_record(const P& task, const E& workers) : task_(task), workers_(workers), space_(task.genes()) {
        validate(space_);
        if (task.objectives() == 0) {
            throw value_error("search: the problem has no objectives");
        }
    }

    /// The problem's genes.
    [[nodiscard]] const gene_space& space() const noexcept { return space_; }
    /// Every distinct genome that was evaluated, in order.
    [[nodiscard]] const std::vector<individual>& evaluated() const noexcept { return evaluated_; }
    /// pareto_front() of all that was evaluated.
    [[nodiscard]] const std::vector<individual>& front() const noexcept { return front_; }
    /// How many candidates wait for evaluation.
    [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }

    /// Repairs a candidate and puts it in the queue; false, and no effect, if it was proposed before.
    bool propose(genome candidate) {
        validate(candidate, space_);
        if constexpr (repairing_problem<P>) {
            task_.repair(candidate);
            validate(candidate, space_);
        }
        if (!seen_.insert(candidate).second) {
            return false;
        }
        pending_.push_back(std::move(candidate));
        return true;
    }

    /// Whether a genome, repaired, has not been proposed yet.
    [[nodiscard]] bool is_new(const genome& candidate) const { return !seen_.contains(candidate); }

    /// Proposes what next() gives until `wanted` candidates wait or 100 attempts for each have been made: a
    /// space may hold fewer genomes than asked for, and that should not hang.
    template <class Next>
    void fill(std::size_t wanted, Next&& next) {
        for (std::size_t attempt = 0; attempt / 100 < wanted && pending() < wanted; ++attempt) {
            propose(next());
        }
    }

    /// The genomes that wait, repaired, in the order they were proposed.
    [[nodiscard]] std::span<const genome> queue() const noexcept { return pending_; }

    /// Takes the last genome of the queue out of it, to be evaluated by the caller; give the result to add().
    [[nodiscard]] genome take() {
        genome last = std::move(pending_.back());
        pending_.pop_back();
        return last;
    }
    /// Notes an evaluation that was carried out elsewhere.
    void add(individual found) {
        validate(found.value, task_.objectives());
        evaluated_.push_back(std::move(found));
        join(std::span<const individual>(evaluated_).last(1));
    }

    /// Evaluates the queue and returns it; the view is valid until the next call.
    std::span<const individual> evaluate() {
        auto values = evaluate_population(task_, std::span<const genome>(pending_), workers_);
        const std::size_t before = evaluated_.size();
        for (std::size_t i = 0; i < pending_.size(); ++i) {
            evaluated_.push_back({std::move(pending_[i]), std::move(values[i])});
        }
        pending_.clear();
        const auto fresh = std::span<const individual>(evaluated_).subspan(before);
        join(fresh);
        return fresh;
    }

    /// Ends the search. Throws infeasible_error if nothing feasible was met.
    [[nodiscard]] search_result finish() && {
        if (front_.empty() || !front_.front().value.feasible()) {
            throw infeasible_error(
                "search: none of " + std::to_string(evaluated_.size()) + " genomes is feasible" +
                (front_.empty()
                     ? ""
                     : "; the smallest violation is " + std::to_string(front_.front().value.violation)));
        }
        const std::size_t count = evaluated_.size();
        return {std::move(front_), std::move(evaluated_), count, {}};
    }

private:
    void join(std::span<const individual> fresh) {
        for (const auto& each : fresh) {
            if (!each.value.dropped) {
                join_front(front_, each);
            }
        }
    }

    const P& task_;
    const E& workers_;
    gene_space space_;
    std::set<genome> seen_;
    std::vector<genome> pending_;
    std::vector<individual> evaluated_;
    std::vector<individual> front_;
};

} // namespace alwann::inline ALWANN_ABI
