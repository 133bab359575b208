// SPDX-License-Identifier: MIT
/// What users have without this library: scalar look-ups, from the loops of today's operator to blocked ones.
///
/// A baseline is made from a task, prepares its weights and tables then, and does the convolution in
/// operator(). It shares no code with the engines.
#pragma once

#include <alwann/kernel/convolution.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace bench {

namespace aw = alwann;

// The operator's makefile asks for -O2. Clang knows no such attribute; there the loops differ little.
#if defined(__GNUC__) && !defined(__clang__)
#define ALWANN_BENCH_O2 gnu::optimize("O2"),
#else
#define ALWANN_BENCH_O2
#endif

/// The seven loops of the operator for approximate convolutions that TensorFlow users have, in its style:
/// activations NHWC and the filter [kernel row][kernel column][input][output], so that the innermost loop
/// strides by the number of outputs; the image's border is tested there, products come from a table of 32-bit
/// numbers behind a small object, and the zero points are corrected product by product. The zero points are 0
/// here, which the compiler does not know: the function is no part of its caller.
class naive_operator {
public:
    explicit naive_operator(const aw::convolution_task& task)
        : task_(task),
          table_(task.multiplier->products().begin(), task.multiplier->products().end()),
          products_{table_.data(), 8},
          zero_x_(task.padding) {
        const auto& shape = task.shape;
        const std::size_t depth = shape.depth();
        filter_.resize(depth * shape.outputs);
        for (std::size_t f = 0; f < shape.outputs; ++f) {
            for (std::size_t k = 0; k < depth; ++k) {
                filter_[k * shape.outputs + f] = task.weights[f * depth + k];
            }
        }
    }

    [[ALWANN_BENCH_O2 gnu::noinline]] void operator()() const {
        const auto& shape = task_.shape;
        const auto& g = shape.geometry;
        const auto out_shape = shape.output();
        const int images = integer(shape.images), height = integer(shape.input.height);
        const int width = integer(shape.input.width), channels = integer(shape.input.channels);
        const int inputs = integer(shape.group_inputs()), outputs = integer(shape.outputs);
        const int group_outputs = integer(shape.group_outputs());
        const int kernel_height = integer(g.kernel_height), kernel_width = integer(g.kernel_width);
        for (int n = 0; n < images; ++n) {
            for (int oy = 0; oy < integer(out_shape.height); ++oy) {
                for (int ox = 0; ox < integer(out_shape.width); ++ox) {
                    for (int f = 0; f < outputs; ++f) {
                        const int first = f / group_outputs * inputs;
                        int sum = 0;
                        for (int ky = 0; ky < kernel_height; ++ky) {
                            const int y = oy * integer(g.stride_height) + ky * integer(g.dilation_height) -
                                          integer(g.pad_top);
                            for (int kx = 0; kx < kernel_width; ++kx) {
                                const int x = ox * integer(g.stride_width) + kx * integer(g.dilation_width) -
                                              integer(g.pad_left);
                                for (int c = 0; c < inputs; ++c) {
                                    int code = zero_x_;
                                    if (y >= 0 && y < height && x >= 0 && x < width) {
                                        code = task_.activations[((n * height + y) * width + x) * channels +
                                                                 first + c];
                                    }
                                    const int weight = filter_[static_cast<std::size_t>(
                                        ((ky * kernel_width + kx) * inputs + c) * outputs + f)];
                                    sum += products_(code, weight);
                                    sum -= zero_w_ * code;
                                    sum -= zero_x_ * weight;
                                    sum += zero_x_ * zero_w_;
                                }
                            }
                        }
                        task_.sums[((n * integer(out_shape.height) + oy) * integer(out_shape.width) + ox) *
                                       outputs +
                                   f] = sum;
                    }
                }
            }
        }
    }

private:
    struct selector {
        const std::int32_t* table;
        int bits;
        int operator()(int x, int w) const { return table[x * (1 << bits) + w]; }
    };
    static int integer(std::size_t value) { return static_cast<int>(value); }

    aw::convolution_task task_;
    std::vector<std::int32_t> table_;
    selector products_;
    int zero_x_;
    int zero_w_ = 0;
    std::vector<std::uint8_t> filter_;
};

/// The same seven loops as one would write them with some care: weights in the order of the loops, the border
/// tested outside the innermost one, no zero points.
class seven_loops {
public:
    explicit seven_loops(const aw::convolution_task& task) : task_(task) {}

    void operator()() const {
        const auto& shape = task_.shape;
        const auto& in = shape.input;
        const auto& g = shape.geometry;
        const auto out = shape.output();
        const std::size_t inputs = shape.group_inputs();
        const std::uint16_t* products = task_.multiplier->products().data();
        std::int32_t* result = task_.sums;
        for (std::size_t n = 0; n < shape.images; ++n) {
            for (std::size_t oy = 0; oy < out.height; ++oy) {
                for (std::size_t ox = 0; ox < out.width; ++ox) {
                    for (std::size_t f = 0; f < shape.outputs; ++f) {
                        const std::size_t first = f / shape.group_outputs() * inputs;
                        const std::uint8_t* weight = task_.weights + f * shape.depth();
                        std::int32_t sum = 0;
                        for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
                            for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                                // Unsigned: positions above or left of the image become large.
                                const std::size_t y =
                                    oy * g.stride_height + ky * g.dilation_height - g.pad_top;
                                const std::size_t x =
                                    ox * g.stride_width + kx * g.dilation_width - g.pad_left;
                                const bool inside = y < in.height && x < in.width;
                                for (std::size_t c = 0; c < inputs; ++c) {
                                    const std::size_t code =
                                        inside ? task_.activations[((n * in.height + y) * in.width + x) *
                                                                       in.channels +
                                                                   first + c]
                                               : task_.padding;
                                    sum += products[256 * code + *weight++];
                                }
                            }
                        }
                        *result++ = sum;
                    }
                }
            }
        }
    }

private:
    aw::convolution_task task_;
};

/// Positions whose activations are laid out at a time: they stay in the second-level cache.
inline constexpr std::size_t patch_positions = 256;

/// memcpy, without a call for the few channels of first and depthwise layers.
inline void copy_codes(std::uint8_t* to, const std::uint8_t* from, std::size_t count) {
    switch (count) {
    case 1:
        *to = *from;
        break;
    case 3:
        std::memcpy(to, from, 3);
        break;
    default:
        std::memcpy(to, from, count);
    }
}

/// Activations of one group as a matrix [position][k] ("im2col"), `count` positions from `begin` on.
inline void lay_out_patches(const aw::convolution_task& task, std::size_t group, std::size_t begin,
                            std::size_t count, std::uint8_t* patches) {
    const auto& shape = task.shape;
    const auto& in = shape.input;
    const auto& g = shape.geometry;
    const auto out = shape.output();
    const std::size_t inputs = shape.group_inputs();
    std::size_t n = begin / (out.height * out.width);
    std::size_t oy = begin / out.width % out.height, ox = begin % out.width;
    const auto next = [&] {
        if (++ox == out.width) {
            ox = 0;
            oy = oy + 1 == out.height ? (++n, 0) : oy + 1;
        }
    };
    for (std::size_t p = 0; p < count; ++p, next()) {
        for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
            const std::size_t y = oy * g.stride_height + ky * g.dilation_height - g.pad_top;
            for (std::size_t kx = 0; kx < g.kernel_width; ++kx, patches += inputs) {
                const std::size_t x = ox * g.stride_width + kx * g.dilation_width - g.pad_left;
                if (y < in.height && x < in.width) {
                    copy_codes(patches,
                               task.activations + ((n * in.height + y) * in.width + x) * in.channels +
                                   group * inputs,
                               inputs);
                } else {
                    std::memset(patches, task.padding, inputs);
                }
            }
        }
    }
}

/// Scalar look-ups on patches, the sums of eight outputs in registers: one activation finds its row of the
/// table, eight weights their products in it. Weights are laid out in the order they are read.
class blocked_lookups {
public:
    explicit blocked_lookups(const aw::convolution_task& task)
        : task_(task), block_(task.shape.group_outputs() < 8 ? 1 : 8) {
        const auto& shape = task.shape;
        const std::size_t outputs = shape.group_outputs(), depth = shape.depth();
        blocks_ = (outputs + block_ - 1) / block_;
        weights_.assign(shape.groups * blocks_ * block_ * depth, 0);
        for (std::size_t f = 0; f < shape.outputs; ++f) {
            const std::size_t group = f / outputs, inner = f % outputs;
            for (std::size_t k = 0; k < depth; ++k) {
                weights_[((group * blocks_ + inner / block_) * depth + k) * block_ + inner % block_] =
                    task.weights[f * depth + k];
            }
        }
        patches_.resize(patch_positions * depth);
    }

    void operator()() {
        const auto& shape = task_.shape;
        const std::size_t positions = shape.positions();
        for (std::size_t begin = 0; begin < positions; begin += patch_positions) {
            const std::size_t count = std::min(patch_positions, positions - begin);
            for (std::size_t group = 0; group < shape.groups; ++group) {
                lay_out_patches(task_, group, begin, count, patches_.data());
                block_ == 8 ? add<8>(group, begin, count) : add<1>(group, begin, count);
            }
        }
    }

private:
    template <std::size_t Block>
    void add(std::size_t group, std::size_t begin, std::size_t count) {
        const auto& shape = task_.shape;
        const std::size_t outputs = shape.group_outputs(), depth = shape.depth();
        const std::uint16_t* products = task_.multiplier->products().data();
        for (std::size_t p = 0; p < count; ++p) {
            const std::uint8_t* codes = patches_.data() + p * depth;
            const std::uint8_t* weight = weights_.data() + group * blocks_ * Block * depth;
            for (std::size_t f = 0; f < outputs; f += Block) {
                std::int32_t sums[Block]{};
                for (std::size_t k = 0; k < depth; ++k, weight += Block) {
                    const std::uint16_t* row = products + 256 * std::size_t{codes[k]};
#pragma GCC unroll 8
                    for (std::size_t j = 0; j < Block; ++j) {
                        sums[j] += row[weight[j]];
                    }
                }
                std::copy_n(sums, std::min(Block, outputs - f),
                            task_.sums + (begin + p) * shape.outputs + group * outputs + f);
            }
        }
    }

    aw::convolution_task task_;
    std::size_t block_, blocks_ = 0;
    std::vector<std::uint8_t> weights_, patches_;
};

} // namespace bench
