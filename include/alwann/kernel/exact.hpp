// SPDX-License-Identifier: MIT
/// @file
/// Engine `exact`: dot products of mapped codes by multiplication.
#pragma once

#include <alwann/kernel/detail/exact_block.hpp>
#include <alwann/kernel/detail/prepared_engine.hpp>
#include <alwann/kernel/detail/scratch.hpp>
#include <alwann/kernel/table_analysis.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Sums of products that a low_rank describes:
///
///     sum[p][f] = sum over k of (sum over terms r of activation_r[x_k] * weight_r[w_kf]) + per_weight[w_kf]
///
/// `Isa` supplies the inner loop. Codes are mapped once a chunk, each term's into a plane of its own; the
/// terms then only lengthen the list of products. Where a run of adjacent codes does not fill a group of
/// Isa::depth products, zero weights do: the codes under them are read, never used.
///
/// Additions wrap around modulo 2^32, also those of constants. A sum is therefore exact if the result as a
/// whole fits 32 bits, whatever happens on the way: it does for every table, as the depth is at most
/// largest_depth. No single step saturates: products of signed and unsigned bytes lie in [-32640, 32385], and
/// up to four of them are added in 32 bits.
template <class Isa>
class exact_engine final : public detail::prepared_engine {
public:
    /// `weights` are [output][k] codes; nothing passed in is referred to later.
    exact_engine(const convolution_shape& shape, const detail::chunk_layout& layout,
                 const std::uint8_t* weights, const low_rank& products)
        : shape_(shape) {
        check(shape);
        for (const auto& term : products.terms) {
            maps_.emplace_back(term.activation);
        }
        const auto cut = groups_of_products(layout);
        for (const auto& group : cut) {
            steps_.push_back(layout.step[group.k]);
        }
        groups_ = (maps_.size() * cut.size() + Isa::group_step - 1) / Isa::group_step * Isa::group_step;
        strip first{0, 0, 0, 0, 0};
        for (std::size_t group = 0; group < shape.groups; ++group) {
            const std::size_t end = (group + 1) * shape.group_outputs();
            for (std::size_t f = group * shape.group_outputs(); f < end; f += first.outputs) {
                first.group = group;
                first.output = f;
                first.outputs = std::min(end - f, Isa::vectors * Isa::lanes);
                strips_.push_back(first);
                first.constants += rounded(first.outputs);
                first.weights += rounded(first.outputs) * groups_ * Isa::depth;
            }
        }
        weights_.resize(first.weights);
        constants_.resize(first.constants);
        for (const auto& part : strips_) {
            pack(part, cut, weights, products);
        }
    }

    /// Writes the sums of a chunk.
    void run(const detail::chunk& part, const detail::sums_writer& writer) const override {
        const std::size_t size = plane(part.extent);
        const detail::scratch<typename Isa::code> codes(planes() * size);
        std::vector<std::uint32_t> steps;
        steps.reserve(maps_.size() * steps_.size());
        for (std::size_t r = 0; r < maps_.size(); ++r) {
            const std::size_t count = size - detail::chunk_slack;
            Isa::map(maps_[r], part.codes, count, codes.data() + r * size);
            std::fill_n(codes.data() + r * size + count, detail::chunk_slack, typename Isa::code{0});
            for (const std::uint32_t step : steps_) {
                steps.push_back(static_cast<std::uint32_t>(r * size) + step);
            }
        }
        const detail::scratch<std::int32_t> sums(buffer_rows * block_outputs);
        std::array<std::uint32_t, buffer_rows> first;
        detail::exact_block<Isa> block;
        block.first = first.data();
        block.step = steps.data();
        const auto runs = joined(steps);
        block.groups = groups_;
        block.runs = runs;
        for (std::size_t s = 0; s < strips_.size();) {
            const std::size_t next = block_end(s);
            const std::size_t outputs =
                strips_[next - 1].output + strips_[next - 1].outputs - strips_[s].output;
            block.codes = codes.data() + strips_[s].group * shape_.group_inputs();
            block.stride = rounded(outputs);
            for (std::size_t p = 0; p < part.positions(); p += detail::block_positions) {
                block.positions = std::min(detail::block_positions, part.positions() - p);
                std::copy_n(part.first + p, block.positions, first.data());
                std::fill_n(first.data() + block.positions, detail::exact_slack, first[block.positions - 1]);
                for (std::size_t i = s; i < next; ++i) {
                    block.weights = weights_.data() + strips_[i].weights;
                    block.constants = constants_.data() + strips_[i].constants;
                    block.sums = sums.data() + (strips_[i].output - strips_[s].output);
                    add<Isa::vectors>(block, rounded(strips_[i].outputs) / Isa::lanes);
                }
                writer.write(p, block.positions, strips_[s].output, outputs, sums.data(), block.stride);
            }
            s = next;
        }
    }

    /// Bytes of scratch memory that one thread needs for so many positions of a chunk of so many bytes.
    [[nodiscard]] std::size_t scratch_bytes(std::size_t, std::size_t extent) const override {
        return planes() * plane(extent) * sizeof(typename Isa::code) +
               maps_.size() * steps_.size() * (sizeof(std::uint32_t) + sizeof(detail::exact_run)) +
               detail::exact_scratch<Isa>(groups_) + buffer_rows * block_outputs * sizeof(std::int32_t);
    }

    /// As many as keep the codes and what they are mapped to in a second-level cache.
    [[nodiscard]] std::size_t best_positions() const override {
        const std::size_t codes = shape_.geometry.stride_height * shape_.geometry.stride_width *
                                  shape_.input.channels * (1 + maps_.size() * sizeof(typename Isa::code));
        return std::clamp<std::size_t>(cache / codes, 256, 4096);
    }

private:
    static constexpr std::size_t cache = 384 * 1024;
    static constexpr std::size_t block_outputs = 64; ///< whose sums are handed on together
    static constexpr std::size_t buffer_rows = detail::block_positions + detail::exact_slack;

    /// Output channels whose sums are held in registers at a time.
    struct strip {
        std::size_t group, output, outputs;
        std::size_t constants, weights; ///< where they start
    };
    /// Products [k, k + count), count at most Isa::depth, whose codes are adjacent.
    struct adjacent {
        std::size_t k, count;
    };

    static constexpr std::size_t rounded(std::size_t outputs) {
        return (outputs + Isa::lanes - 1) / Isa::lanes * Isa::lanes;
    }
    /// Codes of one term: whole vectors, and what the last group of products may read beyond them.
    static constexpr std::size_t plane(std::size_t extent) {
        return (extent + 63) / 64 * 64 + detail::chunk_slack;
    }
    /// One even without terms: tiles then compute where codes would be, and read none.
    [[nodiscard]] std::size_t planes() const { return std::max<std::size_t>(1, maps_.size()); }

    static std::vector<adjacent> groups_of_products(const detail::chunk_layout& layout) {
        std::vector<adjacent> groups;
        for (std::size_t k = 0; k < layout.step.size(); ++k) {
            if (groups.empty() || groups.back().count == Isa::depth ||
                layout.step[k] != layout.step[k - 1] + 1) {
                groups.push_back({k, 0});
            }
            ++groups.back().count;
        }
        return groups;
    }

    static std::vector<detail::exact_run> joined(const std::vector<std::uint32_t>& steps) {
        std::vector<detail::exact_run> runs;
        for (std::size_t g = 0; g < steps.size(); ++g) {
            if (g == 0 || steps[g] != steps[g - 1] + Isa::depth) {
                runs.push_back({steps[g], 0});
            }
            ++runs.back().groups;
        }
        return runs;
    }

    /// Past the last strip of the block that begins with strip s: of the same group, up to block_outputs.
    [[nodiscard]] std::size_t block_end(std::size_t s) const {
        std::size_t end = s;
        while (end < strips_.size() && strips_[end].group == strips_[s].group &&
               strips_[end].output + strips_[end].outputs - strips_[s].output <= block_outputs) {
            ++end;
        }
        return end;
    }

    void pack(const strip& part, const std::vector<adjacent>& cut, const std::uint8_t* weights,
              const low_rank& products) {
        const std::size_t depth = shape_.depth();
        const std::size_t width = rounded(part.outputs);
        for (std::size_t f = 0; f < part.outputs; ++f) {
            const std::uint8_t* codes = weights + (part.output + f) * depth;
            std::uint32_t constant = 0;
            for (std::size_t k = 0; k < depth; ++k) {
                constant += static_cast<std::uint32_t>(products.per_weight[codes[k]]);
            }
            constants_[part.constants + f] = static_cast<std::int32_t>(constant);
            std::size_t to = part.weights + f * Isa::depth;
            for (const auto& term : products.terms) {
                for (const auto& group : cut) {
                    for (std::size_t j = 0; j < group.count; ++j) {
                        weights_[to + j] = term.weight[codes[group.k + j]];
                    }
                    to += width * Isa::depth;
                }
            }
        }
    }

    template <std::size_t Vectors>
    static void add(const detail::exact_block<Isa>& block, std::size_t vectors) {
        if constexpr (Vectors > 1) {
            if (vectors < Vectors) {
                return add<Vectors - 1>(block, vectors);
            }
        }
        detail::add_exact<Isa, Vectors>(block);
    }

    convolution_shape shape_;
    std::vector<detail::exact_map> maps_;
    std::vector<std::uint32_t> steps_; ///< per group of products of a term
    std::size_t groups_ = 0;           ///< of all terms, the last ones with zero weights
    std::vector<strip> strips_;
    aligned_vector<typename Isa::weight> weights_; ///< [strip][group of products][output][product]
    aligned_vector<std::int32_t> constants_;       ///< [strip][output]
};

} // namespace alwann::inline ALWANN_ABI
