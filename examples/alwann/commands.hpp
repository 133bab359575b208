// SPDX-License-Identifier: MIT
/// The subcommands of the program. Each declares itself and its options on `root`; when the user calls it,
/// its callback does the work and throws what goes wrong.
#pragma once

#include <CLI/CLI.hpp>

namespace program {

void add_network_command(CLI::App& root);
void add_network_histogram(CLI::App& network);
void add_multipliers_command(CLI::App& root);
void add_evaluate_command(CLI::App& root);
void add_explore_command(CLI::App& root);
void add_report_command(CLI::App& root);
void add_doctor_command(CLI::App& root);
void add_completion_command(CLI::App& root); ///< knows the commands that were added before

} // namespace program
