// SPDX-License-Identifier: MIT
/// @file
/// The sums of products of one convolution, in one call.
#pragma once

#include <alwann/kernel/plan.hpp>

#include <algorithm>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Collects sums as [position][output].
class array_sink final : public sums_sink {
public:
    array_sink(std::int32_t* sums, std::size_t outputs) : sums_(sums), outputs_(outputs) {}

    void take(const sums_block& block) override {
        for (std::size_t p = 0; p < block.positions; ++p) {
            std::copy_n(block.sums + p * block.stride, block.outputs,
                        sums_ + (block.position + p) * outputs_ + block.output);
        }
    }

private:
    std::int32_t* sums_;
    std::size_t outputs_;
};

} // namespace detail

/// Sums the products of a convolution: sums[position][output] = sum over k of M[x_k][w_k].
///
/// For one call; who convolves several batches makes a convolution_plan. Throws shape_error for a shape that
/// does not fit and value_error for a task without an array (see check()) or for an engine that cannot do it;
/// name_error if ALWANN_ENGINE is none. Parts of the work go through the executor.
template <executor Executor = serial_executor>
void product_sums(const convolution_task& task, engine request = requested_engine(),
                  const Executor& executor = {}) {
    check(task);
    const convolution_plan plan(task.shape, *task.multiplier, task.weights, task.padding, request);
    detail::array_sink sink(task.sums, task.shape.outputs);
    plan.run(task.activations, task.shape.images, sink, executor);
}

} // namespace alwann::inline ALWANN_ABI
