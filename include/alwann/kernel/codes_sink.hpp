// SPDX-License-Identifier: MIT
/// @file
/// Turns sums into the next layer's codes while they are in the cache.
#pragma once

#include <alwann/kernel/code_sum.hpp>
#include <alwann/kernel/output_stage.hpp>
#include <alwann/kernel/sums.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace alwann::inline ALWANN_ABI {

/// Requantises each block of sums into codes [position][channel], and adds those of a residual branch if
/// there is one.
class codes_sink final : public sums_sink {
public:
    /// The stage must outlive the sink; `codes` has room for all positions and channels.
    codes_sink(const prepared_stage& stage, std::size_t groups, std::uint8_t* codes)
        : stage_(&stage), groups_(groups), codes_(codes) {}

    /// For one use: prepares a stage of its own, for any sums.
    codes_sink(const output_stage& stage, std::size_t groups, std::uint8_t* codes)
        : own_(stage), stage_(&*own_), groups_(groups), codes_(codes) {}

    codes_sink(const codes_sink&) = delete; // may point into itself
    codes_sink& operator=(const codes_sink&) = delete;

    /// What is delivered is sum(convolution's code, code of `other`); for a convolution that is the second
    /// operand, prepare code_sum::swapped(). `sum` must outlive the sink, `other` has the shape of `codes`
    /// and does not overlap it.
    codes_sink(const prepared_stage& stage, std::size_t groups, std::uint8_t* codes, const prepared_sum& sum,
               const std::uint8_t* other)
        : stage_(&stage), groups_(groups), codes_(codes), sum_(&sum), other_(other) {}

    /// Turns a block of sums into codes.
    void take(const sums_block& block) override {
        const std::size_t channels = stage_->channels();
        const std::size_t first = block.position * channels + block.output;
        requantise(*stage_, block, groups_, codes_ + first, channels);
        if (sum_ == nullptr) {
            return;
        }
        if (block.outputs == channels) {
            (*sum_)(codes_ + first, other_ + first, block.positions * channels, codes_ + first);
        } else {
            (*sum_)(
                {codes_ + first, other_ + first, codes_ + first, block.positions, block.outputs, channels});
        }
    }
    [[nodiscard]] bool needs_inputs() const override { return true; }

private:
    std::optional<prepared_stage> own_;
    const prepared_stage* stage_;
    std::size_t groups_;
    std::uint8_t* codes_;
    const prepared_sum* sum_ = nullptr;
    const std::uint8_t* other_ = nullptr;
};

} // namespace alwann::inline ALWANN_ABI
