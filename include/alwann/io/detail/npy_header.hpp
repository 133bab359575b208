// SPDX-License-Identifier: MIT
/// @file
/// The header of a .npy file: a Python dictionary of three entries.
#pragma once

#include <alwann/core/error.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// What the header says.
struct npy_header {
    std::string type; ///< descr, such as "<i4"
    std::vector<std::size_t> dims;
    std::size_t count = 1;  ///< product of the dimensions
    std::size_t length = 0; ///< of magic number and header, in bytes
};

/// Reads the dictionary from left to right.
class npy_header_reader {
public:
    npy_header_reader(const std::string& file, std::string_view text) : file_(file), rest_(text) {}

    [[nodiscard]] npy_header read() {
        npy_header header;
        bool has_type = false, has_order = false, has_shape = false;
        expect('{');
        while (!accept('}')) {
            const auto key = quoted("header");
            expect(':');
            if (key == "descr" && !std::exchange(has_type, true)) {
                header.type = quoted("descr");
            } else if (key == "fortran_order" && !std::exchange(has_order, true)) {
                if (!accept_word("False")) {
                    throw format_error(file_, "fortran_order", "False", "something else");
                }
            } else if (key == "shape" && !std::exchange(has_shape, true)) {
                shape(header);
            } else {
                throw format_error(file_, "header", "descr, fortran_order and shape once each",
                                   "'" + key + "'");
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        if (!has_type || !has_order || !has_shape) {
            throw format_error(file_, "header", "descr, fortran_order and shape", "fewer entries");
        }
        return header;
    }

private:
    void skip_blanks() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n')) {
            rest_.remove_prefix(1);
        }
    }
    [[nodiscard]] bool accept(char wanted) {
        skip_blanks();
        if (rest_.empty() || rest_.front() != wanted) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] bool accept_word(std::string_view wanted) {
        skip_blanks();
        if (!rest_.starts_with(wanted)) {
            return false;
        }
        rest_.remove_prefix(wanted.size());
        return true;
    }
    void expect(char wanted) {
        if (!accept(wanted)) {
            throw format_error(file_, "header", "a Python dictionary",
                               "no '" + std::string(1, wanted) + "' in its place");
        }
    }
    [[nodiscard]] std::string quoted(const std::string& field) {
        const char mark = accept('"') ? '"' : '\'';
        if (mark == '\'' && !accept('\'')) {
            throw format_error(file_, field, "a string", "something else");
        }
        const auto end = rest_.find(mark);
        if (end == std::string_view::npos) {
            throw format_error(file_, field, "a string", "one without end");
        }
        std::string text(rest_.substr(0, end));
        rest_.remove_prefix(end + 1);
        return text;
    }
    void shape(npy_header& header) {
        expect('(');
        while (!accept(')')) {
            std::size_t extent = 0, digits = 0;
            skip_blanks();
            for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && digits < 12; ++digits) {
                extent = 10 * extent + static_cast<std::size_t>(rest_.front() - '0');
                rest_.remove_prefix(1);
            }
            constexpr std::size_t most = std::size_t{1}
                                         << 40; // more than the file can have, without overflow
            if (digits == 0 || digits == 12 || header.dims.size() == 16 ||
                (extent != 0 && header.count > most / extent)) {
                throw format_error(file_, "shape", "up to 16 sizes and 2^40 values", "something else");
            }
            header.count *= extent;
            header.dims.push_back(extent);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
    }

    const std::string& file_;
    std::string_view rest_;
};

/// Reads magic number, version and dictionary. Throws format_error.
[[nodiscard]] inline npy_header read_npy_header(const std::string& file, std::string_view bytes) {
    if (!bytes.starts_with("\x93NUMPY")) {
        throw format_error(file, "magic number", "\\x93NUMPY", "something else");
    }
    const auto at = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
    };
    const std::size_t version = bytes.size() > 6 ? at(6) : 0;
    if (version != 1 && version != 2) {
        throw format_error(file, "format version", "1 or 2", std::to_string(version));
    }
    const std::size_t start = version == 1 ? 10 : 12;
    std::size_t length = 0;
    for (std::size_t i = start; bytes.size() >= start && i-- > 8;) {
        length = 256 * length + at(i);
    }
    if (bytes.size() < start || bytes.size() - start < length) {
        throw format_error(file, "header", std::to_string(length) + " bytes", "the end of the file");
    }
    auto header = npy_header_reader(file, bytes.substr(start, length)).read();
    header.length = start + length;
    return header;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
