// SPDX-License-Identifier: MIT
/// @file
/// Images as PNG files (CMake component `compressed`).
#pragma once

#include <alwann/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A colour, 8 bits a channel.
struct rgb {
    std::uint8_t red = 0;   ///< 0 to 255
    std::uint8_t green = 0; ///< 0 to 255
    std::uint8_t blue = 0;  ///< 0 to 255

    friend constexpr bool operator==(const rgb&, const rgb&) = default;
};

/// Rows of pixels from the top, each from the left.
class rgb_image {
public:
    /// A black image. Throws value_error unless both sides are from 1 to 16384.
    rgb_image(std::size_t width, std::size_t height) : width_(width), height_(height) {
        if (width < 1 || height < 1 || width > largest_side || height > largest_side) {
            throw value_error("image: expected sides from 1 to 16384 pixels, found " + std::to_string(width) +
                              " x " + std::to_string(height));
        }
        pixels_.resize(width * height);
    }

    /// In pixels.
    static constexpr std::size_t largest_side = 16384;

    /// In pixels.
    [[nodiscard]] std::size_t width() const noexcept { return width_; }
    /// In pixels.
    [[nodiscard]] std::size_t height() const noexcept { return height_; }
    /// A pixel; both numbers count from 0, from the top left corner.
    [[nodiscard]] rgb& operator()(std::size_t column, std::size_t row) {
        return pixels_[row * width_ + column];
    }
    /// A pixel; both numbers count from 0, from the top left corner.
    [[nodiscard]] const rgb& operator()(std::size_t column, std::size_t row) const {
        return pixels_[row * width_ + column];
    }

private:
    std::size_t width_, height_;
    std::vector<rgb> pixels_;
};

/// The bytes of a PNG file: 8-bit RGB.
[[nodiscard]] ALWANN_SEPARABLE std::string to_png(const rgb_image& image);

/// Bytes as base64, for data URIs.
[[nodiscard]] ALWANN_SEPARABLE std::string to_base64(std::string_view bytes);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/report/detail/define_png.hpp>
#endif
