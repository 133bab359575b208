// SPDX-License-Identifier: MIT
/// @file
/// A part of a convolution's work that fits the caches: some output rows with the codes under them.
#pragma once

#include <alwann/kernel/convolution.hpp>
#include <alwann/kernel/detail/scratch.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Bytes behind a chunk's codes that may be read, never used: vectors need not stop at the last code.
inline constexpr std::size_t chunk_slack = 64;

/// How a convolution's codes lie in packed rows: NHWC bytes with the padding written out.
struct chunk_layout {
    std::size_t row = 0; ///< bytes of a padded row
    /// Per product k of a group, in the order of the weights: offset from a position's first code. Neighbours
    /// in a run (the channels of a pixel; a whole kernel row without groups and dilation) are adjacent.
    std::vector<std::uint32_t> step;

    explicit chunk_layout(const convolution_shape& shape) {
        const auto& g = shape.geometry;
        row = (shape.input.width + g.pad_left + g.pad_right) * shape.input.channels;
        step.reserve(shape.depth());
        for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
            for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                for (std::size_t c = 0; c < shape.group_inputs(); ++c) {
                    step.push_back(static_cast<std::uint32_t>(
                        ky * g.dilation_height * row + kx * g.dilation_width * shape.input.channels + c));
                }
            }
        }
    }
};

/// Some output positions of a batch, consecutive, and the codes that they read.
///
/// Product k of group g at position p reads codes[first[p] + layout.step[k] + g * group_inputs].
class chunk {
public:
    /// Whole output rows [row, row + rows) of `images` images from `image` on; several images only with all
    /// their rows. Copies the codes even where nothing has to be padded: they are in the cache afterwards,
    /// and may be read beyond their end.
    chunk(const convolution_shape& shape, const chunk_layout& layout, const std::uint8_t* activations,
          std::uint8_t padding, std::size_t image, std::size_t images, std::size_t row, std::size_t rows)
        : extent(images * padded_rows(shape.geometry, rows) * layout.row),
          values_(extent + chunk_slack),
          positions_(images * rows * shape.output().width),
          offsets_(positions_) {
        const auto& g = shape.geometry;
        const auto& in = shape.input;
        const auto out = shape.output();
        const std::size_t top = row * g.stride_height; // in padded rows
        const std::size_t height = padded_rows(g, rows);
        position = (image * out.height + row) * out.width;
        codes = values_.data();
        first = offsets_.data();
        std::uint32_t* next = offsets_.data();
        for (std::size_t n = 0; n < images; ++n) {
            for (std::size_t y = 0; y < rows; ++y) {
                const auto start =
                    static_cast<std::uint32_t>((n * height + y * g.stride_height) * layout.row);
                const auto stride = static_cast<std::uint32_t>(g.stride_width * in.channels);
                for (std::uint32_t x = 0; x < out.width; ++x) {
                    next[x] = start + x * stride;
                }
                next += out.width;
            }
        }
        std::memset(values_.data() + extent, 0, chunk_slack);
        const std::size_t line = in.width * in.channels;
        const bool whole_rows =
            line == layout.row && top >= g.pad_top && top - g.pad_top + height <= in.height;
        for (std::size_t n = 0; n < images; ++n) {
            if (whole_rows) {
                std::memcpy(values_.data() + n * height * line,
                            activations + ((image + n) * in.height + top - g.pad_top) * line, height * line);
                continue;
            }
            for (std::size_t y = 0; y < height; ++y) {
                std::uint8_t* to = values_.data() + (n * height + y) * layout.row;
                const std::size_t source = top + y - g.pad_top; // wraps around above the image
                if (source >= in.height) {
                    std::memset(to, padding, layout.row);
                    continue;
                }
                const std::size_t left = g.pad_left * in.channels;
                std::memset(to, padding, left);
                std::memcpy(to + left, activations + ((image + n) * in.height + source) * line, line);
                std::memset(to + left + line, padding, layout.row - left - line);
            }
        }
    }

    [[nodiscard]] std::size_t positions() const noexcept { return positions_; }

    /// Padded input rows under `rows` output rows.
    [[nodiscard]] static std::size_t padded_rows(const window& g, std::size_t rows) noexcept {
        return (rows - 1) * g.stride_height + (g.kernel_height - 1) * g.dilation_height + 1;
    }

    std::size_t position = 0; ///< of the batch, images, rows and columns counted
    std::size_t extent = 0;   ///< bytes from `codes` on that hold codes
    const std::uint8_t* codes = nullptr;
    const std::uint32_t* first = nullptr; ///< per position, within `codes`

private:
    scratch<std::uint8_t> values_;
    std::size_t positions_;
    scratch<std::uint32_t> offsets_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
