// SPDX-License-Identifier: MIT
/// @file
/// Engine `rows`: one vector load per activation brings the products with 16 or 32 weights.
#pragma once

#include <alwann/kernel/detail/gather_rows.hpp>
#include <alwann/kernel/detail/paired_rows.hpp>
#include <alwann/kernel/detail/prepared_engine.hpp>
#include <alwann/kernel/detail/rows_block.hpp>
#include <alwann/kernel/detail/scratch.hpp>
#include <alwann/multiplier/table.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// For each product k of a block and each activation code x, the products with the weights of 16 or 32 output
/// channels are laid out as one row. A result is then a sum of rows, without any look-up per weight.
///
/// `Isa` supplies the inner loop, `Gather` lays out the rows. That costs as much as some hundred positions
/// (with VBMI) to a thousand, so this engine is for many positions.
template <class Isa, class Gather = detail::gather_rows_portable>
class rows_engine final : public detail::prepared_engine {
public:
    /// Lays the weights out for a layer and a multiplier.
    rows_engine(const convolution_shape& shape, const detail::chunk_layout& layout, const table& multiplier,
                const std::uint8_t* weights)
        : shape_(shape), step_(layout.step), gather_(multiplier), pairs_(shape, layout) {
        const std::size_t outputs = shape.group_outputs();
        for (std::size_t group = 0; group < shape.groups; ++group) {
            for (std::size_t f = 0; f < outputs;) {
                const std::size_t width = outputs - f > 16 ? 32 : 16;
                const std::size_t count = std::min(width, outputs - f);
                blocks_.push_back({group, group * outputs + f, count, width, 0});
                auto& block = blocks_.back();
                block.codes = is_paired(block) ? pairs_.add_codes(weights, block.output, count)
                                               : add_codes(weights, block);
                f += count;
            }
        }
    }

    /// Writes the sums of a chunk.
    void run(const detail::chunk& part, const detail::sums_writer& writer) const override {
        const workspace space(needs_halves() ? part.positions() : 0, shape_.depth(), is_deep());
        std::size_t marked = shape_.groups;
        for (const auto& block : blocks_) {
            if (block.group != std::exchange(marked, block.group)) {
                mark(part, block.group, space.used.data());
            }
            if (is_paired(block)) {
                pairs_.run(block.group, block.output, block.count, block.codes, part, space.used.data(),
                           gather_, space.tables.data(), writer);
            } else {
                block.width == 32 ? run_block<32>(block, part, space, writer)
                                  : run_block<16>(block, part, space, writer);
            }
        }
    }

    /// Bytes of scratch memory that one thread needs for so many positions of a chunk of so many bytes.
    [[nodiscard]] std::size_t scratch_bytes(std::size_t positions, std::size_t) const override {
        const bool pairs =
            std::any_of(blocks_.begin(), blocks_.end(), [&](const auto& block) { return is_paired(block); });
        const std::size_t partial = is_deep() ? 4 * 32 : 0;
        return most_rows + shape_.depth() * sizeof(detail::used_codes) +
               (needs_halves() ? positions * (2 * 64 + partial) : 0) + detail::rows_ahead * 64 +
               (pairs ? pairs_.scratch_bytes(positions) : 0);
    }
    /// About how many positions it should be given at a time.
    [[nodiscard]] std::size_t best_positions() const override { return detail::rows_positions(); }

private:
    /// Products whose rows are laid out at a time.
    template <std::size_t Width>
    static constexpr std::size_t depth = 4 * Isa::template most_groups<Width>;
    static constexpr std::size_t most_rows = std::max(depth<16> * detail::rows_layout<16>::table_bytes,
                                                      depth<32>* detail::rows_layout<32>::table_bytes);

    static_assert(!detail::adds_tap_pairs<Isa> ||
                  most_rows >= detail::rows_depth * detail::rows_layout<32>::table_bytes);

    /// Groups of four that hold so many products.
    static constexpr std::size_t fours_of(std::size_t products) { return (products + 3) / 4; }
    /// Whether halves of 16 bits have to be emptied before the last product.
    [[nodiscard]] bool is_deep() const { return fours_of(shape_.depth()) > detail::rows_groups; }

    /// Output channels that share rows.
    struct outputs_block {
        std::size_t group = 0;
        std::size_t output = 0; ///< the first
        std::size_t count = 0;
        std::size_t width = 0; ///< of a row
        std::size_t codes = 0; ///< of codes_: [product][width], zeros up to a whole four
    };

    /// Whether two taps share its rows.
    [[nodiscard]] bool is_paired(const outputs_block& block) const {
        return block.width == 16 && pairs_.any();
    }
    /// Whether not all blocks are of that kind.
    [[nodiscard]] bool needs_halves() const {
        return std::any_of(blocks_.begin(), blocks_.end(),
                           [&](const auto& block) { return !is_paired(block); });
    }

    struct workspace {
        detail::scratch<std::uint8_t> tables{most_rows};
        detail::scratch<detail::used_codes> used; ///< of each product
        detail::scratch<std::uint16_t> halves;
        detail::scratch<std::int32_t> partial; ///< [position][width], for more products than 16 bits hold
        std::uint16_t* low;                    ///< [position][width]
        std::uint16_t* high;

        workspace(std::size_t positions, std::size_t products, bool deep)
            : used(products),
              halves((2 * positions + detail::rows_ahead) * 32),
              partial(deep ? positions * 32 : 0),
              low(halves.data()),
              high(low + positions * 32) {}
    };

    /// Where few positions share the rows, those of codes that do not occur are not worth laying out.
    void mark(const detail::chunk& part, std::size_t group, detail::used_codes* used) const {
        if (part.positions() <= Isa::mark_used::most_positions) {
            Isa::mark_used::run(part.codes + group * shape_.group_inputs(), part.first, part.positions(),
                                step_.data(), step_.size(), used);
        } else {
            std::fill_n(used, step_.size(), detail::all_used);
        }
    }

    std::size_t add_codes(const std::uint8_t* weights, const outputs_block& block) {
        const std::size_t products = shape_.depth(), start = codes_.size();
        codes_.resize(start + 4 * fours_of(products) * block.width, 0);
        for (std::size_t k = 0; k < products; ++k) {
            for (std::size_t f = 0; f < block.count; ++f) {
                codes_[start + k * block.width + f] = weights[(block.output + f) * products + k];
            }
        }
        return start;
    }

    template <std::size_t Width>
    void run_block(const outputs_block& block, const detail::chunk& part, const workspace& space,
                   const detail::sums_writer& writer) const {
        detail::rows_block work;
        work.tables = space.tables.data();
        work.codes = part.codes + block.group * shape_.group_inputs();
        work.first = part.first;
        work.positions = part.positions();
        work.low = space.low;
        work.high = space.high;
        const std::size_t products = shape_.depth();
        std::size_t groups = 0;
        bool fresh = true; // no sums of 32 bits yet
        for (std::size_t k = 0; k < products; k += depth<Width>) {
            const std::size_t count = std::min(depth<Width>, products - k);
            const std::size_t fours = fours_of(count);
            bool contiguous = count == 4 * fours;
            for (std::size_t j = 0; j < depth<Width>; ++j) {
                work.step[j] = step_[std::min(k + j, products - 1)];
                contiguous = contiguous && (j >= count || work.step[j] == work.step[0] + j);
            }
            gather_.template operator()<Width>(codes_.data() + block.codes + k * Width, space.used.data() + k,
                                               count, 4 * fours, space.tables.data());
            contiguous ? add<Width, true>(work, fours) : add<Width, false>(work, fours);
            groups += fours;
            work.fresh = false;
            const bool last = k + depth<Width> >= products;
            if (last) {
                deliver<Width>(block, work, groups, fresh, space.partial, writer);
            } else if (groups + fours_of(std::min(depth<Width>, products - k - depth<Width>)) >
                       detail::rows_groups) {
                empty<Width>(work, groups, fresh, space.partial);
                groups = 0;
                fresh = false;
                work.fresh = true;
            }
        }
    }

    template <std::size_t Width, bool Contiguous>
    static void add(const detail::rows_block& work, std::size_t fours) {
        detail::with_groups<Isa::template most_groups<Width>>(
            fours, [&]<std::size_t Groups>() { Isa::template add<Width, Groups, Contiguous>(work); });
    }

    /// Moves the exact partial sums to 32 bits.
    template <std::size_t Width>
    static void empty(const detail::rows_block& work, std::size_t groups, bool fresh,
                      const detail::scratch<std::int32_t>& partial) {
        for (std::size_t p = 0; p < work.positions; ++p) {
            std::int32_t* to = partial.data() + Width * p;
            fresh
                ? Isa::template flush<Width, true>(work.low + Width * p, work.high + Width * p, groups, to)
                : Isa::template flush<Width, false>(work.low + Width * p, work.high + Width * p, groups, to);
        }
    }

    /// Hands the finished sums on.
    template <std::size_t Width>
    static void deliver(const outputs_block& block, const detail::rows_block& work, std::size_t groups,
                        bool fresh, const detail::scratch<std::int32_t>& partial,
                        const detail::sums_writer& writer) {
        alignas(64) std::array<std::int32_t, detail::block_positions * Width> sums;
        for (std::size_t begin = 0; begin < work.positions; begin += detail::block_positions) {
            const std::size_t count = std::min(detail::block_positions, work.positions - begin);
            for (std::size_t p = 0; p < count; ++p) {
                std::uint16_t* low = work.low + Width * (begin + p);
                std::uint16_t* high = work.high + Width * (begin + p);
                if (fresh) {
                    Isa::template flush<Width, true>(low, high, groups, sums.data() + Width * p);
                } else {
                    std::copy_n(partial.data() + Width * (begin + p), Width, sums.data() + Width * p);
                    Isa::template flush<Width, false>(low, high, groups, sums.data() + Width * p);
                }
            }
            writer.write(begin, count, block.output, block.count, sums.data(), Width);
        }
    }

    convolution_shape shape_;
    std::vector<std::uint32_t> step_;
    std::vector<outputs_block> blocks_;
    aligned_vector<std::uint8_t> codes_;
    Gather gather_;
    detail::paired_rows_of<Isa, Gather> pairs_;
};

} // namespace alwann::inline ALWANN_ABI
