// SPDX-License-Identifier: MIT
/// @file
/// Texts to be parsed: whole files up to a size, and places in them for error messages.
#pragma once

#include <alwann/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace alwann::inline ALWANN_ABI {

/// A place in a text; lines and columns count from 1, columns in bytes.
struct text_position {
    std::uint32_t line = 1;   ///< counts from 1
    std::uint32_t column = 1; ///< counts from 1, in bytes

    friend constexpr bool operator==(const text_position&, const text_position&) = default;
};

namespace detail {

/// file:line:column, as compilers write it.
[[nodiscard]] inline std::string place_name(const std::string& file, text_position at) {
    return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

/// A piece of a text for a message: quoted, short, printable.
[[nodiscard]] inline std::string quoted(std::string_view text) {
    constexpr std::size_t longest = 40;
    std::string shown = "'";
    for (const char c : text.substr(0, longest)) {
        shown += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E ? '?' : c;
    }
    return shown + (text.size() > longest ? "...'" : "'");
}

/// The bytes of a text file. Refuses one above the limit, where possible before reading it.
///
/// Throws io_error if it cannot be read, and format_error if it is larger than `limit` bytes.
[[nodiscard]] inline std::string read_text_file(const std::filesystem::path& path, std::size_t limit) {
    const auto refuse = [&](const std::string& found) {
        throw format_error(path.string(), "size", "at most " + std::to_string(limit) + " bytes", found);
    };
    std::error_code problem;
    if (std::filesystem::is_directory(path, problem)) { // opens without an error, then cannot be read
        throw io_error(path.string(), "is a directory");
    }
    if (const std::uintmax_t size = std::filesystem::file_size(path, problem); !problem && size > limit) {
        refuse(std::to_string(size));
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw io_error(path.string(), "cannot be opened for reading");
    }
    std::string text; // in pieces: pipes and devices have no size to ask for
    constexpr std::size_t piece = 1 << 16;
    while (file && text.size() <= limit) {
        const std::size_t before = text.size();
        text.resize(before + std::min(piece, limit + 1 - before));
        file.read(text.data() + before, static_cast<std::streamsize>(text.size() - before));
        text.resize(before + static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) {
        throw io_error(path.string(), "cannot be read");
    }
    if (text.size() > limit) {
        refuse("more");
    }
    return text;
}

/// Walks through a text byte by byte and knows the place. Refers to the text, which has to outlive it.
class text_cursor {
public:
    /// Skips a byte-order mark. Throws format_error for a text above the limit or with a NUL byte.
    text_cursor(std::string file, std::string_view text, std::size_t limit)
        : file_(std::move(file)), text_(text) {
        if (text.size() > limit) {
            throw format_error(file_, "size", "at most " + std::to_string(limit) + " bytes",
                               std::to_string(text.size()));
        }
        if (text_.starts_with("\xEF\xBB\xBF")) {
            text_.remove_prefix(3);
        }
        if (const std::size_t nul = text_.find('\0'); nul != std::string_view::npos) {
            text_cursor before = *this;
            while (before.offset_ < nul) {
                before.advance();
            }
            fail(before.position_, "text", "text without NUL bytes", "one");
        }
    }

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] text_position position() const noexcept { return position_; }
    [[nodiscard]] bool at_end() const noexcept { return offset_ == text_.size(); }
    /// The byte `ahead` of the place, NUL beyond the end.
    [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
        return text_.size() - offset_ > ahead ? text_[offset_ + ahead] : '\0';
    }
    [[nodiscard]] bool starts_with(std::string_view what) const noexcept {
        return text_.substr(offset_).starts_with(what);
    }
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
    /// The text from an earlier offset up to here.
    [[nodiscard]] std::string_view since(std::size_t earlier) const noexcept {
        return text_.substr(earlier, offset_ - earlier);
    }
    /// Goes on by some bytes, at most to the end.
    void advance(std::size_t count = 1) noexcept {
        for (; count > 0 && !at_end(); --count) {
            if (text_[offset_++] == '\n') {
                ++position_.line;
                position_.column = 1;
            } else {
                ++position_.column;
            }
        }
    }

    /// Throws format_error with a place of this text.
    [[noreturn]] void fail(text_position at, const std::string& field, const std::string& expected,
                           const std::string& found = {}) const {
        throw format_error(place_name(file_, at), field, expected, found);
    }

private:
    std::string file_;
    std::string_view text_;
    std::size_t offset_ = 0;
    text_position position_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
