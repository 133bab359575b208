// SPDX-License-Identifier: MIT
/// The subcommands of `alwann multipliers`, one file each, and what they share.
#pragma once

#include "inputs.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace program {

void add_multipliers_list(CLI::App& multipliers);
void add_multipliers_show(CLI::App& multipliers);
void add_multipliers_metrics(CLI::App& multipliers);
void add_multipliers_import(CLI::App& multipliers);
void add_multipliers_export(CLI::App& multipliers);
void add_multipliers_evolve(CLI::App& multipliers);
void add_multipliers_compare(CLI::App& multipliers);

/// A number for people; "-" where unknown.
std::string brief(double value, int decimals);

/// Costs and errors, form, tags, and whether there is a circuit.
alwann::json describe(const alwann::component& part);

/// A document's scalars as rows of field and value.
std::vector<std::vector<std::string>> field_rows(const alwann::json& document);

/// Names, costs and errors, a multiplier a row, as Markdown.
std::string multiplier_table(const alwann::library& parts);

} // namespace program
