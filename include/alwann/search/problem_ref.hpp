// SPDX-License-Identifier: MIT
/// @file
/// A problem chosen at run time.
#pragma once

#include <alwann/search/layered.hpp>
#include <alwann/search/problem.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Any problem behind one type, so that optimisers are compiled once for all of them. Refers to the problem,
/// which must outlive it. Says nothing of seeds, repairs or models where the problem does not.
class problem_ref {
public:
    /// Refers to a problem, which must outlive this object.
    template <problem P>
        requires(!std::same_as<P, problem_ref>)
    problem_ref(const P& target) // NOLINT(google-explicit-constructor): stands for the problem
        : target_(std::make_shared<const model<P>>(target)) {}

    /// The problem's.
    [[nodiscard]] gene_space genes() const { return target_->genes(); }
    /// How many there are.
    [[nodiscard]] std::size_t objectives() const { return target_->objectives(); }
    /// What the problem says of a genome.
    [[nodiscard]] evaluation evaluate(const genome& candidate) const { return target_->evaluate(candidate); }
    /// What the problem says of each genome.
    [[nodiscard]] std::vector<evaluation> evaluate_all(std::span<const genome> candidates,
                                                       executor_ref workers) const {
        return target_->evaluate_all(candidates, workers);
    }
    /// Makes a genome feasible, where the problem can.
    void repair(genome& candidate) const { target_->repair(candidate); }
    /// Where a search may start; empty if the problem has nothing to say.
    [[nodiscard]] std::vector<genome> seeds() const { return target_->seeds(); }
    /// The problem as a choice for each layer, if it is one.
    [[nodiscard]] std::optional<layered_model> layered(executor_ref workers, double most) const {
        return target_->layered(workers, most);
    }
    /// The genome of a choice for each layer.
    [[nodiscard]] genome assemble(const std::vector<std::size_t>& choices) const {
        return target_->assemble(choices);
    }
    /// The choice of each layer in a genome.
    [[nodiscard]] std::vector<std::size_t> choices(const genome& candidate) const {
        return target_->choices(candidate);
    }

private:
    struct interface {
        virtual ~interface() = default;
        [[nodiscard]] virtual gene_space genes() const = 0;
        [[nodiscard]] virtual std::size_t objectives() const = 0;
        [[nodiscard]] virtual evaluation evaluate(const genome&) const = 0;
        [[nodiscard]] virtual std::vector<evaluation> evaluate_all(std::span<const genome>,
                                                                   executor_ref) const = 0;
        virtual void repair(genome&) const = 0;
        [[nodiscard]] virtual std::vector<genome> seeds() const = 0;
        [[nodiscard]] virtual std::optional<layered_model> layered(executor_ref, double most) const = 0;
        [[nodiscard]] virtual genome assemble(const std::vector<std::size_t>&) const = 0;
        [[nodiscard]] virtual std::vector<std::size_t> choices(const genome&) const = 0;
    };
    template <class P>
    struct model final : interface {
        explicit model(const P& target) : task(target) {}
        [[nodiscard]] gene_space genes() const override { return task.genes(); }
        [[nodiscard]] std::size_t objectives() const override { return task.objectives(); }
        [[nodiscard]] evaluation evaluate(const genome& candidate) const override {
            return task.evaluate(candidate);
        }
        [[nodiscard]] std::vector<evaluation> evaluate_all(std::span<const genome> candidates,
                                                           executor_ref workers) const override {
            return evaluate_population(task, candidates, workers);
        }
        void repair(genome& candidate) const override {
            if constexpr (repairing_problem<P>) {
                task.repair(candidate);
            }
        }
        [[nodiscard]] std::vector<genome> seeds() const override {
            if constexpr (seeded_problem<P>) {
                return task.seeds();
            } else {
                return {};
            }
        }
        [[nodiscard]] std::optional<layered_model> layered(executor_ref workers, double most) const override {
            if constexpr (layered_problem<P, executor_ref>) {
                return task.layered(workers, most);
            } else {
                return std::nullopt;
            }
        }
        [[nodiscard]] genome assemble(const std::vector<std::size_t>& picked) const override {
            if constexpr (layered_problem<P, executor_ref>) {
                return task.assemble(picked);
            } else {
                throw value_error("search: the problem has no layers");
            }
        }
        [[nodiscard]] std::vector<std::size_t> choices(const genome& candidate) const override {
            if constexpr (layered_problem<P, executor_ref>) {
                return task.choices(candidate);
            } else {
                throw value_error("search: the problem has no layers");
            }
        }
        const P& task;
    };

    std::shared_ptr<const interface> target_;
};
static_assert(problem<problem_ref>);

} // namespace alwann::inline ALWANN_ABI
