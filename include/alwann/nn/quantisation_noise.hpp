// SPDX-License-Identifier: MIT
/// @file
/// How far the activations of a quantised network are from those of the float one, layer by layer.
#pragma once

#include <alwann/nn/calibration.hpp>
#include <alwann/nn/inference.hpp>
#include <alwann/nn/quantize.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Power of a signal and of its error, both as sums of squares.
struct signal_power {
    double signal = 0; ///< sum of squares
    double noise = 0;  ///< sum of squares of what differs

    /// 10 log10(signal / noise): infinite without noise, not a number without either.
    [[nodiscard]] double decibels() const { return 10 * std::log10(signal / noise); }
};

/// Compares a quantised network with the float one it was made of, on images that stream by. The noise of a
/// node is all that has gathered on the way to it: rounding, clipping, and the products of approximate
/// multipliers.
class noise_meter {
public:
    /// For the network and trace of quantize_traced(seen, ...) on a design, exact by default. All must
    /// outlive this object. Throws shape_error if they do not belong together.
    noise_meter(const calibrator& seen, const traced_network& traced, design_setting design)
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
    /// The same for the exact design.
    noise_meter(const calibrator& seen, const traced_network& traced)
        : noise_meter(seen, traced, exact_setting(traced.quantized)) {}

    /// Runs images (NHWC) through both networks, some at a time. Throws as calibrator::add() does.
    void add(tensor_view<const float, 4> images) {
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

    /// Power and noise of each node of the quantised network, over all images so far.
    [[nodiscard]] const std::vector<signal_power>& nodes() const noexcept { return powers_; }

private:
    static void compare(std::span<const float> expected, const std::vector<float>& found,
                        signal_power& power) {
        for (std::size_t k = 0; k < expected.size(); ++k) {
            const double value = expected[k];
            const double error = value - static_cast<double>(found[k]);
            power.signal += value * value;
            power.noise += error * error;
        }
    }

    const graph& float_;
    const traced_network& traced_;
    design_setting design_;
    std::vector<signal_power> powers_;   ///< by node of the quantised network
    std::vector<std::size_t> source_of_; ///< node of the float network that it stands for
};

/// The noise of every node on some images (NHWC); see noise_meter.
[[nodiscard]] inline std::vector<signal_power>
quantisation_noise(const calibrator& seen, const traced_network& traced, tensor_view<const float, 4> images) {
    noise_meter meter(seen, traced);
    meter.add(images);
    return meter.nodes();
}

} // namespace alwann::inline ALWANN_ABI
