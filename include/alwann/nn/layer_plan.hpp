// SPDX-License-Identifier: MIT
/// @file
/// One convolution of a network, or product of activations, prepared for its engine with its output stage.
#pragma once

#include <alwann/kernel/codes_sink.hpp>
#include <alwann/kernel/plan.hpp>
#include <alwann/nn/detail/batch_codes.hpp>
#include <alwann/nn/setting.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A convolution with multiplier, weights and output stage laid out once, run on any number of batches.
///
/// The second operand of a product of activations is laid out when it is known, for each image: what is
/// prepared is the multiplier. Immutable; threads share it. Refers to nothing but itself.
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
        : shape_(shape), real_(layer.real_output) {
        if (layer.is_product()) {
            product_.emplace(layer, setting, request);
            return;
        }
        plan_.emplace(shape, setting == nullptr ? exact_table() : setting->multiplier,
                      setting == nullptr ? layer.weights.data() : setting->weights.data(),
                      static_cast<std::uint8_t>(layer.input.zero), request);
        stage_.emplace(stage_of(layer, setting), range_of(shape, setting));
        if (layer.real_output) {
            for (std::size_t f = 0; f < layer.outputs; ++f) {
                real_scale_.push_back(accumulator_scale(
                    layer, f, setting == nullptr ? channel_correction{} : setting->corrections[f]));
            }
        }
    }

    /// Whether both operands are activations.
    [[nodiscard]] bool is_product() const noexcept { return product_.has_value(); }

    /// Bytes that one thread allocates while it runs, apart from what a product lays out for each image.
    [[nodiscard]] std::size_t scratch_bytes() const { return plan_ ? plan_->scratch_bytes() : 0; }

    /// Whether results are the network's, real numbers.
    [[nodiscard]] bool makes_reals() const noexcept { return real_; }

    /// The codes (or real numbers) of a batch. Parts of the work go through the executor. `second` are the
    /// codes of a product's second operand.
    void run(const std::uint8_t* activations, std::size_t images, detail::batch_codes& result,
             executor_ref executor = serial_executor{}, const std::uint8_t* second = nullptr) const {
        if (is_product()) {
            return run_product(activations, second, images, result, executor);
        }
        const std::size_t values = images * shape_.output().size();
        if (!makes_reals()) {
            result.codes.resize(values);
            codes_sink sink(*stage_, shape_.groups, result.codes.data());
            plan_->run(activations, images, sink, executor);
        } else {
            result.reals.resize(values);
            reals_sink sink(*this, result.reals.data());
            plan_->run(activations, images, sink, executor);
        }
    }

    /// The codes of a batch, added to the codes of another branch while they are in the cache: sum(codes,
    /// other). For layers that make codes.
    void run_and_add(const std::uint8_t* activations, std::size_t images, const prepared_sum& sum,
                     const std::uint8_t* other, detail::batch_codes& result,
                     executor_ref executor = serial_executor{}) const {
        result.codes.resize(images * shape_.output().size());
        codes_sink sink(*stage_, shape_.groups, result.codes.data(), sum, other);
        plan_->run(activations, images, sink, executor);
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
            const auto& shape = plan_.shape_;
            for (std::size_t p = 0; p < block.positions; ++p) {
                for (std::size_t i = 0; i < block.outputs; ++i) {
                    const std::size_t f = block.output + i;
                    const std::int32_t input = block.inputs[p * shape.groups + f / shape.group_outputs()];
                    const std::int32_t sum =
                        plan_.stage_->stage().accumulator(f, block.sums[p * block.stride + i], input);
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

    /// What the plans of single images are made from.
    struct product {
        quantized_convolution layer;
        layer_setting setting;
        weight_source source;
        engine request;

        product(const quantized_convolution& what, const layer_setting* chosen, engine requested)
            : layer(what),
              setting(chosen == nullptr ? layer_setting(exact_table(), what) : *chosen),
              source(what.source),
              request(requested) {
            layer.source = weight_source::constants;
        }
    };

    /// One convolution for each image. As many outputs as second operands have rows, or columns, in all.
    void run_product(const std::uint8_t* first, const std::uint8_t* second, std::size_t images,
                     detail::batch_codes& result, executor_ref executor) const {
        convolution_shape one = shape_;
        one.images = 1;
        const std::size_t inputs = one.input.size(), outputs = one.output().size();
        const std::size_t weights = one.outputs * one.depth();
        const std::size_t pixels =
            product_->source == weight_source::rows ? one.group_outputs() : one.depth();
        if (real_) {
            result.reals.resize(images * outputs);
        } else {
            result.codes.resize(images * outputs);
        }
        executor.for_each(images, [&](std::size_t i) {
            auto layer = product_->layer;
            layer.weights.resize(weights);
            detail::arrange_operand(second + i * weights, pixels, weights / pixels, one.groups,
                                    product_->source, layer.weights.data());
            auto setting = product_->setting;
            setting.weights = layer.weights;
            detail::batch_codes found;
            layer_plan(layer, one, &setting, product_->request).run(first + i * inputs, 1, found);
            const auto at = static_cast<std::ptrdiff_t>(i * outputs);
            if (real_) { // the other is empty, and has no element `at`
                std::copy(found.reals.begin(), found.reals.end(), result.reals.begin() + at);
            } else {
                std::copy(found.codes.begin(), found.codes.end(), result.codes.begin() + at);
            }
        });
    }

    convolution_shape shape_;
    bool real_;
    std::optional<product> product_;       ///< instead of
    std::optional<convolution_plan> plan_; ///< these two
    std::optional<prepared_stage> stage_;
    std::vector<double> real_scale_; ///< per channel; empty unless the results are real numbers
};

} // namespace alwann::inline ALWANN_ABI
