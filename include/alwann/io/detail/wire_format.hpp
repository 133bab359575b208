// SPDX-License-Identifier: MIT
/// @file
/// Protocol-buffer messages field by field, without generated classes.
///
/// Belongs to the component tensorflow: needs protobuf.
#pragma once

#include <alwann/core/error.hpp>

#include <google/protobuf/io/coded_stream.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// How a field's value is stored; the numbers are those of the format.
enum class wire_kind { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// One field of a message.
struct wire_field {
    int number = 0;
    wire_kind kind = wire_kind::varint;
    std::uint64_t bits = 0; ///< unless it is bytes
    std::string_view bytes; ///< of a text, a message or a packed list
};

/// The place in a file that a message is read from, for errors.
struct wire_place {
    const std::string& file;
    std::string what; ///< "node 3", for example

    [[noreturn]] void malformed(const std::string& expected, const std::string& found) const {
        throw format_error(file, what, expected, found);
    }
    [[nodiscard]] wire_place in(const std::string& part) const { return {file, what + " " + part}; }
};

/// A protobuf stream over bytes, of which there must be less than 2 GiB.
[[nodiscard]] inline google::protobuf::io::CodedInputStream open_wire(std::string_view bytes) {
    return google::protobuf::io::CodedInputStream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                  static_cast<int>(bytes.size()));
}

/// Calls visit(field) for each field of a message. Throws format_error where it is damaged or ends early.
template <class Visit>
void read_wire(std::string_view message, const wire_place& place, Visit&& visit) {
    auto input = open_wire(message);
    const auto damaged = [&] {
        place.malformed("a complete protobuf message", "one that is damaged or ends early at its byte " +
                                                           std::to_string(input.CurrentPosition()));
    };
    while (static_cast<std::size_t>(input.CurrentPosition()) < message.size()) {
        std::uint32_t tag = 0;
        wire_field field;
        if (!input.ReadVarint32(&tag) || tag >> 3 == 0) {
            damaged();
        }
        field.number = static_cast<int>(tag >> 3);
        field.kind = static_cast<wire_kind>(tag & 7);
        bool complete = false;
        switch (field.kind) {
        case wire_kind::varint:
            complete = input.ReadVarint64(&field.bits);
            break;
        case wire_kind::fixed64:
            complete = input.ReadLittleEndian64(&field.bits);
            break;
        case wire_kind::fixed32: {
            std::uint32_t bits = 0;
            complete = input.ReadLittleEndian32(&bits);
            field.bits = bits;
            break;
        }
        case wire_kind::bytes: {
            std::uint32_t length = 0;
            if (input.ReadVarint32(&length)) {
                const auto start = static_cast<std::size_t>(input.CurrentPosition());
                complete = length <= message.size() - start && input.Skip(static_cast<int>(length));
                field.bytes = complete ? message.substr(start, length) : std::string_view();
            }
            break;
        }
        default: // groups are not used since 2008
            break;
        }
        if (!complete) {
            damaged();
        }
        visit(std::as_const(field));
    }
}

/// Throws format_error unless the field is stored in the given way.
inline void require_kind(const wire_field& field, wire_kind kind, const wire_place& place) {
    if (field.kind != kind) {
        place.in("field " + std::to_string(field.number))
            .malformed("wire type " + std::to_string(static_cast<int>(kind)),
                       std::to_string(static_cast<int>(field.kind)));
    }
}

[[nodiscard]] inline std::string_view wire_bytes(const wire_field& field, const wire_place& place) {
    require_kind(field, wire_kind::bytes, place);
    return field.bytes;
}
[[nodiscard]] inline std::int64_t wire_integer(const wire_field& field, const wire_place& place) {
    require_kind(field, wire_kind::varint, place);
    return static_cast<std::int64_t>(field.bits);
}
[[nodiscard]] inline float wire_float(const wire_field& field, const wire_place& place) {
    require_kind(field, wire_kind::fixed32, place);
    return std::bit_cast<float>(static_cast<std::uint32_t>(field.bits));
}

/// Appends the numbers of a repeated field, single or packed, each read as a `Stored` of the given kind.
template <class Stored, class Number>
void append_wire_numbers(const wire_field& field, wire_kind kind, const wire_place& place,
                         std::vector<Number>& numbers) {
    const auto append = [&](std::uint64_t bits) {
        if constexpr (std::is_same_v<Stored, float>) {
            numbers.push_back(static_cast<Number>(std::bit_cast<float>(static_cast<std::uint32_t>(bits))));
        } else if constexpr (std::is_same_v<Stored, double>) {
            numbers.push_back(static_cast<Number>(std::bit_cast<double>(bits)));
        } else {
            numbers.push_back(static_cast<Number>(bits));
        }
    };
    if (field.kind == kind) {
        return append(field.bits);
    }
    auto input = open_wire(wire_bytes(field, place));
    while (static_cast<std::size_t>(input.CurrentPosition()) < field.bytes.size()) {
        std::uint64_t bits = 0;
        std::uint32_t half = 0;
        const bool complete = kind == wire_kind::fixed32   ? input.ReadLittleEndian32(&half)
                              : kind == wire_kind::fixed64 ? input.ReadLittleEndian64(&bits)
                                                           : input.ReadVarint64(&bits);
        if (!complete) {
            place.in("field " + std::to_string(field.number))
                .malformed("a packed list of whole numbers", "one that ends within a number");
        }
        append(kind == wire_kind::fixed32 ? half : bits);
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
