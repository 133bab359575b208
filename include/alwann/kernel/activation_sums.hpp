// SPDX-License-Identifier: MIT
/// @file
/// The sum of activation codes under each result, which zero points of weights need.
#pragma once

#include <alwann/kernel/chunks.hpp>
#include <alwann/kernel/detail/window_sums.hpp>

namespace alwann::inline ALWANN_ABI {

/// sums[position][group] = sum over k of x_k; out-of-image activations count as `padding`. Throws as
/// check(convolution_shape) does.
inline void activation_sums(const convolution_task& task, std::int32_t* sums) {
    const auto& shape = task.shape;
    check(shape);
    const detail::chunk_layout layout(shape);
    const chunk_ranges parts(shape, 4096);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto range = parts[i];
        const detail::chunk part(shape, layout, task.activations, task.padding, range.image, range.images,
                                 range.row, range.rows);
        detail::window_sums(shape, layout, part, sums + part.position * shape.groups);
    }
}

} // namespace alwann::inline ALWANN_ABI
