// SPDX-License-Identifier: MIT
/// @file
/// Labelled images in memory.
#pragma once

#include <alwann/tensor/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Labelled images of one shape, 8 bits a value. make_dataset() checks what belongs together.
struct dataset {
    std::string name;                 ///< for messages
    image_shape shape;                ///< of one image
    std::vector<std::uint8_t> pixels; ///< image after image; row, column, channel
    std::vector<int> labels;          ///< from 0
    std::size_t classes = 0;          ///< how many different labels there may be

    /// Number of images.
    [[nodiscard]] std::size_t size() const noexcept { return labels.size(); }

    /// Values of one image. Throws value_error for an image that does not exist.
    [[nodiscard]] std::span<const std::uint8_t> image(std::size_t i) const { return images(i, 1); }

    /// Values of `count` images in a row. Throws value_error where there are not as many.
    [[nodiscard]] std::span<const std::uint8_t> images(std::size_t first, std::size_t count) const;

    /// A copy of `count` images from `first` on; the number of classes stays. Throws value_error for no
    /// images, or where there are not as many.
    [[nodiscard]] dataset slice(std::size_t first, std::size_t count) const;
};

/// Puts a data set together. `classes` 0: one more than the largest label.
///
/// Throws value_error for no images or a label outside the classes, and shape_error where the number of
/// pixels or labels does not fit.
[[nodiscard]] ALWANN_SEPARABLE dataset make_dataset(std::string name, image_shape shape,
                                                    std::vector<std::uint8_t> pixels, std::vector<int> labels,
                                                    std::size_t classes = 0);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_dataset.hpp>
#endif
