// SPDX-License-Identifier: MIT
/// @file
/// Engine `error rows`: exact products, and what a multiplier adds to them where a byte holds that.
#pragma once

#include <alwann/kernel/columns.hpp>
#include <alwann/kernel/detail/byte_rows.hpp>
#include <alwann/kernel/detail/exact_vnni.hpp>
#include <alwann/kernel/exact.hpp>
#include <alwann/kernel/table_analysis.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#if defined(__x86_64__)

namespace alwann::inline ALWANN_ABI {

/// Sums of products that an error_rows describes. Needs AVX-512 VNNI and VBMI.
///
/// The exact engine sums the products of its term. The bytes that remain are summed as rows for 64 output
/// channels where positions are many, else as columns of one plane.
class error_rows_engine final : public detail::prepared_engine {
public:
    /// `weights` are [output][k] codes; nothing passed in is referred to later.
    error_rows_engine(const convolution_shape& shape, const detail::chunk_layout& layout,
                      const std::uint8_t* weights, const error_rows& products)
        : error_rows_engine(shape, layout, weights, products,
                            std::make_unique<exact_engine<detail::exact_vnni>>(shape, layout, weights,
                                                                               exact_part(products))) {}

    /// With an engine for the exact_part() of the same weights.
    error_rows_engine(const convolution_shape& shape, const detail::chunk_layout& layout,
                      const std::uint8_t* weights, const error_rows& products,
                      std::unique_ptr<const detail::prepared_engine> exact)
        : shape_(shape),
          step_(layout.step),
          exact_(std::move(exact)),
          columns_(shape, layout, detail::one_plane(products.residual), weights) {
        if (rows_pay(many)) {
            builder_.emplace(products.residual);
            add_codes(weights);
        }
    }

    /// What is left when the bytes are taken away.
    [[nodiscard]] static low_rank exact_part(const error_rows& products) {
        return {{products.term}, products.per_weight};
    }

    /// Writes the sums of a chunk.
    void run(const detail::chunk& part, const detail::sums_writer& writer) const override {
        if (builder_ && rows_pay(part.positions())) {
            rows_sink sink(*this, part, writer);
            exact_->run(part, detail::sums_writer(part, shape_.groups, nullptr, sink));
        } else {
            const memory sums(lines(part.positions() * shape_.outputs * sizeof(std::int32_t)));
            auto* const exact = reinterpret_cast<std::int32_t*>(sums.data()->bytes);
            columns_sink sink(part, shape_.outputs, exact);
            exact_->run(part, detail::sums_writer(part, shape_.groups, nullptr, sink));
            columns_.run(part, writer, exact);
        }
    }

    /// Bytes of scratch memory that one thread needs for so many positions of a chunk of so many bytes.
    [[nodiscard]] std::size_t scratch_bytes(std::size_t positions, std::size_t extent) const override {
        const bool rows = builder_ && rows_pay(positions);
        return exact_->scratch_bytes(positions, extent) +
               (rows ? tables_bytes + positions * position_bytes()
                     : columns_.scratch_bytes() + positions * shape_.outputs * sizeof(std::int32_t));
    }
    /// About how many positions it should be given at a time.
    [[nodiscard]] std::size_t best_positions() const override { return builder_ ? many : 1024; }

private:
    using kernel = detail::byte_rows;

    /// Working memory; of a type of its own, as a thread keeps one block of each.
    struct line {
        std::uint8_t bytes[64];
    };
    using memory = detail::scratch<line>;
    static constexpr std::size_t lines(std::size_t bytes) {
        return (bytes + sizeof(line) - 1) / sizeof(line);
    }

    static constexpr std::size_t many = 4096; ///< positions, for rows
    static constexpr std::size_t tables_bytes = kernel::depth * kernel::table_bytes;

    /// Writes exact sums as [position][output].
    class columns_sink final : public sums_sink {
    public:
        columns_sink(const detail::chunk& part, std::size_t outputs, std::int32_t* sums)
            : begin_(part.position), outputs_(outputs), sums_(sums) {}

        void take(const sums_block& block) override {
            for (std::size_t p = 0; p < block.positions; ++p) {
                std::copy_n(block.sums + p * block.stride, block.outputs,
                            sums_ + (block.position - begin_ + p) * outputs_ + block.output);
            }
        }

    private:
        std::size_t begin_, outputs_;
        std::int32_t* sums_;
    };

    /// Adds sums of rows to exact sums. Rows of the output channels at hand are summed for the whole chunk
    /// when the first of them come; the exact engine is through with these before it goes on to others.
    class rows_sink final : public sums_sink {
    public:
        rows_sink(const error_rows_engine& engine, const detail::chunk& part,
                  const detail::sums_writer& writer)
            : engine_(engine),
              part_(part),
              writer_(writer),
              memory_(lines(tables_bytes + part.positions() * engine.position_bytes())) {}

        void take(const sums_block& block) override {
            const std::size_t group = engine_.shape_.group_outputs();
            for (std::size_t f = block.output; f < block.output + block.outputs;) {
                const std::size_t begin = f / group * group + f % group / kernel::width * kernel::width;
                const std::size_t end =
                    std::min({begin + kernel::width, (f / group + 1) * group, block.output + block.outputs});
                if (begin != output_) {
                    engine_.add_rows(part_, begin, sums(), totals(), tables());
                    output_ = begin;
                }
                write(block, f, end, f - begin);
                f = end;
            }
        }

    private:
        /// Output channels [begin, end) of a block, the first of them being column `offset` of the rows.
        void write(const sums_block& block, std::size_t begin, std::size_t end, std::size_t offset) const {
            alignas(64) std::array<std::int32_t, detail::block_positions * kernel::width> result;
            const std::size_t first = block.position - part_.position;
            for (std::size_t p = 0; p < block.positions; ++p) {
                const std::size_t position = first + p;
                std::int32_t* to = result.data() + kernel::width * p;
                const std::int32_t* exact = block.sums + p * block.stride + (begin - block.output);
                const bool whole = end - begin == kernel::width;
                kernel::take(sums() + 2 * kernel::width * position,
                             totals() == nullptr ? nullptr : totals() + kernel::width * position,
                             whole ? exact : nullptr, to);
                for (std::size_t f = 0; !whole && f < end - begin; ++f) {
                    to[offset + f] += exact[f];
                }
            }
            writer_.write(first, block.positions, begin, end - begin, result.data() + offset, kernel::width);
        }

        [[nodiscard]] std::uint8_t* tables() const { return memory_.data()->bytes; }
        [[nodiscard]] std::uint8_t* sums() const { return tables() + tables_bytes; }
        [[nodiscard]] std::int32_t* totals() const {
            return engine_.deep()
                       ? reinterpret_cast<std::int32_t*>(sums() + part_.positions() * 2 * kernel::width)
                       : nullptr;
        }

        const error_rows_engine& engine_;
        const detail::chunk& part_;
        const detail::sums_writer& writer_;
        memory memory_;                                     ///< tables, sums, totals
        std::size_t output_ = static_cast<std::size_t>(-1); ///< the first whose rows are summed
    };

    /// Measured: adding a row takes about 1.7 cycles, laying out those of a product 350, a look-up in a
    /// column 1/27.
    [[nodiscard]] bool rows_pay(std::size_t positions) const {
        const std::size_t outputs = shape_.group_outputs();
        const std::size_t blocks = (outputs + kernel::width - 1) / kernel::width;
        return blocks * (17 * positions + 3500) * 27 < 10 * outputs * ((positions + 63) / 64 * 64);
    }
    /// Whether there are more products than 16 bits hold.
    [[nodiscard]] bool deep() const { return shape_.depth() > kernel::most_products; }
    [[nodiscard]] std::size_t position_bytes() const {
        return 2 * kernel::width + (deep() ? kernel::width * sizeof(std::int32_t) : 0);
    }

    [[nodiscard]] std::size_t blocks() const {
        return (shape_.group_outputs() + kernel::width - 1) / kernel::width;
    }
    [[nodiscard]] std::size_t padded() const { return (shape_.depth() + 3) / 4 * 4; }

    /// Weight codes as rows need them; those beyond the products or the output channels do not matter, as
    /// the rows are not added or the sums not delivered.
    void add_codes(const std::uint8_t* weights) {
        const std::size_t depth = shape_.depth();
        codes_.resize(shape_.groups * blocks() * padded() * kernel::width, 0);
        for (std::size_t f = 0; f < shape_.outputs; ++f) {
            const std::size_t channel = f % shape_.group_outputs();
            const std::size_t block = f / shape_.group_outputs() * blocks() + channel / kernel::width;
            const std::size_t column = channel % kernel::width;
            std::uint8_t* to =
                codes_.data() + block * padded() * kernel::width + column % 16 * 4 + column / 16;
            for (std::size_t k = 0; k < depth; ++k) {
                to[k * kernel::width] = weights[f * depth + k];
            }
        }
    }

    /// Sums the rows of output channels [output, output + 64) of one group for all positions.
    void add_rows(const detail::chunk& part, std::size_t output, std::uint8_t* sums, std::int32_t* totals,
                  std::uint8_t* tables) const {
        const std::size_t group = output / shape_.group_outputs();
        const std::size_t block = group * blocks() + output % shape_.group_outputs() / kernel::width;
        const std::uint8_t* codes = codes_.data() + block * padded() * kernel::width;
        const std::size_t depth = shape_.depth();
        kernel rows;
        rows.tables = tables;
        rows.codes = part.codes + group * shape_.group_inputs();
        rows.first = part.first;
        rows.positions = part.positions();
        rows.sums = sums;
        for (std::size_t k = 0; k < depth; k += kernel::depth) {
            const std::size_t count = std::min(kernel::depth, depth - k);
            for (std::size_t j = 0; j < kernel::depth; ++j) {
                rows.step[j] = step_[std::min(k + j, depth - 1)];
            }
            for (std::size_t j = 0; j < count; j += 4) {
                builder_->build(codes + (k + j) * kernel::width, tables + j * kernel::table_bytes);
            }
            for (std::size_t j = count; j % 4 != 0; ++j) {
                std::fill_n(tables + j * kernel::table_bytes, operand_codes * kernel::width, std::uint8_t{0});
            }
            if (k != 0 && k % kernel::most_products == 0) {
                for (std::size_t p = 0; p < part.positions(); ++p) {
                    std::int32_t* total = totals + kernel::width * p;
                    kernel::take(sums + 2 * kernel::width * p, k == kernel::most_products ? nullptr : total,
                                 nullptr, total);
                }
            }
            rows.add((count + 3) / 4, k % kernel::most_products == 0);
        }
    }

    convolution_shape shape_;
    std::vector<std::uint32_t> step_;
    std::unique_ptr<const detail::prepared_engine> exact_;
    detail::planar_columns<1> columns_;
    std::optional<detail::byte_rows_builder> builder_;
    aligned_vector<std::uint8_t>
        codes_; ///< [group][64 output channels][product][channel in the order of a row]
};

} // namespace alwann::inline ALWANN_ABI

#endif
