// SPDX-License-Identifier: MIT
/// @file
/// The operators of a float network on a batch, NHWC.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/nn/detail/move_values.hpp>
#include <alwann/nn/graph.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Values of a batch and the shape of one image.
template <class T>
struct batch_values {
    image_shape shape;
    aligned_vector<T> values;
};

/// Evaluates one node; `inputs` are the results of its inputs.
struct float_operators {
    std::size_t images;
    image_shape shape; ///< of the result
    const std::vector<const batch_values<float>*>& inputs;
    aligned_vector<float>& result;

    const batch_values<float>& in() const { return *inputs.front(); }
    void resize() const { result.assign(images * shape.size(), 0.0f); }

    void operator()(const op::input&) const {}

    void operator()(const op::conv2d& node) const {
        resize();
        const auto& from = in();
        const auto& g = node.geometry;
        const std::size_t group_in = from.shape.channels / node.groups;
        const std::size_t group_out = node.outputs / node.groups;
        const std::size_t depth = g.kernel_height * g.kernel_width * group_in;
        // [group][k][output]: the innermost loop runs over outputs, which vectorises.
        aligned_vector<float> weights(node.weights.size());
        for (std::size_t f = 0; f < node.outputs; ++f) {
            for (std::size_t k = 0; k < depth; ++k) {
                weights[(f / group_out * depth + k) * group_out + f % group_out] =
                    node.weights[f * depth + k];
            }
        }
        constexpr std::size_t block = 4; // positions that share a pass over the weights
        const std::size_t positions = images * shape.height * shape.width;
        aligned_vector<float> patches(block * depth);
        for (std::size_t group = 0; group < node.groups; ++group) {
            for (std::size_t begin = 0; begin < positions; begin += block) {
                const std::size_t count = std::min(block, positions - begin);
                for (std::size_t p = 0; p < count; ++p) {
                    gather_patch(g, from, begin + p, group * group_in, group_in, patches.data() + p * depth);
                }
                float* out = result.data() + begin * node.outputs + group * group_out;
                multiply<block>(patches.data(), weights.data() + group * depth * group_out,
                                node.bias.data() + group * group_out, depth, group_out, count, node.outputs,
                                out);
            }
        }
    }

    void operator()(const op::scale_channels& node) const {
        result = in().values;
        for (std::size_t i = 0; i < result.size(); ++i) {
            const std::size_t c = i % shape.channels;
            result[i] = result[i] * node.scale[c] + node.offset[c];
        }
    }

    void operator()(const op::dense& node) const {
        resize();
        const std::size_t depth = in().shape.size();
        for (std::size_t n = 0; n < images; ++n) {
            const float* x = in().values.data() + n * depth;
            for (std::size_t f = 0; f < node.outputs; ++f) {
                float sum = node.bias[f];
                for (std::size_t k = 0; k < depth; ++k) {
                    sum += x[k] * node.weights[f * depth + k];
                }
                result[n * node.outputs + f] = sum;
            }
        }
    }

    void operator()(const op::clip& node) const {
        result = in().values;
        for (float& value : result) {
            value = std::clamp(value, node.low, node.high);
        }
    }

    void operator()(const op::max_pool& node) const {
        pool(node.geometry, [](const auto& window) {
            float best = -std::numeric_limits<float>::infinity();
            window([&](float value) { best = std::max(best, value); });
            return best;
        });
    }

    void operator()(const op::average_pool& node) const {
        const auto& g = node.geometry;
        pool(g, [&](const auto& window) {
            float sum = 0;
            std::size_t count = 0;
            window([&](float value) {
                sum += value;
                ++count;
            });
            return sum / static_cast<float>(node.count_padding ? g.kernel_height * g.kernel_width : count);
        });
    }

    void operator()(const op::global_average_pool&) const {
        resize();
        const std::size_t area = in().shape.height * in().shape.width;
        for (std::size_t n = 0; n < images; ++n) {
            float* out = result.data() + n * shape.channels;
            for (std::size_t i = 0; i < area; ++i) {
                for (std::size_t c = 0; c < shape.channels; ++c) {
                    out[c] += in().values[(n * area + i) * shape.channels + c];
                }
            }
            for (std::size_t c = 0; c < shape.channels; ++c) {
                out[c] /= static_cast<float>(area);
            }
        }
    }

    void operator()(const op::add&) const {
        result = in().values;
        for (std::size_t i = 0; i < result.size(); ++i) {
            result[i] += inputs[1]->values[i];
        }
    }

    void operator()(const op::concat&) const {
        resize();
        std::size_t first = 0;
        for (const auto* from : inputs) {
            copy_channels(from->values.data(), images * shape.height * shape.width, from->shape.channels,
                          shape.channels, first, result.data());
            first += from->shape.channels;
        }
    }

    void operator()(const op::flatten&) const {
        resize();
        flatten_values(in().values.data(), images, in().shape, result.data());
    }
    void operator()(const op::pad& node) const {
        resize();
        pad_values(in().values.data(), images, in().shape, shape, node, node.value, result.data());
    }
    void operator()(const op::slice& node) const {
        resize();
        slice_values(in().values.data(), images, in().shape, node, result.data());
    }

private:
    /// out[p][f] = bias[f] + sum over k of patch[p][k] * weights[k][f], for `count` of Block patches.
    template <std::size_t Block>
    static void multiply(const float* patches, const float* weights, const float* bias, std::size_t depth,
                         std::size_t outputs, std::size_t count, std::size_t stride, float* out) {
        constexpr std::size_t lanes = 8; // sums that stay in registers
        for (std::size_t f = 0; f < outputs; f += lanes) {
            const std::size_t wide = std::min(lanes, outputs - f);
            float sums[Block][lanes] = {};
            for (std::size_t k = 0; k < depth; ++k) {
                const float* w = weights + k * outputs + f;
                if (wide == lanes) {
                    for (std::size_t p = 0; p < Block; ++p) {
                        for (std::size_t i = 0; i < lanes; ++i) {
                            sums[p][i] += patches[p * depth + k] * w[i];
                        }
                    }
                } else {
                    for (std::size_t p = 0; p < Block; ++p) {
                        for (std::size_t i = 0; i < wide; ++i) {
                            sums[p][i] += patches[p * depth + k] * w[i];
                        }
                    }
                }
            }
            for (std::size_t p = 0; p < count; ++p) {
                for (std::size_t i = 0; i < wide; ++i) {
                    out[p * stride + f + i] = bias[f + i] + sums[p][i];
                }
            }
        }
    }

    /// The values under one output position, which counts images, rows and columns.
    void gather_patch(const window& g, const batch_values<float>& from, std::size_t position,
                      std::size_t first_channel, std::size_t channels, float* patch) const {
        const std::size_t n = position / (shape.height * shape.width);
        const std::size_t oy = position / shape.width % shape.height;
        const std::size_t ox = position % shape.width;
        for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
            for (std::size_t kx = 0; kx < g.kernel_width; ++kx, patch += channels) {
                const std::size_t y = oy * g.stride_height + ky * g.dilation_height - g.pad_top;
                const std::size_t x = ox * g.stride_width + kx * g.dilation_width - g.pad_left;
                if (y < from.shape.height && x < from.shape.width) {
                    const float* at =
                        from.values.data() +
                        ((n * from.shape.height + y) * from.shape.width + x) * from.shape.channels +
                        first_channel;
                    std::copy(at, at + channels, patch);
                } else {
                    std::fill_n(patch, channels, 0.0f);
                }
            }
        }
    }

    template <class Reduce>
    void pool(const window& g, Reduce&& reduce) const {
        resize();
        for_each_window(images, in().shape, shape, g, [&](std::size_t out, const auto& visit_positions) {
            result[out] = reduce([&](auto&& visit) {
                visit_positions([&](std::size_t position) { visit(in().values[position]); });
            });
        });
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
