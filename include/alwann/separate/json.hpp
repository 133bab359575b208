// SPDX-License-Identifier: MIT
/// @file
/// The definitions of component json that units with ALWANN_SEPARATE leave out.
#pragma once

#include <alwann/library/detail/define_saved_library.hpp>
#include <alwann/report/detail/define_design_plot.hpp>
#include <alwann/report/detail/define_gnuplot.hpp>
#include <alwann/report/detail/define_json.hpp>
