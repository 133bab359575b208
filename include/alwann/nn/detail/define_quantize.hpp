// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/quantize.hpp.
#pragma once

#include <alwann/nn/detail/define_calibration.hpp>
#include <alwann/nn/quantize.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Turns the nodes of a calibrated graph into those of a quantised network, one after the other.
class quantizer {
public:
    quantizer(const calibrator& seen, const quantize_options& options)
        : graph_(seen.network()),
          seen_(seen.seen()),
          options_(options),
          moved_(graph_.nodes().size(), 0),
          clipped_(graph_.nodes().size(), false) {
        require_images(graph_, seen.images());
        check_bits("weights", options.weight_bits);
        check_bits("activations", options.activation_bits);
        find_spared();
    }

    traced_network build() {
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
        return {std::move(quantized), std::move(moved_)};
    }

private:
    /// The layers that options keep exact.
    void find_spared() {
        const auto& nodes = graph_.nodes();
        spared_.assign(nodes.size(), false);
        const auto has_weights = [](const graph_node& node) {
            return std::holds_alternative<op::conv2d>(node.what) ||
                   std::holds_alternative<op::dense>(node.what);
        };
        const auto first = std::find_if(nodes.begin(), nodes.end(), has_weights);
        const auto last = std::find_if(nodes.rbegin(), nodes.rend(), has_weights);
        if (options_.exact_first && first != nodes.end()) {
            spared_[static_cast<std::size_t>(first - nodes.begin())] = true;
            spared_[0] = true; // the image
        }
        if (options_.exact_last && last != nodes.rend()) {
            spared_[static_cast<std::size_t>(nodes.rend() - last - 1)] = true;
        }
    }

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
        const unsigned bits = node == 0 && spared_[0] ? 8 : options_.activation_bits;
        const auto range = options_.ranges.range(seen_[node], bits);
        return quantisation_of_range(range.low, range.high, bits);
    }

    /// Limits the codes of the layer before instead of adding a step, if nothing else reads it and it has no
    /// limits yet.
    bool fuse_clip(std::size_t node, const op::clip& clip, std::size_t consumers) {
        const std::size_t before = moved_[graph_.nodes()[node].inputs.front()];
        if (consumers != 1 || clipped_[before]) {
            return false;
        }
        const auto scale = calibrated(node);
        code_range codes = all_codes(scale);
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

    /// Layers without weights know what becomes of them.
    template <class Layer>
    code_operation convert(const Layer& layer) {
        layer_quantisation how{{}, {}, calibrated(current_)};
        for (std::size_t i = 0; i < graph_.nodes()[current_].inputs.size(); ++i) {
            how.shapes.push_back(graph_.nodes()[graph_.nodes()[current_].inputs[i]].shape);
            how.inputs.push_back(input_scale(i));
        }
        try {
            code_operation result;
            if constexpr (elementwise_layer<Layer>) {
                result = code_op::lookup{make_lookup(how.inputs.front(), how.result, layer)};
            } else {
                result = layer.quantise(how);
            }
            scale_ = how.result;
            return result;
        } catch (const value_error& problem) {
            throw value_error(graph_.source() + ": node '" + graph_.nodes()[current_].name +
                              "': " + problem.what());
        }
    }
    code_operation convert(const op::conv2d& node) {
        return make_convolution(node.weights, node.bias, node.outputs, node.groups, node.geometry, true);
    }
    code_operation convert(const op::dense& node) {
        const auto& in = graph_.nodes()[graph_.nodes()[current_].inputs.front()].shape;
        window whole;
        whole.kernel_height = in.height;
        whole.kernel_width = in.width;
        return make_convolution(node.weights, node.bias, node.outputs, 1, whole, options_.approximate_dense);
    }
    code_operation convert(const op::scale_channels& node) {
        const std::size_t channels = node.scale.size();
        return make_convolution(node.scale, node.offset, channels, channels, {}, false);
    }
    code_operation make_convolution(const std::vector<float>& weights, const std::vector<float>& bias,
                                    std::size_t outputs, std::size_t groups, const window& geometry,
                                    bool approximable) {
        quantized_convolution layer;
        layer.geometry = geometry;
        layer.outputs = outputs;
        layer.groups = groups;
        layer.approximable = approximable && !spared_[current_];
        layer.bias.assign(bias.begin(), bias.end());
        layer.input = input_scale();
        layer.output = scale_ = calibrated(current_);
        layer.codes = all_codes(scale_);
        const std::size_t depth = weights.size() / outputs;
        double largest_bias = 0;
        for (const double value : layer.bias) {
            largest_bias = std::max(largest_bias, std::abs(value));
        }
        const unsigned bits = spared_[current_] ? 8 : options_.weight_bits;
        const std::size_t count = options_.weights_per_channel ? depth : weights.size();
        value_range range;
        for (std::size_t f = 0; f < outputs; ++f) {
            if (f * depth % count == 0) {
                value_histogram values;
                values.add(std::span(weights).subspan(f * depth, count));
                range = options_.weight_ranges.range(values, bits);
            }
            layer.weight_scale.push_back(weight_codes(
                range, bits, options_.weights_per_channel ? std::abs(layer.bias[f]) : largest_bias,
                layer.input.scale));
            const double step = layer.input.scale * layer.weight_scale[f].scale;
            layer.bias[f] = step * std::round(layer.bias[f] / step); // what the accumulator can hold
            for (std::size_t k = 0; k < depth; ++k) {
                layer.weights.push_back(layer.weight_scale[f].encode(weights[f * depth + k]));
            }
        }
        return layer;
    }

    /// The codes of weights in a range. An accumulator step is input_scale times their scale: not so small
    /// that the bias leaves the accumulator, and where there is nothing but a bias, fine enough for it.
    /// Training does bring such channels about.
    [[nodiscard]] quantisation weight_codes(const value_range& range, unsigned bits, double bias,
                                            double input_scale) const {
        const double least = to_single(bias / (input_scale * 0x1p30));
        auto codes = options_.symmetric_weights
                         ? symmetric_quantisation(std::max(std::abs(range.low), std::abs(range.high)), bits)
                         : quantisation_of_range(range.low, range.high, bits);
        if (range.low == 0 && range.high == 0) {
            codes.scale = least > 0 ? 64 * least : 1;
        } else if (codes.scale < least) {
            codes.scale = least;
            if (!options_.symmetric_weights) {
                codes.zero = static_cast<std::int32_t>(std::round(-std::min(range.low, 0.0) / least));
            }
        }
        return codes;
    }

    const graph& graph_;
    const std::vector<value_histogram>& seen_;
    const quantize_options& options_;
    std::vector<network_node> result_;
    std::vector<std::size_t> moved_; ///< node of the graph to node of the result
    std::vector<bool> clipped_;      ///< nodes of the result that a clip was fused into
    std::vector<bool> spared_;       ///< nodes of the graph that stay exact
    std::size_t current_ = 0;
    quantisation scale_; ///< of the node being converted
};

} // namespace detail

ALWANN_SEPARABLE traced_network quantize_traced(const calibrator& seen, const quantize_options& options) {
    return detail::quantizer(seen, options).build();
}

ALWANN_SEPARABLE network quantize(const calibrator& seen, const quantize_options& options) {
    return quantize_traced(seen, options).quantized;
}

ALWANN_SEPARABLE network quantize(const graph& trained, tensor_view<const float, 4> calibration_images,
                                  const quantize_options& options) {
    calibrator seen(trained);
    seen.add(calibration_images);
    return quantize(seen, options);
}

} // namespace alwann::inline ALWANN_ABI
