// SPDX-License-Identifier: MIT
/// @file
/// The definitions that units with ALWANN_SEPARATE leave out; one unit of a program includes it.
#pragma once

#include <alwann/kernel/detail/all_engines.hpp>
#include <alwann/kernel/detail/define_analysis.hpp>
