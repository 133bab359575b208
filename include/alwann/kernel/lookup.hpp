// SPDX-License-Identifier: MIT
/// @file
/// Engine `lookup`: scalar table look-ups without bounds checks, for few positions and narrow groups.
#pragma once

#include <alwann/kernel/detail/padded_input.hpp>

#include <algorithm>

namespace alwann::inline ALWANN_ABI {

/// Looks products up weight by weight: the 512 bytes of a weight's products stay in the first-level cache
/// while they are added to the results of a block of positions.
struct lookup_engine {
    static void run(const convolution_task& task) {
        const auto& shape = task.shape;
        const detail::padded_input<std::uint8_t> input(task, 1);
        const std::size_t positions = shape.positions();
        const std::size_t depth = shape.depth();
        constexpr std::size_t block = 64;
        std::int32_t sums[block];
        for (std::size_t f = 0; f < shape.outputs; ++f) {
            const std::size_t channel = f / shape.group_outputs() * shape.group_inputs();
            const std::uint8_t* weights = task.weights + f * depth;
            for (std::size_t begin = 0; begin < positions; begin += block) {
                const std::size_t count = std::min(block, positions - begin);
                std::fill_n(sums, count, 0);
                const std::uint32_t* first = input.first.data() + begin;
                for (std::size_t k = 0; k < depth; ++k) {
                    const std::uint16_t* products = task.multiplier->of_weight(weights[k]).data();
                    const std::uint8_t* x = input.values.data() + input.step[k] + channel;
                    for (std::size_t p = 0; p < count; ++p) {
                        sums[p] += products[x[first[p]]];
                    }
                }
                for (std::size_t p = 0; p < count; ++p) {
                    task.sums[(begin + p) * shape.outputs + f] = sums[p];
                }
            }
        }
    }
};

} // namespace alwann::inline ALWANN_ABI
