// SPDX-License-Identifier: MIT
/// @file
/// The definitions of report/png.hpp.
#pragma once

#include <alwann/report/png.hpp>

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

namespace detail {

inline void append_big_endian(std::string& bytes, std::size_t value) {
    for (const int shift : {24, 16, 8, 0}) {
        bytes += static_cast<char>((value >> shift) & 0xFFu);
    }
}

/// A chunk: length, type, content, and the checksum of type and content.
inline void append_chunk(std::string& png, std::string_view type, std::string_view content) {
    append_big_endian(png, content.size());
    const std::size_t first = png.size();
    png.append(type).append(content);
    const auto* checked = reinterpret_cast<const Bytef*>(png.data() + first);
    append_big_endian(png, crc32(0, checked, static_cast<uInt>(png.size() - first)));
}

} // namespace detail

ALWANN_SEPARABLE std::string to_png(const rgb_image& image) {
    std::string rows;
    rows.reserve(image.height() * (1 + 3 * image.width()));
    for (std::size_t y = 0; y < image.height(); ++y) {
        rows += '\0'; // no filter
        for (std::size_t x = 0; x < image.width(); ++x) {
            const rgb& pixel = image(x, y);
            for (const std::uint8_t channel : {pixel.red, pixel.green, pixel.blue}) {
                rows += static_cast<char>(channel);
            }
        }
    }
    uLongf size = compressBound(static_cast<uLong>(rows.size()));
    std::string packed(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
                  static_cast<uLong>(rows.size()), Z_BEST_COMPRESSION) != Z_OK) {
        throw error("PNG: no memory to compress");
    }
    packed.resize(size);
    std::string header;
    detail::append_big_endian(header, image.width());
    detail::append_big_endian(header, image.height());
    header += {8, 2, 0, 0, 0}; // bits a channel, RGB, zlib, filters by row, not interlaced
    std::string png = "\x89PNG\r\n\x1A\n";
    detail::append_chunk(png, "IHDR", header);
    detail::append_chunk(png, "IDAT", packed);
    detail::append_chunk(png, "IEND", {});
    return png;
}

ALWANN_SEPARABLE std::string to_base64(std::string_view bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            text += i + j <= bytes.size() ? letters[(group >> (18 - 6 * j)) & 63u] : '=';
        }
    }
    return text;
}

} // namespace alwann::inline ALWANN_ABI
