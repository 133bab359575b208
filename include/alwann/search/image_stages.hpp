// SPDX-License-Identifier: MIT
/// @file
/// Images in growing parts, and when the rest of them cannot save a design.
#pragma once

#include <alwann/nn/accuracy.hpp>
#include <alwann/search/statistics.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Images of a block where nothing else is said: an eighth of all, so that the first stage is no more, but
/// enough for engines that pay per call, and at most images_per_pass.
[[nodiscard]] constexpr std::size_t default_block(std::size_t images) {
    return std::clamp<std::size_t>((images + 7) / 8, 32, images_per_pass);
}

/// How many images a design has seen after each stage: about an eighth, a quarter, half and all, in whole
/// blocks.
[[nodiscard]] inline std::vector<std::size_t> growing_stages(std::size_t images, std::size_t block) {
    std::vector<std::size_t> ends;
    const std::size_t blocks = (images + block - 1) / block;
    for (std::size_t end = std::max<std::size_t>(1, blocks / 8); end < blocks; end *= 2) {
        ends.push_back(end * block);
    }
    ends.push_back(images);
    return ends;
}

/// Whether a design is worse than a rival beyond doubt: the upper confidence bound of its accuracy minus the
/// rival's is below 0. `level` is the probability of being wrong about it, one-sided.
///
/// Both are compared on the images that the design has seen, pair by pair; taking these for a sample with
/// replacement makes the bound wider than it need be.
[[nodiscard]] inline bool surely_worse(const measurement& design, const measurement& rival, double level) {
    paired_counts counts;
    for (std::size_t i = 0; i < design.images(); ++i) {
        const bool a = design.hits[i];
        const bool b = rival.hits[i];
        ++(a ? (b ? counts.both : counts.first_only) : (b ? counts.second_only : counts.neither));
    }
    // Bounds are known for confidences between 0 and 1, as far as a double can tell them from these.
    const double confidence = std::clamp(1 - 2 * level, 1e-9, 1.0);
    return counts.second_only > counts.first_only && confidence < 1 &&
           paired_difference(counts, confidence).interval.high < 0;
}

} // namespace alwann::inline ALWANN_ABI
