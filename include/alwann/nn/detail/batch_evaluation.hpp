// SPDX-License-Identifier: MIT
/// @file
/// The operators of a batch_network on a batch, NHWC.
#pragma once

#include <alwann/core/executor.hpp>
#include <alwann/kernel/plan.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/tabulate.hpp>
#include <alwann/nn/batch_operators.hpp>
#include <alwann/nn/batch_result.hpp>
#include <alwann/nn/detail/move_values.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// What a node took from its batch.
struct node_statistics {
    code_interval range;     ///< of encode: of the values; of requantise: of the codes
    channel_moments moments; ///< of normalise

    friend bool operator==(const node_statistics&, const node_statistics&) = default;
};

namespace detail {

/// Makes accumulators of sums of products: takes the zero points out.
class accumulator_sink final : public sums_sink {
public:
    accumulator_sink(std::int32_t* sums, std::size_t outputs, std::int32_t weight_zero,
                     std::vector<std::int32_t> constants)
        : sums_(sums), outputs_(outputs), weight_zero_(weight_zero), constants_(std::move(constants)) {}

    void take(const sums_block& block) override {
        for (std::size_t p = 0; p < block.positions; ++p) {
            const std::int32_t* from = block.sums + p * block.stride;
            const std::int32_t* constant = constants_.data() + block.output;
            std::int32_t* to = sums_ + (block.position + p) * outputs_ + block.output;
            const std::int32_t of_input = weight_zero_ * block.inputs[p]; // 32767 * 255 * 255 < 2^31
            for (std::size_t f = 0; f < block.outputs; ++f) {
                // Unsigned: it may pass the limit on the way to a result that does not.
                to[f] = static_cast<std::int32_t>(static_cast<std::uint32_t>(from[f]) -
                                                  static_cast<std::uint32_t>(of_input) +
                                                  static_cast<std::uint32_t>(constant[f]));
            }
        }
    }
    [[nodiscard]] bool needs_inputs() const override { return true; }

private:
    std::int32_t* sums_;
    std::size_t outputs_;
    std::int32_t weight_zero_;
    std::vector<std::int32_t> constants_;
};

/// Evaluates one node; `inputs` are the results of its inputs.
struct batch_evaluation {
    std::size_t images;
    image_shape shape; ///< of the result
    const std::vector<const batch_result*>& inputs;
    const node_statistics* frozen; ///< to be used instead of the batch's
    summation how;
    const table* multiplier; ///< of a convolution that a design decides about
    const std::uint8_t* weights;
    engine request;
    executor_ref executor;
    node_statistics& statistics; ///< what was used

    const batch_result& in() const { return *inputs.front(); }
    std::size_t rows() const { return images * shape.height * shape.width; }
    std::size_t count() const { return images * shape.size(); }

    static code_interval finite(const code_interval& range) {
        if (!std::isfinite(range.low) || !std::isfinite(range.high) || range.low > range.high) {
            throw value_error("expected finite values, found the range [" + std::to_string(range.low) + ", " +
                              std::to_string(range.high) + "]");
        }
        return range;
    }
    /// The zero point of codes that go through a multiplier, which takes it for padding.
    static std::uint8_t padding_code(const code_interval& range) {
        const auto zero = min_first::zero_point(range);
        if (zero < 0 || zero > 255) {
            throw value_error("expected a range of activations around 0, found [" +
                              std::to_string(range.low) + ", " + std::to_string(range.high) + "]");
        }
        return static_cast<std::uint8_t>(zero);
    }

    batch_result operator()(const batch_op::input&) const { return {}; }

    batch_result operator()(const batch_op::arithmetic& node) const {
        using kind = batch_op::arithmetic::kind;
        return in().map(shape, [&](std::size_t, float value) {
            switch (node.what) {
            case kind::add:
                return value + node.constant;
            case kind::subtract:
                return value - node.constant;
            case kind::multiply:
                return value * node.constant;
            default:
                return value / node.constant;
            }
        });
    }

    batch_result operator()(const batch_op::encode&) const {
        statistics.range = finite(frozen == nullptr ? in().extremes(shape.channels) : frozen->range);
        const auto range = min_first::interval_of(statistics.range.low, statistics.range.high);
        const min_first::encoder<std::uint8_t> encode(range);
        return in().to_codes(range, shape, encode);
    }

    batch_result operator()(const batch_op::decode&) const {
        const min_first::decoder decode(in().range);
        return in().to_reals(shape.channels, [&](std::uint8_t code) { return decode(code); });
    }

    batch_result operator()(const batch_op::convolution& node) const {
        const auto& from = in();
        const std::uint8_t input_zero = padding_code(from.range);
        const std::int32_t weight_zero = min_first::zero_point(node.range);
        const convolution_shape work{images, from.shape, node.geometry, node.outputs, 1};
        std::vector<std::int32_t> constants;
        for (std::size_t f = 0; f < node.outputs; ++f) {
            std::int64_t sum = 0;
            for (std::size_t k = 0; k < work.depth(); ++k) {
                sum += weight_zero - node.weights[f * work.depth() + k];
            }
            constants.push_back(static_cast<std::int32_t>(input_zero * sum));
        }
        batch_result result(shape, min_first::product_interval(from.range, node.range));
        auto sums = std::make_shared<aligned_vector<std::int32_t>>(count());
        accumulator_sink sink(sums->data(), node.outputs, weight_zero, std::move(constants));
        const convolution_plan plan(work, multiplier == nullptr ? exact_products() : *multiplier,
                                    weights == nullptr ? node.weights.data() : weights, input_zero, request);
        plan.run(from.codes->data(), images, sink, executor);
        result.sums = std::move(sums);
        return result;
    }

    batch_result operator()(const batch_op::add_bias& node) const {
        batch_result result(shape, min_first::sum_interval(in().range, node.range, 131072.0f));
        const min_first::decoder decode(in().range), decode_bias(node.range);
        const min_first::encoder<std::int32_t> encode(result.range);
        auto sums = std::make_shared<aligned_vector<std::int32_t>>(count());
        for (std::size_t i = 0; i < count(); ++i) {
            const std::int64_t sum = std::int64_t{encode(decode((*in().codes)[i]))} +
                                     encode(decode_bias(node.codes[i % shape.channels]));
            (*sums)[i] = saturate_sum(sum);
        }
        result.sums = std::move(sums);
        return result;
    }

    batch_result operator()(const batch_op::add&) const {
        const auto& a = *inputs[0];
        const auto& b = *inputs[1];
        batch_result result(shape, min_first::sum_interval(a.range, b.range, 16384.0f));
        const min_first::widener widen_a(a.range, result.range), widen_b(b.range, result.range);
        std::int32_t wide_a[256], wide_b[256];
        for (std::size_t code = 0; code < 256; ++code) {
            wide_a[code] = widen_a(static_cast<std::uint8_t>(code));
            wide_b[code] = widen_b(static_cast<std::uint8_t>(code));
        }
        auto sums = std::make_shared<aligned_vector<std::int32_t>>(count());
        for (std::size_t i = 0; i < count(); ++i) {
            (*sums)[i] = saturate_sum(std::int64_t{wide_a[(*a.codes)[i]]} + wide_b[(*b.codes)[i]]);
        }
        result.sums = std::move(sums);
        return result;
    }

    batch_result operator()(const batch_op::requantise&) const {
        const auto& sums = *in().sums;
        if (frozen == nullptr) {
            const auto [smallest, largest] = std::minmax_element(sums.begin(), sums.end());
            statistics.range = min_first::used_interval(*smallest, *largest, in().range);
        } else {
            statistics.range = frozen->range;
        }
        batch_result result(shape, finite(statistics.range));
        const min_first::requantiser requantise(in().range, result.range);
        auto codes = std::make_shared<aligned_vector<std::uint8_t>>(count());
        std::transform(sums.begin(), sums.end(), codes->begin(), requantise);
        result.codes = std::move(codes);
        return result;
    }

    batch_result operator()(const batch_op::normalise& node) const {
        statistics.moments = frozen == nullptr ? in().moments(rows(), shape.channels, how) : frozen->moments;
        const auto& [mean, variance] = statistics.moments;
        if (mean.size() != shape.channels || variance.size() != shape.channels) {
            throw value_error("expected " + std::to_string(shape.channels) + " means and variances, found " +
                              std::to_string(mean.size()));
        }
        for (std::size_t c = 0; c < shape.channels; ++c) {
            if (!std::isfinite(mean[c]) || !std::isfinite(variance[c]) || variance[c] < 0) {
                throw value_error("expected a finite mean and variance of channel " + std::to_string(c));
            }
        }
        return in().map(shape, normaliser(node.what, statistics.moments));
    }

    batch_result operator()(const batch_op::relu&) const {
        const auto zero = static_cast<std::uint8_t>(std::clamp(min_first::zero_point(in().range), 0, 255));
        batch_result result(shape, in().range);
        auto codes = std::make_shared<aligned_vector<std::uint8_t>>(*in().codes);
        for (auto& code : *codes) {
            code = std::max(code, zero);
        }
        result.codes = std::move(codes);
        return result;
    }

    batch_result operator()(const batch_op::average_pool& node) const {
        batch_result result(shape, in().range);
        auto codes = std::make_shared<aligned_vector<std::uint8_t>>(count());
        const auto& from = *in().codes;
        for_each_window(images, in().shape, shape, node.geometry,
                        [&](std::size_t out, const auto& visit_positions) {
                            std::uint32_t sum = 0, positions = 0;
                            visit_positions([&](std::size_t position) {
                                sum += from[position];
                                ++positions;
                            });
                            (*codes)[out] = static_cast<std::uint8_t>(sum / std::max(positions, 1u));
                        });
        result.codes = std::move(codes);
        return result;
    }

    batch_result operator()(const batch_op::pad& node) const {
        batch_result result(shape, {});
        if (const auto code = code_of(node.amounts.value)) { // reals with a table stay what they are
            const std::size_t before = node.amounts.before[2];
            auto table_of_result =
                std::make_shared<aligned_vector<float>>(256 * shape.channels, node.amounts.value);
            std::copy(in().table->begin(), in().table->end(),
                      table_of_result->begin() + static_cast<std::ptrdiff_t>(256 * before));
            auto codes = std::make_shared<aligned_vector<std::uint8_t>>(count());
            pad_values(in().codes->data(), images, in().shape, shape, node.amounts, *code, codes->data());
            result.table = std::move(table_of_result);
            result.codes = std::move(codes);
            return result;
        }
        const auto from = in().reals();
        auto values = std::make_shared<aligned_vector<float>>(count());
        pad_values(from.data(), images, in().shape, shape, node.amounts, node.amounts.value, values->data());
        result.plain = std::move(values);
        return result;
    }

    batch_result operator()(const batch_op::mean&) const {
        return how == summation::double_precision ? image_means<double>() : image_means<float>();
    }

private:
    /// The code that stands for a real in all channels of the input, if there is one.
    std::optional<std::uint8_t> code_of(float real) const {
        for (std::size_t code = 0; in().table != nullptr && code < 256; ++code) {
            std::size_t c = 0;
            while (c < in().shape.channels && (*in().table)[256 * c + code] == real) {
                ++c;
            }
            if (c == in().shape.channels) {
                return static_cast<std::uint8_t>(code);
            }
        }
        return std::nullopt;
    }

    template <class Sum>
    batch_result image_means() const {
        const auto from = in().reals();
        const std::size_t area = in().shape.height * in().shape.width;
        batch_result result(shape, {});
        auto values = std::make_shared<aligned_vector<float>>();
        for (std::size_t n = 0; n < images; ++n) {
            const float* image = from.data() + n * in().shape.size();
            const auto sums = column_sums<Sum>(area, shape.channels, [&](std::size_t i, std::size_t c) {
                return image[i * shape.channels + c];
            });
            for (const Sum sum : sums) {
                values->push_back(static_cast<float>(sum / static_cast<Sum>(area)));
            }
        }
        result.plain = std::move(values);
        return result;
    }
    static std::int32_t saturate_sum(std::int64_t sum) noexcept {
        return static_cast<std::int32_t>(std::clamp<std::int64_t>(
            sum, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
    }
    static const table& exact_products() {
        static const table products = tabulate(exact{});
        return products;
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
