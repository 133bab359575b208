// SPDX-License-Identifier: MIT
/// @file
/// What an optimisation problem is, what an optimiser is, and what they say to each other.
#pragma once

#include <alwann/core/config.hpp>
#include <alwann/core/error.hpp>
#include <alwann/core/executor.hpp>
#include <alwann/core/random.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A decision between the integers low to high, both included.
struct integer_gene {
    std::int64_t low = 0;  ///< the least value
    std::int64_t high = 0; ///< the greatest value

    friend bool operator==(const integer_gene&, const integer_gene&) = default;
};

/// A decision between the real numbers low to high, both included.
struct real_gene {
    double low = 0;  ///< the least value
    double high = 1; ///< the greatest value

    friend bool operator==(const real_gene&, const real_gene&) = default;
};

/// The decisions of a problem. Integers stay integers by type: nothing is ever rounded to a choice.
struct gene_space {
    std::vector<integer_gene> integers = {}; ///< ranges of the integer genes
    std::vector<real_gene> reals = {};       ///< ranges of the real genes

    /// How many genes there are.
    [[nodiscard]] std::size_t size() const noexcept { return integers.size() + reals.size(); }
};

/// One candidate: a value for each gene of a gene_space, in its order.
struct genome {
    std::vector<std::int64_t> integers = {}; ///< in the order of gene_space
    std::vector<double> reals = {};          ///< in the order of gene_space

    friend bool operator==(const genome&, const genome&) = default;
    /// Lexicographic, so that genomes can be keys.
    friend bool operator<(const genome& a, const genome& b) {
        return a.integers != b.integers ? a.integers < b.integers : a.reals < b.reals;
    }
};

/// What a genome is worth: objectives are minimised, violation says how far a constraint is missed.
struct evaluation {
    std::vector<double> objectives = {}; ///< all to be minimised
    double violation = 0; ///< 0 if the genome is feasible, else positive and smaller when closer to it
    /// The objectives are estimates, which suffice to know that something feasible evaluated before
    /// dominates it.
    bool dropped = false;

    /// Whether all limits hold.
    [[nodiscard]] bool feasible() const noexcept { return violation <= 0; }
    friend bool operator==(const evaluation&, const evaluation&) = default;
};

/// A genome and its worth.
struct individual {
    genome genes = {};     ///< what it is
    evaluation value = {}; ///< what it is worth

    friend bool operator==(const individual&, const individual&) = default;
};

/// Problem that also moves any genome inside the gene ranges to one it allows. Idempotent.
template <class P>
concept repairing_problem = requires(const P& p, genome& candidate) {
    p.repair(candidate);
};

/// Problem that also knows genomes worth starting from, the best first.
template <class P>
concept seeded_problem = requires(const P& p) {
    { p.seeds() } -> std::convertible_to<std::vector<genome>>;
};

/// Problem that also evaluates many genomes at a time, sharing work between them.
template <class P, class E>
concept bulk_problem = requires(const P& p, std::span<const genome> candidates, const E& workers) {
    { p.evaluate_all(candidates, workers) } -> std::convertible_to<std::vector<evaluation>>;
};

/// Anything that can be optimised. evaluate() is const, gives the same answer each time, may be called by
/// several threads at once, and is only asked about genomes that repair(), if there is one, has seen.
///
/// A member repair or seeds that does not fit its concept above fails here instead of being ignored.
template <class P>
concept problem = requires(const P& p, const genome& candidate) {
    { p.genes() } -> std::convertible_to<gene_space>;
    { p.objectives() } -> std::convertible_to<std::size_t>;
    { p.evaluate(candidate) } -> std::convertible_to<evaluation>;
    requires(!requires { &P::repair; } || repairing_problem<P>);
    requires(!requires { &P::seeds; } || seeded_problem<P>);
};

/// Throws value_error unless there are genes and every range is finite and not empty.
ALWANN_SEPARABLE void validate(const gene_space& space);

/// Throws value_error unless the genome has a value within range for each gene.
ALWANN_SEPARABLE void validate(const genome& candidate, const gene_space& space);

/// Throws value_error for an evaluation that no order can place: wrong count, NaN, negative violation.
ALWANN_SEPARABLE void validate(const evaluation& value, std::size_t objectives);

/// A value of an integer gene, uniform. Unsigned arithmetic, since high - low may not fit the signed type.
constexpr std::int64_t random_value(const integer_gene& gene, random_generator& random) {
    const auto others = static_cast<std::uint64_t>(gene.high) - static_cast<std::uint64_t>(gene.low);
    const auto offset =
        others == std::numeric_limits<std::uint64_t>::max() ? random() : uniform_below(random, others + 1);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(gene.low) + offset);
}

/// A genome with each gene uniform in its range, not repaired.
ALWANN_SEPARABLE genome random_genome(const gene_space& space, random_generator& random);

/// The evaluations of many genomes, in their order: by evaluate_all() if the problem has one, else one task
/// each. Throws value_error for an evaluation that cannot be ordered.
template <problem P, executor E>
std::vector<evaluation> evaluate_population(const P& task, std::span<const genome> candidates,
                                            const E& workers) {
    std::vector<evaluation> values;
    if constexpr (bulk_problem<P, E>) {
        values = task.evaluate_all(candidates, workers);
        if (values.size() != candidates.size()) {
            throw value_error("search: evaluate_all gave " + std::to_string(values.size()) +
                              " evaluations of " + std::to_string(candidates.size()) + " genomes");
        }
    } else {
        values.resize(candidates.size());
        workers.for_each(candidates.size(), [&](std::size_t i) { values[i] = task.evaluate(candidates[i]); });
    }
    const std::size_t objectives = task.objectives();
    for (const auto& value : values) {
        validate(value, objectives);
    }
    return values;
}

/// How far a search is. The front is valid during the call only.
struct search_progress {
    std::size_t generation = 0;             ///< just finished; the initial one is 0
    std::size_t generations = 0;            ///< the last one, unless the search ends early
    std::size_t evaluations = 0;            ///< spent so far
    std::span<const individual> front = {}; ///< of everything evaluated so far
};

/// Called on the searching thread after each generation; returning false ends the search.
template <class O>
concept search_observer = std::invocable<O&, const search_progress&> &&
    (std::is_void_v<std::invoke_result_t<O&, const search_progress&>> ||
     std::convertible_to<std::invoke_result_t<O&, const search_progress&>, bool>);

/// The observer that looks away.
struct no_observer {
    /// Does nothing.
    constexpr void operator()(const search_progress&) const noexcept {}
};

/// Tells the observer and says whether the search may go on.
template <search_observer O>
bool notify(O& observer, const search_progress& progress) {
    if constexpr (std::is_void_v<std::invoke_result_t<O&, const search_progress&>>) {
        observer(progress);
        return true;
    } else {
        return static_cast<bool>(observer(progress));
    }
}

/// What a search found.
struct search_result {
    std::vector<individual> front = {};     ///< pareto_front() of all that was evaluated; feasible
    std::vector<individual> evaluated = {}; ///< every distinct genome, in the order of evaluation
    std::size_t evaluations = 0;            ///< calls of evaluate()
    /// Of an asynchronous search: the order in which evaluations ended, by the order they began in.
    std::vector<std::size_t> completions = {};
};

namespace detail {
/// Smallest problem, to ask a type whether it is an optimiser.
struct problem_archetype {
    [[nodiscard]] gene_space genes() const;
    [[nodiscard]] std::size_t objectives() const;
    [[nodiscard]] evaluation evaluate(const genome&) const;
};
static_assert(problem<problem_archetype>);
} // namespace detail

/// Something that minimises any problem. Throws value_error for bad settings, infeasible_error if it met no
/// feasible genome; the result depends on its settings and the problem, not on the executor.
template <class O>
concept optimizer = requires(const O& o, const detail::problem_archetype& task,
                             const serial_executor& workers, no_observer observer) {
    { o.minimise(task, workers, observer) } -> std::same_as<search_result>;
};

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/search/detail/define_problem.hpp>
#endif
