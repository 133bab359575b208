// SPDX-License-Identifier: MIT
/// @file
/// The definitions of component tensorflow that units with ALWANN_SEPARATE leave out.
#pragma once

#include <alwann/io/detail/define_graph_def.hpp>
#include <alwann/io/detail/define_tensorflow.hpp>
#include <alwann/io/detail/define_tensorflow_quantised.hpp>
