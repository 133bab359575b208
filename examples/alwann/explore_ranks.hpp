// SPDX-License-Identifier: MIT
/// The processes of `mpirun alwann explore`; a pool of one where there is no MPI.
#pragma once

#include "explore.hpp"

#include <alwann/search/evaluator.hpp>

#include <memory>
#include <string>
#include <vector>

namespace program {

/// Starts MPI if a launcher started this process. Rank 0 reads, searches and writes; the others get network,
/// tables and images from it once, and evaluate.
class rank_pool {
public:
    using evaluator = alwann::design_evaluator<alwann::any_compensation>;

    rank_pool();
    ~rank_pool(); ///< lets the other ranks go, whatever they wait for
    rank_pool(const rank_pool&) = delete;
    rank_pool& operator=(const rank_pool&) = delete;

    [[nodiscard]] bool is_root() const;
    [[nodiscard]] std::size_t size() const;

    /// Rank 0: sends what the others need; `test` are the images of the final measurement, `uniform_count` of
    /// them those of uniform designs.
    void distribute(const explore_options& options, const alwann::dataset& tuning,
                    const alwann::dataset& test, std::size_t uniform_count, const alwann::library& parts);
    /// Rank 0, after distribute(): for evaluator_options::runner; none if it is alone.
    [[nodiscard]] alwann::block_runner runner();
    /// Rank 0: what the runner works for, with the images of search, test and uniform designs.
    void attach(const evaluator& with, std::vector<const alwann::benchmark_images*> images);

    /// Other ranks: works until rank 0 is done.
    void serve(const explore_options& options);

    /// How much was moved in a run of so many seconds, for people; empty if nothing was.
    [[nodiscard]] std::string summary(double seconds) const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace program
