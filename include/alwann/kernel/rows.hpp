// SPDX-License-Identifier: MIT
/// @file
/// Engine `rows`: one vector load per activation brings the products with 16 or 32 weights.
#pragma once

#include <alwann/kernel/detail/gather_rows.hpp>
#include <alwann/kernel/detail/padded_input.hpp>
#include <alwann/kernel/detail/rows_block.hpp>

#include <algorithm>
#include <array>

namespace alwann::inline ALWANN_ABI {

/// For each product k of a block and each activation code x, the products with the weights of Width output
/// channels are laid out as one row. A result is then a sum of rows, without any look-up per weight.
///
/// `Isa` supplies the inner loop. Building the rows costs as much as some 1,000 positions, so this engine
/// is for many positions; its scratch memory is 264 KiB for the rows, 6 bytes per position and channel of
/// a block, and the padded activations in 16 bits.
template <class Isa>
struct rows_engine {
    static void run(const convolution_task& task) {
        // Rows of either width in one task need offsets of either scale: decide by the widest block.
        const std::size_t outputs = task.shape.group_outputs();
        const bool wide = outputs > 16;
        const std::size_t width = wide ? 32 : 16;
        const detail::padded_input<std::uint16_t> input(task, 2 * width);
        for (std::size_t group = 0; group < task.shape.groups; ++group) {
            for (std::size_t f = 0; f < outputs; f += width) {
                const std::size_t count = std::min(width, outputs - f);
                wide ? run_block<32>(task, input, group, f, count)
                     : run_block<16>(task, input, group, f, count);
            }
        }
    }

private:
    static constexpr std::size_t chunk = 8192; // positions whose partial sums stay in the second-level cache

    template <std::size_t Width>
    static void run_block(const convolution_task& task, const detail::padded_input<std::uint16_t>& input,
                          std::size_t group, std::size_t first_output, std::size_t count) {
        using layout = detail::rows_layout<Width>;
        const auto& shape = task.shape;
        const std::size_t positions = shape.positions();
        const std::size_t depth = shape.depth();
        const std::size_t capacity = std::min(chunk, positions);
        const std::size_t output = group * shape.group_outputs() + first_output;
        aligned_vector<std::uint8_t> tables(detail::rows_depth * layout::table_bytes);
        aligned_vector<std::uint16_t> low(capacity * Width), high(capacity * Width);
        for (std::size_t begin = 0; begin < positions; begin += chunk) {
            detail::rows_block block;
            block.tables = tables.data();
            block.offsets = input.values.data() + group * shape.group_inputs();
            block.first = input.first.data() + begin;
            block.positions = std::min(chunk, positions - begin);
            block.low = low.data();
            block.high = high.data();
            std::int32_t* sums = task.sums + begin * shape.outputs + output;
            std::size_t groups = 0;
            bool fresh = true;
            std::fill(low.begin(), low.end(), std::uint16_t{0});
            std::fill(high.begin(), high.end(), std::uint16_t{0});
            for (std::size_t k = 0; k < depth; k += detail::rows_depth) {
                const bool contiguous = prepare<Width>(task, input, output, count, k, tables.data(), block);
                contiguous ? Isa::template add<Width, true>(block) : Isa::template add<Width, false>(block);
                groups += detail::rows_depth / 4;
                if (groups + detail::rows_depth / 4 > detail::rows_groups ||
                    k + detail::rows_depth >= depth) {
                    flush<Width>(block, groups, count, shape.outputs, fresh, sums);
                    groups = 0;
                    fresh = false;
                }
            }
        }
    }

    /// Lays out the rows for products k to k + 15; true if their activations are neighbours in memory.
    template <std::size_t Width>
    static bool prepare(const convolution_task& task, const detail::padded_input<std::uint16_t>& input,
                        std::size_t output, std::size_t count, std::size_t k, std::uint8_t* tables,
                        detail::rows_block& block) {
        alignas(64) static constexpr std::array<std::uint16_t, 256> zero{};
        const std::size_t depth = task.shape.depth();
        bool contiguous = true;
        for (std::size_t j = 0; j < detail::rows_depth; ++j) {
            std::array<const std::uint16_t*, Width> columns;
            columns.fill(zero.data());
            block.step[j] = input.step[std::min(k + j, depth - 1)];
            if (k + j < depth) {
                for (std::size_t f = 0; f < count; ++f) {
                    columns[f] =
                        task.multiplier->of_weight(task.weights[(output + f) * depth + k + j]).data();
                }
            }
            contiguous = contiguous && block.step[j] == block.step[0] + j;
            detail::gather_rows<Width>(
                columns.data(),
                reinterpret_cast<std::uint16_t*>(tables + j * detail::rows_layout<Width>::table_bytes));
        }
        return contiguous;
    }

    /// Adds the exact partial sums to the results and empties them.
    template <std::size_t Width>
    static void flush(const detail::rows_block& block, std::size_t groups, std::size_t count,
                      std::size_t stride, bool fresh, std::int32_t* sums) {
        const auto slack = static_cast<std::int32_t>(4 * groups);
        for (std::size_t p = 0; p < block.positions; ++p) {
            std::uint16_t* low = block.low + Width * p;
            std::uint16_t* high = block.high + Width * p;
            std::int32_t* out = sums + p * stride;
            for (std::size_t f = 0; f < count; ++f) {
                const auto rest = static_cast<std::uint16_t>(low[f] - (high[f] << 9) + slack);
                const std::int32_t sum = 512 * high[f] + rest - slack;
                out[f] = fresh ? sum : out[f] + sum;
            }
            std::fill_n(low, Width, std::uint16_t{0});
            std::fill_n(high, Width, std::uint16_t{0});
        }
    }
};

} // namespace alwann::inline ALWANN_ABI
