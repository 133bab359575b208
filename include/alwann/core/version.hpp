// SPDX-License-Identifier: MIT
/// @file
/// The version of the library; the build system reads it from here.
#pragma once

#define ALWANN_VERSION_MAJOR 0
#define ALWANN_VERSION_MINOR 1
#define ALWANN_VERSION_PATCH 0
