// SPDX-License-Identifier: MIT
/// @file
/// Every design there is: the true front of a small problem.
#pragma once

#include <alwann/search/problem.hpp>
#include <alwann/search/record.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// The number of genomes of a space of integers, or the largest uint64 if there are more than it can say.
[[nodiscard]] inline std::uint64_t count_genomes(const gene_space& space) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t count = 1;
    for (const auto& gene : space.integers) {
        const auto others = static_cast<std::uint64_t>(gene.high) - static_cast<std::uint64_t>(gene.low);
        if (others == most || count > most / (others + 1)) {
            return most;
        }
        count *= others + 1;
    }
    return count;
}

/// Evaluates all genomes of an integer problem in lexicographic order, each repaired first.
struct exhaustive {
    std::uint64_t limit = 1'000'000; ///< a larger space is refused, before anything is evaluated
    std::size_t batch = 1024;        ///< evaluated together, and a generation to the observer

    /// Searches; see the concept optimizer. Also throws value_error if there are real genes.
    template <problem P, executor E = serial_executor, search_observer Observer = no_observer>
    search_result minimise(const P& task, const E& workers = E{}, Observer&& observer = Observer{}) const {
        if (batch == 0) {
            throw value_error("exhaustive: batch must be at least 1");
        }
        search_record record(task, workers);
        const gene_space& space = record.space();
        if (!space.reals.empty()) {
            throw value_error("exhaustive: the problem has real genes, which cannot be enumerated");
        }
        const std::uint64_t count = count_genomes(space);
        if (count > limit) {
            throw value_error("exhaustive: the space has " + std::to_string(count) +
                              " genomes or more, the limit is " + std::to_string(limit));
        }
        genome candidate;
        for (const auto& gene : space.integers) {
            candidate.integers.push_back(gene.low);
        }
        const std::size_t last = static_cast<std::size_t>((count - 1) / batch);
        for (std::size_t generation = 0; generation <= last; ++generation) {
            const std::uint64_t begin = std::uint64_t{generation} * batch;
            for (std::uint64_t i = begin; i < count && i - begin < batch; ++i) {
                record.propose(candidate);
                advance(candidate, space);
            }
            record.evaluate();
            if (!notify(observer, {generation, last, record.evaluated().size(), record.front()})) {
                break;
            }
        }
        return std::move(record).finish();
    }

private:
    /// The next genome, the last gene fastest; the first one after the last.
    static void advance(genome& candidate, const gene_space& space) {
        for (std::size_t i = space.integers.size(); i-- > 0;) {
            if (candidate.integers[i] < space.integers[i].high) {
                ++candidate.integers[i];
                return;
            }
            candidate.integers[i] = space.integers[i].low;
        }
    }
};

static_assert(optimizer<exhaustive>);

} // namespace alwann::inline ALWANN_ABI
