// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/bytes.hpp.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/io/bytes.hpp>
#include <alwann/io/detail/plain_file.hpp>

#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Output of a decompressor that stops growing at the limit: a few bytes of input may ask for terabytes.
class limited_output {
public:
    limited_output(const std::filesystem::path& path, std::size_t limit) : path_(path), limit_(limit) {}

    /// Calls `decompress(space, size)`, which returns how much of the space it used.
    template <class Decompress>
    void extend(Decompress decompress) {
        const std::size_t before = bytes.size();
        const std::size_t room = std::min(limit_ - std::min(before, limit_), piece - 1) + 1; // one to notice
        bytes.resize(before + room);
        bytes.resize(before + decompress(bytes.data() + before, room));
        if (bytes.size() > limit_) {
            throw format_error(path_.string(), "decompressed size",
                               "at most " + std::to_string(limit_) + " bytes", "more");
        }
    }

    std::string bytes;

private:
    static constexpr std::size_t piece = 1 << 20;
    const std::filesystem::path& path_;
    std::size_t limit_;
};

[[noreturn]] inline void throw_damaged(const std::filesystem::path& path, const std::string& format,
                                       bool ends_early) {
    throw format_error(path.string(), format, "a complete, undamaged " + format,
                       ends_early ? "one that ends early" : "damaged data");
}

/// Any number of gzip members.
[[nodiscard]] inline std::string expand_gzip(const std::filesystem::path& path, std::string_view packed,
                                             std::size_t limit) {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) { // 16: with gzip's header and checksum
        throw error(path.string() + ": no memory to decompress");
    }
    const std::unique_ptr<z_stream, int (*)(z_stream*)> cleanup(&stream, &inflateEnd);
    std::string input(packed); // zlib takes no pointer to const
    auto* next = reinterpret_cast<Bytef*>(input.data());
    std::size_t left = input.size();
    limited_output output(path, limit);
    int status = Z_OK;
    while (left > 0 || status != Z_STREAM_END) {
        if (status == Z_STREAM_END) {
            inflateReset(&stream);
        }
        const auto offered = static_cast<uInt>(std::min<std::size_t>(left, std::numeric_limits<uInt>::max()));
        stream.next_in = next;
        stream.avail_in = offered;
        output.extend([&](char* space, std::size_t size) {
            stream.next_out = reinterpret_cast<Bytef*>(space);
            stream.avail_out = static_cast<uInt>(size);
            status = inflate(&stream, Z_NO_FLUSH);
            return size - stream.avail_out;
        });
        const std::size_t used = offered - stream.avail_in;
        next += used;
        left -= used;
        if (status != Z_OK && status != Z_STREAM_END) {
            throw_damaged(path, "gzip stream", status == Z_BUF_ERROR && left == 0);
        }
    }
    return std::move(output.bytes);
}

/// Any number of xz streams.
[[nodiscard]] inline std::string expand_xz(const std::filesystem::path& path, std::string_view packed,
                                           std::size_t limit) {
    constexpr std::uint64_t memory = std::uint64_t{256} << 20; // four times what xz -9 needs
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&stream, memory, LZMA_CONCATENATED) != LZMA_OK) {
        throw error(path.string() + ": no memory to decompress");
    }
    const std::unique_ptr<lzma_stream, void (*)(lzma_stream*)> cleanup(&stream, &lzma_end);
    stream.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
    stream.avail_in = packed.size();
    limited_output output(path, limit);
    lzma_ret status = LZMA_OK;
    while (status == LZMA_OK) {
        output.extend([&](char* space, std::size_t size) {
            stream.next_out = reinterpret_cast<std::uint8_t*>(space);
            stream.avail_out = size;
            status = lzma_code(&stream, LZMA_FINISH);
            return size - stream.avail_out;
        });
    }
    if (status != LZMA_STREAM_END) {
        throw_damaged(path, "xz stream", status == LZMA_BUF_ERROR);
    }
    return std::move(output.bytes);
}

} // namespace detail

ALWANN_SEPARABLE std::string read_file(const std::filesystem::path& path, std::size_t limit) {
    using namespace std::string_view_literals;
    // Data that do not compress grow a little.
    const std::uintmax_t most = std::uintmax_t{limit} + limit / 64 + 4096;
    std::string bytes = detail::read_plain_file(path, most + 1);
    if (bytes.size() <= most && bytes.starts_with("\x1F\x8B"sv)) {
        return detail::expand_gzip(path, bytes, limit);
    }
    if (bytes.size() <= most && bytes.starts_with("\xFD"
                                                  "7zXZ\0"sv)) {
        return detail::expand_xz(path, bytes, limit);
    }
    if (bytes.size() > limit) {
        throw format_error(path.string(), "size", "at most " + std::to_string(limit) + " bytes", "more");
    }
    return bytes;
}

} // namespace alwann::inline ALWANN_ABI
