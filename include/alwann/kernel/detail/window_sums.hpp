// SPDX-License-Identifier: MIT
/// @file
/// Sums of the activation codes under each position of a chunk.
#pragma once

#include <alwann/kernel/detail/chunk.hpp>

#include <algorithm>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The sum of `count` codes.
[[nodiscard]] inline std::int32_t sum_codes(const std::uint8_t* codes, std::size_t count) {
    std::int32_t sum = 0;
    std::size_t i = 0;
#if defined(__SSE2__)
    __m128i sums = _mm_setzero_si128();
    for (; i + 16 <= count; i += 16) {
        const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + i));
        sums = _mm_add_epi64(sums, _mm_sad_epu8(part, _mm_setzero_si128()));
    }
    sum = _mm_cvtsi128_si32(sums) + _mm_cvtsi128_si32(_mm_unpackhi_epi64(sums, sums));
#endif
    for (; i < count; ++i) {
        sum += codes[i];
    }
    return sum;
}

/// sums[position][group] = sum over k of x_k, padding included. First over channels, then over the kernel:
/// about 1 / channels of the work of the products.
inline void window_sums(const convolution_shape& shape, const chunk_layout& layout, const chunk& part,
                        std::int32_t* sums) {
    const auto& g = shape.geometry;
    const std::size_t groups = shape.groups;
    const std::size_t group_inputs = shape.group_inputs();
    const std::size_t pixels = part.extent / shape.input.channels;
    const std::size_t pixel_row = layout.row / shape.input.channels;
    const scratch<std::int32_t> channel_sums(pixels * groups);
    for (std::size_t i = 0; i < pixels * groups; ++i) {
        channel_sums[i] = sum_codes(part.codes + i * group_inputs, group_inputs);
    }
    const std::size_t width = shape.output().width;
    for (std::size_t p = 0; p < part.positions(); p += width) { // chunks have whole rows
        const std::int32_t* row = channel_sums.data() + part.first[p] / shape.input.channels * groups;
        std::int32_t* to = sums + p * groups;
        std::fill_n(to, width * groups, 0);
        for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
            for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                const std::int32_t* from =
                    row + (ky * g.dilation_height * pixel_row + kx * g.dilation_width) * groups;
                if (g.stride_width == 1) { // the common case, which vectorises
                    for (std::size_t i = 0; i < width * groups; ++i) {
                        to[i] += from[i];
                    }
                    continue;
                }
                for (std::size_t x = 0; x < width; ++x) {
                    for (std::size_t i = 0; i < groups; ++i) {
                        to[x * groups + i] += from[x * g.stride_width * groups + i];
                    }
                }
            }
        }
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
