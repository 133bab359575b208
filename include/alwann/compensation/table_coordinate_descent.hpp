// SPDX-License-Identifier: MIT
/// @file
/// Weight codes chosen one after the other for what the whole sum becomes.
#pragma once

#include <alwann/compensation/channel_bias.hpp>
#include <alwann/compensation/channel_ls3.hpp>
#include <alwann/compensation/concept.hpp>
#include <alwann/compensation/detail/descent_block.hpp>
#include <alwann/compensation/histogram_map.hpp>
#include <alwann/core/cpu.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A change that table_coordinate_descent made.
struct descent_move {
    std::size_t output = 0;             ///< the channel that was changed
    std::size_t k = 0;                  ///< the weight in it that was changed
    std::uint8_t code = 0;              ///< the new one
    detail::wide_integer objective = 0; ///< J of the channel with it, times N or, with slope, det G
};

/// Table coordinate descent, then slope and bias per output channel.
///
/// With r[n] = a[n] - t[n] the error of a channel's accumulator on sample n (t the exact network's, a the
/// design's, with the approximate layers before in place), it lessens the sum of squares that is left when
/// the output stage has taken back what it can, a multiple of X[n] = sum_k x_k and a constant:
///
///     J = min over slope, offset of  sum_n (r[n] + slope * X[n] + offset)^2
///
/// (without slope: J = sum_n r[n]^2 - (sum_n r[n])^2 / N) over the weight codes, one k after the other. With
/// S_v the sum of r[n] over samples whose activation x_k is v, h_v their number and d_v = M[v][u] - M[v][w],
/// a change from w to u gives
///
///     dJ = sum_v (2 S_v d_v + h_v d_v^2) - what the fit of slope and offset takes back more than before
///
/// and the best u with |u - original code| <= reach is taken if dJ < 0. So errors of the products of one sum
/// are played off against each other, which no map of single codes can do. A descent on the layer-wise
/// least-squares objective, as in Nagel et al., "Up or Down? Adaptive Rounding for Post-Training
/// Quantization", ICML 2020, with a truth table for the product.
///
/// It starts, channel by channel, from the codes it is given or from those of centred_map, whichever have the
/// smaller J. Changes are booked in integers: J falls with each, and the result is the same for any
/// instructions and executor. About sweeps * outputs * depth * (samples / 4 + 64 * (2 * reach + 1)) cycles.
struct table_coordinate_descent {
    std::size_t sweeps = 2; ///< over all k
    std::size_t reach = 12; ///< of a new code from the original one
    bool slope = true;      ///< lets the output stage take back a multiple of sum_k x_k too

    /// The name in listings and messages, with what is not as usual.
    [[nodiscard]] std::string name() const {
        const table_coordinate_descent usual;
        return std::string("tcd") +
               (sweeps != usual.sweeps ? ", sweeps " + std::to_string(sweeps) : std::string()) +
               (reach != usual.reach ? ", reach " + std::to_string(reach) : std::string()) +
               (slope != usual.slope ? ", no slope" : "");
    }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return true; }

    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        descend(context, setting, [](const descent_move&) {});
        if (slope) {
            channel_ls3{.smallest_gain = 1, .largest_gain = 1}.compensate(context, setting);
        } else {
            channel_bias{}.compensate(context, setting);
        }
    }

    /// The codes alone. Calls watch(descent_move) after each change, from the context's workers.
    template <class Watch>
    void descend(const layer_context& context, layer_setting& setting, Watch&& watch) const {
#if defined(__x86_64__)
        static const cpu_features features = detect_cpu();
        if (features.avx512bw) {
            return descend_with<detail::descent_avx512>(context, setting, watch);
        }
        if (features.avx2) {
            return descend_with<detail::descent_avx2>(context, setting, watch);
        }
#endif
        descend_with<detail::descent_portable>(context, setting, watch);
    }

    /// descend() with the instructions of `Isa`.
    template <class Isa, class Watch>
    void descend_with(const layer_context& context, layer_setting& setting, Watch&& watch) const {
        // Wide blocks are faster, but each is one thread's.
        const std::size_t outputs = context.layer.outputs / context.layer.groups;
        const std::size_t wide_blocks = (outputs + 15) / 16 * context.layer.groups;
        if (outputs > 8 && wide_blocks >= context.workers.concurrency()) {
            run<Isa, 16>(context, setting, watch);
        } else {
            run<Isa, 8>(context, setting, watch);
        }
    }

private:
    template <class Isa, std::size_t Lanes, class Watch>
    void run(const layer_context& context, layer_setting& setting, Watch&& watch) const {
        const auto& layer = context.layer;
        const auto& samples = *context.samples;
        const std::size_t count = samples.count();
        if (count == 0) {
            return;
        }
        const std::size_t depth = samples.shape.depth();
        const std::size_t group_outputs = layer.outputs / layer.groups;
        const auto regressors = regressors_of(samples);
        const auto errors = start(context, setting, regressors);
        if (errors.empty()) {
            return;
        }
        const auto codes = transposed(context);
        const detail::product_rows products(setting.multiplier);
        std::vector<detail::descent_window> windows;
        for (const auto weight : layer.weights) {
            windows.push_back({weight, reach});
        }
        const auto list = [&](std::size_t group, std::size_t k, detail::code_column& column) {
            column.set<Isa>(codes.data() + (group * depth + k) * count, count, regressors[group]);
        };
        const auto descend_block = [&](std::size_t group, std::size_t begin, auto&& column_of) {
            const std::size_t first = group * group_outputs + begin;
            detail::descent_block<Isa, Lanes> block(errors.data() + first, count, layer.outputs,
                                                    std::min(Lanes, group_outputs - begin),
                                                    regressors[group]);
            for (std::size_t sweep = 0; sweep < sweeps; ++sweep) {
                for (std::size_t k = 0; k < depth; ++k) {
                    block.step(products, column_of(k), windows.data() + first * depth + k,
                               setting.weights.data() + first * depth + k, depth,
                               [&](std::size_t lane, std::uint8_t code, detail::wide_integer objective) {
                                   watch(descent_move{first + lane, k, code, objective});
                               });
                }
            }
        };
        const std::size_t blocks = (group_outputs + Lanes - 1) / Lanes;
        if (layer.groups == 1 && count * depth <= listed_products) {
            std::vector<detail::code_column> columns(depth); // for all blocks and sweeps
            context.workers.for_each(depth, [&](std::size_t k) { list(0, k, columns[k]); });
            context.workers.for_each(blocks, [&](std::size_t i) {
                descend_block(0, i * Lanes,
                              [&](std::size_t k) -> const detail::code_column& { return columns[k]; });
            });
            return;
        }
        context.workers.for_each(layer.groups * blocks, [&](std::size_t i) {
            const std::size_t group = i / blocks;
            detail::code_column column;
            descend_block(group, i % blocks * Lanes, [&](std::size_t k) -> const detail::code_column& {
                list(group, k, column);
                return column;
            });
        });
    }

    /// Sampled products whose lists are kept, at 4 bytes for each; those of larger layers are made again when
    /// they are needed.
    static constexpr std::size_t listed_products = std::size_t{1} << 26;

    /// Gives each channel the better codes to start from; the errors with them, [sample][output], or none if
    /// there is nothing to lessen.
    static std::vector<std::int64_t> start(const layer_context& context, layer_setting& setting,
                                           const std::vector<detail::descent_regressor>& regressors) {
        const auto& layer = context.layer;
        const auto& samples = *context.samples;
        const auto errors_of = [&](const std::vector<std::uint8_t>& weights) {
            const auto sums = accumulators(layer, samples, setting.multiplier, weights, requested_engine(),
                                           context.workers);
            std::vector<std::int64_t> errors(sums.size());
            for (std::size_t i = 0; i < sums.size(); ++i) {
                errors[i] = std::int64_t{sums[i]} - samples.targets[i];
            }
            return errors;
        };
        auto errors = errors_of(setting.weights);
        if (std::all_of(errors.begin(), errors.end(), [](std::int64_t error) { return error == 0; })) {
            return {}; // an exact multiplier behind exact layers
        }
        auto mapped = setting;
        mapped.weights = layer.weights;
        centred_map{}.compensate(context, mapped);
        if (mapped.weights == setting.weights) {
            return errors;
        }
        const auto other = errors_of(mapped.weights);
        const std::size_t depth = setting.weights.size() / layer.outputs;
        for (std::size_t f = 0; f < layer.outputs; ++f) {
            const auto& regressor = regressors[f / (layer.outputs / layer.groups)];
            if (objective(other, f, layer.outputs, regressor) <
                objective(errors, f, layer.outputs, regressor)) {
                for (std::size_t i = f; i < errors.size(); i += layer.outputs) {
                    errors[i] = other[i];
                }
                std::copy_n(mapped.weights.data() + f * depth, depth, setting.weights.data() + f * depth);
            }
        }
        return errors;
    }

    /// J of channel f, as detail::descent_block has it.
    static detail::wide_integer objective(const std::vector<std::int64_t>& errors, std::size_t f,
                                          std::size_t outputs, const detail::descent_regressor& regressor) {
        detail::wide_integer squares = 0, total = 0, with_inputs = 0;
        for (std::size_t i = f; i < errors.size(); i += outputs) {
            squares += static_cast<detail::wide_integer>(errors[i]) * errors[i];
            total += errors[i];
            if (!regressor.values.empty()) {
                with_inputs += errors[i] * regressor.values[i / outputs];
            }
        }
        return regressor.left(errors.size() / outputs, squares, total, with_inputs);
    }

    /// The sums of each group's activation codes, if a slope is to be fitted.
    [[nodiscard]] std::vector<detail::descent_regressor> regressors_of(const layer_samples& samples) const {
        const std::size_t groups = samples.shape.groups;
        if (!slope) {
            return std::vector<detail::descent_regressor>(groups);
        }
        const auto all = input_sums(samples);
        std::vector<detail::descent_regressor> regressors;
        for (std::size_t group = 0; group < groups; ++group) {
            std::vector<std::int32_t> sums;
            for (std::size_t i = group; i < all.size(); i += groups) {
                sums.push_back(all[i]);
            }
            regressors.emplace_back(sums);
        }
        return regressors;
    }

    /// The samples' codes, [group][k][sample].
    static std::vector<std::uint8_t> transposed(const layer_context& context) {
        const auto& samples = *context.samples;
        const std::size_t count = samples.count();
        const std::size_t products = samples.shape.input.channels;
        std::vector<std::uint8_t> columns(samples.patches.size());
        constexpr std::size_t part = 64; // a cache line, of the source and of the columns
        context.workers.for_each((products + part - 1) / part, [&](std::size_t i) {
            const std::size_t first = i * part;
            const std::size_t last = std::min(first + part, products);
            for (std::size_t begin = 0; begin < count; begin += part) {
                const std::size_t end = std::min(begin + part, count);
                for (std::size_t k = first; k < last; ++k) {
                    for (std::size_t n = begin; n < end; ++n) {
                        columns[k * count + n] = samples.patches[n * products + k];
                    }
                }
            }
        });
        return columns;
    }
};
static_assert(compensation<table_coordinate_descent>);

} // namespace alwann::inline ALWANN_ABI
