// SPDX-License-Identifier: MIT
/// @file
/// Engine `columns`: 64 look-ups in a weight's column of products at a time, by AVX-512 VBMI permutes.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/kernel/detail/columns_vbmi.hpp>
#include <alwann/kernel/detail/planar_codes.hpp>
#include <alwann/kernel/detail/prepared_engine.hpp>
#include <alwann/kernel/detail/scratch.hpp>
#include <alwann/kernel/detail/table_cache.hpp>
#include <alwann/multiplier/table.hpp>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#if defined(__x86_64__)

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Bytes that activation codes give with each weight: planes of 256 columns of 256 bytes, and one of zeros.
using byte_columns = aligned_buffer<std::uint8_t>;

inline constexpr std::size_t columns_plane = 257 * columns_vbmi::column_bytes;

/// One plane of values [weight][activation].
inline std::shared_ptr<const byte_columns> one_plane(std::span<const std::uint8_t> values) {
    byte_columns columns(columns_plane);
    std::copy_n(values.data(), operand_pairs, columns.data());
    std::fill(columns.data() + operand_pairs, columns.data() + columns_plane, std::uint8_t{0});
    return std::make_shared<const byte_columns>(std::move(columns));
}

/// The low bytes, then the high bytes of a table's products. Made once for all layers that use the table.
inline std::shared_ptr<const byte_columns> two_planes(const table& multiplier) {
    static table_cache<byte_columns> cache(16);
    return cache.get(multiplier, [](const table& products) {
        byte_columns columns(2 * columns_plane);
        std::uint8_t* low = columns.data();
        std::uint8_t* high = low + columns_plane;
        for (std::size_t w = 0; w < operand_codes; ++w) {
            const auto of_weight = products.of_weight(static_cast<std::uint8_t>(w));
            for (std::size_t x = 0; x < operand_codes; ++x) {
                low[operand_codes * w + x] = static_cast<std::uint8_t>(of_weight[x] & 0xFF);
                high[operand_codes * w + x] = static_cast<std::uint8_t>(of_weight[x] >> 8);
            }
        }
        std::fill(low + operand_pairs, high, std::uint8_t{0});
        std::fill(high + operand_pairs, high + columns_plane, std::uint8_t{0});
        return columns;
    });
}

/// What working memory consists of: a type of its own, as a thread keeps one block of each.
struct columns_memory {
    std::uint8_t bytes[64];
};

/// Sums of values of `Planes` bytes each, looked up by weight and activation code.
///
/// Positions go in tiles of 512: their codes are transposed once for up to 64 output channels, then 32
/// products at a time stay in the first-level cache while all those channels use them.
template <std::size_t Planes>
class planar_columns {
public:
    planar_columns(const convolution_shape& shape, const chunk_layout& layout,
                   std::shared_ptr<const byte_columns> columns, const std::uint8_t* weights)
        : shape_(shape),
          columns_(std::move(columns)),
          depth_(rounded(shape.depth())),
          groups_(together(shape)),
          codes_(shape, layout, groups_, depth_) {
        const std::size_t depth = shape.depth();
        weights_.resize(shape.outputs * depth_, 256);
        for (std::size_t f = 0; f < shape.outputs; ++f) {
            std::copy_n(weights + f * depth, depth, weights_.data() + f * depth_);
        }
    }

    /// Writes the sums, with those of `add`, [position of the chunk][output], if there are any.
    void run(const chunk& part, const sums_writer& writer, const std::int32_t* add = nullptr) const {
        const scratch<columns_memory> memory(scratch_bytes() / sizeof(columns_memory));
        workspace space;
        space.planes = memory.data()->bytes;
        space.sums = space.planes + planes_bytes();
        space.totals = reinterpret_cast<std::int32_t*>(space.sums + sums_bytes());
        space.block = space.totals + totals();
        for (std::size_t begin = 0; begin < part.positions();
             begin += planar_tile::max_vectors * planar_tile::vector) {
            const planar_tile tile(part, begin);
            if (groups_ > 1) {
                for (std::size_t group = 0; group < shape_.groups; group += groups_) {
                    run_groups(tile, group, std::min(groups_, shape_.groups - group), space);
                    deliver(tile, group * shape_.group_outputs(),
                            std::min(groups_, shape_.groups - group) * shape_.group_outputs(), space, writer,
                            add);
                }
                continue;
            }
            for (std::size_t group = 0; group < shape_.groups; ++group) {
                const std::size_t end = (group + 1) * shape_.group_outputs();
                for (std::size_t f = group * shape_.group_outputs(); f < end; f += max_outputs) {
                    const std::size_t outputs = std::min(max_outputs, end - f);
                    run_outputs(tile, group, f, outputs, space);
                    deliver(tile, f, outputs, space, writer, add);
                }
            }
        }
    }

    [[nodiscard]] std::size_t scratch_bytes() const {
        return planes_bytes() + sums_bytes() +
               (totals() + planar_tile::vector * max_outputs) * sizeof(std::int32_t);
    }

private:
    using kernel = columns_vbmi;

    static constexpr std::size_t max_outputs = 64;
    static constexpr std::size_t block = 32;    ///< products whose codes stay in the first-level cache
    static constexpr std::size_t segment = 160; ///< products until sums are taken
    static_assert(segment % block == 0 && segment <= kernel::max_groups * kernel::group);

    struct workspace {
        std::uint8_t* planes; ///< [group][product][position]
        std::uint8_t* sums;   ///< [output][plane of the products][vector][columns_vbmi::sums_bytes]
        std::int32_t* totals; ///< [output][position]
        std::int32_t* block;  ///< [position][output]
    };

    static std::size_t rounded(std::size_t depth) {
        return depth / kernel::group * kernel::group + kernel::rounded(depth % kernel::group);
    }
    /// Groups whose codes are transposed together: up to 32 channels, of one segment.
    static std::size_t together(const convolution_shape& shape) {
        const std::size_t channels = std::max(shape.group_inputs(), shape.group_outputs());
        return rounded(shape.depth()) > segment ? 1 : std::clamp<std::size_t>(32 / channels, 1, shape.groups);
    }

    [[nodiscard]] std::size_t planes_bytes() const {
        return groups_ * std::min(depth_, segment) * planar_tile::max_vectors * planar_tile::vector;
    }
    [[nodiscard]] static constexpr std::size_t sums_bytes() {
        return max_outputs * Planes * planar_tile::max_vectors * kernel::sums_bytes;
    }
    [[nodiscard]] static constexpr std::size_t totals() {
        return max_outputs * planar_tile::max_vectors * planar_tile::vector;
    }

    void run_groups(const planar_tile& tile, std::size_t group, std::size_t groups,
                    const workspace& space) const {
        const std::size_t width = tile.width();
        const std::size_t products = shape_.depth();
        codes_.transpose_groups(tile, group, groups, space.planes);
        for (std::size_t g = 0; g < groups; ++g) {
            const std::uint8_t* planes = space.planes + g * depth_ * width;
            clear(space.planes + g * depth_ * width, products, depth_, width);
            for (std::size_t k = 0; k < depth_; k += block) {
                const std::size_t count = std::min(block, depth_ - k);
                for (std::size_t i = 0; i < shape_.group_outputs(); ++i) {
                    const std::size_t f = g * shape_.group_outputs() + i;
                    add_block(tile, planes + k * width, group * shape_.group_outputs() + f, k, count, k == 0,
                              f, space);
                    if (k + count == depth_) {
                        take(tile, f, true, space);
                    }
                }
            }
        }
    }

    void run_outputs(const planar_tile& tile, std::size_t group, std::size_t first, std::size_t outputs,
                     const workspace& space) const {
        const std::size_t width = tile.width();
        const std::size_t products = shape_.depth();
        for (std::size_t begin = 0; begin < depth_; begin += segment) {
            const std::size_t end = std::min(begin + segment, depth_);
            codes_.transpose(tile, group, begin, std::min(end, products), space.planes);
            clear(space.planes, std::min(end, products) - begin, end - begin, width);
            for (std::size_t k = begin; k < end; k += block) {
                const std::size_t count = std::min(block, end - k);
                for (std::size_t f = 0; f < outputs; ++f) {
                    add_block(tile, space.planes + (k - begin) * width, first + f, k, count, k == begin, f,
                              space);
                    if (k + count == end) {
                        take(tile, f, begin == 0, space);
                    }
                }
            }
        }
    }

    /// Planes [begin, end), which zero columns will be looked up by.
    static void clear(std::uint8_t* planes, std::size_t begin, std::size_t end, std::size_t width) {
        std::fill(planes + begin * width, planes + end * width, std::uint8_t{0});
    }

    /// Adds products [k, k + count) of output channel `output` to the sums `f` of the workspace.
    void add_block(const planar_tile& tile, const std::uint8_t* planes, std::size_t output, std::size_t k,
                   std::size_t count, bool fresh, std::size_t f, const workspace& space) const {
        const std::uint16_t* weights = weights_.data() + output * depth_ + k;
        const std::size_t width = tile.width();
        for (std::size_t plane = 0; plane < Planes; ++plane) {
            kernel::add(planes, width, tile.vectors, columns_->data() + plane * columns_plane, weights, count,
                        fresh, space.sums + (f * Planes + plane) * tile.vectors * kernel::sums_bytes);
        }
    }

    static void take(const planar_tile& tile, std::size_t f, bool fresh, const workspace& space) {
        const std::size_t plane = tile.vectors * kernel::sums_bytes;
        for (std::size_t v = 0; v < tile.vectors; ++v) {
            kernel::take<Planes>(space.sums + f * Planes * plane + v * kernel::sums_bytes, plane, fresh,
                                 space.totals + (f * tile.vectors + v) * planar_tile::vector);
        }
    }

    void deliver(const planar_tile& tile, std::size_t first, std::size_t outputs, const workspace& space,
                 const sums_writer& writer, const std::int32_t* add) const {
        const std::size_t stride = (outputs + 15) / 16 * 16;
        const std::size_t row = tile.width();
        for (std::size_t v = 0; v < tile.vectors; ++v) {
            const std::size_t position = tile.first + v * planar_tile::vector;
            const std::size_t count = std::min(planar_tile::vector, tile.positions - v * planar_tile::vector);
            for (std::size_t p = 0; p < count; p += 16) {
                for (std::size_t f = 0; f < outputs; f += 16) {
                    kernel::transpose(space.totals + f * row + v * planar_tile::vector + p, row,
                                      std::min<std::size_t>(16, outputs - f), space.block + p * stride + f,
                                      stride);
                }
            }
            if (add != nullptr) {
                for (std::size_t p = 0; p < count; ++p) {
                    const std::int32_t* from = add + (position + p) * shape_.outputs + first;
                    std::int32_t* to = space.block + p * stride;
                    for (std::size_t f = 0; f < outputs; ++f) {
                        to[f] += from[f];
                    }
                }
            }
            writer.write(position, count, first, outputs, space.block, stride);
        }
    }

    convolution_shape shape_;
    std::shared_ptr<const byte_columns> columns_;
    std::size_t depth_;  ///< products, with some of zero columns
    std::size_t groups_; ///< whose codes are transposed together
    planar_codes codes_;
    aligned_vector<std::uint16_t> weights_; ///< [output][depth_]
};

} // namespace detail

/// Products of any table as two planes of bytes. Needs AVX-512 VBMI.
///
/// Costs nothing beforehand but the columns of the table: this engine is for few positions, few output
/// channels, depthwise convolutions.
class columns_engine final : public detail::prepared_engine {
public:
    /// `weights` are [output][k] codes; nothing passed in is referred to later.
    columns_engine(const convolution_shape& shape, const detail::chunk_layout& layout,
                   const table& multiplier, const std::uint8_t* weights)
        : columns_(shape, layout, detail::two_planes(multiplier), weights) {}

    /// Writes the sums of a chunk.
    void run(const detail::chunk& part, const detail::sums_writer& writer) const override {
        columns_.run(part, writer);
    }
    /// Bytes of scratch memory that one thread needs for so many positions of a chunk of so many bytes.
    [[nodiscard]] std::size_t scratch_bytes(std::size_t, std::size_t) const override {
        return columns_.scratch_bytes();
    }
    /// About how many positions it should be given at a time.
    [[nodiscard]] std::size_t best_positions() const override { return 2048; }

private:
    detail::planar_columns<2> columns_;
};

} // namespace alwann::inline ALWANN_ABI

#endif
