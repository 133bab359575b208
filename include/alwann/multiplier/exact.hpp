// SPDX-License-Identifier: MIT
/// @file
/// The exact multiplier.
#pragma once

#include <alwann/multiplier/concept.hpp>

namespace alwann::inline ALWANN_ABI {

/// x * w.
struct exact {
    /// The name in listings and messages.
    [[nodiscard]] static constexpr std::string_view name() noexcept { return "exact"; }
    /// x * w.
    constexpr std::uint32_t operator()(std::uint8_t x, std::uint8_t w) const noexcept {
        return std::uint32_t{x} * w;
    }
};

static_assert(multiplier<exact>);

} // namespace alwann::inline ALWANN_ABI
