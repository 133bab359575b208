// SPDX-License-Identifier: MIT
/// @file
/// How genomes are mixed and changed.
///
/// Integer genes need integer arithmetic only and come out the same everywhere. Real genes use std::pow and
/// products that a compiler may fuse, so their last bits may differ between platforms.
#pragma once

#include <alwann/search/problem.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// Simulated binary crossover of one real gene, bounded (Deb and Agrawal 1995): children lie around their
/// parents as they would after a one-point crossover of binary numbers. A larger index keeps them closer.
inline void blend(double& a, double& b, const real_gene& gene, double index, random_generator& random) {
    const double low = std::min(a, b);
    const double high = std::max(a, b);
    const double gap = high - low;
    if (!(gap > 1e-14 * (gene.high - gene.low))) {
        return;
    }
    const double draw = uniform_unit(random);
    const auto spread = [&](double room) {
        const double alpha = 2 - std::pow(1 + 2 * room / gap, -(index + 1));
        return std::pow(draw * alpha <= 1 ? draw * alpha : 1 / (2 - draw * alpha), 1 / (index + 1));
    };
    const double middle = low + 0.5 * gap;
    a = std::clamp(middle - 0.5 * spread(low - gene.low) * gap, gene.low, gene.high);
    b = std::clamp(middle + 0.5 * spread(gene.high - high) * gap, gene.low, gene.high);
    if (chance(random, 0.5)) {
        std::swap(a, b);
    }
}

/// Uniform crossover: each gene is exchanged with probability 1/2, and real genes are blended if so.
ALWANN_SEPARABLE void crossover(genome& a, genome& b, const gene_space& space, double index,
                                random_generator& random);

/// Polynomial mutation of one real gene, bounded (Deb and Goyal 1996). A larger index makes smaller steps.
inline void perturb(double& value, const real_gene& gene, double index, random_generator& random) {
    const double range = gene.high - gene.low;
    if (!(range > 0)) {
        return;
    }
    const double draw = uniform_unit(random);
    const bool down = draw < 0.5;
    const double tail = 2 * (down ? draw : 1 - draw);
    const double room = (down ? value - gene.low : gene.high - value) / range;
    const double step = 1 - std::pow(tail + (1 - tail) * std::pow(1 - room, index + 1), 1 / (index + 1));
    value = std::clamp(down ? value - step * range : value + step * range, gene.low, gene.high);
}

/// Another value of an integer gene, uniform; the same if there is no other.
constexpr std::int64_t another_value(std::int64_t value, const integer_gene& gene, random_generator& random) {
    const auto low = static_cast<std::uint64_t>(gene.low);
    const auto others = static_cast<std::uint64_t>(gene.high) - low;
    if (others == 0) {
        return value;
    }
    std::uint64_t offset = uniform_below(random, others);
    offset += offset >= static_cast<std::uint64_t>(value) - low ? 1 : 0; // step over the present value
    return static_cast<std::int64_t>(low + offset);
}

/// Changes each gene with the given probability: integers to another value, reals by perturb().
ALWANN_SEPARABLE void mutate(genome& candidate, const gene_space& space, double rate, double index,
                             random_generator& random);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/search/detail/define_variation.hpp>
#endif
