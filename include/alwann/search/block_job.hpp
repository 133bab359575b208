// SPDX-License-Identifier: MIT
/// @file
/// The piece of work that evaluators hand out: some designs on some images.
#pragma once

#include <alwann/nn/accuracy.hpp>

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

/// Carries out jobs somewhere else: threads, processes, other machines.
struct block_runner {
    std::function<void(std::span<block_job>)> run; ///< returns when all are done
    std::size_t concurrency = 1;                   ///< jobs that run at a time

    /// Whether there is one.
    explicit operator bool() const noexcept { return static_cast<bool>(run); }
};

} // namespace alwann::inline ALWANN_ABI
