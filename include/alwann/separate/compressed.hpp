// SPDX-License-Identifier: MIT
/// @file
/// The definitions of component compressed that units with ALWANN_SEPARATE leave out.
#pragma once

#include <alwann/io/detail/define_bytes.hpp>
#include <alwann/io/detail/define_cifar10.hpp>
#include <alwann/io/detail/define_idx.hpp>
#include <alwann/io/detail/define_npy.hpp>
#include <alwann/report/detail/define_heat_map.hpp>
#include <alwann/report/detail/define_png.hpp>
