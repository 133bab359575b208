// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/network_fingerprint.hpp.
#pragma once

#include <alwann/nn/network_fingerprint.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

namespace alwann::inline ALWANN_ABI {

namespace detail {

inline void add_values(fingerprint& found, const window& g) {
    for (const auto value : {g.kernel_height, g.kernel_width, g.stride_height, g.stride_width, g.pad_top,
                             g.pad_left, g.pad_bottom, g.pad_right, g.dilation_height, g.dilation_width}) {
        found.add(value);
    }
}
inline void add_values(fingerprint& found, const code_range& codes) {
    found.add(codes.zero).add(codes.low).add(codes.high);
}

// An overload for each operation with members, but for those that follow from shapes and scales.
inline void add_values(fingerprint& found, const quantized_convolution& layer) {
    add_values(found, layer.geometry);
    found.add(layer.outputs).add(layer.groups);
    found.add(std::span<const std::uint8_t>(layer.weights));
    for (const auto& scale : layer.weight_scale) {
        found.add(scale.scale).add(scale.zero);
    }
    for (const double bias : layer.bias) {
        found.add(bias);
    }
    found.add(layer.input.scale).add(layer.input.zero);
    found.add(layer.output.scale).add(layer.output.zero);
    add_values(found, layer.codes);
    found.add(layer.approximable).add(layer.real_output);
    if (layer.is_product()) {
        found.add(static_cast<std::size_t>(layer.source));
    }
}
inline void add_values(fingerprint& found, const code_op::lookup& op) {
    found.add(std::span<const std::uint8_t>(op.codes));
}
inline void add_values(fingerprint& found, const code_op::channel_lookup& op) {
    for (const auto& codes : op.codes) {
        found.add(std::span<const std::uint8_t>(codes));
    }
}
inline void add_values(fingerprint& found, const code_op::max_pool& op) {
    add_values(found, op.geometry);
}
inline void add_values(fingerprint& found, const code_op::average_pool& op) {
    add_values(found, op.geometry);
    for (const auto& factor : op.factor) { // whether padding counts is seen here only
        found.add(factor.mantissa).add(factor.shift);
    }
    add_values(found, op.codes);
}
inline void add_values(fingerprint& found, const code_op::add& op) {
    add_values(found, op.codes);
}
inline void add_values(fingerprint& found, const code_op::multiply& op) {
    add_values(found, op.codes);
}
inline void add_values(fingerprint& found, const code_op::concat& op) {
    for (const auto& codes : op.codes) {
        found.add(std::span<const std::uint8_t>(codes));
    }
    found.add(op.pixels);
}
inline void add_values(fingerprint& found, const code_op::pad& op) {
    for (std::size_t d = 0; d < 3; ++d) {
        found.add(op.amounts.before[d]).add(op.amounts.after[d]);
    }
    found.add(op.code);
}
inline void add_values(fingerprint& found, const code_op::slice& op) {
    for (std::size_t d = 0; d < 3; ++d) {
        found.add(op.part.start[d]).add(op.part.step[d]).add(op.part.count[d]);
    }
}
inline void add_values(fingerprint& found, const code_op::softmax& op) {
    found.add(op.groups);
    add_values(found, op.codes);
}
inline void add_values(fingerprint& found, const code_op::constant& op) {
    found.add(std::span<const std::uint8_t>(op.codes));
}
inline void add_values(fingerprint& found, const code_op::layer_norm& op) {
    found.add(double{op.epsilon}).add(op.from).add(op.to);
    for (std::size_t c = 0; c < op.gamma.size(); ++c) {
        found.add(double{op.gamma[c]}).add(double{op.beta[c]});
    }
    add_values(found, op.codes);
}
inline void add_values(fingerprint&, const code_op::input&) {}
inline void add_values(fingerprint&, const code_op::flatten&) {}

} // namespace detail

ALWANN_SEPARABLE std::uint64_t hash_of(const coded_images& images) {
    fingerprint found;
    found.add(images.shape.height).add(images.shape.width).add(images.shape.channels).add(images.count);
    return found.add(std::span<const std::uint8_t>(images.codes)).value();
}

ALWANN_SEPARABLE std::uint64_t hash_of(const code_operation& operation) {
    fingerprint found;
    found.add(operation.index());
    std::visit([&](const auto& what) { detail::add_values(found, what); }, operation);
    return found.value();
}

ALWANN_SEPARABLE std::uint64_t hash_of(const network& network) {
    fingerprint found;
    for (const auto& node : network.nodes()) {
        found.add(hash_of(node.what)).add(node.shape.height).add(node.shape.width).add(node.shape.channels);
        found.add(node.scale.scale).add(node.scale.zero).add(node.inputs.size());
        for (const auto input : node.inputs) {
            found.add(input);
        }
    }
    return found.value();
}

} // namespace alwann::inline ALWANN_ABI
