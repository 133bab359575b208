// SPDX-License-Identifier: MIT
/// The one place where the benchmarks call the engines.
#pragma once

#include <alwann/kernel/codes_sink.hpp>
#include <alwann/kernel/product_sums.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

namespace aw = alwann;

/// A whole layer, prepared as a network prepares it: activation codes in the network's order come in, the
/// next layer's codes go out. Packing, sums of activations and requantisation are part of a run; laying out
/// the weights, which is done once per network, is not.
class alwann_layer {
public:
    alwann_layer(const aw::convolution_task& task, aw::engine which)
        : task_(task),
          plan_(task.shape, *task.multiplier, task.weights, task.padding, which),
          stage_(stage_of(task.shape), aw::sums_range::of_depth(task.shape.depth())),
          codes_(task.shape.positions() * task.shape.outputs) {}

    void operator()() {
        aw::codes_sink sink(stage_, task_.shape.groups, codes_.data());
        plan_.run(task_.activations, task_.shape.images, sink);
    }

    /// The sums that the codes come from, into the task's array.
    void write_sums() const {
        aw::detail::array_sink sink(task_.sums, task_.shape.outputs);
        plan_.run(task_.activations, task_.shape.images, sink);
    }

    /// The engine by itself: packing and sums, which nobody takes.
    void run_kernel() const {
        struct final_stop final : aw::sums_sink {
            void take(const aw::sums_block& block) override { seen = block.sums[0]; }
            std::int32_t seen = 0;
        } stop;
        plan_.run(task_.activations, task_.shape.images, stop);
    }

    [[nodiscard]] std::string engine() const { return std::string(to_string(plan_.choice().which)); }

private:
    static aw::output_stage stage_of(const aw::convolution_shape& shape) {
        aw::output_stage stage;
        for (std::size_t f = 0; f < shape.outputs; ++f) {
            const auto channel = static_cast<std::int32_t>(f);
            stage.add_channel(100 + channel % 50, 1000 * channel, aw::fixed_factor(1.0 / 4096));
        }
        return stage;
    }

    aw::convolution_task task_;
    aw::convolution_plan plan_;
    aw::prepared_stage stage_;
    std::vector<std::uint8_t> codes_;
};

} // namespace bench
