// SPDX-License-Identifier: MIT
/// @file
/// Pictures of a multiplier's errors over its operands (CMake component `compressed`).
#pragma once

#include <alwann/multiplier/table.hpp>
#include <alwann/report/png.hpp>

#include <cstddef>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// The signed errors of all pairs, one pixel each or a square of `magnification` pixels: the activation grows
/// to the right, the weight upwards; blue products are too small, red ones too large, white ones exact, and
/// the deepest colour is the worst-case error. Of narrow operands each pair is shown once.
///
/// Throws value_error for magnifications outside 1 to 16.
[[nodiscard]] ALWANN_SEPARABLE rgb_image error_heat_map(const table& multiplier,
                                                        std::size_t magnification = 1);

/// The heat map with axes and a scale, as SVG.
[[nodiscard]] ALWANN_SEPARABLE std::string error_heat_map_svg(const table& multiplier);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/report/detail/define_heat_map.hpp>
#endif
