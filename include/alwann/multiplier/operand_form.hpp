// SPDX-License-Identifier: MIT
/// @file
/// What the codes of a multiplier's operands stand for.
#pragma once

#include <alwann/core/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// How the bits of a code make a number.
enum class operand_coding : std::uint8_t {
    unsigned_code,   ///< 0 to 2^bits - 1
    twos_complement, ///< -2^(bits-1) to 2^(bits-1) - 1
    offset_binary    ///< the same numbers, counted from the smallest: a network's code minus 2^(bits-1)
};

/// The names of the codings in files, in the order of the enumeration.
inline constexpr std::array<std::string_view, 3> operand_coding_names = {"unsigned", "twos-complement",
                                                                         "offset-binary"};

/// Its name, as programs print it.
[[nodiscard]] constexpr std::string_view to_string(operand_coding coding) noexcept {
    return operand_coding_names[static_cast<std::size_t>(coding)];
}

/// The coding of a name; nothing if there is none.
[[nodiscard]] constexpr std::optional<operand_coding>
operand_coding_from_string(std::string_view name) noexcept {
    for (std::size_t i = 0; i < operand_coding_names.size(); ++i) {
        if (operand_coding_names[i] == name) {
            return static_cast<operand_coding>(i);
        }
    }
    return std::nullopt;
}

/// One operand of a multiplier: its lowest `bits` bits count, higher ones are ignored.
///
/// A multiplier narrower than 8 bits fills the index space of an 8x8 one that way.
struct operand_form {
    std::uint8_t bits = 8;                                 ///< 1 to 8
    operand_coding coding = operand_coding::unsigned_code; ///< what the codes stand for

    /// Whether there are negative operands.
    [[nodiscard]] constexpr bool is_signed() const noexcept {
        return coding != operand_coding::unsigned_code;
    }
    /// The number that a code stands for.
    [[nodiscard]] constexpr std::int32_t value(std::size_t code) const noexcept {
        const auto low = static_cast<std::int32_t>(code & ((std::size_t{1} << bits) - 1));
        const std::int32_t half = std::int32_t{1} << (bits - 1);
        switch (coding) {
        case operand_coding::twos_complement:
            return low >= half ? low - 2 * half : low;
        case operand_coding::offset_binary:
            return low - half;
        case operand_coding::unsigned_code:
            break;
        }
        return low;
    }
    friend constexpr bool operator==(const operand_form&, const operand_form&) = default;
};

/// Both operands. If either is signed, products are two's complement numbers of 16 bits.
struct multiplier_form {
    operand_form activation; ///< of the first operand
    operand_form weight;     ///< of the second one

    /// Whether one of them is.
    [[nodiscard]] constexpr bool is_signed() const noexcept {
        return activation.is_signed() || weight.is_signed();
    }
    /// The exact product of two codes.
    [[nodiscard]] constexpr std::int32_t exact(std::size_t x, std::size_t w) const noexcept {
        return activation.value(x) * weight.value(w);
    }
    friend constexpr bool operator==(const multiplier_form&, const multiplier_form&) = default;
};

} // namespace alwann::inline ALWANN_ABI
