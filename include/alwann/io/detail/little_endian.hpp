// SPDX-License-Identifier: MIT
/// @file
/// Little-endian numbers in files.
#pragma once

#include <alwann/core/config.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The number at `bytes`, whatever its alignment and the byte order of this machine.
template <class Number>
    requires std::is_arithmetic_v<Number>
[[nodiscard]] Number load_little_endian(const char* bytes) noexcept {
    using bits = std::conditional_t<
        sizeof(Number) == 1, std::uint8_t,
        std::conditional_t<sizeof(Number) == 2, std::uint16_t,
                           std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t>>>;
    static_assert(sizeof(Number) == sizeof(bits));
    bits value = 0;
    for (std::size_t i = 0; i < sizeof(bits); ++i) {
        value = static_cast<bits>(value |
                                  static_cast<bits>(bits{static_cast<unsigned char>(bytes[i])} << (8 * i)));
    }
    return std::bit_cast<Number>(value);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
