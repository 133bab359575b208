// SPDX-License-Identifier: MIT
/// @file
/// The definitions of component onnx that units with ALWANN_SEPARATE leave out.
#pragma once

#include <alwann/io/detail/define_onnx.hpp>
#include <alwann/io/detail/define_onnx_writer.hpp>
