// SPDX-License-Identifier: MIT
/// @file
/// Hashes that say whether two things are the same, in every run and on every machine.
#pragma once

#include <alwann/core/config.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// FNV-1a over 64 bits, fed value by value; numbers count as 8 bytes, low byte first. For telling things
/// apart that are different by accident, not against forgery.
class fingerprint {
public:
    /// Goes on with a value.
    fingerprint& add(std::span<const std::uint8_t> bytes) noexcept {
        for (const auto byte : bytes) {
            hash_ = (hash_ ^ byte) * 0x100000001B3u;
        }
        return *this;
    }
    /// Goes on with a value.
    template <std::integral T>
    fingerprint& add(T value) noexcept {
        auto bits = static_cast<std::uint64_t>(value);
        for (int i = 0; i < 8; ++i, bits >>= 8) {
            hash_ = (hash_ ^ (bits & 255)) * 0x100000001B3u;
        }
        return *this;
    }
    /// Goes on with a value.
    fingerprint& add(double value) noexcept { return add(std::bit_cast<std::uint64_t>(value)); }
    /// Goes on with a value.
    fingerprint& add(std::string_view text) noexcept {
        add(text.size());
        for (const char c : text) {
            hash_ = (hash_ ^ static_cast<std::uint8_t>(c)) * 0x100000001B3u;
        }
        return *this;
    }

    /// The hash of all that was added.
    [[nodiscard]] std::uint64_t value() const noexcept { return hash_; }

private:
    std::uint64_t hash_ = 0xCBF29CE484222325u;
};

} // namespace alwann::inline ALWANN_ABI
