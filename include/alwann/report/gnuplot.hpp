// SPDX-License-Identifier: MIT
/// @file
/// Plots of accuracy against relative energy as a gnuplot script, for papers (CMake component `json`).
#pragma once

#include <alwann/report/json.hpp>

#include <string>

namespace alwann::inline ALWANN_ABI {

/// What design_plot_svg() draws, as a script that carries its data: `gnuplot front.gp` writes front.pdf, a
/// column of a paper wide, and front.png. To be edited: fonts, sizes, colours. `name` is that of the files
/// without ending; it may not hold quotes or line breaks.
/// Throws value_error for another name or where a key of the results is missing.
[[nodiscard]] ALWANN_SEPARABLE std::string design_plot_gnuplot(const json& results,
                                                               const std::string& name = "front");

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/report/detail/define_gnuplot.hpp>
#endif
