// SPDX-License-Identifier: MIT
/// @file
/// From sums of products to codes: zero points, bias, requantisation, clipping.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/core/cpu.hpp>
#include <alwann/kernel/detail/narrow_factor.hpp>
#include <alwann/kernel/detail/requantise_avx2.hpp>
#include <alwann/kernel/detail/requantise_avx512.hpp>
#include <alwann/kernel/requantisation.hpp>
#include <alwann/kernel/sums.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// The integer constants of a layer's output stage, one per output channel:
///
///     accumulator = saturate(products - weight_zero * activations + correction + constant)
///     correction  = floor(slope * activations * 2^-fraction)
///     code        = codes(accumulator * mantissa * 2^-shift)
///
/// with the rounding of fixed_factor. A slope is the part of the factor of sum_k x_k that a whole zero point
/// cannot express; it is 0 unless a compensation needs it.
struct output_stage {
    std::vector<std::int32_t> weight_zero; ///< factor of sum_k x_k
    std::vector<std::int32_t> slope;       ///< of the sum of activations, in binary places; by channel
    std::vector<std::int32_t> fraction;    ///< binary places of the slope, 0 to 31
    std::vector<std::int32_t> constant;    ///< added to the sum; by channel
    std::vector<std::int32_t> mantissa;    ///< of the factor from sums to codes; by channel
    std::vector<std::int32_t> shift;       ///< to the right after the mantissa, in bits; by channel
    code_range codes;                      ///< the codes that the result can have

    /// How many there are.
    [[nodiscard]] std::size_t channels() const noexcept { return constant.size(); }

    /// Appends the numbers of a channel.
    void add_channel(std::int32_t zero, std::int32_t added, const fixed_factor& factor,
                     std::int32_t slope_mantissa = 0, std::int32_t slope_fraction = 0) {
        weight_zero.push_back(zero);
        slope.push_back(slope_mantissa);
        fraction.push_back(slope_fraction);
        constant.push_back(added);
        mantissa.push_back(factor.mantissa);
        shift.push_back(factor.shift);
    }

    /// What the slope of channel f adds.
    [[nodiscard]] std::int64_t correction(std::size_t f, std::int64_t activations) const {
        return (slope[f] * activations) >> fraction[f];
    }

    /// The accumulator of channel f.
    [[nodiscard]] std::int32_t accumulator(std::size_t f, std::int32_t products,
                                           std::int32_t activations) const {
        return saturate(std::int64_t{products} - std::int64_t{weight_zero[f]} * activations +
                        correction(f, activations) + constant[f]);
    }
};

/// Bounds of what reaches an output stage; none by default.
struct sums_range {
    std::int64_t least = std::numeric_limits<std::int32_t>::min();            ///< of sum_k M[x_k][w_k]
    std::int64_t most = std::numeric_limits<std::int32_t>::max();             ///< the greatest sum
    std::int64_t most_activations = std::numeric_limits<std::int32_t>::max(); ///< of sum_k x_k, at least 0

    /// Of that many products of 16 bits, signed or not.
    [[nodiscard]] static constexpr sums_range of_depth(std::size_t depth) noexcept {
        const auto count = static_cast<std::int64_t>(depth);
        return {-32768 * count, 65535 * count, 255 * count};
    }
};

/// An output stage laid out for vector instructions; made once a layer.
///
/// Immutable once made, and independent of the stage it was made from: threads may share it.
class prepared_stage {
public:
    /// Throws shape_error for numbers of different channels. Sums outside `range` must not occur. Narrow
    /// ranges are fast: where no accumulator can saturate, a channel is computed in 32 bits.
    explicit prepared_stage(output_stage stage, const sums_range& range = {}) : stage_(std::move(stage)) {
        const std::size_t channels = stage_.channels();
        for (const auto* numbers :
             {&stage_.weight_zero, &stage_.slope, &stage_.fraction, &stage_.mantissa, &stage_.shift}) {
            if (numbers->size() != channels) {
                throw shape_error("output stage: expected numbers of " + std::to_string(channels) +
                                  " channels, found " + std::to_string(numbers->size()));
            }
        }
        for (auto& each : constants_) {
            each.assign(channels + detail::strip_channels - 1, 0);
        }
        std::copy(stage_.weight_zero.begin(), stage_.weight_zero.end(), constants_[0].begin());
        std::copy(stage_.constant.begin(), stage_.constant.end(), constants_[1].begin());
        std::copy(stage_.slope.begin(), stage_.slope.end(), constants_[7].begin());
        std::copy(stage_.fraction.begin(), stage_.fraction.end(), constants_[8].begin());
        narrow_.assign(channels, 0);
        for (std::size_t f = 0; f < channels; ++f) {
            const std::int64_t offset = stage_.weight_zero[f] * range.most_activations;
            const std::int64_t correction = stage_.correction(f, range.most_activations);
            const std::int64_t constant = stage_.constant[f];
            const auto factor =
                detail::make_narrow({stage_.mantissa[f], stage_.shift[f]}, stage_.codes,
                                    range.least + constant - std::max<std::int64_t>(offset, 0) +
                                        std::min<std::int64_t>(correction, 0),
                                    range.most + constant - std::min<std::int64_t>(offset, 0) +
                                        std::max<std::int64_t>(correction, 0));
            const bool slope_fits = std::abs(stage_.slope[f] * range.most_activations) <=
                                    std::int64_t{std::numeric_limits<std::int32_t>::max()};
            if (factor && slope_fits) {
                narrow_[f] = 1;
                constants_[2][f] = factor->least;
                constants_[3][f] = factor->most;
                constants_[4][f] = factor->mantissa;
                constants_[5][f] = static_cast<std::int32_t>(factor->rounding);
                constants_[6][f] = factor->shift;
            }
        }
    }

    /// What was prepared.
    [[nodiscard]] const output_stage& stage() const noexcept { return stage_; }
    /// How many there are.
    [[nodiscard]] std::size_t channels() const noexcept { return stage_.channels(); }

    /// Whether channels [first, first + count) are computed in 32 bits.
    [[nodiscard]] bool is_narrow(std::size_t first, std::size_t count) const noexcept {
        const auto begin = narrow_.begin() + static_cast<std::ptrdiff_t>(first);
        return std::find(begin, begin + static_cast<std::ptrdiff_t>(count), 0) ==
               begin + static_cast<std::ptrdiff_t>(count);
    }

    /// Whether one of the channels [first, first + count) has a slope.
    [[nodiscard]] bool is_sloped(std::size_t first, std::size_t count) const noexcept {
        const auto begin = stage_.slope.begin() + static_cast<std::ptrdiff_t>(first);
        return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(count),
                           [](std::int32_t slope) { return slope != 0; });
    }

    /// A strip from channel f on, with the constants only.
    [[nodiscard]] detail::requantise_strip strip(std::size_t f) const noexcept {
        detail::requantise_strip result;
        result.weight_zero = constants_[0].data() + f;
        result.constant = constants_[1].data() + f;
        result.least = constants_[2].data() + f;
        result.most = constants_[3].data() + f;
        result.mantissa = constants_[4].data() + f;
        result.rounding = constants_[5].data() + f;
        result.shift = constants_[6].data() + f;
        result.slope = constants_[7].data() + f;
        result.fraction = constants_[8].data() + f;
        result.wide_mantissa = stage_.mantissa.data() + f;
        result.wide_shift = stage_.shift.data() + f;
        result.range = stage_.codes;
        return result;
    }

private:
    output_stage stage_;
    std::array<aligned_vector<std::int32_t>, 9> constants_; ///< in the order of requantise_strip
    std::vector<std::uint8_t> narrow_;                      ///< per channel
};

namespace detail {

/// Channels [first, last) of one position; `result` points at channel 0.
inline void requantise_scalar(const output_stage& stage, const std::int32_t* products,
                              std::int32_t activations, std::size_t first, std::size_t last,
                              std::uint8_t* result) {
    for (std::size_t f = first; f < last; ++f) {
        const fixed_factor factor(stage.mantissa[f], stage.shift[f]);
        result[f] = stage.codes(factor(stage.accumulator(f, products[f], activations)));
    }
}

/// The output stage without vector instructions.
struct requantise_portable {
    static bool run(const requantise_strip& strip, bool narrow) {
        if (!narrow) {
            return false;
        }
        for (std::size_t i = 0; i < strip.channels; ++i) {
            const narrow_factor factor{strip.least[i], strip.most[i], strip.mantissa[i],
                                       static_cast<std::uint32_t>(strip.rounding[i]), strip.shift[i]};
            const std::int32_t zero = strip.weight_zero[i];
            const std::int32_t constant = strip.constant[i];
            const std::int32_t slope = strip.slope[i];
            const std::int32_t fraction = strip.fraction[i];
            const std::int32_t* sums = strip.sums + i;
            const std::int32_t* inputs = strip.inputs + strip.group[i];
            std::uint8_t* codes = strip.codes + i;
            for (std::size_t p = 0; p < strip.positions; ++p) {
                // Of what leaves 32 bits on the way, only the result has to fit.
                const std::int64_t input = inputs[p * strip.inputs_stride];
                const std::int64_t offset = zero * input - ((slope * input) >> fraction);
                codes[p * strip.codes_stride] =
                    factor(static_cast<std::int32_t>(sums[p * strip.sums_stride] - offset + constant));
            }
        }
        return true;
    }
};

/// requantise() with the instructions of `Isa`, strip by strip; Isa::run says whether it did a strip.
template <class Isa>
void requantise_block(const prepared_stage& prepared, const sums_block& block, std::size_t groups,
                      std::uint8_t* result, std::size_t stride) {
    const std::size_t group = prepared.channels() / groups;
    const std::size_t end = block.output + block.outputs;
    std::array<std::int32_t, strip_channels> group_of{};
    for (std::size_t f = block.output; f < end; f += strip_channels) {
        requantise_strip strip = prepared.strip(f);
        strip.channels = std::min(strip_channels, end - f);
        strip.positions = block.positions;
        strip.sums = block.sums + (f - block.output);
        strip.sums_stride = block.stride;
        strip.inputs = block.inputs + f / group;
        strip.inputs_stride = groups;
        strip.groups = (f + strip.channels - 1) / group - f / group + 1;
        for (std::size_t i = 0; i < strip.channels && groups > 1; ++i) {
            group_of[i] = static_cast<std::int32_t>((f + i) / group - f / group);
        }
        strip.group = group_of.data();
        strip.codes = result + (f - block.output);
        strip.codes_stride = stride;
        strip.sloped = prepared.is_sloped(f, strip.channels);
        const bool narrow = prepared.is_narrow(f, strip.channels);
        if (Isa::run(strip, narrow) || requantise_portable::run(strip, narrow)) {
            continue;
        }
        for (std::size_t p = 0; p < strip.positions; ++p) {
            for (std::size_t i = 0; i < strip.channels; ++i) {
                const auto which = static_cast<std::size_t>(group_of[i]);
                requantise_scalar(prepared.stage(), strip.sums + p * strip.sums_stride - f,
                                  strip.inputs[p * groups + which], f + i, f + i + 1,
                                  strip.codes + p * stride - f);
            }
        }
    }
}

} // namespace detail

/// Requantises a block of sums: the codes of position p and channel f of the block go to
/// result[p * stride + f]. `block.inputs` has the sums of activation codes, [position][group]. The same bits
/// on every processor. Throws shape_error if the channels cannot be split into so many groups.
inline void requantise(const prepared_stage& prepared, const sums_block& block, std::size_t groups,
                       std::uint8_t* result, std::size_t stride) {
    if (groups == 0 || prepared.channels() % groups != 0) {
        throw shape_error("requantisation: " + std::to_string(prepared.channels()) +
                          " channels cannot be split into " + std::to_string(groups) + " groups");
    }
#if defined(__x86_64__)
    static const cpu_features features = detect_cpu();
    if (features.avx512bw) {
        return detail::requantise_block<detail::requantise_avx512>(prepared, block, groups, result, stride);
    }
    if (features.avx2) {
        return detail::requantise_block<detail::requantise_avx2>(prepared, block, groups, result, stride);
    }
#endif
    detail::requantise_block<detail::requantise_portable>(prepared, block, groups, result, stride);
}

/// Requantises a part of a layer's results: products and codes are [position][channel], activations
/// [position][group] (sums of activation codes).
inline void requantise(const output_stage& stage, std::size_t positions, std::size_t groups,
                       const std::int32_t* products, const std::int32_t* activations, std::uint8_t* result) {
    const std::size_t channels = stage.channels();
    requantise(prepared_stage(stage), {0, positions, 0, channels, products, channels, activations}, groups,
               result, channels);
}

} // namespace alwann::inline ALWANN_ABI
