// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/dataset.hpp.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/io/dataset.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE dataset make_dataset(std::string name, image_shape shape, std::vector<std::uint8_t> pixels,
                                      std::vector<int> labels, std::size_t classes) {
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

ALWANN_SEPARABLE std::span<const std::uint8_t> dataset::images(std::size_t first, std::size_t count) const {
    if (first > size() || count > size() - first) {
        throw value_error(name + ": images: expected positions below " + std::to_string(size()) + ", found " +
                          std::to_string(count) + " from " + std::to_string(first));
    }
    return std::span(pixels).subspan(first * shape.size(), count * shape.size());
}

ALWANN_SEPARABLE dataset dataset::slice(std::size_t first, std::size_t count) const {
    const auto part = images(first, count);
    const auto begin = labels.begin() + static_cast<std::ptrdiff_t>(first);
    return make_dataset(name, shape, {part.begin(), part.end()},
                        {begin, begin + static_cast<std::ptrdiff_t>(count)}, classes);
}

} // namespace alwann::inline ALWANN_ABI
