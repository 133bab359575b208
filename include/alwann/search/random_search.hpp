// SPDX-License-Identifier: MIT
/// @file
/// Random search: the baseline that an optimiser has to beat at equal evaluations.
#pragma once

#include <alwann/search/problem.hpp>
#include <alwann/search/record.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// Evaluates distinct uniform genomes. Takes no seeds() from the problem: it shows what chance alone does.
struct random_search {
    std::size_t evaluations = 1550; ///< at most; fewer if new genomes are no longer found
    std::uint64_t seed = 1;         ///< of all randomness
    std::size_t batch = 50;         ///< evaluated together, and a generation to the observer

    /// Searches; see the concept optimizer. The genomes depend on the seed alone, not on the batch, unless
    /// the space is nearly used up.
    template <problem P, executor E = serial_executor, search_observer Observer = no_observer>
    search_result minimise(const P& task, const E& workers = E{}, Observer&& observer = Observer{}) const {
        if (evaluations == 0 || batch == 0) {
            throw value_error("random_search: evaluations and batch must be at least 1");
        }
        search_record record(task, workers);
        random_generator random(seed);
        const std::size_t last = (evaluations - 1) / batch;
        for (std::size_t generation = 0; generation <= last; ++generation) {
            const std::size_t wanted = std::min(batch, evaluations - record.evaluated().size());
            record.fill(wanted, [&] { return random_genome(record.space(), random); });
            const bool used_up = record.pending() < wanted;
            record.evaluate();
            if (!notify(observer, {generation, last, record.evaluated().size(), record.front()}) || used_up) {
                break;
            }
        }
        return std::move(record).finish();
    }
};

static_assert(optimizer<random_search>);

} // namespace alwann::inline ALWANN_ABI
