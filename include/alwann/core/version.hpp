// SPDX-License-Identifier: MIT
/// @file
/// The version of the library; the build system reads it from here.
#pragma once

/// Grows with changes that break code, from 1 on.
#define ALWANN_VERSION_MAJOR 0
/// Grows with new functions; while the major version is 0, with changes that break code.
#define ALWANN_VERSION_MINOR 1
/// Grows with corrections.
#define ALWANN_VERSION_PATCH 0
