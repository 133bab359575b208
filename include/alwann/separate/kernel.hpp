// SPDX-License-Identifier: MIT
/// @file
/// What separate.hpp leaves to one unit: engines.
#pragma once

#include <alwann/kernel/detail/all_engines.hpp>
#include <alwann/kernel/detail/define_analysis.hpp>
#include <alwann/kernel/detail/define_engine.hpp>
#include <alwann/kernel/detail/define_selection.hpp>
