// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/quantisation_noise.hpp.
#pragma once

#include <alwann/nn/detail/define_calibration.hpp>
#include <alwann/nn/quantisation_noise.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE noise_meter::noise_meter(const calibrator& seen, const traced_network& traced,
                                          design_setting design)
    : float_(seen.network()),
      traced_(traced),
      design_(std::move(design)),
      powers_(traced.quantized.nodes().size()),
      source_of_(powers_.size(), 0) {
    check(traced.quantized, design_);
    const auto& nodes = float_.nodes();
    if (traced.node_of.size() != nodes.size()) {
        throw shape_error(float_.source() + ": signal to noise: expected a trace of " +
                          std::to_string(nodes.size()) + " nodes, found " +
                          std::to_string(traced.node_of.size()));
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto node = traced.node_of[i];
        if (node >= powers_.size() || traced.quantized.nodes()[node].shape != nodes[i].shape) {
            throw shape_error(float_.source() + ": signal to noise: node '" + nodes[i].name +
                              "' is not in the quantised network");
        }
        source_of_[node] = i;
    }
}

ALWANN_SEPARABLE noise_meter::noise_meter(const calibrator& seen, const traced_network& traced)
    : noise_meter(seen, traced, exact_setting(traced.quantized)) {}

ALWANN_SEPARABLE void noise_meter::add(tensor_view<const float, 4> images) {
    const auto& net = traced_.quantized;
    constexpr std::size_t batch = 16;
    for (std::size_t begin = 0; begin < images.extent(0); begin += batch) {
        const auto part = images.rows(begin, std::min(batch, images.extent(0) - begin));
        const auto codes = encode_images(net, part);
        forward_pass forward(net, codes, 0, codes.count);
        std::size_t layer = 0;
        detail::for_each_activation(float_, part, [&](std::size_t i, std::span<const float> values) {
            const auto node = traced_.node_of[i];
            while (forward.next() <= node) {
                const bool designed =
                    layer < net.convolutions().size() && net.convolutions()[layer] == forward.next();
                forward.step(designed ? &design_[layer++] : nullptr);
            }
            if (source_of_[node] == i) {
                compare(values, forward.reals(node), powers_[node]);
            }
        });
    }
}

ALWANN_SEPARABLE void noise_meter::compare(std::span<const float> expected, const std::vector<float>& found,
                                           signal_power& power) {
    for (std::size_t k = 0; k < expected.size(); ++k) {
        const double value = expected[k];
        const double error = value - static_cast<double>(found[k]);
        power.signal += value * value;
        power.noise += error * error;
    }
}

ALWANN_SEPARABLE std::vector<signal_power>
quantisation_noise(const calibrator& seen, const traced_network& traced, tensor_view<const float, 4> images) {
    noise_meter meter(seen, traced);
    meter.add(images);
    return meter.nodes();
}

} // namespace alwann::inline ALWANN_ABI
