// SPDX-License-Identifier: MIT
/// @file
/// Sums of the activation codes under each position of a chunk.
#pragma once

#include <alwann/kernel/detail/chunk.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Codes whose sum fits 16 bits.
inline constexpr std::size_t most_in_words = 65535 / 255;

#if defined(__SSE2__)
/// The sums of the first `count` codes, a multiple of 16: those of eight in turn in either half.
[[nodiscard]] inline __m128i sums_of_halves(const std::uint8_t* codes, std::size_t count) {
    __m128i sums = _mm_setzero_si128();
    for (std::size_t i = 0; i < count; i += 16) {
        const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + i));
        sums = _mm_add_epi64(sums, _mm_sad_epu8(part, _mm_setzero_si128()));
    }
    return sums;
}

/// to[i], i below 4: the sums of `count` codes each, a multiple of 16 up to most_in_words, one group behind
/// the other.
template <class Sum>
void sum_four(const std::uint8_t* codes, std::size_t count, Sum* to) {
    __m128i words = _mm_setzero_si128();
    for (std::size_t i = 4; i-- > 0;) {
        words = _mm_or_si128(_mm_slli_epi64(words, 16), sums_of_halves(codes + i * count, count));
    }
    words = _mm_add_epi16(words, _mm_srli_si128(words, 8));
    if constexpr (sizeof(Sum) == 2) {
        _mm_storel_epi64(reinterpret_cast<__m128i*>(to), words);
    } else {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_unpacklo_epi16(words, _mm_setzero_si128()));
    }
}
#endif

/// The sum of `count` codes.
[[nodiscard]] inline std::int32_t sum_codes(const std::uint8_t* codes, std::size_t count) {
    std::int32_t sum = 0;
    std::size_t i = 0;
#if defined(__SSE2__)
    i = count / 16 * 16;
    const __m128i sums = sums_of_halves(codes, i);
    sum = _mm_cvtsi128_si32(sums) + _mm_cvtsi128_si32(_mm_unpackhi_epi64(sums, sums));
#endif
    for (; i < count; ++i) {
        sum += codes[i];
    }
    return sum;
}

/// Sums of the codes of each group in one padded row: [pixel][group]. `Sum` holds a whole window's.
template <class Sum>
void pixel_sums(const std::uint8_t* codes, std::size_t pixels, std::size_t groups, std::size_t group_inputs,
                Sum* __restrict sums) {
    const std::size_t count = pixels * groups;
    const auto each = [&](auto inputs) { // a number that the compiler knows, for the commonest
        std::size_t i = 0;
#if defined(__SSE2__)
        for (; inputs % 16 == 0 && inputs <= most_in_words && i + 4 <= count; i += 4) {
            sum_four(codes + i * inputs, inputs, sums + i);
        }
#endif
        for (; i < count; ++i) {
            sums[i] = static_cast<Sum>(sum_codes(codes + i * inputs, inputs));
        }
    };
    switch (group_inputs) {
    case 1: // depthwise; a loop that vectorises
        std::copy_n(codes, count, sums);
        break;
    case 3:
        each(std::integral_constant<std::size_t, 3>{});
        break;
    case 16:
        each(std::integral_constant<std::size_t, 16>{});
        break;
    case 32:
        each(std::integral_constant<std::size_t, 32>{});
        break;
    case 64:
        each(std::integral_constant<std::size_t, 64>{});
        break;
    default:
        each(group_inputs);
    }
}

/// to[i] = the sum of from[i + n * step], n below `lines`, which From holds; vectorised.
template <class From, class To>
void sum_lines(const From* from, std::size_t lines, std::size_t step, std::size_t count, To* __restrict to) {
    if (lines == 3) { // the commonest kernel, without a store and a load for each line
        for (std::size_t i = 0; i < count; ++i) {
            to[i] = static_cast<From>(from[i] + from[i + step] + from[i + 2 * step]);
        }
        return;
    }
    std::copy_n(from, count, to);
    for (std::size_t n = 1; n < lines; ++n) {
        for (std::size_t i = 0; i < count; ++i) {
            to[i] = static_cast<To>(to[i] + from[i + n * step]);
        }
    }
}

/// As window_sums(): over channels, then along rows, then over rows.
template <class Sum>
void window_sums_as(const convolution_shape& shape, const chunk_layout& layout, const chunk& part,
                    std::int32_t* sums) {
    const auto& g = shape.geometry;
    const std::size_t groups = shape.groups;
    const std::size_t pixels = layout.row / shape.input.channels;
    const std::size_t width = shape.output().width;
    const std::size_t line = width * groups;
    const std::size_t rows = part.extent / layout.row;
    const scratch<Sum> memory(pixels * groups + rows * line);
    Sum* const of_pixels = memory.data();
    Sum* const of_rows = of_pixels + pixels * groups; // [padded row][x][group]: of a kernel row each
    for (std::size_t y = 0; y < rows; ++y) {
        pixel_sums(part.codes + y * layout.row, pixels, groups, shape.group_inputs(), of_pixels);
        Sum* const to = of_rows + y * line;
        const std::size_t step = g.dilation_width * groups;
        if (g.stride_width == 1) {
            sum_lines(of_pixels, g.kernel_width, step, line, to);
            continue;
        }
        for (std::size_t x = 0; x < width; ++x) {
            sum_lines(of_pixels + x * g.stride_width * groups, g.kernel_width, step, groups, to + x * groups);
        }
    }
    for (std::size_t p = 0; p < part.positions(); p += width) { // chunks have whole rows
        sum_lines(of_rows + part.first[p] / layout.row * line, g.kernel_height, g.dilation_height * line,
                  line, sums + p * groups);
    }
}

/// sums[position][group] = sum over k of x_k, padding included: about 1 / channels of the work of the
/// products.
inline void window_sums(const convolution_shape& shape, const chunk_layout& layout, const chunk& part,
                        std::int32_t* sums) {
    if (shape.depth() <= most_in_words) {
        window_sums_as<std::uint16_t>(shape, layout, part, sums);
    } else {
        window_sums_as<std::int32_t>(shape, layout, part, sums);
    }
}

/// Bytes that window_sums() allocates for a chunk of that extent.
[[nodiscard]] inline std::size_t window_sums_scratch(const convolution_shape& shape,
                                                     const chunk_layout& layout, std::size_t extent) {
    const std::size_t pixels = layout.row / shape.input.channels;
    return (pixels + extent / layout.row * shape.output().width) * shape.groups * sizeof(std::int32_t);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
