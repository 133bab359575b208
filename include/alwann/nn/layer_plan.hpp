// SPDX-License-Identifier: MIT
/// @file
/// One convolution of a network, prepared for its engine with its output stage.
#pragma once

#include <alwann/kernel/codes_sink.hpp>
#include <alwann/kernel/plan.hpp>
#include <alwann/nn/detail/batch_codes.hpp>
#include <alwann/nn/setting.hpp>

#include <cstddef>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A convolution with multiplier, weights and output stage laid out once, run on any number of batches.
///
/// Immutable; threads share it. Refers to nothing but itself.
class layer_plan {
public:
    /// Node `node` of a network for batches of `images`; without a setting, exact products of the layer's own
    /// weights.
    layer_plan(const network& network, std::size_t node, std::size_t images, const layer_setting* setting,
               engine request = requested_engine())
        : layer_plan(std::get<quantized_convolution>(network.nodes()[node].what),
                     network.shape_of(node, images), setting, request) {}

    /// A layer that is in no network, for batches of shape.images; without a setting as above.
    layer_plan(const quantized_convolution& layer, const convolution_shape& shape,
               const layer_setting* setting, engine request = requested_engine())
        : plan_(shape, setting == nullptr ? exact_table() : setting->multiplier,
                setting == nullptr ? layer.weights.data() : setting->weights.data(),
                static_cast<std::uint8_t>(layer.input.zero), request),
          stage_(stage_of(layer, setting), range_of(shape, setting)) {
        if (layer.real_output) {
            for (std::size_t f = 0; f < layer.outputs; ++f) {
                real_scale_.push_back(accumulator_scale(
                    layer, f, setting == nullptr ? channel_correction{} : setting->corrections[f]));
            }
        }
    }

    [[nodiscard]] const convolution_plan& convolution() const noexcept { return plan_; }

    /// Whether results are the network's, real numbers.
    [[nodiscard]] bool makes_reals() const noexcept { return !real_scale_.empty(); }

    /// The codes (or real numbers) of a batch. Parts of the work go through the executor.
    void run(const std::uint8_t* activations, std::size_t images, detail::batch_codes& result,
             executor_ref executor = serial_executor{}) const {
        const std::size_t values = images * plan_.shape().output().size();
        if (!makes_reals()) {
            result.codes.resize(values);
            codes_sink sink(stage_, plan_.shape().groups, result.codes.data());
            plan_.run(activations, images, sink, executor);
        } else {
            result.reals.resize(values);
            reals_sink sink(*this, result.reals.data());
            plan_.run(activations, images, sink, executor);
        }
    }

    /// The codes of a batch, added to the codes of another branch while they are in the cache: sum(codes,
    /// other). For layers that make codes.
    void run_and_add(const std::uint8_t* activations, std::size_t images, const prepared_sum& sum,
                     const std::uint8_t* other, detail::batch_codes& result,
                     executor_ref executor = serial_executor{}) const {
        result.codes.resize(images * plan_.shape().output().size());
        codes_sink sink(stage_, plan_.shape().groups, result.codes.data(), sum, other);
        plan_.run(activations, images, sink, executor);
    }

private:
    static output_stage stage_of(const quantized_convolution& layer, const layer_setting* setting) {
        return setting == nullptr
                   ? make_output_stage(layer, std::vector<channel_correction>(layer.outputs))
                   : make_output_stage(layer, setting->corrections, setting->multiplier.form());
    }

    /// What the sums can be: the least and the greatest product, as often as there are products.
    static sums_range range_of(const convolution_shape& shape, const layer_setting* setting) {
        const table& multiplier = setting == nullptr ? exact_table() : setting->multiplier;
        const auto analysis = analysis_of(multiplier.engine_form());
        const auto depth = static_cast<std::int64_t>(shape.depth());
        return {depth * (analysis->smallest - multiplier.engine_bias()),
                depth * (analysis->greatest - multiplier.engine_bias()), 255 * depth};
    }

    /// Accumulators as real numbers: the network's result.
    class reals_sink final : public sums_sink {
    public:
        reals_sink(const layer_plan& plan, float* values) : plan_(plan), values_(values) {}

        void take(const sums_block& block) override {
            const auto& shape = plan_.plan_.shape();
            for (std::size_t p = 0; p < block.positions; ++p) {
                for (std::size_t i = 0; i < block.outputs; ++i) {
                    const std::size_t f = block.output + i;
                    const std::int32_t input = block.inputs[p * shape.groups + f / shape.group_outputs()];
                    const std::int32_t sum =
                        plan_.stage_.stage().accumulator(f, block.sums[p * block.stride + i], input);
                    values_[(block.position + p) * shape.outputs + f] =
                        static_cast<float>(plan_.real_scale_[f] * sum);
                }
            }
        }
        [[nodiscard]] bool needs_inputs() const override { return true; }

    private:
        const layer_plan& plan_;
        float* values_;
    };

    convolution_plan plan_;
    prepared_stage stage_;
    std::vector<double> real_scale_; ///< per channel; empty unless the results are real numbers
};

} // namespace alwann::inline ALWANN_ABI
