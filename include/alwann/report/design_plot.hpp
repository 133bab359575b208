// SPDX-License-Identifier: MIT
/// @file
/// Plots of accuracy against relative energy (CMake component `json`).
#pragma once

#include <alwann/report/json.hpp>

#include <string>

namespace alwann::inline ALWANN_ABI {

/// The front as steps with the 95 % intervals of its members, and the uniform designs, of the document that
/// to_json(exploration) makes. Test accuracy against relative energy, both in percent; as SVG for papers. A
/// design without a test accuracy stands at its accuracy on the search images.
/// Throws value_error where a key is missing.
[[nodiscard]] ALWANN_SEPARABLE std::string design_plot_svg(const json& results);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/report/detail/define_design_plot.hpp>
#endif
