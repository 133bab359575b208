// SPDX-License-Identifier: MIT
/// @file
/// The pieces of work that evaluators hand out: some designs on some images.
#pragma once

#include <alwann/nn/accuracy.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Designs on one block of images, and what came of it.
struct block_job {
    std::vector<std::vector<std::size_t>>
        designs;                    ///< multiplier of each layer; sorted, so neighbours begin alike
    std::size_t block = 0;          ///< which images
    std::vector<measurement> found; ///< per design
    double emulated = 0;            ///< products
    double skipped = 0;             ///< products that designs before had in common with later ones
};

/// A design whose layers are compensated in their order, on whole sets of images, and what came of it.
struct design_job {
    std::vector<std::size_t> multipliers;        ///< that of each layer
    std::vector<const benchmark_images*> images; ///< the sets; they must outlive the job
    bool noise = false;                          ///< whether layer_snr_db is asked for, too
    std::vector<measurement> found = {};         ///< per set; one without images was not measured yet
    std::vector<double> layer_snr_db = {};       ///< of layer_noise() on the images of the search
    double seconds = 0;                          ///< that the compensation and the measurements took
    double emulated = 0;                         ///< products of what was not measured yet

    /// Whether there is nothing left to do.
    [[nodiscard]] bool complete() const {
        return found.size() == images.size() && (!noise || !layer_snr_db.empty()) &&
               std::all_of(found.begin(), found.end(), [](const auto& each) { return each.images() > 0; });
    }
};

/// Carries out jobs somewhere else: threads, processes, other machines.
struct block_runner {
    std::function<void(std::span<block_job>)> run; ///< returns when all are done
    std::size_t concurrency = 1;                   ///< jobs that run at a time
    /// Whole designs: calls done(job) after each, on any thread. Where there is none, the executor does them.
    std::function<void(std::span<design_job* const>, const std::function<void(design_job&)>& done)>
        run_designs = {};

    /// Whether there is one.
    explicit operator bool() const noexcept { return static_cast<bool>(run); }
};

} // namespace alwann::inline ALWANN_ABI
