// SPDX-License-Identifier: MIT
// One layer with samples of its work, made up.
#pragma once

#include "../kernel/tasks.hpp"

#include <alwann/compensation/concept.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace compensation_test {

namespace aw = alwann;

// What a layer looks like.
struct layer_form {
    const char* name;
    std::size_t kernel, inputs, outputs, groups;
};

inline constexpr layer_form layer_forms[] = {
    {"convolution", 3, 3, 5, 1}, {"pointwise", 1, 7, 19, 1}, {"grouped", 2, 4, 6, 2},
    {"depthwise", 3, 6, 6, 6},   {"dense", 4, 3, 10, 1}, // the kernel covers the whole input
};

// Codes as a ReLU leaves them: many zeros, few large ones, each channel with a scale of its own.
inline std::vector<std::uint8_t> relu_like(std::size_t count, std::size_t channels, std::size_t zero,
                                           aw::random_generator& random) {
    std::vector<std::uint8_t> codes(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double scale = 20.0 + 25.0 * static_cast<double>(i % channels % 5);
        const double value =
            random() % 2 == 0 ? 0.0
                              : -scale * std::log(1 - aw::uniform_unit(random)) + static_cast<double>(zero);
        codes[i] = static_cast<std::uint8_t>(std::clamp(value, static_cast<double>(zero), 255.0));
    }
    return codes;
}

// A layer, samples as a design gives them and the exact network's accumulators for slightly other
// activations.
struct layer_case {
    aw::quantized_convolution layer;
    aw::layer_samples samples;
    std::vector<std::int32_t> targets;

    // `drift`: the exact network's activations differ from the design's by up to so many codes.
    layer_case(const layer_form& form, std::size_t count, std::size_t drift, aw::random_generator& random) {
        layer.geometry.kernel_height = layer.geometry.kernel_width = form.kernel;
        layer.outputs = form.outputs;
        layer.groups = form.groups;
        const std::size_t depth = form.kernel * form.kernel * form.inputs / form.groups;
        for (std::size_t i = 0; i < form.outputs * depth; ++i) { // a bell
            layer.weights.push_back(static_cast<std::uint8_t>((kernel_test::draw(random, 0, 255) +
                                                               kernel_test::draw(random, 0, 255) +
                                                               kernel_test::draw(random, 0, 255)) /
                                                              3));
        }
        for (std::size_t f = 0; f < form.outputs; ++f) {
            layer.weight_scale.push_back({0.01 + 0.01 * aw::uniform_unit(random),
                                          static_cast<std::int32_t>(kernel_test::draw(random, 100, 150))});
            layer.bias.push_back(aw::uniform_unit(random) - 0.5);
        }
        layer.input = {0.02, static_cast<std::int32_t>(kernel_test::draw(random, 0, 40))};
        layer.output = {0.05, 100};

        aw::convolution_shape shape;
        shape.input = {form.kernel, form.kernel, form.inputs};
        shape.geometry = layer.geometry;
        shape.outputs = form.outputs;
        shape.groups = form.groups;
        samples = aw::make_samples(shape, count, {});
        samples.patches.resize(count * depth * form.groups);
        const auto codes = relu_like(samples.patches.size(), form.inputs / form.groups,
                                     static_cast<std::size_t>(layer.input.zero), random);
        std::copy(codes.begin(), codes.end(), samples.patches.begin());
        auto exact = samples;
        for (auto& code : exact.patches) {
            const auto moved = static_cast<std::size_t>(code) + kernel_test::draw(random, 0, drift);
            code = static_cast<std::uint8_t>(std::min<std::size_t>(255, moved));
        }
        targets = aw::accumulators(layer, exact, aw::exact_table(), layer.weights);
        samples.targets = targets;
    }
    layer_case(const layer_case&) = delete;
    layer_case& operator=(const layer_case&) = delete;

    std::size_t depth() const { return layer.weights.size() / layer.outputs; }
    aw::layer_context context() const { return {layer, &samples}; }
    aw::layer_setting setting(const aw::table& multiplier) const { return {multiplier, layer}; }

    // Product k of output f on sample n: the activation's code.
    std::uint8_t code(std::size_t n, std::size_t f, std::size_t k) const {
        const std::size_t group = f / (layer.outputs / layer.groups);
        return samples.patches[(n * layer.groups + group) * depth() + k];
    }

    // Errors of a channel's corrected accumulators, plainly.
    std::vector<double> errors(const aw::layer_setting& setting, std::size_t f) const {
        const auto sums = aw::accumulators(layer, samples, setting.multiplier, setting.weights);
        const auto& c = setting.corrections[f];
        std::vector<double> result;
        for (std::size_t n = 0; n < samples.count(); ++n) {
            double inputs = 0;
            for (std::size_t k = 0; k < depth(); ++k) {
                inputs += code(n, f, k);
            }
            result.push_back(c.gain * sums[n * layer.outputs + f] + c.slope * inputs + c.offset -
                             targets[n * layer.outputs + f]);
        }
        return result;
    }
    double squares(const aw::layer_setting& setting, std::size_t f) const {
        double sum = 0;
        for (const double error : errors(setting, f)) {
            sum += error * error;
        }
        return sum;
    }
};

// Products that lose low bits, with two's complement operands or without signs.
inline aw::table rough_table(bool is_signed, int dropped = 7) {
    aw::multiplier_form form;
    if (is_signed) {
        form.activation.coding = form.weight.coding = aw::operand_coding::twos_complement;
    }
    std::vector<std::uint16_t> products;
    for (std::size_t x = 0; x < 256; ++x) {
        for (std::size_t w = 0; w < 256; ++w) {
            const std::int32_t exact = form.exact(x, w);
            const std::int32_t noise = static_cast<std::int32_t>((x * 37 + w * 91) % 64) - 20;
            const std::int32_t rough = exact == 0 ? 0 : (exact >> dropped << dropped) + noise;
            products.push_back(static_cast<std::uint16_t>(
                std::clamp(rough, is_signed ? -32768 : 0, is_signed ? 32767 : 65535)));
        }
    }
    return aw::table(is_signed ? "rough signed" : "rough", products, form);
}

} // namespace compensation_test
