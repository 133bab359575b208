// SPDX-License-Identifier: MIT
/// @file
/// What the inner loops of the evolution of circuits have in common, and their portable version.
#pragma once

#include <alwann/circuit/netlist.hpp>
#include <alwann/multiplier/concept.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// 64-bit words of a block of patterns: few, so that bad candidates are dropped early and the rows of many
/// signals stay in cache; enough to outweigh the decoding of gates.
inline constexpr std::size_t evolve_words = 32;
/// Blocks that all 65,536 pairs of operands make.
inline constexpr std::size_t evolve_blocks = operand_pairs / 64 / evolve_words;
/// Bits of a product.
inline constexpr std::size_t product_bits = 16;

/// One gate to be simulated, by the rows of its signals in a block.
struct gate_step {
    gate_kind kind = gate_kind::and_gate;
    std::uint32_t out = 0, a = 0, b = 0;
};

/// The rows to be compared in a block.
struct distance_task {
    const std::uint64_t* values = nullptr;  ///< of the block, [row][evolve_words]
    const std::uint32_t* outputs = nullptr; ///< rows of the 16 product bits
    const std::uint64_t* exact = nullptr;   ///< the exact products, [16][evolve_words]
    std::uint64_t* distance = nullptr;      ///< result: the bits of |product - exact|, [16][evolve_words]
    std::uint32_t limit = 0;                ///< largest distance allowed
};

/// The inner loops of one instruction set; all give the same bits.
struct evolve_kernel {
    /// Simulates gates in one block; `values` is [row][evolve_words].
    void (*simulate)(const gate_step* steps, std::size_t count, std::uint64_t* values);
    /// Computes the distances of a block, bit-sliced, and whether one is beyond the limit.
    bool (*distances)(const distance_task& task);
    /// The sum of the distances of a block.
    std::uint64_t (*sum)(const std::uint64_t* distance);
    /// The weighted sum of the distances of a block; overwrites them. Weights are in the order of
    /// weight_place().
    std::uint64_t (*weighted_sum)(std::uint64_t* distance, const std::uint32_t* weights);
    /// In how many bits two rows differ.
    std::uint64_t (*unlike)(const std::uint64_t* a, const std::uint64_t* b);
};

/// Where weighted_sum() looks for the weight of a pattern of a block.
[[nodiscard]] constexpr std::size_t weight_place(std::size_t pattern) noexcept {
    const std::size_t word = pattern / 64, lane = pattern % 64 / 16, bit = pattern % 16;
    return (bit * 4 + lane) * evolve_words + word;
}

/// Body of weighted_sum() for all instruction sets: the compiler vectorises these loops for its caller.
///
/// Sixteen rows of bits become one row of numbers for each bit position of 16-bit lanes, by swapping
/// quadrants of ever smaller squares.
[[gnu::always_inline]] inline std::uint64_t weigh_distances(std::uint64_t* __restrict distance,
                                                            const std::uint32_t* __restrict weights) {
    constexpr std::array<std::uint64_t, 4> low_part = {0x00FF00FF00FF00FFu, 0x0F0F0F0F0F0F0F0Fu,
                                                       0x3333333333333333u, 0x5555555555555555u};
    for (std::size_t stage = 0; stage < 4; ++stage) {
        const std::size_t step = std::size_t{8} >> stage;
        const std::uint64_t mask = low_part[stage];
        for (std::size_t i = 0; i < product_bits; ++i) {
            if ((i & step) == 0) {
                std::uint64_t* __restrict first = distance + i * evolve_words;
                std::uint64_t* __restrict second = distance + (i + step) * evolve_words;
                for (std::size_t k = 0; k < evolve_words; ++k) {
                    const std::uint64_t swapped = ((first[k] >> step) ^ second[k]) & mask;
                    second[k] ^= swapped;
                    first[k] ^= swapped << step;
                }
            }
        }
    }
    std::uint64_t sum = 0;
    for (std::size_t bit = 0; bit < product_bits; ++bit) {
        for (std::size_t lane = 0; lane < 4; ++lane) {
            const std::uint64_t* numbers = distance + bit * evolve_words;
            const std::uint32_t* factors = weights + (bit * 4 + lane) * evolve_words;
            for (std::size_t k = 0; k < evolve_words; ++k) {
                sum += ((numbers[k] >> (16 * lane)) & 0xFFFFu) * factors[k];
            }
        }
    }
    return sum;
}

struct evolve_portable {
    static void simulate(const gate_step* steps, std::size_t count, std::uint64_t* values) {
        for (std::size_t i = 0; i < count; ++i) {
            const gate_step& step = steps[i];
            const std::uint64_t* a = values + step.a * evolve_words;
            const std::uint64_t* b = values + step.b * evolve_words;
            std::uint64_t* __restrict out = values + step.out * evolve_words; // no gate reads its own row
            switch (step.kind) {
            case gate_kind::and_gate:
                for (std::size_t k = 0; k < evolve_words; ++k) {
                    out[k] = a[k] & b[k];
                }
                break;
            case gate_kind::or_gate:
                for (std::size_t k = 0; k < evolve_words; ++k) {
                    out[k] = a[k] | b[k];
                }
                break;
            case gate_kind::xor_gate:
                for (std::size_t k = 0; k < evolve_words; ++k) {
                    out[k] = a[k] ^ b[k];
                }
                break;
            case gate_kind::not_gate:
                for (std::size_t k = 0; k < evolve_words; ++k) {
                    out[k] = ~a[k];
                }
                break;
            }
        }
    }

    static bool distances(const distance_task& task) {
        std::uint64_t any_beyond = 0;
        for (std::size_t k = 0; k < evolve_words; ++k) {
            std::array<std::uint64_t, product_bits> difference{};
            std::uint64_t borrow = 0;
            for (std::size_t i = 0; i < product_bits; ++i) {
                const std::uint64_t a = task.values[task.outputs[i] * evolve_words + k];
                const std::uint64_t b = task.exact[i * evolve_words + k];
                difference[i] = a ^ b ^ borrow;
                borrow = (~a & (b | borrow)) | (b & borrow);
            }
            // Negative where a borrow is left: complement and add one.
            std::uint64_t carry = borrow, beyond = 0;
            for (std::size_t i = 0; i < product_bits; ++i) {
                const std::uint64_t flipped = difference[i] ^ borrow;
                const std::uint64_t bit = flipped ^ carry;
                carry &= flipped;
                beyond = ((task.limit >> i) & 1u) != 0 ? beyond & bit : beyond | bit;
                task.distance[i * evolve_words + k] = bit;
            }
            any_beyond |= beyond;
        }
        return any_beyond != 0;
    }

    static std::uint64_t sum(const std::uint64_t* distance) {
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < product_bits; ++i) {
            for (std::size_t k = 0; k < evolve_words; ++k) {
                total += static_cast<std::uint64_t>(std::popcount(distance[i * evolve_words + k])) << i;
            }
        }
        return total;
    }

    static std::uint64_t weighted_sum(std::uint64_t* distance, const std::uint32_t* weights) {
        return weigh_distances(distance, weights);
    }

    static std::uint64_t unlike(const std::uint64_t* a, const std::uint64_t* b) {
        std::uint64_t count = 0;
        for (std::size_t k = 0; k < evolve_words; ++k) {
            count += static_cast<std::uint64_t>(std::popcount(a[k] ^ b[k]));
        }
        return count;
    }
};

/// The loops of an instruction set as a table.
template <class Isa>
inline constexpr evolve_kernel kernel_of = {&Isa::simulate, &Isa::distances, &Isa::sum, &Isa::weighted_sum,
                                            &Isa::unlike};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
