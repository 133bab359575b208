// SPDX-License-Identifier: MIT
/// @file
/// Which parts of a kernel can share rows of products.
#pragma once

#include <alwann/kernel/convolution.hpp>

#include <cstddef>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Where the second tap of a pair lies.
enum class tap_partner { none, beside, below };

/// One tap or two of a kernel, and where their products begin.
struct tap_pair {
    std::size_t first = 0;  ///< product of the first tap
    std::size_t second = 0; ///< the same of the second, if there is one
    tap_partner partner = tap_partner::none;
};

/// A tap is a part of a kernel whose codes are neighbours: a kernel row where there are few channels, else a
/// pixel.
///
/// At stride 1 the codes under one tap are those under the next, one position earlier. So a code selects
/// a row for both.
class tap_pairs {
public:
    explicit tap_pairs(const convolution_shape& shape) {
        const auto& g = shape.geometry;
        const bool whole_rows = shape.groups == 1 && g.kernel_width * shape.input.channels <= few;
        const std::size_t columns = whole_rows ? 1 : g.kernel_width;
        products_ = shape.depth() / (g.kernel_height * columns);
        if (g.stride_height != 1 || g.stride_width != 1 || g.dilation_height != 1 || g.dilation_width != 1) {
            return;
        }
        const auto add = [&](std::size_t y, std::size_t x, tap_partner partner) {
            const std::size_t tap = y * columns + x;
            const std::size_t second = partner == tap_partner::beside ? tap + 1 : tap + columns;
            list_.push_back({products_ * tap, products_ * second, partner});
        };
        for (std::size_t y = 0; y < g.kernel_height; ++y) {
            for (std::size_t x = 0; x + 1 < columns; x += 2) {
                add(y, x, tap_partner::beside);
            }
        }
        if (columns % 2 == 1) { // the last column is left
            if (g.kernel_height % 2 == 1) {
                add(g.kernel_height - 1, columns - 1, tap_partner::none);
            }
            for (std::size_t y = 0; y + 1 < g.kernel_height; y += 2) {
                add(y, columns - 1, tap_partner::below);
            }
        }
    }

    /// Whether any taps share rows.
    [[nodiscard]] bool any() const noexcept {
        return !list_.empty() && (list_.front().partner != tap_partner::none || list_.size() > 1);
    }
    /// All taps, in pairs as far as possible, those last whose sums go to two rows.
    [[nodiscard]] const std::vector<tap_pair>& list() const noexcept { return list_; }
    /// Products of a tap.
    [[nodiscard]] std::size_t products() const noexcept { return products_; }

private:
    static constexpr std::size_t few = 16; ///< products of a kernel row, that rows are laid out for at a time

    std::vector<tap_pair> list_;
    std::size_t products_ = 0;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
