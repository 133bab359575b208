// SPDX-License-Identifier: MIT
/// @file
/// Rows of products for few output channels: two taps of the kernel share them.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/kernel/detail/prepared_engine.hpp>
#include <alwann/kernel/detail/rows_block.hpp>
#include <alwann/kernel/detail/scratch.hpp>
#include <alwann/kernel/detail/tap_line.hpp>
#include <alwann/kernel/detail/tap_pairs.hpp>
#include <alwann/kernel/detail/used_codes.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// An instruction set whose registers hold a row of 32 products.
template <class Isa>
concept adds_tap_pairs = requires(const tap_line& line) {
    Isa::template add_beside<1>(line);
    Isa::template add_below<1>(line);
    Isa::template add_tap<1>(line);
};

/// What an instruction set without such registers has instead.
struct no_paired_rows {
    no_paired_rows(const convolution_shape&, const chunk_layout&) {}
    [[nodiscard]] static constexpr bool any() noexcept { return false; }
    [[nodiscard]] static std::size_t scratch_bytes(std::size_t) { return 0; }
    template <class... Arguments>
    static std::size_t add_codes(const Arguments&...) {
        return 0;
    }
    template <class... Arguments>
    static void run(const Arguments&...) {}
};

/// Sums of 16 output channels or fewer.
///
/// Half of a row of 32 products is for one tap, half for the other: an input position adds them to two output
/// positions. So every output row has one place more than positions, for what falls beside it.
template <adds_tap_pairs Isa, class Gather>
class paired_rows {
public:
    paired_rows(const convolution_shape& shape, const chunk_layout& layout)
        : shape_(shape), width_(shape.output().width), row_(layout.row), step_(layout.step), taps_(shape) {}

    /// Whether any taps share rows.
    [[nodiscard]] bool any() const noexcept { return taps_.any(); }

    /// Lays the weight codes of some output channels out; says where they are.
    std::size_t add_codes(const std::uint8_t* weights, std::size_t output, std::size_t count) {
        const std::size_t start = codes_.size();
        for (const auto& pair : taps_.list()) {
            const std::size_t width = width_of(pair), from = codes_.size();
            codes_.resize(from + fours() * 4 * width, 0);
            for (std::size_t f = 0; f < count; ++f) {
                const std::uint8_t* of_output = weights + (output + f) * shape_.depth();
                for (std::size_t k = 0; k < taps_.products(); ++k) {
                    codes_[from + k * width + f] = of_output[pair.first + k];
                    if (width == 32) {
                        codes_[from + k * width + 16 + f] = of_output[pair.second + k];
                    }
                }
            }
        }
        return start;
    }

    /// Writes the sums of `count` output channels, whose codes are at `codes`. `used` is of each product,
    /// `tables` has room for 16 rows_layout<32>.
    void run(std::size_t group, std::size_t output, std::size_t count, std::size_t codes, const chunk& part,
             const used_codes* used, const Gather& gather, std::uint8_t* tables,
             const sums_writer& writer) const {
        const scratch<std::uint16_t> memory(places(part.positions()) * place);
        const scratch<std::int32_t> partial(is_deep() ? part.positions() * 16 : 0);
        lines space;
        space.codes = part.codes + group * shape_.group_inputs();
        space.first = part.first;
        space.rows = part.positions() / width_;
        space.sums = memory.data() + place;
        space.nowhere = space.sums + space.rows * (width_ + 1) * place;
        std::size_t groups = 0;
        bool fresh = true; // no sums of 32 bits yet
        const std::uint8_t* of_block = codes_.data() + codes;
        for (const auto& pair : taps_.list()) {
            for (std::size_t k = 0; k < taps_.products(); k += rows_depth) {
                const std::size_t products = std::min(rows_depth, taps_.products() - k);
                const std::size_t here = (products + 3) / 4;
                const std::size_t more = pair.partner == tap_partner::none ? here : 2 * here;
                if (groups + more > rows_groups) {
                    flush(space, 0, part.positions(), groups, fresh, partial.data());
                    groups = 0;
                    fresh = false;
                }
                if (pair.partner == tap_partner::none) {
                    gather.template operator()<16>(of_block, used + pair.first + k, products, 4 * here,
                                                   tables);
                } else {
                    std::array<used_codes, rows_depth> either{};
                    for (std::size_t i = 0; i < products; ++i) {
                        either[i] = used[pair.first + k + i] | used[pair.second + k + i];
                    }
                    gather.template operator()<32>(of_block, either.data(), products, 4 * here, tables);
                }
                of_block += 4 * here * width_of(pair);
                add(pair, pair.first + k, here, groups == 0, tables, space);
                groups += more;
            }
        }
        deliver(output, count, part, groups, fresh, partial, space, writer);
    }

    /// Bytes of scratch memory that one thread needs for so many positions.
    [[nodiscard]] std::size_t scratch_bytes(std::size_t positions) const {
        return places(positions) * place * sizeof(std::uint16_t) +
               (is_deep() ? positions * 16 * sizeof(std::int32_t) : 0);
    }

private:
    static constexpr std::size_t place = 32; ///< the numbers of a position: 16 of either half

    /// Where the sums of a chunk are while they are added up.
    struct lines {
        const std::uint8_t* codes = nullptr;
        const std::uint32_t* first = nullptr; ///< code of each position
        std::size_t rows = 0;                 ///< of output positions, those of all images
        std::uint16_t* sums = nullptr;    ///< [row][width + 1][place], and before these a place for one more
        std::uint16_t* nowhere = nullptr; ///< a row for what no position wants

        [[nodiscard]] std::uint16_t* of(std::size_t position, std::size_t width) const {
            return sums + (position + position / width) * place;
        }
    };

    [[nodiscard]] static std::size_t width_of(const tap_pair& pair) {
        return pair.partner == tap_partner::none ? 16 : 32;
    }
    /// Groups of four products of a tap: a block has 16, so that only the last may be padded.
    [[nodiscard]] std::size_t fours() const { return (taps_.products() + 3) / 4; }
    [[nodiscard]] bool is_deep() const { return shape_.depth() / taps_.products() * fours() > rows_groups; }
    [[nodiscard]] std::size_t places(std::size_t positions) const {
        return 1 + positions + positions / width_ + width_ + 1;
    }

    /// Adds the products of one tap or two at all positions.
    void add(const tap_pair& pair, std::size_t product, std::size_t groups, bool fresh,
             const std::uint8_t* tables, const lines& space) const {
        const std::size_t line_places = (width_ + 1) * place;
        if (fresh && pair.partner == tap_partner::below) {
            std::fill_n(space.sums, space.rows * line_places, std::uint16_t{0});
        }
        tap_line line;
        line.tables = tables;
        line.stride = shape_.input.channels;
        line.positions = width_;
        line.fresh = fresh;
        bool continues = false; // from the row above
        for (std::size_t r = 0; r < space.rows; ++r) {
            std::uint16_t* const sums = space.sums + r * line_places;
            line.codes = space.codes + space.first[r * width_] + step_[product];
            line.first = sums;
            if (pair.partner == tap_partner::none) {
                with_groups<rows_depth / 4>(
                    groups, [&]<std::size_t Groups>() { Isa::template add_tap<Groups>(line); });
            } else if (pair.partner == tap_partner::beside) {
                line.positions = width_ + 1;
                with_groups<rows_depth / 4>(
                    groups, [&]<std::size_t Groups>() { Isa::template add_beside<Groups>(line); });
            } else {
                const auto add_line = [&] {
                    with_groups<rows_depth / 4>(
                        groups, [&]<std::size_t Groups>() { Isa::template add_below<Groups>(line); });
                };
                line.second = continues ? sums - line_places : space.nowhere;
                add_line();
                continues =
                    r + 1 < space.rows && space.first[(r + 1) * width_] == space.first[r * width_] + row_;
                if (!continues) {
                    line.codes += row_;
                    line.first = space.nowhere;
                    line.second = sums;
                    add_line();
                }
            }
        }
    }

    /// Writes or adds the exact sums of positions [begin, begin + count).
    void flush(const lines& space, std::size_t begin, std::size_t count, std::size_t groups, bool fresh,
               std::int32_t* to) const {
        for (std::size_t here = 0; count > 0; count -= here, begin += here, to += 16 * here) {
            here = std::min(count, width_ - begin % width_); // of one row
            const std::uint16_t* const places = space.of(begin, width_);
            fresh ? Isa::template flush_places<true>(places, here, groups, to)
                  : Isa::template flush_places<false>(places, here, groups, to);
        }
    }

    /// Hands the finished sums on.
    void deliver(std::size_t output, std::size_t count, const chunk& part, std::size_t groups, bool fresh,
                 const scratch<std::int32_t>& partial, const lines& space, const sums_writer& writer) const {
        alignas(64) std::array<std::int32_t, block_positions * 16> sums;
        for (std::size_t begin = 0; begin < part.positions(); begin += block_positions) {
            const std::size_t here = std::min(block_positions, part.positions() - begin);
            if (!fresh) {
                std::copy_n(partial.data() + 16 * begin, 16 * here, sums.data());
            }
            flush(space, begin, here, groups, fresh, sums.data());
            writer.write(begin, here, output, count, sums.data(), 16);
        }
    }

    convolution_shape shape_;
    std::size_t width_; ///< of an output row
    std::size_t row_;   ///< bytes of a padded row of codes
    std::vector<std::uint32_t> step_;
    tap_pairs taps_;
    aligned_vector<std::uint8_t> codes_; ///< [block of outputs][pair][product][32 or 16]
};

template <class Isa, class Gather>
struct choose_paired_rows {
    using type = no_paired_rows;
};
template <adds_tap_pairs Isa, class Gather>
struct choose_paired_rows<Isa, Gather> {
    using type = paired_rows<Isa, Gather>;
};
/// What an instruction set has.
template <class Isa, class Gather>
using paired_rows_of = typename choose_paired_rows<Isa, Gather>::type;

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
