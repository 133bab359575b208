// SPDX-License-Identifier: MIT
/// @file
/// The sum that ends a residual block.
#pragma once

#include <alwann/nn/network.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <variant>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The sum that a convolution's result goes into.
struct block_sum {
    std::size_t node = 0;  ///< of the network
    std::size_t other = 0; ///< which of its two inputs is the other addend
};

/// The sum that reads the convolution at `node` and nothing else does, if its other addend is computed before
/// that convolution.
[[nodiscard]] inline std::optional<block_sum> sum_behind(const network& network, std::size_t node) {
    std::optional<block_sum> found;
    std::size_t readers = 0;
    for (std::size_t i = node + 1; i < network.nodes().size(); ++i) {
        const auto& reader = network.nodes()[i];
        const auto place = std::find(reader.inputs.begin(), reader.inputs.end(), node);
        if (place == reader.inputs.end()) {
            continue;
        }
        ++readers;
        const auto other = static_cast<std::size_t>(place == reader.inputs.begin());
        if (std::holds_alternative<code_op::add>(reader.what) && reader.inputs[other] < node) {
            found = block_sum{i, other};
        }
    }
    return readers == 1 ? found : std::nullopt;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
