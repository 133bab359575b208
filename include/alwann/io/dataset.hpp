// SPDX-License-Identifier: MIT
/// @file
/// Labelled images in memory.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/tensor/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
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
[[nodiscard]] inline dataset make_dataset(std::string name, image_shape shape,
                                          std::vector<std::uint8_t> pixels, std::vector<int> labels,
                                          std::size_t classes = 0) {
    if (labels.empty() && pixels.empty()) {
        throw value_error(name + ": images: expected at least 1, found none");
    }
    if (shape.size() == 0) {
        throw shape_error(name + ": images: expected a shape without zeros, found " + to_string(shape));
    }
    if (pixels.size() % shape.size() != 0 || pixels.size() / shape.size() != labels.size()) {
        throw shape_error(name + ": labels: expected one for each image, found " +
                          std::to_string(labels.size()) + " labels and " + std::to_string(pixels.size()) +
                          " values for images of " + to_string(shape));
    }
    const auto [smallest, largest] = std::minmax_element(labels.begin(), labels.end());
    if (*smallest < 0 || (classes != 0 && static_cast<std::size_t>(*largest) >= classes)) {
        const auto wrong = *smallest < 0 ? smallest : largest;
        throw value_error(name + ": label " + std::to_string(wrong - labels.begin()) + ": expected 0 to " +
                          (classes == 0 ? "classes" : std::to_string(classes)) + " - 1, found " +
                          std::to_string(*wrong));
    }
    if (classes == 0) {
        classes = static_cast<std::size_t>(*largest) + 1;
    }
    return {std::move(name), shape, std::move(pixels), std::move(labels), classes};
}

inline std::span<const std::uint8_t> dataset::images(std::size_t first, std::size_t count) const {
    if (first > size() || count > size() - first) {
        throw value_error(name + ": images: expected positions below " + std::to_string(size()) + ", found " +
                          std::to_string(count) + " from " + std::to_string(first));
    }
    return std::span(pixels).subspan(first * shape.size(), count * shape.size());
}

inline dataset dataset::slice(std::size_t first, std::size_t count) const {
    const auto part = images(first, count);
    const auto begin = labels.begin() + static_cast<std::ptrdiff_t>(first);
    return make_dataset(name, shape, {part.begin(), part.end()},
                        {begin, begin + static_cast<std::ptrdiff_t>(count)}, classes);
}

} // namespace alwann::inline ALWANN_ABI
