// SPDX-License-Identifier: MIT
/// @file
/// What the layers of a quantised network have in common in ONNX.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/io/detail/onnx_builder.hpp>
#include <alwann/nn/network.hpp>

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI::detail {

/// Adds to a model, for one node of a network after the other, what ends or rearranges its result. Node i has
/// the codes codes(i), which stand for the real numbers real(i).
class onnx_node_builder : public onnx_builder {
public:
    explicit onnx_node_builder(const network& what) : network_(what) {}

    /// The node that is written.
    const network_node& node() const { return network_.nodes()[current_]; }
    const network_node& input(std::size_t i = 0) const { return network_.nodes()[node().inputs[i]]; }

    /// Scales and zero points have to be what a file can say.
    void check_scale(const quantisation& scale) const {
        if (double{static_cast<float>(scale.scale)} != scale.scale || scale.zero < 0 || scale.zero > 255) {
            throw value_error(
                network_.source() + ": node '" + node().name +
                "': expected a scale in single precision and a zero point from 0 to 255, found " +
                std::to_string(scale.scale) + " and " + std::to_string(scale.zero));
        }
    }

    static std::string codes(std::size_t i) { return "codes" + std::to_string(i); }
    static std::string real(std::size_t i) { return "real" + std::to_string(i); }
    /// A name of the node's own.
    std::string part(const std::string& what) const { return what + std::to_string(current_); }

    /// Scale and zero point of a node's codes.
    static std::vector<std::string> scale_of(std::size_t i) {
        return {"scale" + std::to_string(i), "zero" + std::to_string(i)};
    }
    /// Ends a node: real numbers, limited, become codes and these the real numbers that others read.
    void finish(const std::string& computed, const code_range* limits = nullptr) {
        check_scale(node().scale);
        number(scale_of(current_)[0], node().scale.scale);
        bytes(scale_of(current_)[1], {}, {static_cast<std::uint8_t>(node().scale.zero)});
        std::string from = computed;
        if (limits != nullptr && (limits->low != 0 || limits->high != 255)) {
            from = part("limited");
            if (limits->low == node().scale.zero && limits->high == 255) {
                operation("Relu", {computed}, from, node().name + "/limits");
            } else {
                const auto low = number(part("low"), decode_single(node().scale, limits->low));
                const auto high = number(part("high"), decode_single(node().scale, limits->high));
                operation("Clip", {computed, low, high}, from, node().name + "/limits");
            }
        }
        const auto scale = scale_of(current_);
        operation("QuantizeLinear", {from, scale[0], scale[1]}, codes(current_), node().name + "/quantize");
        operation("DequantizeLinear", {codes(current_), scale[0], scale[1]}, real(current_),
                  node().name + "/dequantize");
    }

    /// Reshape; sizes of 0 stay, -1 is the rest.
    std::string reshape(const std::string& from, const std::string& to,
                        const std::vector<std::size_t>& sizes) {
        std::vector<std::int64_t> shape{0};
        shape.insert(shape.end(), sizes.begin(), sizes.end());
        operation("Reshape", {from, integers(part(to + "_shape"), shape)}, part(to), node().name + "/" + to);
        return part(to);
    }
    /// Rows become columns.
    std::string transpose(const std::string& from, const char* to) {
        set(operation("Transpose", {from}, part(to), node().name + "/" + to), "perm",
            std::vector<std::size_t>{0, 1, 3, 2});
        return part(to);
    }
    [[noreturn]] void refuse(const std::string& detail) const {
        throw unsupported_error(network_.source(), node().name, describe(node().what), detail);
    }

protected:
    const network& network_;
    std::size_t current_ = 0;
};

} // namespace alwann::inline ALWANN_ABI::detail
