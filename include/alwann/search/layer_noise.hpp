// SPDX-License-Identifier: MIT
/// @file
/// How far the activations of a design are from those of the exact 8-bit network, layer by layer.
#pragma once

#include <alwann/nn/inference.hpp>
#include <alwann/nn/quantisation_noise.hpp>
#include <alwann/nn/setting.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Signal and noise of the results of each convolution that a design decides about, in their order: the
/// signal is what the exact network computes there, the noise what the design computes instead, with all
/// that the layers before have added. Rounding to 8 bits is in both and does not count.
///
/// Takes two inferences of the images. Throws as check() and forward_pass do.
[[nodiscard]] inline std::vector<signal_power>
layer_noise(const network& network, const design_setting& design, const coded_images& images) {
    check(network, design);
    const auto exact = exact_setting(network);
    const auto& layers = network.convolutions();
    std::vector<signal_power> powers(layers.size());
    for (std::size_t first = 0; first < images.count; first += images_per_pass) {
        const std::size_t count = std::min(images_per_pass, images.count - first);
        forward_pass wanted(network, images, first, count), found(network, images, first, count);
        for (std::size_t l = 0; l < layers.size(); ++l) {
            while (found.next() < layers[l]) {
                wanted.step(nullptr);
                found.step(nullptr);
            }
            wanted.step(&exact[l]);
            found.step(&design[l]);
            const auto signal = wanted.reals(layers[l]), approximate = found.reals(layers[l]);
            for (std::size_t i = 0; i < signal.size(); ++i) {
                const double value = signal[i];
                const double error = value - static_cast<double>(approximate[i]);
                powers[l].signal += value * value;
                powers[l].noise += error * error;
            }
        }
    }
    return powers;
}

} // namespace alwann::inline ALWANN_ABI
