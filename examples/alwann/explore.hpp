// SPDX-License-Identifier: MIT
/// The parts of `alwann explore`.
#pragma once

#include "inputs.hpp"

#include <alwann/accelerator/any_architecture.hpp>
#include <alwann/search/problem_ref.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace program {

struct explore_options : common_options {
    std::string architecture = "power-gated";
    std::string mapping = "contiguous";
    std::string optimizer = "guided";
    std::string mac_count = "executed";
    std::string output;
    std::string archive;
    std::string replay;
    std::string progress = "line";
    std::vector<std::string> objectives;
    std::vector<std::string> limits;
    std::string memory = "512M";
    double drop_level = 0.01;
    std::size_t tiles = 0;
    std::size_t population = 50;
    std::size_t generations = 30;
    std::size_t evaluations = 0;
    std::size_t test_images = 0;
    std::size_t uniform_images = 2000;
    std::size_t most_tested = alwann::most_tested;
    std::optional<std::size_t> search_samples;
    std::size_t in_flight = 0;
    std::uint64_t seed = 1;
    bool no_uniform = false;
    bool resume = false;

    /// Evaluations that the search may spend.
    [[nodiscard]] std::size_t budget() const {
        return evaluations != 0 ? evaluations : population * (generations + 1);
    }
};

/// Where the images of one run come from.
struct image_split {
    std::size_t search_first = 0, search_count = 0, test_first = 0, test_count = 0;
};

/// All that a run found, for its files.
struct explore_results {
    const explore_options& options;
    const prepared_network& prepared;
    const image_split& split;
    const alwann::library& parts;
    const alwann::exploration& found;
    const alwann::json& convergence; ///< hypervolume over evaluations
    std::string compensation;        ///< of the search
    std::size_t uniform_images;      ///< that uniform designs were measured on
    std::size_t ranks;               ///< MPI processes
    std::string of_ranks;            ///< what these say of themselves; empty if there is one
    double seconds;
};

/// Prints the front, and writes results.json, the tables and the report into the folder.
void write_results(const explore_results& run, const std::filesystem::path& folder);

/// The optimiser that the options name, behind one type: each is compiled once, for any problem.
class chosen_optimizer {
public:
    using observer = std::function<void(const alwann::search_progress&)>;

    /// Reads the file of --replay, if there is one.
    explicit chosen_optimizer(const explore_options& options);

    template <class Problem, class Executor, class Observer>
    alwann::search_result minimise(const Problem& task, const Executor& workers, Observer&& observe) const {
        return run_(alwann::problem_ref(task), alwann::executor_ref(workers), observer(std::ref(observe)));
    }

private:
    std::function<alwann::search_result(const alwann::problem_ref&, const alwann::executor_ref&,
                                        const observer&)>
        run_;
};

/// Shows how far explore() is, as --progress asks: a line on a terminal, JSON lines on stderr, or nothing.
class explore_display {
public:
    explicit explore_display(const explore_options& options);
    void show(const alwann::explore_progress& progress);
    /// A line of JSON that says how it ended.
    void end(const alwann::exploration& found);

private:
    std::string how_;
    progress_line line_;
    double start_;
};

/// Bytes from a text such as 65536, 512M or 2G. Throws value_error for another one.
std::size_t bytes_from_string(const std::string& text);

/// The goals of --objectives and --limit. Throws name_error or value_error for others.
alwann::search_goals goals_of(const explore_options& options);

/// Output positions per layer that the search's compensation looks at.
std::size_t samples_of_search(const explore_options& options);

} // namespace program
