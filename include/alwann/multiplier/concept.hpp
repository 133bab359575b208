// SPDX-License-Identifier: MIT
/// @file
/// What an approximate multiplier is to the library.
#pragma once

#include <alwann/core/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// Codes an operand can take, and products a multiplier is defined by.
inline constexpr std::size_t operand_codes = 256;
/// Pairs of codes, each with a product.
inline constexpr std::size_t operand_pairs = operand_codes * operand_codes;

/// A model of an 8x8 multiplier: m(x, w) is the product of the activation code x and the weight code w.
///
/// Semantics: pure, 0 <= m(x, w) < 2^16. The operands are not interchangeable: most approximate circuits
/// are not commutative, and the first operand is always the activation.
template <class M>
concept multiplier = std::copy_constructible<M> && requires(const M& m, std::uint8_t x, std::uint8_t w) {
    { m(x, w) } -> std::convertible_to<std::uint32_t>;
    { m.name() } -> std::convertible_to<std::string_view>;
};

} // namespace alwann::inline ALWANN_ABI
