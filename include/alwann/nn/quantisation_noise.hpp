// SPDX-License-Identifier: MIT
/// @file
/// How far the activations of a quantised network are from those of the float one, layer by layer.
#pragma once

#include <alwann/nn/calibration.hpp>
#include <alwann/nn/inference.hpp>
#include <alwann/nn/quantize.hpp>

#include <cmath>
#include <cstddef>
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
    ALWANN_SEPARABLE noise_meter(const calibrator& seen, const traced_network& traced, design_setting design);
    /// The same for the exact design.
    ALWANN_SEPARABLE noise_meter(const calibrator& seen, const traced_network& traced);

    /// Runs images (NHWC) through both networks, some at a time. Throws as calibrator::add() does.
    ALWANN_SEPARABLE void add(tensor_view<const float, 4> images);

    /// Power and noise of each node of the quantised network, over all images so far.
    [[nodiscard]] const std::vector<signal_power>& nodes() const noexcept { return powers_; }

private:
    ALWANN_SEPARABLE static void compare(std::span<const float> expected, const std::vector<float>& found,
                                         signal_power& power);

    const graph& float_;
    const traced_network& traced_;
    design_setting design_;
    std::vector<signal_power> powers_;   ///< by node of the quantised network
    std::vector<std::size_t> source_of_; ///< node of the float network that it stands for
};

/// The noise of every node on some images (NHWC); see noise_meter.
[[nodiscard]] ALWANN_SEPARABLE std::vector<signal_power>
quantisation_noise(const calibrator& seen, const traced_network& traced, tensor_view<const float, 4> images);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_quantisation_noise.hpp>
#endif
