// SPDX-License-Identifier: MIT
/// @file
/// How the designs of a stage become jobs.
#pragma once

#include <alwann/search/block_job.hpp>
#include <alwann/search/known_designs.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI::detail {

/// Blocks of images, from one to before another.
struct block_range {
    std::size_t first = 0, last = 0; ///< counted from 0
    std::size_t images = 0;          ///< of a block

    [[nodiscard]] std::size_t size() const noexcept { return last - first; }
};

/// The designs of a stage in waves, these in parts of neighbours; a part has a job for each block. A wave is
/// what a power cut can take.
struct stage_division {
    std::size_t part = 1; ///< designs
    std::size_t wave = 1; ///< designs, too

    /// Of few designs parts are small, so that there is work for all. Processes get longer waves of smaller
    /// jobs: at the end of each they wait for the last. What threads share must not depend on how many there
    /// are.
    stage_division(std::size_t designs, std::size_t blocks, std::size_t workers, bool processes) {
        const std::size_t tasks = (processes ? 16 : 4) * workers;
        part = std::clamp<std::size_t>(designs * blocks / (processes ? tasks / 2 : 16), 1, processes ? 4 : 8);
        wave = part * std::max<std::size_t>(1, (tasks + blocks - 1) / blocks);
    }
};

/// The jobs of a wave.
class wave_jobs {
public:
    /// The designs must outlive this object.
    wave_jobs(std::span<design_progress* const> designs, std::size_t part, block_range blocks)
        : designs_(designs), part_(part), blocks_(blocks) {
        for_each([this](std::span<design_progress* const> some, std::size_t block) {
            auto& job = jobs.emplace_back();
            job.block = block;
            for (const auto* design : some) {
                if (lacks(*design, block)) {
                    job.designs.push_back(design->multipliers);
                }
            }
        });
    }

    /// Gives the designs what was found on their blocks.
    void collect() {
        std::size_t next = 0;
        for_each([&](std::span<design_progress* const> some, std::size_t block) {
            auto found = jobs[next++].found.begin();
            for (auto* design : some) {
                if (lacks(*design, block)) {
                    design->seen.append(*found++);
                }
            }
        });
    }

    std::vector<block_job> jobs; ///< each part of designs on all blocks, one part after the other

private:
    /// An archived design may lack only some blocks of a stage.
    [[nodiscard]] bool lacks(const design_progress& design, std::size_t block) const {
        return design.seen.images() <= block * blocks_.images;
    }
    template <class Visit>
    void for_each(const Visit& visit) const {
        for (std::size_t begin = 0; begin < designs_.size(); begin += part_) {
            for (std::size_t block = blocks_.first; block < blocks_.last; ++block) {
                visit(designs_.subspan(begin, std::min(part_, designs_.size() - begin)), block);
            }
        }
    }

    std::span<design_progress* const> designs_;
    std::size_t part_;
    block_range blocks_;
};

} // namespace alwann::inline ALWANN_ABI::detail
