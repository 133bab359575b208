// SPDX-License-Identifier: MIT
/// Baselines that look products up with the processor's gather instructions, in a table of 32-bit numbers.
#pragma once

#include "baselines.hpp"

#include <alwann/core/cpu.hpp>

#if defined(__x86_64__)

#include <immintrin.h>

namespace bench {

/// Columns whose kilobytes stay in the first-level cache: 4 inputs of 8 outputs.
inline constexpr std::size_t gather_inputs = 4;

struct avx2_gather {
    static constexpr std::size_t lanes = 8;
    static bool available() { return aw::detect_cpu().avx2; }

    /// Sums [position][Vectors * lanes]: a row of the table per activation, indices are the weights of one
    /// input.
    template <std::size_t Vectors>
    [[gnu::target("avx2")]] static void over_outputs(const std::int32_t* table, const std::uint8_t* codes,
                                                     std::size_t count, std::size_t depth,
                                                     const std::int32_t* weights, std::int32_t* sums) {
        for (std::size_t p = 0; p < count; ++p) {
            __m256i sum[Vectors];
            for (std::size_t v = 0; v < Vectors; ++v) {
                sum[v] = _mm256_setzero_si256();
            }
            const std::int32_t* weight = weights;
            for (std::size_t k = 0; k < depth; ++k) {
                const std::int32_t* row = table + 256 * std::size_t{codes[p * depth + k]};
#pragma GCC unroll 2
                for (std::size_t v = 0; v < Vectors; ++v, weight += lanes) {
                    const __m256i index = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weight));
                    sum[v] = _mm256_add_epi32(sum[v], _mm256_i32gather_epi32(row, index, 4));
                }
            }
            for (std::size_t v = 0; v < Vectors; ++v) {
                _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + (p * Vectors + v) * lanes), sum[v]);
            }
        }
    }

    /// Adds to sums [position / lanes][Outputs][lanes]: a column of the table per weight, indices are the
    /// activations codes [position / lanes][k][lanes] of some positions.
    template <std::size_t Outputs>
    [[gnu::target("avx2")]] static void over_positions(const std::int32_t* const* columns,
                                                       const std::int32_t* codes, std::size_t vectors,
                                                       std::size_t depth, std::int32_t* sums) {
        for (std::size_t p = 0; p < vectors; ++p) {
            auto* to = reinterpret_cast<__m256i*>(sums + p * Outputs * lanes);
            __m256i sum[Outputs];
            for (std::size_t j = 0; j < Outputs; ++j) {
                sum[j] = _mm256_loadu_si256(to + j);
            }
#pragma GCC unroll 4
            for (std::size_t i = 0; i < gather_inputs; ++i) {
                const __m256i index =
                    _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes + (p * depth + i) * lanes));
#pragma GCC unroll 8
                for (std::size_t j = 0; j < Outputs; ++j) {
                    const std::int32_t* column = columns[i * Outputs + j];
                    sum[j] = _mm256_add_epi32(sum[j], _mm256_i32gather_epi32(column, index, 4));
                }
            }
            for (std::size_t j = 0; j < Outputs; ++j) {
                _mm256_storeu_si256(to + j, sum[j]);
            }
        }
    }
};

/// The same with vectors of 16.
struct avx512_gather {
    static constexpr std::size_t lanes = 16;
    static bool available() { return aw::detect_cpu().avx512bw; }

    /// With a source, as GCC 12 takes the one that _mm512_i32gather_epi32 leaves open for an uninitialised
    /// value.
    [[gnu::target("avx512f"), gnu::always_inline]] static inline __m512i gather(const std::int32_t* base,
                                                                                __m512i index) {
        return _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), 0xFFFF, index, base, 4);
    }

    template <std::size_t Vectors>
    [[gnu::target("avx512f")]] static void over_outputs(const std::int32_t* table, const std::uint8_t* codes,
                                                        std::size_t count, std::size_t depth,
                                                        const std::int32_t* weights, std::int32_t* sums) {
        for (std::size_t p = 0; p < count; ++p) {
            __m512i sum[Vectors];
            for (std::size_t v = 0; v < Vectors; ++v) {
                sum[v] = _mm512_setzero_si512();
            }
            const std::int32_t* weight = weights;
            for (std::size_t k = 0; k < depth; ++k) {
                const std::int32_t* row = table + 256 * std::size_t{codes[p * depth + k]};
#pragma GCC unroll 2
                for (std::size_t v = 0; v < Vectors; ++v, weight += lanes) {
                    const __m512i index = _mm512_loadu_si512(weight);
                    sum[v] = _mm512_add_epi32(sum[v], gather(row, index));
                }
            }
            for (std::size_t v = 0; v < Vectors; ++v) {
                _mm512_storeu_si512(sums + (p * Vectors + v) * lanes, sum[v]);
            }
        }
    }

    template <std::size_t Outputs>
    [[gnu::target("avx512f")]] static void over_positions(const std::int32_t* const* columns,
                                                          const std::int32_t* codes, std::size_t vectors,
                                                          std::size_t depth, std::int32_t* sums) {
        for (std::size_t p = 0; p < vectors; ++p) {
            std::int32_t* to = sums + p * Outputs * lanes;
            __m512i sum[Outputs];
            for (std::size_t j = 0; j < Outputs; ++j) {
                sum[j] = _mm512_loadu_si512(to + j * lanes);
            }
#pragma GCC unroll 4
            for (std::size_t i = 0; i < gather_inputs; ++i) {
                const __m512i index = _mm512_loadu_si512(codes + (p * depth + i) * lanes);
#pragma GCC unroll 8
                for (std::size_t j = 0; j < Outputs; ++j) {
                    const std::int32_t* column = columns[i * Outputs + j];
                    sum[j] = _mm512_add_epi32(sum[j], gather(column, index));
                }
            }
            for (std::size_t j = 0; j < Outputs; ++j) {
                _mm512_storeu_si512(to + j * lanes, sum[j]);
            }
        }
    }
};

/// Gathers whose lanes are outputs. The kilobyte of an activation's products serves all outputs; the weights
/// are the same for all positions.
template <class Isa>
class gather_over_outputs {
public:
    explicit gather_over_outputs(const aw::convolution_task& task)
        : task_(task), block_(task.shape.group_outputs() > Isa::lanes ? 2 * Isa::lanes : Isa::lanes) {
        const auto& shape = task.shape;
        const std::size_t outputs = shape.group_outputs(), depth = shape.depth();
        blocks_ = (outputs + block_ - 1) / block_;
        weights_.assign(shape.groups * blocks_ * block_ * depth, 0);
        for (std::size_t f = 0; f < shape.outputs; ++f) {
            const std::size_t group = f / outputs, inner = f % outputs;
            for (std::size_t k = 0; k < depth; ++k) {
                weights_[((group * blocks_ + inner / block_) * depth + k) * block_ + inner % block_] =
                    task.weights[f * depth + k];
            }
        }
        const auto products = task.multiplier->products();
        table_.assign(products.begin(), products.end());
        patches_.resize(patch_positions * depth);
        sums_.resize(patch_positions * block_);
    }

    void operator()() {
        const auto& shape = task_.shape;
        const std::size_t positions = shape.positions(), outputs = shape.group_outputs();
        for (std::size_t begin = 0; begin < positions; begin += patch_positions) {
            const std::size_t count = std::min(patch_positions, positions - begin);
            for (std::size_t group = 0; group < shape.groups; ++group) {
                lay_out_patches(task_, group, begin, count, patches_.data());
                for (std::size_t block = 0; block < blocks_; ++block) {
                    const std::int32_t* weights =
                        weights_.data() + (group * blocks_ + block) * shape.depth() * block_;
                    const auto add = block_ == Isa::lanes ? &Isa::template over_outputs<1>
                                                          : &Isa::template over_outputs<2>;
                    add(table_.data(), patches_.data(), count, shape.depth(), weights, sums_.data());
                    const std::size_t first = block * block_;
                    for (std::size_t p = 0; p < count; ++p) {
                        std::copy_n(sums_.data() + p * block_, std::min(block_, outputs - first),
                                    task_.sums + (begin + p) * shape.outputs + group * outputs + first);
                    }
                }
            }
        }
    }

private:
    aw::convolution_task task_;
    std::size_t block_, blocks_ = 0;
    std::vector<std::int32_t> table_, weights_, sums_;
    std::vector<std::uint8_t> patches_;
};

/// Gathers whose lanes are positions. The columns of 4 inputs and 8 outputs, 32 KiB, serve all positions of a
/// part before the next ones are taken.
template <class Isa>
class gather_over_positions {
public:
    explicit gather_over_positions(const aw::convolution_task& task)
        : task_(task), block_(task.shape.group_outputs() < 8 ? 1 : 8), table_(257 * 256, 0) {
        const auto& shape = task.shape;
        const std::size_t outputs = shape.group_outputs(), depth = shape.depth();
        for (std::size_t w = 0; w < 256;
             ++w) { // the last column stays 0, for inputs and outputs that are not
            const auto column = task.multiplier->of_weight(static_cast<std::uint8_t>(w));
            std::copy(column.begin(), column.end(), table_.begin() + static_cast<std::ptrdiff_t>(256 * w));
        }
        depth_ = (depth + gather_inputs - 1) / gather_inputs * gather_inputs;
        blocks_ = (outputs + block_ - 1) / block_;
        columns_.assign(shape.groups * blocks_ * depth_ * block_, table_.data() + 256 * 256);
        for (std::size_t f = 0; f < shape.outputs; ++f) {
            const std::size_t group = f / outputs, inner = f % outputs;
            for (std::size_t k = 0; k < depth; ++k) {
                columns_[((group * blocks_ + inner / block_) * depth_ + k) * block_ + inner % block_] =
                    table_.data() + 256 * std::size_t{task.weights[f * depth + k]};
            }
        }
        patches_.resize(patch_positions * depth);
        codes_.assign(patch_positions * depth_, 0);
        sums_.resize(patch_positions * block_);
    }
    gather_over_positions(const gather_over_positions&) = delete; // columns_ points into table_

    void operator()() {
        const auto& shape = task_.shape;
        const std::size_t positions = shape.positions();
        for (std::size_t begin = 0; begin < positions; begin += patch_positions) {
            const std::size_t count = std::min(patch_positions, positions - begin);
            for (std::size_t group = 0; group < shape.groups; ++group) {
                lay_out_patches(task_, group, begin, count, patches_.data());
                transpose(count);
                for (std::size_t block = 0; block < blocks_; ++block) {
                    block_ == 8 ? add<8>(group, block, begin, count) : add<1>(group, block, begin, count);
                }
            }
        }
    }

private:
    void transpose(std::size_t count) {
        const std::size_t depth = task_.shape.depth();
        for (std::size_t p = 0; p < count; ++p) {
            std::int32_t* to = codes_.data() + p / Isa::lanes * depth_ * Isa::lanes + p % Isa::lanes;
            for (std::size_t k = 0; k < depth; ++k) {
                to[k * Isa::lanes] = patches_[p * depth + k];
            }
        }
    }

    template <std::size_t Block>
    void add(std::size_t group, std::size_t block, std::size_t begin, std::size_t count) {
        const auto& shape = task_.shape;
        const std::size_t outputs = shape.group_outputs(), first = block * Block;
        std::fill(sums_.begin(), sums_.end(), 0);
        for (std::size_t k = 0; k < depth_; k += gather_inputs) {
            Isa::template over_positions<Block>(
                columns_.data() + ((group * blocks_ + block) * depth_ + k) * Block,
                codes_.data() + k * Isa::lanes, (count + Isa::lanes - 1) / Isa::lanes, depth_, sums_.data());
        }
        for (std::size_t p = 0; p < count; ++p) {
            const std::int32_t* from = sums_.data() + p / Isa::lanes * Block * Isa::lanes + p % Isa::lanes;
            std::int32_t* to = task_.sums + (begin + p) * shape.outputs + group * outputs + first;
            for (std::size_t j = 0; j < std::min(Block, outputs - first); ++j) {
                to[j] = from[j * Isa::lanes];
            }
        }
    }

    aw::convolution_task task_;
    std::size_t block_, blocks_ = 0, depth_ = 0;
    std::vector<std::int32_t> table_, codes_, sums_;
    std::vector<const std::int32_t*> columns_;
    std::vector<std::uint8_t> patches_;
};

} // namespace bench

#endif
