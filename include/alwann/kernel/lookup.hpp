// SPDX-License-Identifier: MIT
/// @file
/// Engine `lookup`: scalar table look-ups without bounds checks, for few positions and narrow groups.
#pragma once

#include <alwann/kernel/detail/prepared_engine.hpp>
#include <alwann/multiplier/table.hpp>

#include <algorithm>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Looks products up weight by weight: the 512 bytes of a weight's products stay in the first-level cache
/// while they are added to the results of a block of positions.
class lookup_engine final : public detail::prepared_engine {
public:
    /// Lays the weights out for a layer and a multiplier.
    lookup_engine(const convolution_shape& shape, const detail::chunk_layout& layout, const table& multiplier,
                  const std::uint8_t* weights)
        : shape_(shape),
          step_(layout.step),
          multiplier_(multiplier),
          weights_(weights, weights + shape.outputs * shape.depth()) {}

    /// Writes the sums of a chunk.
    void run(const detail::chunk& part, const detail::sums_writer& writer) const override {
        constexpr std::size_t block = detail::block_positions;
        constexpr std::size_t channels = 16; // written together
        const std::size_t depth = shape_.depth();
        std::int32_t column[block];
        std::int32_t sums[block * channels];
        for (std::size_t begin = 0; begin < part.positions(); begin += block) {
            const std::size_t count = std::min(block, part.positions() - begin);
            const std::uint32_t* first = part.first + begin;
            for (std::size_t output = 0; output < shape_.outputs; output += channels) {
                const std::size_t outputs = std::min(channels, shape_.outputs - output);
                for (std::size_t i = 0; i < outputs; ++i) {
                    const std::size_t f = output + i;
                    const std::uint8_t* codes =
                        part.codes + f / shape_.group_outputs() * shape_.group_inputs();
                    std::fill_n(column, count, 0);
                    for (std::size_t k = 0; k < depth; ++k) {
                        const std::uint16_t* products = multiplier_.of_weight(weights_[f * depth + k]).data();
                        const std::uint8_t* x = codes + step_[k];
                        for (std::size_t p = 0; p < count; ++p) {
                            column[p] += products[x[first[p]]];
                        }
                    }
                    for (std::size_t p = 0; p < count; ++p) {
                        sums[channels * p + i] = column[p];
                    }
                }
                writer.write(begin, count, output, outputs, sums, channels);
            }
        }
    }

    /// Bytes of scratch memory that one thread needs for so many positions of a chunk of so many bytes.
    [[nodiscard]] std::size_t scratch_bytes(std::size_t, std::size_t) const override { return 0; }
    /// About how many positions it should be given at a time.
    [[nodiscard]] std::size_t best_positions() const override { return 1024; }

private:
    convolution_shape shape_;
    std::vector<std::uint32_t> step_;
    table multiplier_;
    std::vector<std::uint8_t> weights_;
};

} // namespace alwann::inline ALWANN_ABI
