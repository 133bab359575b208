// SPDX-License-Identifier: MIT
/// @file
/// The inline namespace that every name lives in.
///
/// Two translation units built with different instruction-set flags would share one body of each inline
/// function, and the linker keeps either: a crash on a machine without those instructions. The namespace
/// carries the level that the flags stand for (SSE4.1, AVX, AVX2, AVX2 and FMA, AVX-512, AVX-512 with VBMI or
/// VNNI), so that units of different levels do not share anything, and passing a library type from one to the
/// other is a link error. Flags that differ within a level are not told apart.
#pragma once

#include <alwann/core/version.hpp>

#if defined(__AVX512VBMI__) || defined(__AVX512VNNI__)
#define ALWANN_ABI v0_avx512_bytes
#elif defined(__AVX512BW__)
#define ALWANN_ABI v0_avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define ALWANN_ABI v0_avx2_fma
#elif defined(__AVX2__)
#define ALWANN_ABI v0_avx2
#elif defined(__AVX__)
#define ALWANN_ABI v0_avx
#elif defined(__SSE4_1__)
#define ALWANN_ABI v0_sse4
#else
/// The inline namespace of everything: changes with each incompatible layout.
#define ALWANN_ABI v0
#endif

/// Engines, readers and whatever else is no template are most of what there is to compile. Units of one
/// program that all define ALWANN_SEPARATE leave them to the one that includes alwann/separate.hpp, and
/// separate/COMPONENT.hpp; without it every unit that uses them compiles them.
#if defined(ALWANN_SEPARATE)
#define ALWANN_SEPARABLE
#else
#define ALWANN_SEPARABLE inline
#endif

/// Approximate multipliers in trained convolutional networks.
namespace alwann::inline ALWANN_ABI {

/// Version as one number, 10000 * major + 100 * minor + patch.
inline constexpr int version =
    10000 * ALWANN_VERSION_MAJOR + 100 * ALWANN_VERSION_MINOR + ALWANN_VERSION_PATCH;

} // namespace alwann::inline ALWANN_ABI
