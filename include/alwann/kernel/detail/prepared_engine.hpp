// SPDX-License-Identifier: MIT
/// @file
/// What every engine is to a convolution_plan.
#pragma once

#include <alwann/kernel/detail/chunk.hpp>
#include <alwann/kernel/sums.hpp>

#include <cstddef>
#include <cstdint>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Positions whose finished sums are handed on together.
inline constexpr std::size_t block_positions = 64;

/// Hands an engine's sums of one chunk to the sink.
class sums_writer {
public:
    sums_writer(const chunk& part, std::size_t groups, const std::int32_t* inputs, sums_sink& sink)
        : part_(part), groups_(groups), inputs_(inputs), sink_(sink) {}

    /// Sums of chunk positions [first, first + count) and output channels [output, output + outputs).
    void write(std::size_t first, std::size_t count, std::size_t output, std::size_t outputs,
               const std::int32_t* sums, std::size_t stride) const {
        sink_.take({part_.position + first, count, output, outputs, sums, stride,
                    inputs_ == nullptr ? nullptr : inputs_ + first * groups_});
    }

private:
    const chunk& part_;
    std::size_t groups_;
    const std::int32_t* inputs_;
    sums_sink& sink_;
};

/// One convolution's weights, laid out for one engine. Immutable: threads share it.
class prepared_engine {
public:
    virtual ~prepared_engine() = default;
    /// Writes the sums of all positions of a chunk and all output channels.
    virtual void run(const chunk& part, const sums_writer& writer) const = 0;
    /// Bytes allocated while a chunk of that many positions and bytes runs, beside the chunk itself.
    [[nodiscard]] virtual std::size_t scratch_bytes(std::size_t positions, std::size_t extent) const = 0;
    /// Positions a chunk should have: enough to pay for what is done once a chunk, few enough for the caches.
    [[nodiscard]] virtual std::size_t best_positions() const = 0;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
