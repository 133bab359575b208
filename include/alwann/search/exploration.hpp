// SPDX-License-Identifier: MIT
/// @file
/// What an exploration finds, and how far it is.
#pragma once

#include <alwann/accelerator/design.hpp>
#include <alwann/search/evaluator_options.hpp>
#include <alwann/search/known_designs.hpp>
#include <alwann/search/statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A design with all that was measured of it.
struct explored_design {
    design what;                       ///< tiles and mapping
    double energy = 1;                 ///< relative, executed multiplications
    double paper_energy = 1;           ///< relative, multiplications counted as in the paper
    double area_um2 = 0;               ///< of one multiplier per tile
    std::uint64_t cycles = 0;          ///< multiplications between two images, the inverse throughput
    double search_accuracy = 0;        ///< on the search images
    double test_accuracy = 0;          ///< on the test images
    confidence_interval test_interval; ///< of the accuracy, 95 % (Wilson)
    double test_loss = 0;              ///< accuracy of the exact 8-bit network minus this one's, same images
    confidence_interval loss_interval; ///< of the loss, 95 % (paired)
    double mcnemar = 1;                ///< probability of so large a loss or gain by chance, see mcnemar()
    double logit_mse = 0;              ///< on the test images
    std::size_t test_images = 0;       ///< how many; 0: not measured on any
    /// Signal to noise of each layer's results against those of exact products in the same quantised network,
    /// on the search images (layer_noise()); infinite where they are the same. Only of members of the front
    /// that were tested.
    std::vector<double> layer_snr_db = {};
};

/// A design as the search saw it.
struct searched_design {
    layer_choice multipliers;   ///< component of each layer; of those with equal tables the first
    double energy = 1;          ///< relative to the exact multiplier everywhere, executed multiplications
    double search_accuracy = 0; ///< on `images` search images
    std::size_t images = 0;     ///< fewer than there are if the design was dropped
};

/// The result of explore().
struct exploration {
    std::vector<explored_design> front;     ///< by energy, highest first; selected on the search images alone
    std::vector<explored_design> uniform;   ///< one multiplier everywhere, in the library's order
    std::vector<searched_design> evaluated; ///< all that the search measured, each layer compensated alone
    double exact_search_accuracy = 0;       ///< 8-bit exact network, search images
    double exact_accuracy = 0;              ///< 8-bit exact network, test images
    confidence_interval exact_interval;     ///< of exact_accuracy, 95 % (Wilson)
    std::size_t search_images = 0;          ///< how many chose the front
    std::size_t test_images = 0;            ///< how many measured it
    std::size_t evaluations = 0;            ///< different designs measured on the search images
    double hypervolume = 0;        ///< of error on the search images and energy, up to hypervolume_reference
    double emulated_products = 0;  ///< of all measurements, on search and test images
    evaluation_counts counts = {}; ///< what was emulated and what was not
    bool interrupted = false;      ///< ended early: the front so far, without measurements on test images
    std::vector<std::size_t> completions = {}; ///< of an asynchronous search, see search_result
};

/// What explore() is doing, for progress displays.
enum class explore_stage { uniform, search, test };

/// Its name, as programs print it.
[[nodiscard]] constexpr std::string_view to_string(explore_stage stage) noexcept {
    return stage == explore_stage::uniform ? "uniform" : stage == explore_stage::search ? "search" : "test";
}

/// How far explore() is.
struct explore_progress {
    explore_stage stage = explore_stage::uniform; ///< what it is at
    std::size_t done = 0;          ///< of `all` steps of the stage: designs, or generations of the search
    std::size_t all = 0;           ///< steps of the stage
    std::size_t evaluations = 0;   ///< different designs measured so far
    evaluation_counts counts = {}; ///< what that took
    double hypervolume = 0;        ///< of the front so far: of the search's objectives, on the search images
};

/// Where the hypervolume of (error, relative energy) is measured to.
inline const std::vector<double> hypervolume_reference = {0.9, 1.0};

/// The most designs that explore() compensates in order and tests, unless told otherwise.
inline constexpr std::size_t most_tested = 60;

/// What of a search is measured on test images.
struct tested_designs {
    std::size_t front = most_tested; ///< members of the front, at most; 1 or more
    /// One multiplier everywhere, too: each is compensated in the order of the layers, which with hundreds of
    /// multipliers takes longer than the search.
    bool uniform = true;
};

/// Designs that lose more of the accuracy than this are tested only where there are not enough others.
inline constexpr double useful_loss = 0.2;

/// The member of a front with the least energy whose loss on the test images is at most `points` percentage
/// points; null if there is none.
[[nodiscard]] inline const explored_design* cheapest_within(const std::vector<explored_design>& front,
                                                            double points) {
    const explored_design* best = nullptr;
    for (const auto& member : front) {
        if (member.test_images > 0 && 100 * member.test_loss <= points + 1e-9 &&
            (best == nullptr || member.energy < best->energy)) {
            best = &member;
        }
    }
    return best;
}

} // namespace alwann::inline ALWANN_ABI
