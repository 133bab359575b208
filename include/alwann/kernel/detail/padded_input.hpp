// SPDX-License-Identifier: MIT
/// @file
/// Activations with their padding written out, so that engines need no bounds checks.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/kernel/convolution.hpp>

#include <algorithm>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A padded copy of a task's activations, each code multiplied by a constant.
///
/// Position p and product k of group g read element first[p] + step[k] + g * group_inputs.
template <class Element>
struct padded_input {
    aligned_vector<Element> values;
    std::vector<std::uint32_t> first; ///< per position, within `values`
    std::vector<std::uint32_t> step;  ///< per product

    padded_input(const convolution_task& task, std::size_t factor) {
        const auto& shape = task.shape;
        const auto& g = shape.geometry;
        const auto& in = shape.input;
        const auto out = shape.output();
        const std::size_t height = in.height + g.pad_top + g.pad_bottom;
        const std::size_t width = in.width + g.pad_left + g.pad_right;
        const std::size_t row = width * in.channels;
        values.assign(shape.images * height * row, static_cast<Element>(task.padding * factor));
        for (std::size_t n = 0; n < shape.images; ++n) {
            for (std::size_t y = 0; y < in.height; ++y) {
                const std::uint8_t* from = task.activations + (n * in.height + y) * in.width * in.channels;
                Element* to = values.data() + (n * height + y + g.pad_top) * row + g.pad_left * in.channels;
                std::transform(from, from + in.width * in.channels, to,
                               [factor](std::uint8_t code) { return static_cast<Element>(code * factor); });
            }
        }
        first.reserve(shape.positions());
        for (std::size_t n = 0; n < shape.images; ++n) {
            for (std::size_t y = 0; y < out.height; ++y) {
                for (std::size_t x = 0; x < out.width; ++x) {
                    first.push_back(static_cast<std::uint32_t>((n * height + y * g.stride_height) * row +
                                                               x * g.stride_width * in.channels));
                }
            }
        }
        for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
            for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                for (std::size_t c = 0; c < shape.group_inputs(); ++c) {
                    step.push_back(static_cast<std::uint32_t>(ky * g.dilation_height * row +
                                                              kx * g.dilation_width * in.channels + c));
                }
            }
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
