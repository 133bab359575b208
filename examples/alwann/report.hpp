// SPDX-License-Identifier: MIT
/// The files of an exploration that people look at.
#pragma once

#include <alwann/library/library.hpp>
#include <alwann/report/json.hpp>

#include <filesystem>

namespace program {

/// Writes report.html, front.svg and front.gp for a results.json, and the multipliers of the front as a
/// library, from which `alwann report` makes the heat maps again.
void write_report(const std::filesystem::path& folder, const alwann::json& results,
                  const alwann::library& parts);

} // namespace program
