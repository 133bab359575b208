// SPDX-License-Identifier: MIT
/// @file
/// Functions of single values in a row, as one look-up of codes.
#pragma once

#include <alwann/nn/layers/requantise.hpp>
#include <alwann/nn/operators.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// What elementwise layers and op::scale_channels, one after the other, make of a number of a channel.
inline float apply_functions(const std::vector<const operation*>& functions, std::size_t channel,
                             float number) {
    for (const auto* function : functions) {
        number = std::visit(
            [&]<class Layer>(const Layer& layer) {
                if constexpr (elementwise_layer<Layer>) {
                    return layer(number);
                } else if constexpr (std::is_same_v<Layer, op::scale_channels>) {
                    return number * layer.scale[channel] + layer.offset[channel];
                } else {
                    return number;
                }
            },
            *function);
    }
    return number;
}

/// The same from codes of one scale to codes of another: one table, or one for each channel.
inline code_operation function_lookup(const std::vector<const operation*>& functions,
                                      const quantisation& from, const quantisation& to,
                                      std::size_t channels) {
    const auto table = [&](std::size_t channel) {
        return make_lookup(from, to, [&](float x) { return apply_functions(functions, channel, x); });
    };
    const bool by_channel = std::any_of(functions.begin(), functions.end(), [](const operation* function) {
        return std::holds_alternative<op::scale_channels>(*function);
    });
    if (!by_channel) {
        return code_op::lookup{table(0)};
    }
    code_op::channel_lookup tables;
    for (std::size_t c = 0; c < channels; ++c) {
        tables.codes.push_back(table(c));
    }
    return tables;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
