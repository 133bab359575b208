// SPDX-License-Identifier: MIT
/// @file
/// How a convolution over a batch is cut into parts.
#pragma once

#include <alwann/kernel/convolution.hpp>

#include <algorithm>
#include <cstddef>

namespace alwann::inline ALWANN_ABI {

/// One part: whole output rows of an image, or whole images.
struct chunk_range {
    std::size_t image = 0;  ///< the first one
    std::size_t images = 1; ///< how many
    std::size_t row = 0;    ///< the first row of the result
    std::size_t rows = 0;   ///< how many rows of it
};

/// Cuts a batch into parts of about equal numbers of output positions.
class chunk_ranges {
public:
    /// Parts of at most `positions`, but at least one output row.
    chunk_ranges(const convolution_shape& shape, std::size_t positions)
        : images_(shape.images), height_(shape.output().height) {
        const std::size_t width = shape.output().width;
        const std::size_t area = height_ * width;
        if (area <= positions) {
            const std::size_t most = std::max<std::size_t>(1, positions / std::max<std::size_t>(1, area));
            parts_ = divide(images_, most);
            images_a_part_ = divide(images_, parts_);
            parts_ = divide(images_, images_a_part_);
        } else {
            const std::size_t most = std::max<std::size_t>(1, positions / width);
            bands_ = divide(height_, most);
            rows_a_band_ = divide(height_, bands_);
            bands_ = divide(height_, rows_a_band_);
            parts_ = images_ * bands_;
        }
    }

    /// How many there are.
    [[nodiscard]] std::size_t size() const noexcept { return parts_; }

    /// Part `i`, which is below size().
    [[nodiscard]] chunk_range operator[](std::size_t i) const noexcept {
        if (bands_ == 0) {
            const std::size_t first = i * images_a_part_;
            return {first, std::min(images_a_part_, images_ - first), 0, height_};
        }
        const std::size_t first = i % bands_ * rows_a_band_;
        return {i / bands_, 1, first, std::min(rows_a_band_, height_ - first)};
    }

private:
    static std::size_t divide(std::size_t all, std::size_t part) {
        return part == 0 ? 0 : (all + part - 1) / part;
    }

    std::size_t images_;
    std::size_t height_;
    std::size_t parts_ = 0;
    std::size_t images_a_part_ = 1;
    std::size_t bands_ = 0; ///< of one image; 0: parts are whole images
    std::size_t rows_a_band_ = 1;
};

} // namespace alwann::inline ALWANN_ABI
