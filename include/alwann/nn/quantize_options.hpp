// SPDX-License-Identifier: MIT
/// @file
/// Choices of post-training quantisation.
#pragma once

#include <alwann/nn/range_rule.hpp>

namespace alwann::inline ALWANN_ABI {

/// Choices of post-training quantisation. The defaults are 8 bits, everything seen has a code, and weights
/// have a scale for each output channel.
///
///     aw::quantize(trained, images, {.activation_bits = 6, .ranges = aw::percentile_range{99.9}})
struct quantize_options {
    /// Scale and zero point of weights per output channel instead of one per layer. Costs nothing in
    /// hardware, where they are constants of the output stage, and lowers the error severalfold.
    bool weights_per_channel = true;

    /// Weights as signed numbers with zero point 0, range [-m, m], instead of unsigned codes with a zero
    /// point of their own. See symmetric_quantisation().
    bool symmetric_weights = false;

    unsigned weight_bits = 8;     ///< 2 to 8; the codes 0 to 2^bits - 1, or signed ones
    unsigned activation_bits = 8; ///< 2 to 8; the codes 0 to 2^bits - 1

    any_range_rule ranges = minmax_range{};        ///< of activations
    any_range_rule weight_ranges = minmax_range{}; ///< of weights, by channel or layer

    /// The first (last) layer with weights has exact products whatever the design, and 8-bit weights; with
    /// `exact_first` the image has 8-bit codes, too. Networks are most sensitive there.
    bool exact_first = false;
    bool exact_last = false; ///< see exact_first

    /// Dense layers get a multiplier from the design, too. Otherwise their products are exact.
    bool approximate_dense = false;
};

} // namespace alwann::inline ALWANN_ABI
