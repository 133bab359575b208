// SPDX-License-Identifier: MIT
/// @file
/// Pooling of codes, pixel by pixel with all channels of a pixel at a time.
#pragma once

#include <alwann/kernel/requantisation.hpp>
#include <alwann/tensor/shape.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>
#include <xsimd/xsimd.hpp>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A pooling of a batch, NHWC.
struct code_pooling {
    std::size_t images = 0;
    image_shape in;
    image_shape out;
    window geometry;
    const std::uint8_t* from = nullptr;
    std::uint8_t* to = nullptr;

    /// body(pixels, count, result) for every pixel of the result: `pixels` are the first channels of the
    /// `count` pixels of the input that its window holds.
    template <class Body>
    void for_each_pixel(Body&& body) const {
        const auto& g = geometry;
        std::vector<const std::uint8_t*> pixels(g.kernel_height * g.kernel_width);
        std::uint8_t* result = to;
        for (std::size_t n = 0; n < images; ++n) {
            const std::uint8_t* image = from + n * in.size();
            for (std::size_t oy = 0; oy < out.height; ++oy) {
                for (std::size_t ox = 0; ox < out.width; ++ox, result += out.channels) {
                    std::size_t count = 0;
                    for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
                        // Unsigned wrap-around makes positions above or left of the image large.
                        const std::size_t y = oy * g.stride_height + ky * g.dilation_height - g.pad_top;
                        for (std::size_t kx = 0; kx < g.kernel_width && y < in.height; ++kx) {
                            const std::size_t x = ox * g.stride_width + kx * g.dilation_width - g.pad_left;
                            if (x < in.width) {
                                pixels[count++] = image + (y * in.width + x) * in.channels;
                            }
                        }
                    }
                    body(pixels.data(), count, result);
                }
            }
        }
    }
};

/// The largest code of each window; 0 for one without a pixel.
inline void pool_max(const code_pooling& what) {
    using batch = xsimd::batch<std::uint8_t>;
    const std::size_t channels = what.in.channels;
    what.for_each_pixel([&](const std::uint8_t* const* pixels, std::size_t count, std::uint8_t* result) {
        if (count == 0 || channels < batch::size) {
            std::fill_n(result, channels, std::uint8_t{0});
            for (std::size_t i = 0; i < count; ++i) {
                for (std::size_t c = 0; c < channels; ++c) {
                    result[c] = std::max(result[c], pixels[i][c]);
                }
            }
            return;
        }
        for (std::size_t begin = 0; begin < channels; begin += batch::size) {
            const std::size_t c = std::min(begin, channels - batch::size); // the last vectors may overlap
            batch best = batch::load_unaligned(pixels[0] + c);
            for (std::size_t i = 1; i < count; ++i) {
                best = xsimd::max(best, batch::load_unaligned(pixels[i] + c));
            }
            best.store_unaligned(result + c);
        }
    });
}

/// sums[c] = sum over the pixels of channel c.
inline void sum_channels(const std::uint8_t* const* pixels, std::size_t count, std::size_t channels,
                         std::int32_t* sums) {
    std::size_t c = 0;
#if defined(__SSE2__)
    constexpr std::size_t most = 256; // codes whose sum is sure to fit 16 bits
    const __m128i zero = _mm_setzero_si128();
    for (; c + 16 <= channels; c += 16) {
        __m128i total[4] = {zero, zero, zero, zero};
        for (std::size_t first = 0; first < count; first += most) {
            __m128i low = zero, high = zero;
            for (std::size_t i = first; i < std::min(count, first + most); ++i) {
                const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(pixels[i] + c));
                low = _mm_add_epi16(low, _mm_unpacklo_epi8(codes, zero));
                high = _mm_add_epi16(high, _mm_unpackhi_epi8(codes, zero));
            }
            total[0] = _mm_add_epi32(total[0], _mm_unpacklo_epi16(low, zero));
            total[1] = _mm_add_epi32(total[1], _mm_unpackhi_epi16(low, zero));
            total[2] = _mm_add_epi32(total[2], _mm_unpacklo_epi16(high, zero));
            total[3] = _mm_add_epi32(total[3], _mm_unpackhi_epi16(high, zero));
        }
        for (std::size_t j = 0; j < 4; ++j) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + c + 4 * j), total[j]);
        }
    }
#endif
    std::fill(sums + c, sums + channels, 0);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t rest = c; rest < channels; ++rest) {
            sums[rest] += pixels[i][rest];
        }
    }
}

/// How a mean of codes becomes a code; see code_op::average_pool.
struct code_mean {
    std::int32_t input_zero = 0;
    const std::vector<fixed_factor>& factor;
    code_range codes;
};

/// The mean of each window as `node` rounds it.
inline void pool_mean(const code_pooling& what, const code_mean& node) {
    constexpr std::size_t few = 16; // pixels whose sums are worth a table
    const std::size_t channels = what.in.channels;
    std::vector<std::int32_t> sums(channels);
    std::array<std::vector<std::uint8_t>, few + 1> tables;
    what.for_each_pixel([&](const std::uint8_t* const* pixels, std::size_t count, std::uint8_t* result) {
        // Dilated windows may miss the image; their padding counts as zeros then.
        const fixed_factor factor = count == 0 ? fixed_factor() : node.factor[count - 1];
        const std::int32_t offset = static_cast<std::int32_t>(count) * node.input_zero;
        const auto code_of = [&](std::int32_t sum) { return node.codes(factor(sum - offset)); };
        sum_channels(pixels, count, channels, sums.data());
        if (count > few) {
            std::transform(sums.begin(), sums.end(), result, code_of);
            return;
        }
        auto& table = tables[count];
        for (std::size_t sum = table.size(); sum <= 255 * count; ++sum) {
            table.push_back(code_of(static_cast<std::int32_t>(sum)));
        }
        for (std::size_t c = 0; c < channels; ++c) {
            result[c] = table[static_cast<std::size_t>(sums[c])];
        }
    });
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
