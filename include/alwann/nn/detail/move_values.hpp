// SPDX-License-Identifier: MIT
/// @file
/// Operators that only move values, for floats and codes alike. Batches are NHWC.
#pragma once

#include <alwann/tensor/shape.hpp>

#include <algorithm>
#include <cstddef>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Copies `channels` values per pixel to channel `first` of pixels with `all` channels.
template <class T>
void copy_channels(const T* from, std::size_t pixels, std::size_t channels, std::size_t all,
                   std::size_t first, T* to) {
    for (std::size_t p = 0; p < pixels; ++p) {
        std::copy_n(from + p * channels, channels, to + p * all + first);
    }
}

/// Channel by channel, as files with the channel before row and column mean it.
template <class T>
void flatten_values(const T* from, std::size_t images, const image_shape& shape, T* to) {
    const std::size_t area = shape.height * shape.width;
    for (std::size_t n = 0; n < images; ++n) {
        for (std::size_t i = 0; i < area; ++i) {
            for (std::size_t c = 0; c < shape.channels; ++c) {
                to[c * area + i] = from[i * shape.channels + c];
            }
        }
        from += shape.size();
        to += shape.size();
    }
}

template <class T, class Pad>
void pad_values(const T* from, std::size_t images, const image_shape& in, const image_shape& out,
                const Pad& node, T value, T* to) {
    std::fill_n(to, images * out.size(), value);
    for (std::size_t n = 0; n < images; ++n) {
        for (std::size_t y = 0; y < in.height; ++y) {
            for (std::size_t x = 0; x < in.width; ++x, from += in.channels) {
                std::copy_n(from, in.channels,
                            to +
                                ((n * out.height + y + node.before[0]) * out.width + x + node.before[1]) *
                                    out.channels +
                                node.before[2]);
            }
        }
    }
}

template <class T, class Slice>
void slice_values(const T* from, std::size_t images, const image_shape& in, const Slice& node, T* to) {
    const auto at = [&](std::size_t d, std::size_t i) {
        return static_cast<std::size_t>(static_cast<std::ptrdiff_t>(node.start[d]) +
                                        static_cast<std::ptrdiff_t>(i) * node.step[d]);
    };
    for (std::size_t n = 0; n < images; ++n) {
        for (std::size_t y = 0; y < node.count[0]; ++y) {
            for (std::size_t x = 0; x < node.count[1]; ++x) {
                const T* pixel = from + ((n * in.height + at(0, y)) * in.width + at(1, x)) * in.channels;
                for (std::size_t c = 0; c < node.count[2]; ++c) {
                    *to++ = pixel[at(2, c)];
                }
            }
        }
    }
}

/// For every value of a pooling's result: body(index of the result, visit_positions), where
/// visit_positions(visit) calls visit(index of the input) for the window's positions inside the image.
template <class Body>
void for_each_window(std::size_t images, const image_shape& in, const image_shape& out, const window& g,
                     Body&& body) {
    std::size_t result = 0;
    for (std::size_t n = 0; n < images; ++n) {
        for (std::size_t oy = 0; oy < out.height; ++oy) {
            for (std::size_t ox = 0; ox < out.width; ++ox) {
                for (std::size_t c = 0; c < out.channels; ++c, ++result) {
                    body(result, [&](auto&& visit) {
                        for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
                            for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                                // Unsigned wrap-around makes positions above or left of the image large.
                                const std::size_t y =
                                    oy * g.stride_height + ky * g.dilation_height - g.pad_top;
                                const std::size_t x =
                                    ox * g.stride_width + kx * g.dilation_width - g.pad_left;
                                if (y < in.height && x < in.width) {
                                    visit(((n * in.height + y) * in.width + x) * in.channels + c);
                                }
                            }
                        }
                    });
                }
            }
        }
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
