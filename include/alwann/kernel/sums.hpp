// SPDX-License-Identifier: MIT
/// @file
/// Where engines deliver sums of products.
#pragma once

#include <alwann/core/config.hpp>

#include <cstddef>
#include <cstdint>

namespace alwann::inline ALWANN_ABI {

/// Finished sums of some consecutive positions and output channels, still in the first-level cache.
struct sums_block {
    std::size_t position = 0;             ///< the first, of the batch
    std::size_t positions = 0;            ///< how many
    std::size_t output = 0;               ///< the first output channel
    std::size_t outputs = 0;              ///< how many
    const std::int32_t* sums = nullptr;   ///< sums[p * stride + f] = sum over k of M[x_k][w_k]
    std::size_t stride = 0;               ///< from one position to the next, in sums
    const std::int32_t* inputs = nullptr; ///< [p][group]: sums of activation codes, if asked for
};

/// Takes every sum of a convolution once, block by block, in any order and from several threads at a time.
///
/// One virtual call a block: an engine is compiled once, not once for each use of its sums.
class sums_sink {
public:
    virtual ~sums_sink() = default;
    /// Is given each block once, from several threads.
    virtual void take(const sums_block& block) = 0;
    /// Whether blocks have to come with sums of activation codes.
    [[nodiscard]] virtual bool needs_inputs() const { return false; }
};

} // namespace alwann::inline ALWANN_ABI
