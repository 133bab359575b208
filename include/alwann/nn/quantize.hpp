// SPDX-License-Identifier: MIT
/// @file
/// Post-training quantisation: a float network and some images become a quantised network.
#pragma once

#include <alwann/nn/calibration.hpp>
#include <alwann/nn/fold.hpp>
#include <alwann/nn/network.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Choices of post-training quantisation.
struct quantize_options {
    /// Scale and zero point of weights per output channel instead of one per layer. Costs nothing in
    /// hardware, where they are constants of the output stage, and lowers the error severalfold.
    bool weights_per_channel = true;
};

namespace detail {

/// Turns the nodes of a calibrated graph into those of a quantised network, one after the other.
class quantizer {
public:
    quantizer(const graph& from, const std::vector<value_range>& ranges, const quantize_options& options)
        : graph_(from),
          ranges_(ranges),
          options_(options),
          moved_(from.nodes().size(), 0),
          clipped_(from.nodes().size(), false) {}

    network build() {
        const auto& nodes = graph_.nodes();
        const auto consumers = count_consumers();
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (const auto* clip = std::get_if<op::clip>(&nodes[i].what);
                clip != nullptr && fuse_clip(i, *clip, consumers[nodes[i].inputs.front()])) {
                continue;
            }
            current_ = i;
            code_operation what =
                std::visit([this](const auto& node) { return convert(node); }, nodes[i].what);
            std::vector<std::size_t> inputs;
            for (const auto input : nodes[i].inputs) {
                inputs.push_back(moved_[input]);
            }
            moved_[i] = result_.size();
            result_.push_back({nodes[i].name, std::move(what), std::move(inputs), nodes[i].shape, scale_});
        }
        if (auto* last = std::get_if<quantized_convolution>(&result_.back().what)) {
            last->real_output = !clipped_[result_.size() - 1]; // a fused clip is defined on codes
        }
        network quantized(std::move(result_), graph_.source());
        quantized.metadata = graph_.metadata;
        return quantized;
    }

private:
    std::vector<std::size_t> count_consumers() const {
        std::vector<std::size_t> count(graph_.nodes().size(), 0);
        for (const auto& node : graph_.nodes()) {
            for (const auto input : node.inputs) {
                ++count[input];
            }
        }
        return count;
    }

    quantisation input_scale(std::size_t which = 0) const {
        return result_[moved_[graph_.nodes()[current_].inputs[which]]].scale;
    }
    quantisation calibrated(std::size_t node) const {
        return quantisation_of_range(ranges_[node].low, ranges_[node].high);
    }
    static code_range full_range(const quantisation& scale) { return {scale.zero, 0, 255}; }

    /// Limits the codes of the layer before instead of adding a step, if nothing else reads it and it has no
    /// limits yet.
    bool fuse_clip(std::size_t node, const op::clip& clip, std::size_t consumers) {
        const std::size_t before = moved_[graph_.nodes()[node].inputs.front()];
        if (consumers != 1 || clipped_[before]) {
            return false;
        }
        const auto scale = calibrated(node);
        code_range codes = full_range(scale);
        codes.low = scale.encode(std::max<double>(clip.low, -1e30));
        codes.high = scale.encode(std::min<double>(clip.high, 1e30));
        if (auto* layer = std::get_if<quantized_convolution>(&result_[before].what)) {
            layer->output = scale;
            layer->codes = codes;
        } else if (auto* sum = std::get_if<code_op::add>(&result_[before].what)) {
            *sum = make_add(result_[result_[before].inputs[0]].scale,
                            result_[result_[before].inputs[1]].scale, scale);
            sum->codes = codes;
        } else {
            return false;
        }
        result_[before].scale = scale;
        clipped_[before] = true;
        moved_[node] = before;
        return true;
    }

    code_operation convert(const op::input&) {
        scale_ = calibrated(current_);
        return code_op::input{};
    }
    code_operation convert(const op::conv2d& node) {
        return make_convolution(node.weights, node.bias, node.outputs, node.groups, node.geometry, true);
    }
    code_operation convert(const op::dense& node) {
        const auto& in = graph_.nodes()[graph_.nodes()[current_].inputs.front()].shape;
        window whole;
        whole.kernel_height = in.height;
        whole.kernel_width = in.width;
        return make_convolution(node.weights, node.bias, node.outputs, 1, whole, false);
    }
    code_operation convert(const op::scale_channels& node) {
        const std::size_t channels = node.scale.size();
        return make_convolution(node.scale, node.offset, channels, channels, {}, false);
    }
    code_operation convert(const op::clip& node) {
        scale_ = calibrated(current_);
        return code_op::lookup{make_lookup(
            input_scale(), [&](double real) { return std::clamp<double>(real, node.low, node.high); })};
    }
    code_operation convert(const op::max_pool& node) {
        scale_ = input_scale();
        return code_op::max_pool{node.geometry};
    }
    code_operation convert(const op::average_pool& node) {
        return make_average(node.geometry, node.count_padding);
    }
    code_operation convert(const op::global_average_pool&) {
        const auto& in = graph_.nodes()[graph_.nodes()[current_].inputs.front()].shape;
        window whole;
        whole.kernel_height = in.height;
        whole.kernel_width = in.width;
        return make_average(whole, false);
    }
    code_operation convert(const op::add&) {
        scale_ = calibrated(current_);
        return make_add(input_scale(0), input_scale(1), scale_);
    }
    code_operation convert(const op::concat&) {
        scale_ = calibrated(current_);
        code_op::concat result;
        for (std::size_t i = 0; i < graph_.nodes()[current_].inputs.size(); ++i) {
            result.codes.push_back(make_lookup(input_scale(i), [](double real) { return real; }));
        }
        return result;
    }
    code_operation convert(const op::flatten&) {
        scale_ = input_scale();
        return code_op::flatten{};
    }
    code_operation convert(const op::slice& node) {
        scale_ = input_scale();
        return code_op::slice{node};
    }
    code_operation convert(const op::pad& node) {
        scale_ = input_scale();
        const auto code = scale_.encode(node.value);
        if (std::abs(scale_.decode(code) - node.value) > scale_.scale / 2 * 1.0001) {
            throw value_error(graph_.source() + ": node '" + graph_.nodes()[current_].name +
                              "': the padding value " + std::to_string(node.value) +
                              " is outside the range of the activations it surrounds");
        }
        return code_op::pad{node, code};
    }

    template <class Function>
    std::array<std::uint8_t, 256> make_lookup(const quantisation& from, Function&& function) const {
        std::array<std::uint8_t, 256> codes{};
        for (std::int32_t code = 0; code < 256; ++code) {
            codes[static_cast<std::size_t>(code)] = scale_.encode(function(from.decode(code)));
        }
        return codes;
    }

    code_operation make_average(const window& geometry, bool count_padding) {
        const auto from = input_scale();
        scale_ = calibrated(current_);
        code_op::average_pool result{geometry, from.zero, {}, full_range(scale_)};
        const std::size_t all = geometry.kernel_height * geometry.kernel_width;
        for (std::size_t count = 1; count <= all; ++count) {
            result.factor.emplace_back(from.scale /
                                       (scale_.scale * static_cast<double>(count_padding ? all : count)));
        }
        return result;
    }

    static code_op::add make_add(const quantisation& a, const quantisation& b, const quantisation& to) {
        code_op::add result;
        // Terms of a sum that nearly cancels are far larger than the result. Beyond 2^27 the codes saturate
        // whatever the factor is.
        constexpr double largest = 0x1p27;
        const double ratio = std::max(a.scale, b.scale) / to.scale;
        result.fraction_bits = std::clamp(28 - std::ilogb(ratio), 1, 20);
        const double unit = std::ldexp(1.0, result.fraction_bits);
        result.zero = {a.zero, b.zero};
        result.factor = {fixed_factor(unit * std::min(a.scale / to.scale, largest)),
                         fixed_factor(unit * std::min(b.scale / to.scale, largest))};
        result.codes = full_range(to);
        return result;
    }

    code_operation make_convolution(const std::vector<float>& weights, const std::vector<float>& bias,
                                    std::size_t outputs, std::size_t groups, const window& geometry,
                                    bool approximable) {
        quantized_convolution layer;
        layer.geometry = geometry;
        layer.outputs = outputs;
        layer.groups = groups;
        layer.approximable = approximable;
        layer.bias.assign(bias.begin(), bias.end());
        layer.input = input_scale();
        layer.output = scale_ = calibrated(current_);
        layer.codes = full_range(scale_);
        const std::size_t depth = weights.size() / outputs;
        double largest_bias = 0;
        for (const double value : layer.bias) {
            largest_bias = std::max(largest_bias, std::abs(value));
        }
        for (std::size_t f = 0; f < outputs; ++f) {
            const std::size_t first = options_.weights_per_channel ? f * depth : 0;
            const std::size_t count = options_.weights_per_channel ? depth : weights.size();
            const auto [low, high] =
                std::minmax_element(weights.begin() + static_cast<std::ptrdiff_t>(first),
                                    weights.begin() + static_cast<std::ptrdiff_t>(first + count));
            layer.weight_scale.push_back(weight_codes(
                *low, *high, options_.weights_per_channel ? std::abs(layer.bias[f]) : largest_bias,
                layer.input.scale));
            for (std::size_t k = 0; k < depth; ++k) {
                layer.weights.push_back(layer.weight_scale[f].encode(weights[f * depth + k]));
            }
        }
        return layer;
    }

    /// The codes of weights in [low, high]. An accumulator step is input_scale times their scale: not so
    /// small that the bias leaves the accumulator, and where there is nothing but a bias, fine enough for it.
    /// Training does bring such channels about.
    static quantisation weight_codes(double low, double high, double bias, double input_scale) {
        const double least = bias / (input_scale * 0x1p30);
        if (low == 0 && high == 0) {
            return {bias > 0 ? 64 * least : 1, 0};
        }
        const auto codes = quantisation_of_range(low, high);
        if (codes.scale >= least) {
            return codes;
        }
        return {least, static_cast<std::int32_t>(std::round(-std::min(low, 0.0) / least))};
    }

    const graph& graph_;
    const std::vector<value_range>& ranges_;
    const quantize_options& options_;
    std::vector<network_node> result_;
    std::vector<std::size_t> moved_; ///< node of the graph to node of the result
    std::vector<bool> clipped_;      ///< nodes of the result that a clip was fused into
    std::size_t current_ = 0;
    quantisation scale_; ///< of the node being converted
};

} // namespace detail

/// Quantises a network: folds batch normalisation, observes the range of every activation on the calibration
/// images (NHWC) and freezes it, and rounds the weights.
///
/// Results of the quantised network never depend on the batch an image comes in. Throws shape_error for
/// images of another shape and value_error for none at all or for pixels that are not finite.
[[nodiscard]] inline network quantize(const graph& trained, tensor_view<const float, 4> calibration_images,
                                      const quantize_options& options = {}) {
    const graph folded = fold_batch_norm(trained);
    const auto ranges = observe_ranges(folded, calibration_images);
    return detail::quantizer(folded, ranges, options).build();
}

} // namespace alwann::inline ALWANN_ABI
