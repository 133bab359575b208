// SPDX-License-Identifier: MIT
/// @file
/// What separate.hpp leaves to one unit: circuits and multipliers made of them.
#pragma once

#include <alwann/circuit/detail/define_blif.hpp>
#include <alwann/circuit/detail/define_circuit_text.hpp>
#include <alwann/circuit/detail/define_compressors.hpp>
#include <alwann/circuit/detail/define_cost.hpp>
#include <alwann/circuit/detail/define_evoapprox_c.hpp>
#include <alwann/circuit/detail/define_evolve.hpp>
#include <alwann/circuit/detail/define_evolve_limits.hpp>
#include <alwann/circuit/detail/define_families.hpp>
#include <alwann/circuit/detail/define_leading_one_families.hpp>
#include <alwann/circuit/detail/define_multiplier_circuit.hpp>
#include <alwann/circuit/detail/define_operand_weights.hpp>
#include <alwann/circuit/detail/define_published.hpp>
#include <alwann/circuit/detail/define_simulate.hpp>
#include <alwann/circuit/detail/define_verilog.hpp>
#include <alwann/core/detail/define_output_file.hpp>
#include <alwann/library/detail/define_evoapprox.hpp>
#include <alwann/library/detail/define_multiplier_file.hpp>
#include <alwann/library/detail/define_standard.hpp>
#include <alwann/library/detail/define_table_directory.hpp>
#include <alwann/library/detail/define_textbook.hpp>
#include <alwann/multiplier/detail/define_metrics.hpp>
#include <alwann/multiplier/detail/define_text_table.hpp>
