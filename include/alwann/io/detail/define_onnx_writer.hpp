// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/onnx_writer.hpp.
#pragma once

#include <alwann/core/output_file.hpp>
#include <alwann/io/detail/onnx_node_builder.hpp>
#include <alwann/io/detail/onnx_notes.hpp>
#include <alwann/io/onnx.hpp>
#include <alwann/io/onnx_writer.hpp>

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Builds the model. All activations have four dimensions, images, channels, rows, columns, except the
/// result.
class onnx_writer : private onnx_node_builder {
public:
    explicit onnx_writer(const network& what) : onnx_node_builder(what) {
        describe_tensor(*graph().add_input(), "input", network_.input_shape(), false);
    }

    ::onnx::ModelProto build() {
        std::set<std::string> names;
        for (current_ = 0; current_ < network_.nodes().size(); ++current_) {
            const auto& node = network_.nodes()[current_];
            if (current_ > 0 && (node.name.empty() || !names.insert(node.name).second)) {
                throw value_error(network_.source() + ": node " + std::to_string(current_) +
                                  ": expected a name of its own, found '" + node.name + "'");
            }
            std::visit([this](const auto& layer) { write(layer); }, node.what);
        }
        const auto& last = network_.nodes().back();
        const bool row = last.shape.size() == last.shape.channels;
        operation(row ? "Flatten" : "Identity", {real(current_ - 1)}, "output", "output");
        describe_tensor(*graph().add_output(), "output", last.shape, row);
        for (const auto& [key, value] : network_.metadata) {
            note(key, value);
        }
        note(onnx_approximable_key, note_approximable(network_));
        note(onnx_scales_key, note_scales(network_));
        return take();
    }

private:
    void write(const code_op::input&) {
        const code_range limits = all_codes(node().scale);
        finish("input", &limits);
    }

    void write(const code_op::constant& layer) {
        const auto& shape = node().shape;
        std::vector<std::uint8_t> arranged(layer.codes.size());
        flatten_values(layer.codes.data(), 1, shape, arranged.data());
        check_scale(node().scale);
        const auto scale = scale_of(current_);
        number(scale[0], node().scale.scale);
        bytes(scale[1], {}, {static_cast<std::uint8_t>(node().scale.zero)});
        bytes(codes(current_), {1, shape.channels, shape.height, shape.width}, arranged);
        operation("DequantizeLinear", {codes(current_), scale[0], scale[1]}, real(current_), node().name);
    }
    /// MatMul of matrices for each image and group.
    void write_product(const quantized_convolution& layer) {
        if (layer.real_output) {
            refuse("products of activations at the end of a network");
        }
        const auto &a = input(0).shape, &b = input(1).shape, &to = node().shape;
        const std::size_t groups = layer.groups;
        const auto left = transpose(
            reshape(real(node().inputs[0]), "left", {groups, a.channels / groups, a.height * a.width}),
            "rows");
        auto right =
            reshape(real(node().inputs[1]), "right", {groups, b.channels / groups, b.height * b.width});
        if (layer.source == weight_source::columns) {
            right = transpose(right, "columns");
        }
        operation("MatMul", {left, right}, part("product"), node().name);
        auto result = part("product");
        if (layer.factor != 1) {
            operation("Mul", {result, number(part("factor"), double{layer.factor})}, part("scaled"),
                      node().name + "/scaled");
            result = part("scaled");
        }
        finish(reshape(transpose(result, "turned"), "image", {to.channels, to.height, to.width}),
               &layer.codes);
    }

    /// Weights with one scale for each output. Dense layers on rows are Gemm, all others Conv.
    void write(const quantized_convolution& layer) {
        if (layer.is_product()) {
            return write_product(layer);
        }
        const auto& in = input().shape;
        const auto& g = layer.geometry;
        const bool dense =
            !layer.approximable && in.height == 1 && in.width == 1 && layer.groups == 1 && g == window{};
        const std::size_t channels = in.channels / layer.groups, area = g.kernel_height * g.kernel_width;
        std::vector<std::uint8_t> arranged(layer.weights.size()); // the column varies fastest in files
        for (std::size_t f = 0; f < layer.outputs; ++f) {
            for (std::size_t k = 0; k < area; ++k) {
                for (std::size_t c = 0; c < channels; ++c) {
                    arranged[(f * channels + c) * area + k] = layer.weights[(f * area + k) * channels + c];
                }
            }
        }
        bytes(part("weights"),
              dense ? std::vector{layer.outputs, channels}
                    : std::vector{layer.outputs, channels, g.kernel_height, g.kernel_width},
              arranged);
        std::vector<std::uint8_t> zeros;
        std::vector<float> scales, steps;
        std::vector<std::int32_t> bias;
        for (std::size_t f = 0; f < layer.outputs; ++f) {
            check_scale(layer.weight_scale[f]);
            zeros.push_back(static_cast<std::uint8_t>(layer.weight_scale[f].zero));
            scales.push_back(static_cast<float>(layer.weight_scale[f].scale));
            const double step = layer.input.scale * layer.weight_scale[f].scale;
            steps.push_back(static_cast<float>(step));
            bias.push_back(saturate(
                static_cast<std::int64_t>(std::llround(std::clamp(layer.bias[f] / step, -0x1p31, 0x1p31)))));
        }
        const auto scale = floats(part("weight_scale"), {scales.size()}, scales);
        const auto zero = bytes(part("weight_zero"), {zeros.size()}, zeros);
        set(operation("DequantizeLinear", {part("weights"), scale, zero}, part("weight"),
                      node().name + "/weights"),
            "axis", std::int64_t{0});
        tensor(part("bias_codes"), ::onnx::TensorProto::INT32, {bias.size()})
            .mutable_int32_data()
            ->Assign(bias.begin(), bias.end());
        set(operation("DequantizeLinear",
                      {part("bias_codes"), floats(part("bias_scale"), {steps.size()}, steps)}, part("bias"),
                      node().name + "/bias"),
            "axis", std::int64_t{0});
        const auto from = real(node().inputs.front());
        const auto result = layer.real_output ? real(current_) : part("sum");
        if (dense) {
            const auto row = part("row"), product = part("product");
            operation("Flatten", {from}, row, node().name + "/row");
            set(operation("Gemm", {row, part("weight"), part("bias")}, product, node().name), "transB",
                std::int64_t{1});
            operation("Reshape", {product, integers(part("shape"), {0, -1, 1, 1})}, result,
                      node().name + "/image");
        } else {
            auto& added = operation("Conv", {from, part("weight"), part("bias")}, result, node().name);
            set_window(added, g);
            set_dilations(added, g);
            set(added, "group", static_cast<std::int64_t>(layer.groups));
        }
        if (!layer.real_output) {
            finish(result, &layer.codes);
        }
    }
    /// A table of real numbers, each with a code.
    void write(const code_op::lookup& layer) {
        auto& table = tensor(part("table"), ::onnx::TensorProto::FLOAT, {256});
        for (const auto code : layer.codes) {
            table.add_float_data(decode_single(node().scale, code));
        }
        set(operation("Cast", {codes(node().inputs.front())}, part("index"), node().name + "/index"), "to",
            std::int64_t{::onnx::TensorProto::INT32});
        operation("Gather", {part("table"), part("index")}, part("found"), node().name);
        finish(part("found"));
    }
    void write(const code_op::max_pool& layer) {
        auto& added = operation("MaxPool", {real(node().inputs.front())}, part("largest"), node().name);
        set_window(added, layer.geometry);
        set_dilations(added, layer.geometry);
        finish(part("largest"));
    }
    void write(const code_op::average_pool& layer) {
        const auto& g = layer.geometry;
        const auto& from = input().scale;
        if (g.dilation_height != 1 || g.dilation_width != 1) {
            refuse("means over dilated windows");
        }
        const auto is = [&](bool count_padding) {
            return make_average(g, count_padding, from, node().scale).factor == layer.factor;
        };
        if (!is(false) && !is(true)) {
            refuse("factors that do not follow from the scales");
        }
        auto& added = operation("AveragePool", {real(node().inputs.front())}, part("mean"), node().name);
        set_window(added, g);
        set(added, "count_include_pad", std::int64_t{is(false) ? 0 : 1});
        finish(part("mean"), &layer.codes);
    }
    void write(const code_op::add& layer) {
        auto expected = make_add(input(0).scale, input(1).scale, node().scale);
        expected.codes = layer.codes;
        if (!(expected == layer)) {
            refuse("factors that do not follow from the scales");
        }
        operation("Add", {real(node().inputs[0]), real(node().inputs[1])}, part("sum"), node().name);
        finish(part("sum"), &layer.codes);
    }
    void write(const code_op::multiply& layer) {
        operation("Mul", {real(node().inputs[0]), real(node().inputs[1])}, part("product"), node().name);
        finish(part("product"), &layer.codes);
    }
    /// The nodes that operator set 13 has in place of LayerNormalization.
    void write(const code_op::layer_norm& layer) {
        if (layer.from != input().scale.scale || layer.to != node().scale.scale) {
            refuse("scales that are not those of input and result");
        }
        const auto from = real(node().inputs.front());
        const auto step = [&](const char* type, const std::vector<std::string>& inputs, const char* to) {
            auto& added = operation(type, inputs, part(to), node().name + "/" + to);
            if (added.op_type() == "ReduceMean") {
                set(added, "axes", std::vector<std::size_t>{1});
            }
            return part(to);
        };
        const auto values = [&](const char* name, const std::vector<float>& from_channels) {
            return floats(part(name), {1, from_channels.size(), 1, 1}, from_channels);
        };
        const auto centred = step("Sub", {from, step("ReduceMean", {from}, "mean")}, "centred");
        const auto square = step("Mul", {centred, centred}, "square");
        const auto epsilon = number(part("epsilon"), double{layer.epsilon});
        const auto variance = step("Add", {step("ReduceMean", {square}, "variance"), epsilon}, "more");
        operation("Div", {centred, step("Sqrt", {variance}, "deviation")}, part("normal"), node().name);
        const auto large = step("Mul", {part("normal"), values("gamma", layer.gamma)}, "large");
        finish(step("Add", {large, values("beta", layer.beta)}, "moved"), &layer.codes);
    }
    void write(const code_op::concat& layer) {
        std::vector<std::string> inputs;
        for (std::size_t i = 0; i < node().inputs.size(); ++i) {
            if (layer.codes[i] != make_lookup(input(i).scale, node().scale, [](float x) { return x; })) {
                refuse("tables that do not follow from the scales");
            }
            inputs.push_back(real(node().inputs[i]));
            const auto& shape = input(i).shape;
            if (layer.pixels && shape.height > 1) {
                const auto name = "row" + std::to_string(i) + "_";
                inputs.back() = reshape(inputs.back(), name, {shape.channels, 1, shape.height * shape.width});
            }
        }
        set(operation("Concat", inputs, part("joined"), node().name), "axis",
            std::int64_t{layer.pixels ? 3 : 1});
        const code_range limits = all_codes(node().scale);
        finish(part("joined"), &limits);
    }
    void write(const code_op::flatten&) {
        operation("Flatten", {real(node().inputs.front())}, part("row"), node().name);
        operation("Reshape", {part("row"), integers(part("shape"), {0, -1, 1, 1})}, part("image"),
                  node().name + "/image");
        finish(part("image"));
    }
    void write(const code_op::pad& layer) {
        const auto& p = layer.amounts;
        std::vector<std::int64_t> amounts{0, 0, 0, 0, 0, 0, 0, 0};
        constexpr std::size_t dimension[3] = {2, 3, 1};
        for (std::size_t d = 0; d < 3; ++d) {
            amounts[dimension[d]] = static_cast<std::int64_t>(p.before[d]);
            amounts[4 + dimension[d]] = static_cast<std::int64_t>(p.after[d]);
        }
        number(part("value"), p.value);
        operation("Pad", {real(node().inputs.front()), integers(part("amounts"), amounts), part("value")},
                  part("padded"), node().name);
        finish(part("padded"));
    }
    void write(const code_op::slice& layer) {
        constexpr std::size_t dimension[3] = {2, 3, 1};
        std::vector<std::int64_t> starts, ends, axes, steps;
        for (std::size_t d = 0; d < 3; ++d) {
            const auto start = static_cast<std::int64_t>(layer.part.start[d]);
            const auto step = static_cast<std::int64_t>(layer.part.step[d]);
            const auto end =
                start + static_cast<std::int64_t>(layer.part.count[d] - 1) * step + (step > 0 ? 1 : -1);
            starts.push_back(start);
            ends.push_back(end < 0 ? std::numeric_limits<std::int64_t>::min() : end);
            axes.push_back(static_cast<std::int64_t>(dimension[d]));
            steps.push_back(step);
        }
        operation("Slice",
                  {real(node().inputs.front()), integers(part("starts"), starts),
                   integers(part("ends"), ends), integers(part("axes"), axes),
                   integers(part("steps"), steps)},
                  part("part"), node().name);
        finish(part("part"));
    }
    void write(const code_op::softmax& layer) {
        const auto& shape = node().shape;
        const auto from = real(node().inputs.front());
        const bool groups = layer.groups > 1;
        const auto rows =
            groups ? reshape(from, "groups",
                             {layer.groups, shape.channels / layer.groups, shape.height * shape.width})
                   : from;
        set(operation("Softmax", {rows}, part("shares"), node().name), "axis", std::int64_t{groups ? 2 : 1});
        finish(groups ? reshape(part("shares"), "image", {shape.channels, shape.height, shape.width})
                      : part("shares"),
               &layer.codes);
    }
    template <class Other>
    void write(const Other&) {
        refuse("there is no form of it in ONNX that is read back as the same");
    }
};

} // namespace detail

ALWANN_SEPARABLE std::string to_onnx(const network& what) {
    return detail::onnx_writer(what).build().SerializeAsString();
}

ALWANN_SEPARABLE void write_onnx(const network& what, const std::filesystem::path& path) {
    write_file(path, to_onnx(what));
}

} // namespace alwann::inline ALWANN_ABI
