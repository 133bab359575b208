// SPDX-License-Identifier: MIT
/// @file
/// From the bytes of a data set to the numbers a network was trained on.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/io/dataset.hpp>
#include <alwann/tensor/policy.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Pixels become (scale * byte - mean[c]) / deviation[c]; one entry serves all channels.
struct normalisation {
    std::string name = "none";           ///< as the user gave it
    double scale = 1.0 / 255;            ///< pixels are multiplied by it first
    std::vector<double> mean = {0};      ///< subtracted then; one or one for each channel
    std::vector<double> deviation = {1}; ///< divided by at last; one or one for each channel
};

/// `none` (0 to 1), `raw` (0 to 255), `imagenet` or `cifar10` (their usual means and deviations), or
/// means/deviations of pixels scaled to 0..1, one or one per channel: "0.286/0.353". Throws value_error.
[[nodiscard]] ALWANN_SEPARABLE normalisation normalisation_from_string(std::string_view text);

/// Images [first, first + count) of a data set as normalised floats, [image][row][column][channel].
///
/// Throws value_error for images that are not there and if there are neither one nor as many means and
/// deviations as channels.
template <tensor_policy Tensors>
[[nodiscard]] auto normalise(const dataset& data, const normalisation& how, std::size_t first,
                             std::size_t count) {
    const auto& shape = data.shape;
    for (const auto* values : {&how.mean, &how.deviation}) {
        if (values->size() != 1 && values->size() != shape.channels) {
            throw value_error("normalisation '" + how.name + "': " + std::to_string(values->size()) +
                              " values for images with " + std::to_string(shape.channels) + " channels");
        }
    }
    const auto pixels = data.images(first, count);
    auto result = Tensors::template make<float, 4>({count, shape.height, shape.width, shape.channels});
    const tensor_view<float, 4> view = Tensors::view(result);
    std::size_t i = 0;
    for (std::size_t n = 0; n < count; ++n) {
        for (std::size_t y = 0; y < shape.height; ++y) {
            for (std::size_t x = 0; x < shape.width; ++x) {
                for (std::size_t c = 0; c < shape.channels; ++c, ++i) {
                    const double mean = how.mean[how.mean.size() == 1 ? 0 : c];
                    const double deviation = how.deviation[how.deviation.size() == 1 ? 0 : c];
                    view(n, y, x, c) = static_cast<float>((how.scale * pixels[i] - mean) / deviation);
                }
            }
        }
    }
    return result;
}

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_normalisation.hpp>
#endif
