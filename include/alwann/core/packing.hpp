// SPDX-License-Identifier: MIT
/// @file
/// Values in a row of bytes, for messages between processes of one program on machines of one kind.
#pragma once

#include <alwann/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Bytes to be sent or kept.
using byte_vector = std::vector<std::uint8_t>;

/// Appends values to bytes.
class packer {
public:
    /// Appends the bytes of a value.
    template <class T>
    requires std::is_trivially_copyable_v<T> packer& put(const T& value) {
        const auto* first = reinterpret_cast<const std::uint8_t*>(&value);
        bytes_.insert(bytes_.end(), first, first + sizeof(T));
        return *this;
    }
    /// A count, then the values of a contiguous container.
    template <class Container>
    packer& put_all(const Container& values) {
        using value = typename Container::value_type;
        static_assert(std::is_trivially_copyable_v<value>, "packer: values must be trivially copyable");
        put(std::uint64_t{values.size()});
        const auto* first = reinterpret_cast<const std::uint8_t*>(values.data());
        bytes_.insert(bytes_.end(), first, first + values.size() * sizeof(value));
        return *this;
    }

    /// All bytes; leaves the packer empty.
    [[nodiscard]] byte_vector take() { return std::move(bytes_); }

private:
    byte_vector bytes_;
};

/// Reads them back in the same order. Throws format_error where bytes are missing. Refers to the bytes.
class unpacker {
public:
    /// Reads from `bytes`, which must outlive this object.
    explicit unpacker(const byte_vector& bytes) : bytes_(bytes) {}

    /// The next value; throws format_error at the end.
    template <class T>
        requires std::is_trivially_copyable_v<T>
    [[nodiscard]] T get() {
        T value;
        std::memcpy(&value, skip(sizeof(T)), sizeof(T));
        return value;
    }
    /// The next list.
    template <class Container>
    [[nodiscard]] Container get_all() {
        using value = typename Container::value_type;
        const auto count = get<std::uint64_t>();
        if (count > (bytes_.size() - place_) / sizeof(value)) {
            throw format_error("message", "length",
                               "at most " + std::to_string(bytes_.size() - place_) + " bytes",
                               std::to_string(count) + " values");
        }
        Container values(static_cast<std::size_t>(count), value{});
        if (count > 0) {
            std::memcpy(values.data(), skip(values.size() * sizeof(value)), values.size() * sizeof(value));
        }
        return values;
    }

private:
    const std::uint8_t* skip(std::size_t count) {
        if (count > bytes_.size() - place_) {
            throw format_error("message", "length", "more bytes", std::to_string(bytes_.size()));
        }
        const auto* here = bytes_.data() + place_;
        place_ += count;
        return here;
    }

    const byte_vector& bytes_;
    std::size_t place_ = 0;
};

} // namespace alwann::inline ALWANN_ABI
