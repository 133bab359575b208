// SPDX-License-Identifier: MIT
// Random layers and images, and networks evaluated in the plainest way: one image, doubles, signed indices.
#pragma once

#include <alwann/core/overloaded.hpp>
#include <alwann/core/random.hpp>
#include <alwann/nn/inference.hpp>
#include <alwann/nn/quantize.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nn_test {

namespace aw = alwann;
namespace op = alwann::op;

inline std::size_t draw(aw::random_generator& random, std::size_t low, std::size_t high) {
    return low + static_cast<std::size_t>(aw::uniform_below(random, high - low + 1));
}

// Sum of uniform numbers: bell-shaped, mean 0, standard deviation `spread`.
inline std::vector<float> random_values(std::size_t count, double spread, aw::random_generator& random) {
    std::vector<float> values(count);
    for (auto& value : values) {
        double sum = -1.5;
        for (int i = 0; i < 3; ++i) {
            sum += aw::uniform_unit(random);
        }
        value = static_cast<float>(2 * spread * sum);
    }
    return values;
}

// NHWC images in storage of their own.
struct image_batch {
    std::size_t count = 0;
    aw::image_shape shape;
    std::vector<float> values;

    aw::tensor_view<const float, 4> view() const {
        return {values.data(), {count, shape.height, shape.width, shape.channels}};
    }
    std::vector<double> image(std::size_t i) const {
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * shape.size());
        return {first, first + static_cast<std::ptrdiff_t>(shape.size())};
    }
};

inline image_batch random_images(std::size_t count, const aw::image_shape& shape,
                                 aw::random_generator& random) {
    return {count, shape, random_values(count * shape.size(), 1.0, random)};
}

inline aw::window square(std::size_t kernel, std::size_t stride = 1, std::size_t pad = 0) {
    aw::window g;
    g.kernel_height = g.kernel_width = kernel;
    g.stride_height = g.stride_width = stride;
    g.pad_top = g.pad_left = g.pad_bottom = g.pad_right = pad;
    return g;
}

// A convolution that keeps the scale of its input, about.
inline op::conv2d random_conv(std::size_t channels, std::size_t outputs, const aw::window& g,
                              aw::random_generator& random, std::size_t groups = 1) {
    const std::size_t depth = g.kernel_height * g.kernel_width * (channels / groups);
    return {g, outputs, groups,
            random_values(outputs * depth, 1.4 / std::sqrt(static_cast<double>(depth)), random),
            random_values(outputs, 0.3, random)};
}

inline op::dense random_dense(std::size_t inputs, std::size_t outputs, aw::random_generator& random) {
    return {outputs, random_values(inputs * outputs, 1.4 / std::sqrt(static_cast<double>(inputs)), random),
            random_values(outputs, 0.3, random)};
}

inline op::scale_channels random_scaling(std::size_t channels, aw::random_generator& random) {
    auto scale = random_values(channels, 0.3, random);
    for (auto& value : scale) {
        value += 1;
    }
    return {scale, random_values(channels, 0.5, random)};
}

inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline op::clip relu() {
    return {0, infinity};
}

// visit(result, row, column, ky, kx, y, x, inside) over all elements of all windows of one image.
template <class Visit>
void for_each_tap(const aw::image_shape& in, const aw::window& g, const aw::image_shape& out,
                  const Visit& visit) {
    const auto whole = [](std::size_t value) { return static_cast<std::ptrdiff_t>(value); };
    for (std::ptrdiff_t oy = 0; oy < whole(out.height); ++oy) {
        for (std::ptrdiff_t ox = 0; ox < whole(out.width); ++ox) {
            for (std::ptrdiff_t ky = 0; ky < whole(g.kernel_height); ++ky) {
                for (std::ptrdiff_t kx = 0; kx < whole(g.kernel_width); ++kx) {
                    const std::ptrdiff_t y =
                        oy * whole(g.stride_height) + ky * whole(g.dilation_height) - whole(g.pad_top);
                    const std::ptrdiff_t x =
                        ox * whole(g.stride_width) + kx * whole(g.dilation_width) - whole(g.pad_left);
                    const bool inside = y >= 0 && y < whole(in.height) && x >= 0 && x < whole(in.width);
                    visit(static_cast<std::size_t>(oy * whole(out.width) + ox),
                          static_cast<std::size_t>(ky * whole(g.kernel_width) + kx),
                          inside ? static_cast<std::size_t>(y * whole(in.width) + x) : 0, inside);
                }
            }
        }
    }
}

// One node on one image. Pixels are [row][column], values [pixel][channel].
struct naive_operators {
    using values = std::vector<double>;
    const std::vector<const values*>& inputs;
    const std::vector<aw::image_shape>& shapes; // of the inputs
    const aw::image_shape& shape;               // of the result

    const values& in() const { return *inputs.front(); }

    template <class Other>
    values operator()(const Other&) const {
        throw std::logic_error("no plain definition of " + std::string(Other::kind));
    }
    values operator()(const op::input&) const { return {}; }
    values operator()(const op::conv2d& node) const {
        const auto& from = shapes.front();
        const std::size_t in_group = from.channels / node.groups;
        const std::size_t out_group = node.outputs / node.groups;
        const std::size_t taps = node.geometry.kernel_height * node.geometry.kernel_width;
        values result(shape.size());
        for (std::size_t i = 0; i < result.size(); ++i) {
            result[i] = node.bias[i % node.outputs];
        }
        for_each_tap(from, node.geometry, shape,
                     [&](std::size_t pixel, std::size_t tap, std::size_t position, bool inside) {
                         for (std::size_t f = 0; inside && f < node.outputs; ++f) {
                             for (std::size_t c = 0; c < in_group; ++c) {
                                 result[pixel * node.outputs + f] +=
                                     in()[position * from.channels + f / out_group * in_group + c] *
                                     static_cast<double>(node.weights[(f * taps + tap) * in_group + c]);
                             }
                         }
                     });
        return result;
    }
    values operator()(const op::scale_channels& node) const {
        values result = in();
        for (std::size_t i = 0; i < result.size(); ++i) {
            const std::size_t c = i % node.scale.size();
            result[i] = result[i] * static_cast<double>(node.scale[c]) + static_cast<double>(node.offset[c]);
        }
        return result;
    }
    values operator()(const op::dense& node) const {
        values result;
        for (std::size_t f = 0; f < node.outputs; ++f) {
            double sum = node.bias[f];
            for (std::size_t k = 0; k < in().size(); ++k) {
                sum += in()[k] * static_cast<double>(node.weights[f * in().size() + k]);
            }
            result.push_back(sum);
        }
        return result;
    }
    values operator()(const op::clip& node) const {
        values result = in();
        for (auto& value : result) {
            value = std::min(std::max(value, static_cast<double>(node.low)), static_cast<double>(node.high));
        }
        return result;
    }
    values operator()(const op::max_pool& node) const {
        values result(shape.size(), -std::numeric_limits<double>::infinity());
        for_each_tap(shapes.front(), node.geometry, shape,
                     [&](std::size_t pixel, std::size_t, std::size_t position, bool inside) {
                         for (std::size_t c = 0; inside && c < shape.channels; ++c) {
                             auto& best = result[pixel * shape.channels + c];
                             best = std::max(best, in()[position * shape.channels + c]);
                         }
                     });
        return result;
    }
    values operator()(const op::average_pool& node) const {
        return average(node.geometry, node.count_padding);
    }
    values operator()(const op::global_average_pool&) const {
        aw::window whole;
        whole.kernel_height = shapes.front().height;
        whole.kernel_width = shapes.front().width;
        return average(whole, false);
    }
    values operator()(const op::add&) const {
        values result = in();
        for (std::size_t i = 0; i < result.size(); ++i) {
            result[i] += (*inputs[1])[i];
        }
        return result;
    }
    values operator()(const op::concat&) const {
        values result;
        for (std::size_t pixel = 0; pixel < shape.height * shape.width; ++pixel) {
            for (std::size_t i = 0; i < inputs.size(); ++i) {
                for (std::size_t c = 0; c < shapes[i].channels; ++c) {
                    result.push_back((*inputs[i])[pixel * shapes[i].channels + c]);
                }
            }
        }
        return result;
    }
    values operator()(const op::flatten&) const {
        const auto& from = shapes.front();
        values result;
        for (std::size_t c = 0; c < from.channels; ++c) {
            for (std::size_t pixel = 0; pixel < from.height * from.width; ++pixel) {
                result.push_back(in()[pixel * from.channels + c]);
            }
        }
        return result;
    }
    values operator()(const op::pad& node) const {
        const auto& from = shapes.front();
        values result;
        for (std::size_t y = 0; y < shape.height; ++y) {
            for (std::size_t x = 0; x < shape.width; ++x) {
                for (std::size_t c = 0; c < shape.channels; ++c) {
                    const bool inside = y >= node.before[0] && y < node.before[0] + from.height &&
                                        x >= node.before[1] && x < node.before[1] + from.width &&
                                        c >= node.before[2] && c < node.before[2] + from.channels;
                    result.push_back(
                        inside
                            ? in()[((y - node.before[0]) * from.width + x - node.before[1]) * from.channels +
                                   c - node.before[2]]
                            : static_cast<double>(node.value));
                }
            }
        }
        return result;
    }
    values operator()(const op::slice& node) const {
        const auto& from = shapes.front();
        const auto indices = [&](std::size_t d) {
            std::vector<std::size_t> chosen;
            auto at = static_cast<std::ptrdiff_t>(node.start[d]);
            for (std::size_t i = 0; i < node.count[d]; ++i, at += node.step[d]) {
                chosen.push_back(static_cast<std::size_t>(at));
            }
            return chosen;
        };
        values result;
        for (const auto y : indices(0)) {
            for (const auto x : indices(1)) {
                for (const auto c : indices(2)) {
                    result.push_back(in()[(y * from.width + x) * from.channels + c]);
                }
            }
        }
        return result;
    }

private:
    values average(const aw::window& g, bool count_padding) const {
        values sums(shape.size(), 0.0), counts(shape.size(), 0.0);
        for_each_tap(
            shapes.front(), g, shape, [&](std::size_t pixel, std::size_t, std::size_t position, bool inside) {
                for (std::size_t c = 0; c < shape.channels; ++c) {
                    sums[pixel * shape.channels + c] += inside ? in()[position * shape.channels + c] : 0;
                    counts[pixel * shape.channels + c] += inside || count_padding ? 1 : 0;
                }
            });
        for (std::size_t i = 0; i < sums.size(); ++i) {
            sums[i] /= counts[i];
        }
        return sums;
    }
};

// The results of every node on one image.
inline std::vector<std::vector<double>> naive_run(const aw::graph& network,
                                                  const std::vector<double>& image) {
    std::vector<std::vector<double>> results{image};
    const auto& nodes = network.nodes();
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        std::vector<const std::vector<double>*> inputs;
        std::vector<aw::image_shape> shapes;
        for (const auto input : nodes[i].inputs) {
            inputs.push_back(&results[input]);
            shapes.push_back(nodes[input].shape);
        }
        auto result = std::visit(naive_operators{inputs, shapes, nodes[i].shape}, nodes[i].what);
        results.push_back(std::move(result));
    }
    return results;
}

// Codes of a node of a quantised network on some images: the network is cut off behind it.
inline std::vector<std::uint8_t> codes_of(const aw::network& network, std::size_t node,
                                          const aw::design_setting& design, const aw::coded_images& images) {
    if (node == 0) {
        return {images.codes.begin(), images.codes.end()};
    }
    std::vector<aw::network_node> nodes(network.nodes().begin(),
                                        network.nodes().begin() + static_cast<std::ptrdiff_t>(node + 1));
    const auto scale = nodes.back().scale;
    const aw::network part(std::move(nodes), network.source());
    const aw::design_setting settings(
        design.begin(), design.begin() + static_cast<std::ptrdiff_t>(part.convolutions().size()));
    std::vector<std::uint8_t> codes;
    for (const float value : aw::run(part, settings, images)) {
        codes.push_back(scale.encode(static_cast<double>(value)));
    }
    return codes;
}

// Power of a signal over that of its error, in decibels.
inline double signal_to_noise(const std::vector<float>& signal, const std::vector<float>& found) {
    double power = 0, noise = 0;
    for (std::size_t i = 0; i < signal.size(); ++i) {
        const double value = signal[i];
        const double error = value - static_cast<double>(found[i]);
        power += value * value;
        noise += error * error;
    }
    return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(power / noise);
}

// Every operator once or more, in a network that still says something: about 3,000 multiplications an image.
inline aw::graph network_of_everything(aw::random_generator& random) {
    aw::graph net({6, 7, 3}, "everything");
    op::pad border;
    border.before[0] = border.after[1] = border.before[1] = 1;
    const auto padded = net.add("pad", border, {0});
    const auto first = net.add("conv", random_conv(3, 8, square(3, 1, 1), random), {padded});
    const auto norm = net.add("norm", random_scaling(8, random), {first});
    const auto active = net.add("relu", relu(), {norm});
    const auto depthwise = net.add("depthwise", random_conv(8, 8, square(3, 1, 1), random, 8), {active});
    const auto six = net.add("relu6", op::clip{0, 0.8f}, {depthwise});
    const auto grouped = net.add("grouped", random_conv(8, 8, square(1), random, 2), {six});
    const auto sum = net.add("add", op::add{}, {grouped, active});
    const auto sum_active = net.add("add_relu", relu(), {sum});
    const auto scaled = net.add("scale", random_scaling(8, random), {sum_active});
    const auto max = net.add("max", op::max_pool{square(2, 2)}, {scaled});
    const auto mean = net.add("mean", op::average_pool{square(2, 2), false}, {sum_active});
    const auto joined = net.add("concat", op::concat{}, {max, mean});
    op::slice part;
    part.count[0] = 3;
    part.count[1] = 3;
    part.start[1] = 3;
    part.step[1] = -1;
    part.count[2] = 8;
    part.step[2] = 2;
    const auto sliced = net.add("slice", part, {joined});
    const auto flat = net.add("flatten", op::flatten{}, {sliced});
    const auto pooled = net.add("pool", op::global_average_pool{}, {joined});
    const auto left = net.add("dense", random_dense(72, 5, random), {flat});
    const auto right = net.add("dense2", random_dense(16, 5, random), {pooled});
    net.add("logits", op::add{}, {left, right});
    return net;
}

} // namespace nn_test
